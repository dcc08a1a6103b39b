// The only door to files of runs, stores, leases, checkpoints and reports: sixteen operations, each one call to the
// system. A test installs another port, which fails or records. What callers use is made of these in disk.ts.
import fs from 'node:fs';

export type { BigIntStats, Dirent } from 'node:fs';

/** Descriptor of an open file. */
export type Descriptor = number;

/** Each throws what the system says, with `code`, `syscall` and, for operations on paths, `path`. */
export interface FileOperations {
  /** @param flags as Node's: `r`, `r+`, `a`, `a+`, `wx` */
  open(path: string, flags: string): Descriptor;
  close(file: Descriptor): void;
  /**
   * @param at offset in the file; null: at its present position
   * @returns bytes read; 0 at the end
   */
  read(file: Descriptor, into: Uint8Array, at: number | null): number;
  /** @returns bytes written, which may be fewer than were given */
  write(file: Descriptor, from: Uint8Array, at: number | null): number;
  /** Returns when content and size are on the disk; of a folder: its names. */
  sync(file: Descriptor): void;
  truncate(file: Descriptor, bytes: number): void;
  /** Of an open file, in bytes. */
  size(file: Descriptor): number;
  /** Follows links; undefined where there is nothing. */
  stat(path: string): fs.BigIntStats | undefined;
  readFolder(path: string): fs.Dirent[];
  /** @param mode permissions, less the umask */
  makeFolder(path: string, mode: number): void;
  removeFolder(path: string): void;
  rename(from: string, to: string): void;
  link(from: string, to: string): void;
  remove(path: string): void;
  realPath(path: string): string;
  /** That this user may still write on the file system of a path. */
  freeBytes(path: string): number;
}

/** The same operations as promises. */
export type AsyncFileOperations = {
  readonly [Name in keyof FileOperations]: (
    ...args: Parameters<FileOperations[Name]>
  ) => Promise<ReturnType<FileOperations[Name]>>;
};

export interface FilePort {
  readonly sync: FileOperations;
  readonly async: AsyncFileOperations;
}

const NOTHING = /^(?:ENOENT|ENOTDIR)$/;

const sync: FileOperations = {
  open: (path, flags) => fs.openSync(path, flags),
  close: fs.closeSync,
  read: (file, into, at) => fs.readSync(file, into, 0, into.length, at),
  write: (file, from, at) => fs.writeSync(file, from, 0, from.length, at),
  sync: fs.fsyncSync,
  truncate: fs.ftruncateSync,
  size: (file) => fs.fstatSync(file).size,
  stat: (path) => fs.statSync(path, { bigint: true, throwIfNoEntry: false }),
  readFolder: (path) => fs.readdirSync(path, { withFileTypes: true }),
  makeFolder: (path, mode) => {
    fs.mkdirSync(path, mode);
  },
  removeFolder: (path) => {
    fs.rmdirSync(path);
  },
  rename: fs.renameSync,
  link: fs.linkSync,
  remove: fs.unlinkSync,
  realPath: (path) => fs.realpathSync(path),
  freeBytes: (path) => freeOf(fs.statfsSync(path)),
};

type Done<T> = (cause: NodeJS.ErrnoException | null, value: T) => void;

async function later<T>(start: (done: Done<T>) => void): Promise<T> {
  return await new Promise((resolve, reject) => {
    start((cause, value) => {
      if (cause) reject(cause);
      else resolve(value);
    });
  });
}

const async: AsyncFileOperations = {
  open: (path, flags) => later((done: Done<Descriptor>) => fs.open(path, flags, done)),
  close: (file) => later((done: Done<void>) => fs.close(file, done as fs.NoParamCallback)),
  read: (file, into, at) => later((done: Done<number>) => fs.read(file, into, 0, into.length, at, done)),
  write: (file, from, at) => later((done: Done<number>) => fs.write(file, from, 0, from.length, at, done)),
  sync: (file) => later((done: Done<void>) => fs.fsync(file, done as fs.NoParamCallback)),
  truncate: (file, bytes) => later((done: Done<void>) => fs.ftruncate(file, bytes, done as fs.NoParamCallback)),
  size: async (file) => (await later((done: Done<fs.Stats>) => fs.fstat(file, done))).size,
  stat: (path) =>
    later((done: Done<fs.BigIntStats>) => fs.stat(path, { bigint: true }, done)).catch((cause: unknown) => {
      if (NOTHING.test((cause as NodeJS.ErrnoException).code ?? '')) return undefined;
      throw cause;
    }),
  readFolder: (path) => later((done: Done<fs.Dirent[]>) => fs.readdir(path, { withFileTypes: true }, done)),
  makeFolder: (path, mode) => later((done: Done<void>) => fs.mkdir(path, mode, done as fs.NoParamCallback)),
  removeFolder: (path) => later((done: Done<void>) => fs.rmdir(path, done as fs.NoParamCallback)),
  rename: (from, to) => later((done: Done<void>) => fs.rename(from, to, done as fs.NoParamCallback)),
  link: (from, to) => later((done: Done<void>) => fs.link(from, to, done as fs.NoParamCallback)),
  remove: (path) => later((done: Done<void>) => fs.unlink(path, done as fs.NoParamCallback)),
  realPath: (path) => later((done: Done<string>) => fs.realpath(path, done)),
  freeBytes: async (path) => freeOf(await later((done: Done<fs.StatsFs>) => fs.statfs(path, done))),
};

function freeOf({ bavail, bsize }: fs.StatsFs): number {
  return bavail * bsize;
}

/** The port of this system. */
export const NODE_PORT: FilePort = { sync, async };

let installed = NODE_PORT;

/** The port that all files go through. */
export function port(): FilePort {
  return installed;
}

/** Puts another port in the place of the one before, for this thread; returns that one. */
export function installPort(other: FilePort): FilePort {
  const before = installed;
  installed = other;
  return before;
}
