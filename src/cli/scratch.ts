// A folder for what a command needs only while it runs.
import { mkdtemp, removeTree } from '../base/disk.ts';

/** @param work is given the folder, which is gone afterwards */
export async function withScratch<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp('tracelab-');
  try {
    return await work(folder);
  } finally {
    // What is left in the folder for temporary files is the system's to sweep; the work is done.
    await removeTree(folder).catch(() => undefined);
  }
}
