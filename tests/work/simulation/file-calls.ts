// node:fs and node:fs/promises of the simulation: whose call it is, when it takes effect, and what may go wrong.
// An operation of a process that is killed meanwhile still takes effect or does not, as the seed says.
import { constants, type PathLike } from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { type SimulatedFile, type SimulatedNode, systemError } from './files.ts';
import { Killed, type SimulatedProcess } from './processes.ts';
import { runningProcess } from './world.ts';

/** Seconds for which a network file system may show an older listing of a folder. */
const STALE_SECONDS = 3;

/** What watches over all that is written: tests/work/simulation/invariants.ts. */
export interface FileWatch {
  /** A process asks for a change of a path. */
  readonly asked: (process: SimulatedProcess, path: string) => void;
  /** A path has changed. */
  readonly changed: (process: SimulatedProcess, path: string, call: string) => void;
  /** Whether this operation fails for a reason of the disk. */
  readonly fails: (process: SimulatedProcess, call: string, path: string) => boolean;
}

let watch: FileWatch | undefined;

export function watchFiles(by: FileWatch | undefined): void {
  watch = by;
}

function caller(): SimulatedProcess {
  const process = runningProcess();
  if (!process) throw new Error('a file operation outside of every simulated process');
  process.call();
  return process;
}

interface Call<T> {
  readonly name: string;
  readonly path: string;
  readonly writes: boolean;
  readonly effect: (process: SimulatedProcess) => T;
}

function effectOf<T>(process: SimulatedProcess, { name, path, writes, effect }: Call<T>): T {
  if (watch?.fails(process, name, path)) throw systemError('EIO', name, path);
  const value = effect(process);
  if (writes) {
    process.machine.listings.delete(dirname(path));
    watch?.changed(process, path, name);
  }
  return value;
}

function now<T>(call: Call<T>): T {
  const process = caller();
  if (call.writes) watch?.asked(process, call.path);
  return effectOf(process, call);
}

async function later<T>(call: Call<T>): Promise<T> {
  const process = caller();
  if (call.writes) watch?.asked(process, call.path);
  const { world, machine } = process;
  const latency = world.latency();
  return new Promise<T>((resolve, reject) => {
    const settle = (run: () => void): void => {
      // Whatever came after a wait of many seconds is the first thing that the program sees.
      if (latency > 1) process.awakeSince = Math.max(process.awakeSince, world.now);
      if (process.pausedUntil() > world.now) world.after(0, process, `goes on after ${call.name}`, run);
      else if (!process.isDead) world.enter(process, run);
    };
    const happen = (): void => {
      if (machine.cutOffUntil > world.now && !process.isDead) {
        world.after(machine.cutOffUntil - world.now, undefined, `${process.name}: ${call.name} ${call.path}`, happen);
        return;
      }
      if (process.isDead && world.oneIn(2)) return;
      try {
        const value = effectOf(process, call);
        settle(() => resolve(value));
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        settle(() => reject(error));
      }
    };
    world.after(latency, undefined, `${process.name}: ${call.name} ${call.path}`, happen);
  });
}

const text = (path: PathLike): string => String(path);
const encoded = (data: Buffer, options?: unknown): string | Buffer => {
  const encoding = typeof options === 'string' ? options : (options as { encoding?: string } | undefined)?.encoding;
  return encoding ? data.toString('utf8') : Buffer.from(data);
};
const bytesOf = (data: string | Uint8Array): Uint8Array => (typeof data === 'string' ? Buffer.from(data) : data);

function readCall(path: PathLike, options?: unknown): Call<string | Buffer> {
  return {
    name: 'read',
    path: text(path),
    writes: false,
    effect: ({ world, machine }) => {
      const status = /^\/proc\/(\d+)\/stat$/.exec(text(path));
      if (status) {
        const found = [...machine.processes].find(({ pid }) => pid === Number(status[1]));
        if (!found) throw systemError('ENOENT', 'open', text(path));
        return `${found.pid} (node) S ${'0 '.repeat(18)}${found.startTick} 0\n`;
      }
      if (text(path) === '/proc/sys/kernel/random/boot_id') return 'one-boot\n';
      return encoded(world.files.file(text(path), 'open').data, options);
    },
  };
}

interface ListOptions {
  readonly recursive?: boolean;
  readonly withFileTypes?: boolean;
}

function listCall(path: PathLike, options?: ListOptions): Call<unknown[]> {
  const list = ({ world, machine }: SimulatedProcess, folder: string): readonly string[] => {
    const kept = machine.listings.get(folder);
    const names = world.files.names(folder);
    if (kept && kept.until > world.now) return kept.names;
    machine.listings.set(folder, { names, until: world.now + world.random.uniform() * STALE_SECONDS });
    return names;
  };
  const entries = (process: SimulatedProcess, folder: string): unknown[] =>
    list(process, folder).flatMap((name) => {
      const path = join(folder, name);
      const node = process.world.files.find(path);
      // Of a stale listing.
      if (!node && options?.withFileTypes) return [];
      if (!options?.withFileTypes) return [name];
      const isFolder = node?.type === 'folder';
      const entry = { name, parentPath: folder, isDirectory: () => isFolder, isFile: () => !isFolder };
      return isFolder && options.recursive ? [entry, ...entries(process, path)] : [entry];
    });
  return { name: 'list', path: text(path), writes: false, effect: (process) => entries(process, text(path)) };
}

function statsOf(node: SimulatedNode): object {
  const { inode: ino, changed: mtimeMs } = node;
  const size = node.type === 'file' ? node.data.length : 0;
  return {
    ...{ ino, size, mtimeMs, ctimeMs: mtimeMs, mtime: new Date(mtimeMs), nlink: 1 },
    isFile: () => node.type === 'file',
    isDirectory: () => node.type === 'folder',
  };
}

function statCall(path: PathLike): Call<object> {
  return {
    name: 'stat',
    path: text(path),
    writes: false,
    effect: ({ world }) => {
      const node = world.files.find(text(path));
      if (!node) throw systemError('ENOENT', 'stat', text(path));
      return statsOf(node);
    },
  };
}

const makeFolderCall = (path: PathLike): Call<undefined> => ({
  name: 'mkdir',
  path: text(path),
  writes: true,
  effect: ({ world }) => {
    world.files.makeFolder(text(path));
  },
});

const renameCall = (from: PathLike, to: PathLike): Call<undefined> => ({
  name: 'rename',
  path: text(to),
  writes: true,
  effect: ({ world, machine }) => {
    world.files.rename(text(from), text(to));
    machine.listings.delete(dirname(text(from)));
    machine.listings.delete(text(from));
  },
});

const linkCall = (from: PathLike, to: PathLike): Call<undefined> => ({
  name: 'link',
  path: text(to),
  writes: true,
  effect: (process) => {
    const { world } = process;
    world.files.link(text(from), text(to));
    // The answer is lost on the network, and the repetition finds the file there.
    if (world.isQuiet || !world.oneIn(50)) return;
    process.machine.listings.delete(dirname(text(to)));
    watch?.changed(process, text(to), 'link');
    throw systemError('EEXIST', 'link', text(to));
  },
});

const removeCall = (path: PathLike, force: boolean): Call<undefined> => ({
  name: 'remove',
  path: text(path),
  writes: true,
  effect: ({ world }) => {
    if (!force || world.files.find(text(path))) world.files.remove(text(path));
  },
});

/** One call a file: a process may die between two of them. */
function removeTree(path: PathLike, options?: { force?: boolean; recursive?: boolean }): Call<undefined>[] {
  const { files } = (runningProcess() as SimulatedProcess).world;
  const paths = options?.recursive ? files.below(text(path)) : [text(path)];
  return paths.map((each) => removeCall(each, options?.force ?? false));
}

const writeCall = (path: PathLike, data: string | Uint8Array, flag: string): Call<undefined> => ({
  name: 'write',
  path: text(path),
  writes: true,
  effect: ({ world }) => {
    const file = world.files.create(text(path), flag.includes('x'));
    if (flag.startsWith('w')) file.data = Buffer.alloc(0);
    world.files.write(file, bytesOf(data), file.data.length);
  },
});

const openCall = (path: PathLike, flags: string | number): Call<SimulatedFile> => {
  const creates = typeof flags === 'string' && /^[wa]/.test(flags);
  return {
    name: 'open',
    path: text(path),
    writes: creates,
    effect: ({ world }) => {
      if (!creates) {
        const node = world.files.find(text(path));
        // A folder is opened to be synced.
        return node?.type === 'folder' ? (node as unknown as SimulatedFile) : world.files.file(text(path), 'open');
      }
      const file = world.files.create(text(path), flags.includes('x'));
      if (flags.startsWith('w')) file.data = Buffer.alloc(0);
      return file;
    },
  };
};

/** Writing through an open file: the name may have become another's. */
const writeOpenCall = (path: string, file: SimulatedFile, data: Uint8Array, at?: number): Call<undefined> => ({
  name: 'write',
  path,
  writes: true,
  effect: ({ world }) => {
    world.files.write(file, data, at ?? file.data.length);
  },
});

const nothing = (name: string, path: string): Call<undefined> => ({
  name,
  path,
  writes: false,
  effect: () => undefined,
});

async function openFile(path: PathLike, flags: string | number = 'r'): Promise<object> {
  const file = await later(openCall(path, flags));
  const write = async (data: string | Uint8Array, at?: number): Promise<void> =>
    later(writeOpenCall(text(path), file, bytesOf(data), at));
  return {
    writeFile: async (data: string | Uint8Array) => write(data),
    appendFile: async (data: string | Uint8Array) => write(data),
    write,
    sync: async () => later(nothing('sync', text(path))),
    datasync: async () => later(nothing('sync', text(path))),
    close: async () => later(nothing('close', text(path))),
    stat: async () => statsOf(file),
    readFile: async (options?: unknown) => later({ ...nothing('read', ''), effect: () => encoded(file.data, options) }),
    read: async (buffer: Uint8Array, offset: number, length: number, position: number) => {
      const piece = file.data.subarray(position, position + length);
      buffer.set(piece, offset);
      return { bytesRead: piece.length, buffer };
    },
  };
}

/** node:fs/promises. */
export const PROMISES: Readonly<Record<string, unknown>> = {
  open: openFile,
  readFile: async (path: PathLike, options?: unknown) => later(readCall(path, options)),
  writeFile: async (path: PathLike, data: string | Uint8Array, options?: { flag?: string }) =>
    later(writeCall(path, data, options?.flag ?? 'w')),
  readdir: async (path: PathLike, options?: ListOptions) => later(listCall(path, options)),
  stat: async (path: PathLike) => later(statCall(path)),
  mkdir: async (path: PathLike) => later(makeFolderCall(path)),
  rename: async (from: PathLike, to: PathLike) => later(renameCall(from, to)),
  link: async (from: PathLike, to: PathLike) => later(linkCall(from, to)),
  rm: async (path: PathLike, options?: { force?: boolean; recursive?: boolean }) => {
    for (const call of removeTree(path, options)) await later(call);
  },
};

const descriptors = new Map<number, { readonly path: string; readonly file: SimulatedFile; readonly owner: object }>();
let lastDescriptor = 1000;

function opened(descriptor: number): { readonly path: string; readonly file: SimulatedFile } {
  const found = descriptors.get(descriptor);
  if (!found) throw systemError('EBADF', 'write', String(descriptor));
  return found;
}

/** Forgets files that killed processes left open, between two worlds. */
export function forgetDescriptors(): void {
  descriptors.clear();
  lastDescriptor = 1000;
}

type Callback = (error: Error | null) => void;
function calledBack(promise: Promise<unknown>, back: Callback): void {
  promise.then(
    () => back(null),
    (error: unknown) => {
      if (error instanceof Error && !(error instanceof Killed)) back(error);
    },
  );
}

/** node:fs. */
export const SYNCHRONOUS: Readonly<Record<string, unknown>> = {
  constants,
  existsSync: (path: PathLike) =>
    now({ ...nothing('look', text(path)), effect: ({ world }) => world.files.find(text(path)) !== undefined }),
  readFileSync: (path: PathLike, options?: unknown) => now(readCall(path, options)),
  readdirSync: (path: PathLike, options?: ListOptions) => now(listCall(path, options)),
  readlinkSync: (path: PathLike) => `simulated ${text(path)}`,
  statSync: (path: PathLike) => now(statCall(path)),
  mkdirSync: (path: PathLike) => now(makeFolderCall(path)),
  renameSync: (from: PathLike, to: PathLike) => now(renameCall(from, to)),
  rmSync: (path: PathLike, options?: { force?: boolean; recursive?: boolean }) => {
    for (const call of removeTree(path, options)) now(call);
  },
  writeFileSync: (path: PathLike, data: string | Uint8Array) => now(writeCall(path, data, 'w')),
  appendFileSync: (path: PathLike, data: string | Uint8Array) => now(writeCall(path, data, 'a')),
  openSync: (path: PathLike, flags: string | number) => {
    const file = now(openCall(path, flags));
    descriptors.set((lastDescriptor += 1), { path: text(path), file, owner: caller() });
    return lastDescriptor;
  },
  closeSync: (descriptor: number) => void descriptors.delete(descriptor),
  writeSync: (descriptor: number, data: string | Uint8Array, at?: number) => {
    const { path, file } = opened(descriptor);
    now(writeOpenCall(path, file, bytesOf(data), at));
    return bytesOf(data).length;
  },
  write: (descriptor: number, data: string | Uint8Array, at: number, _encoding: string, back: Callback) => {
    const { path, file } = opened(descriptor);
    calledBack(later(writeOpenCall(path, file, bytesOf(data), at)), back);
  },
  fsync: (descriptor: number, back: Callback) => calledBack(later(nothing('sync', opened(descriptor).path)), back),
  createReadStream: (path: PathLike, options?: { encoding?: string }) =>
    Readable.from(
      (async function* () {
        yield await (PROMISES['readFile'] as (path: PathLike, options?: unknown) => Promise<unknown>)(path, options);
      })(),
    ),
  createWriteStream: (path: PathLike) =>
    new Writable({
      write: (data: Uint8Array, _, back) => calledBack(later(writeCall(path, data, 'a')), back),
    }),
};
