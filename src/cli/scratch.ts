// A folder for what a command needs only while it runs.
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BigIntStats, mkdirPrivate, removeTree, rmdir, stat } from '../base/disk.ts';
import { sweepTemporaries, temporaryName } from '../base/temporary-names.ts';

const NAME = 'scratch';
const MOST_ATTEMPTS = 20;

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

/** @param work is given the folder, which is gone afterwards; that of a killed process is swept by a later one */
export async function withScratch<T>(work: (folder: string) => Promise<T>): Promise<T> {
  originals.clear();
  const folder = await scratchFolder();
  try {
    return await work(folder);
  } finally {
    // What cannot be deleted is swept later; the work is done.
    await removeTree(folder).catch(() => undefined);
    // Those of other processes keep it.
    await rmdir(sharedFolder()).catch(() => undefined);
  }
}

/** The scratch folders of this user are in it. */
function sharedFolder(): string {
  return join(tmpdir(), `tracelab-${process.getuid?.() ?? 'scratch'}`);
}

/** A new folder, whose name contains this process. */
async function scratchFolder(): Promise<string> {
  const shared = sharedFolder();
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    await mkdirPrivate(shared).catch((cause: unknown) => {
      if (codeOf(cause) !== 'EEXIST') throw cause;
    });
    const found = await stat(shared);
    // Nothing is swept where another user could put something.
    if (found && !isPrivate(found)) break;
    try {
      await sweepTemporaries(shared, NAME, removeTree);
      const folder = join(shared, temporaryName(NAME));
      await mkdirPrivate(folder);
      return folder;
    } catch (cause) {
      // Another process ended in this moment, and has deleted the folder of all because it was empty.
      if (codeOf(cause) !== 'ENOENT') throw cause;
    }
  }
  const folder = join(tmpdir(), `tracelab-${randomUUID()}`);
  await mkdirPrivate(folder);
  return folder;
}

function isPrivate(found: BigIntStats): boolean {
  const user = process.getuid?.();
  // Windows: every user has a folder for temporary files.
  if (user === undefined) return found.isDirectory();
  return found.isDirectory() && found.uid === BigInt(user) && (found.mode & 0o77n) === 0n;
}

function codeOf(cause: unknown): string | undefined {
  return (cause as NodeJS.ErrnoException).code;
}
