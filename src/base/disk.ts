// What the rest of the code does with files, made of the operations of the file port, under the names that Node has
// for it. Every error names its path. An open file is open-file.ts; files that are complete or absent are files.ts.
import { dirname, join } from 'node:path';
import { type BigIntStats, type Dirent, port } from './file-port.ts';
import { type Data, MOST, OpenFile, withPath } from './open-file.ts';

export type { BigIntStats } from './file-port.ts';
export type { OpenFile } from './open-file.ts';

/** Bytes of one call where a file is read or copied piece by piece. */
const PIECE = 1 << 20;
const LEAST = 1 << 16;
const FOLDER_MODE = 0o777;
const FILE_GONE = 'ENOENT';

/** @param flags as Node's: `r`, `r+`, `a`, `a+`, `wx` */
export async function openFile(path: string, flags: string): Promise<OpenFile> {
  return new OpenFile(path, await port().async.open(path, flags));
}

/** Like openFile, synchronously. */
export function openFileSync(path: string, flags: string): OpenFile {
  return new OpenFile(path, port().sync.open(path, flags));
}

/** The bytes of a file, piece by piece, each in a buffer of its own. */
export async function* readPieces(path: string, bytes = PIECE): AsyncGenerator<Buffer> {
  const file = await openFile(path, 'r');
  try {
    // A pipe has no size, and neither do the files of the system.
    const size = await file.size();
    for (let done = 0; ;) {
      const piece = Buffer.allocUnsafeSlow(Math.min(bytes, Math.max(size - done, LEAST)));
      const got = await file.read(piece, null);
      if (got === 0) return;
      done += got;
      yield piece.subarray(0, got);
    }
  } finally {
    await file.close();
  }
}

/**
 * The bytes of a whole file in a buffer of their own.
 * @param piece most bytes of one call to the system
 * @param checkSize throws for a file of too many bytes, before there is memory for it
 */
export async function readFile(
  path: string,
  piece = MOST,
  checkSize: (bytes: number) => void = () => undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  const file = await openFile(path, 'r');
  try {
    const size = await file.size();
    checkSize(size);
    const bytes = new Uint8Array(size);
    let end = 0;
    while (end < bytes.length) {
      const got = await file.read(bytes.subarray(end, end + piece), end);
      if (got === 0) break;
      end += got;
    }
    return bytes.subarray(0, end);
  } finally {
    await file.close();
  }
}

/** A whole UTF-8 file. */
export async function readTextFile(path: string): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of readPieces(path)) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}

/**
 * A whole UTF-8 file; undefined if there is nothing.
 * @throws the system's error if it cannot be read
 */
export async function readTextIfThere(path: string): Promise<string | undefined> {
  return readTextFile(path).catch((error: unknown) => {
    if (codeOf(error) === FILE_GONE) return undefined;
    throw error;
  });
}

/** A whole UTF-8 file, synchronously. */
export function readTextFileSync(path: string): string {
  return readFileSync(path).toString('utf8');
}

/** A whole file, synchronously. */
export function readFileSync(path: string): Buffer {
  const { sync } = port();
  const file = sync.open(path, 'r');
  try {
    const pieces: Buffer[] = [];
    for (;;) {
      const piece = Buffer.allocUnsafeSlow(LEAST);
      const got = sync.read(file, piece, null);
      if (got === 0) return Buffer.concat(pieces);
      pieces.push(piece.subarray(0, got));
    }
  } catch (cause) {
    throw withPath(cause, path);
  } finally {
    sync.close(file);
  }
}

/** @param flags `wx`: a new file; `a`: behind what is there; `w`: in place of it */
export function writeFileSync(path: string, data: Data, flags: 'wx' | 'a' | 'w'): void {
  const file = openFileSync(path, flags);
  try {
    file.writeSync(data);
  } finally {
    file.closeSync();
  }
}

/** A new file with the bytes of another, which are on the disk when it resolves. */
export async function copyFile(from: string, to: string): Promise<void> {
  const file = await openFile(to, 'w');
  try {
    for await (const piece of readPieces(from)) await file.write(piece);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Status of what a path leads to; undefined where there is nothing. */
export async function stat(path: string): Promise<BigIntStats | undefined> {
  return await port().async.stat(path);
}

/** Like stat, synchronously. */
export function statSync(path: string): BigIntStats | undefined {
  return port().sync.stat(path);
}

/**
 * Whether there is something; false for a text that can be no path.
 * @throws the system's error if it cannot be known: a disk that fails has not lost its files
 */
export function existsSync(path: string): boolean {
  try {
    return statSync(path) !== undefined;
  } catch (error) {
    if (isNoPath(error)) return false;
    throw error;
  }
}

/** Like stat; undefined, too, for a text that can be no path. */
export async function statIfPath(path: string): Promise<BigIntStats | undefined> {
  return stat(path).catch((error: unknown) => {
    if (isNoPath(error)) return undefined;
    throw error;
  });
}

/** Too long, with a character that no name has, below a file, or a circle of links. */
function isNoPath(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return ['ENAMETOOLONG', 'ERR_INVALID_ARG_VALUE', 'EINVAL', 'ENOTDIR', 'ELOOP'].includes(code ?? '');
}

/** Whether the path leads to a folder; false if there is nothing. */
export function isFolderSync(path: string): boolean {
  return statSync(path)?.isDirectory() ?? false;
}

/** Names in a folder. */
export async function readdir(path: string): Promise<string[]> {
  return (await entriesOf(path)).map(({ name }) => name);
}

/** Names in a folder, synchronously. */
export function readdirSync(path: string): string[] {
  return port()
    .sync.readFolder(path)
    .map(({ name }) => name);
}

/** Entries of a folder with their kinds, without the entries of folders below it. */
export async function entriesOf(path: string): Promise<Dirent[]> {
  return await port().async.readFolder(path);
}

/** Entries of a folder and of all folders below it; links are not followed. */
export async function entriesBelow(path: string): Promise<Dirent[]> {
  const found: Dirent[] = [];
  for (const entry of await entriesOf(path)) {
    found.push(entry);
    if (entry.isDirectory()) found.push(...(await entriesBelow(join(path, entry.name))));
  }
  return found;
}

/** Others may delete a folder between two looks at it; this number of times in a row must have another cause. */
const MOST_LOOKS = 100;

/** Makes a folder and those above it, where they are missing. */
export async function mkdirs(path: string): Promise<void> {
  for (let look = 1; ; look++) {
    try {
      await port().async.makeFolder(path, FOLDER_MODE);
      return;
    } catch (cause) {
      if (codeOf(cause) === FILE_GONE && dirname(path) !== path && look < MOST_LOOKS) {
        await mkdirs(dirname(path));
        continue;
      }
      const found = await stat(path);
      if (found?.isDirectory()) return;
      if (!wasThere(cause, found) || look >= MOST_LOOKS) throw cause;
    }
  }
}

/** Like mkdirs, synchronously. */
export function mkdirsSync(path: string): void {
  for (let look = 1; ; look++) {
    try {
      port().sync.makeFolder(path, FOLDER_MODE);
      return;
    } catch (cause) {
      if (codeOf(cause) === FILE_GONE && dirname(path) !== path && look < MOST_LOOKS) {
        mkdirsSync(dirname(path));
        continue;
      }
      const found = statSync(path);
      if (found?.isDirectory()) return;
      if (!wasThere(cause, found) || look >= MOST_LOOKS) throw cause;
    }
  }
}

/** Whether it was in the way a moment ago, and is gone now: another process has deleted it. */
function wasThere(cause: unknown, found: BigIntStats | undefined): boolean {
  return codeOf(cause) === 'EEXIST' && found === undefined;
}

/** Waits until the names in a folder are on the disk. Windows cannot open a folder; its renames are durable enough. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await openFile(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Like syncFolder, synchronously. */
export function syncFolderSync(path: string): void {
  if (process.platform === 'win32') return;
  const operations = port().sync;
  const folder = operations.open(path, 'r');
  try {
    operations.sync(folder);
  } finally {
    operations.close(folder);
  }
}

/** The same for a folder and all folders below it. */
export async function syncFolders(path: string): Promise<void> {
  for (const entry of await entriesOf(path)) if (entry.isDirectory()) await syncFolders(join(path, entry.name));
  await syncFolder(path);
}

/** A new folder; there must be none yet. */
export async function mkdir(path: string): Promise<void> {
  await port().async.makeFolder(path, FOLDER_MODE);
}

/** A new folder that only this user may look into; there must be none yet. */
export async function mkdirPrivate(path: string): Promise<void> {
  await port().async.makeFolder(path, 0o700);
}

/** Deletes an empty folder. */
export async function rmdir(path: string): Promise<void> {
  await port().async.removeFolder(path);
}

/** Moves a file or folder in one step; an existing file of the new name is replaced. */
export async function rename(from: string, to: string): Promise<void> {
  await port().async.rename(from, to);
}

/** Like rename, synchronously. */
export function renameSync(from: string, to: string): void {
  port().sync.rename(from, to);
}

/** Gives a file a second name; there must be nothing of that name. */
export async function link(from: string, to: string): Promise<void> {
  await port().async.link(from, to);
}

/** Deletes a file; one that is not there is fine. */
export async function remove(path: string): Promise<void> {
  try {
    await port().async.remove(path);
  } catch (cause) {
    if (codeOf(cause) !== FILE_GONE) throw cause;
  }
}

/** Like remove, synchronously. */
export function removeSync(path: string): void {
  try {
    port().sync.remove(path);
  } catch (cause) {
    if (codeOf(cause) !== FILE_GONE) throw cause;
  }
}

/** Deletes a folder with all that is in it; one that is not there is fine. */
export async function removeTree(path: string): Promise<void> {
  try {
    for (const entry of await entriesOf(path)) {
      if (entry.isDirectory()) await removeTree(join(path, entry.name));
      else await remove(join(path, entry.name));
    }
    await port().async.removeFolder(path);
  } catch (cause) {
    if (codeOf(cause) !== FILE_GONE) throw cause;
  }
}

/** Like removeTree, synchronously. */
export function removeTreeSync(path: string): void {
  try {
    for (const entry of port().sync.readFolder(path)) {
      if (entry.isDirectory()) removeTreeSync(join(path, entry.name));
      else removeSync(join(path, entry.name));
    }
    port().sync.removeFolder(path);
  } catch (cause) {
    if (codeOf(cause) !== FILE_GONE) throw cause;
  }
}

/**
 * The path without links; undefined if there is nothing, or for a text that can be no path.
 * @throws the system's error if it cannot be known
 */
export function realPathSync(path: string): string | undefined {
  try {
    return port().sync.realPath(path);
  } catch (error) {
    if (codeOf(error) === FILE_GONE || isNoPath(error)) return undefined;
    throw error;
  }
}

function codeOf(cause: unknown): string | undefined {
  return (cause as NodeJS.ErrnoException).code;
}
