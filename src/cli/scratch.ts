// A folder for what a command needs only while it runs.
import { mkdtemp, removeTree } from '../base/disk.ts';

/** Files that were written anew, by the path of the copy. */
const originals = new Map<string, string>();

/** Notes that a file in the scratch folder holds the rows of another. */
export function noteCopy(copy: string, original: string): void {
  originals.set(copy, original);
}

/** A message with the paths that the user knows in place of those of copies. */
export function withOriginals(message: string): string {
  return [...originals].reduce((text, [copy, original]) => text.replaceAll(copy, original), message);
}

/** @param work is given the folder, which is gone afterwards */
export async function withScratch<T>(work: (folder: string) => Promise<T>): Promise<T> {
  originals.clear();
  const folder = await mkdtemp('tracelab-');
  try {
    return await work(folder);
  } finally {
    // What is left in the folder for temporary files is the system's to sweep; the work is done.
    await removeTree(folder).catch(() => undefined);
  }
}
