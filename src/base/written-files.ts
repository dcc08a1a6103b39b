// What a task wrote, noted when it was written: one line {path, bytes, sha256} a file in `written.jsonl` of its folder.
// Checked before the task is committed, so that a file that was damaged in between never becomes a result.
import { join } from 'node:path';
import { type OpenFile, openFile, readTextIfThere } from './disk.ts';

export const WRITTEN_FILE = 'written.jsonl';

export interface WrittenFile {
  /** Relative to the folder, with forward slashes. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** Appends a line and waits until it is on the disk. */
export async function noteWritten(directory: string, written: WrittenFile): Promise<void> {
  const file = await openFile(join(directory, WRITTEN_FILE), 'a+');
  try {
    await file.write(`${(await endsInLine(file)) ? '' : '\n'}${JSON.stringify(written)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** False after a crash that cut the last line short: the next one must not grow together with it. */
async function endsInLine(file: OpenFile): Promise<boolean> {
  const size = await file.size();
  if (size === 0) return true;
  const last = Buffer.alloc(1);
  await file.read(last, size - 1);
  return last.toString() === '\n';
}

/** The last note of each path. A last line that a crash cut short is dropped: its file will be written again. */
export async function readWritten(directory: string): Promise<ReadonlyMap<string, WrittenFile>> {
  const text = (await readTextIfThere(join(directory, WRITTEN_FILE))) ?? '';
  const found = new Map<string, WrittenFile>();
  for (const line of text.split('\n')) {
    try {
      const { path, bytes, sha256 } = JSON.parse(line) as Partial<WrittenFile>;
      if (typeof path === 'string' && typeof bytes === 'number' && typeof sha256 === 'string')
        found.set(path, { path, bytes, sha256 });
    } catch {
      continue;
    }
  }
  return found;
}
