// The file port of the simulation: whose operation it is, when it takes effect, and what may go wrong. An operation of
// a process that is killed meanwhile still takes effect or does not, as the seed says.
import { dirname } from 'node:path';
import type { BigIntStats, Descriptor, Dirent, FileOperations, FilePort } from '../../../src/base/file-port.ts';
import { type SimulatedFile, type SimulatedNode, systemError } from './files.ts';
import type { SimulatedProcess } from './processes.ts';
import { runningProcess } from './world.ts';

/** Seconds for which a network file system may show an older listing of a folder. */
const STALE_SECONDS = 3;
const FREE_BYTES = 1e12;

/** What watches over all that is written: tests/work/simulation/invariants.ts. */
export interface FileWatch {
  /** A process asks for a change of a path. */
  readonly asked: (process: SimulatedProcess, path: string) => void;
  /** A path has changed. */
  readonly changed: (process: SimulatedProcess, path: string, call: string) => void;
  /** Whether this operation fails for a reason of the disk. */
  readonly fails: (process: SimulatedProcess, call: string, path: string) => boolean;
  /** The next answer to this process is a failure of the disk. */
  readonly cause: (process: SimulatedProcess) => void;
}

interface Call<T> {
  readonly name: string;
  readonly path: string;
  readonly writes: boolean;
  readonly effect: (process: SimulatedProcess) => T;
}

type Calls = {
  readonly [Name in keyof FileOperations]: (
    ...args: Parameters<FileOperations[Name]>
  ) => Call<ReturnType<FileOperations[Name]>>;
};

interface Opened {
  readonly path: string;
  readonly node: SimulatedNode;
  readonly appends: boolean;
  /** Where a read or a write without an offset begins. */
  position: number;
}

/** A port for the processes of one world. */
export function simulatedPort(watch: FileWatch): FilePort {
  const calls = callsOf(watch);
  const names = Object.keys(calls) as (keyof FileOperations)[];
  const callOf = (name: keyof FileOperations, args: readonly unknown[]): Call<unknown> =>
    (calls[name] as (...args: readonly unknown[]) => Call<unknown>)(...args);
  const sync = names.map((name) => [
    name,
    (...args: readonly unknown[]): unknown => now(watch, caller(), callOf(name, args)),
  ]);
  const async = names.map((name) => [
    name,
    async (...args: readonly unknown[]): Promise<unknown> => later(watch, caller(), callOf(name, args)),
  ]);
  return {
    sync: Object.fromEntries(sync) as FilePort['sync'],
    async: Object.fromEntries(async) as FilePort['async'],
  };
}

/** The process whose program runs now; it may be killed at this call. */
function caller(): SimulatedProcess {
  const process = runningProcess();
  if (!process) throw new Error('a file operation outside of every simulated process');
  process.call();
  return process;
}

function effectOf<T>(watch: FileWatch, process: SimulatedProcess, { name, path, writes, effect }: Call<T>): T {
  if (watch.fails(process, name, path)) throw systemError('EIO', name, path);
  const value = effect(process);
  if (writes) {
    process.machine.listings.delete(dirname(path));
    watch.changed(process, path, name);
  }
  return value;
}

function now<T>(watch: FileWatch, process: SimulatedProcess, call: Call<T>): T {
  if (call.writes) watch.asked(process, call.path);
  return effectOf(watch, process, call);
}

async function later<T>(watch: FileWatch, process: SimulatedProcess, call: Call<T>): Promise<T> {
  if (call.writes) watch.asked(process, call.path);
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
        const value = effectOf(watch, process, call);
        settle(() => resolve(value));
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        settle(() => reject(error));
      }
    };
    world.after(latency, undefined, `${process.name}: ${call.name} ${call.path}`, happen);
  });
}

function callsOf(watch: FileWatch): Calls {
  const opened = new Map<Descriptor, Opened>();
  let lastDescriptor = 2;

  /** An operation on an open file. Its path is the newest name of the file, which is not always the one it had then. */
  const on = <T>(name: string, descriptor: Descriptor, writes: boolean, effect: (file: Opened) => T): Call<T> => {
    const found = opened.get(descriptor);
    if (!found) throw systemError('EBADF', name, String(descriptor));
    const path = found.node.type === 'file' ? found.node.path : found.path;
    return {
      ...{ name, path, writes },
      effect: ({ name: who, world }) => {
        // Its number may be another file's by now.
        if (opened.get(descriptor) !== found && name !== 'close')
          world.violate(`${who}: ${name} of ${path} is under way when the file is closed`);
        return effect(found);
      },
    };
  };

  return {
    open: (path, flags) => {
      const creates = /^[wa]/.test(flags);
      return {
        ...{ name: 'open', path, writes: creates },
        effect: ({ world: { files } }) => {
          // A folder is opened to be synced.
          const found = files.find(path);
          const isFolder = !creates && found?.type === 'folder' && flags === 'r';
          const node = isFolder ? found : creates ? files.create(path, flags.includes('x')) : files.file(path, 'open');
          if (flags.startsWith('w') && node.type === 'file') files.truncate(node, 0);
          opened.set((lastDescriptor += 1), { path, node, appends: flags.startsWith('a'), position: 0 });
          return lastDescriptor;
        },
      };
    },
    close: (descriptor) => {
      const call = on('close', descriptor, false, () => undefined);
      // The number is free again, whatever the system says.
      opened.delete(descriptor);
      return call;
    },
    read: (descriptor, into, at) =>
      on('read', descriptor, false, (file) => {
        const start = at ?? file.position;
        const piece = contentOf(file).data.subarray(start, start + into.length);
        into.set(piece);
        if (at === null) file.position += piece.length;
        return piece.length;
      }),
    write: (descriptor, from, at) => {
      // The caller may use its buffer again only when it is answered: what it gives now is what is written.
      const bytes = Uint8Array.from(from);
      const call = on('write', descriptor, true, (file) => file);
      return {
        ...call,
        effect: (process) => {
          const file = call.effect(process);
          const content = contentOf(file);
          const start = file.appends ? content.data.length : (at ?? file.position);
          process.world.files.write(content, bytes, start);
          if (at === null) file.position = start + bytes.length;
          return bytes.length;
        },
      };
    },
    sync: (descriptor) => on('sync', descriptor, false, () => undefined),
    truncate: (descriptor, bytes) => {
      const call = on('truncate', descriptor, true, contentOf);
      return { ...call, effect: (process) => process.world.files.truncate(call.effect(process), bytes) };
    },
    size: (descriptor) => on('size', descriptor, false, (file) => contentOf(file).data.length),
    stat: (path) => ({
      ...{ name: 'stat', path, writes: false },
      effect: ({ world }) => statsOf(world.files.find(path)),
    }),
    readFolder: (path) => ({
      ...{ name: 'list', path, writes: false },
      effect: (process) => listingOf(process, path),
    }),
    makeFolder: (path) => ({
      ...{ name: 'mkdir', path, writes: true },
      effect: ({ world }) => world.files.makeFolder(path),
    }),
    removeFolder: (path) => ({
      ...{ name: 'rmdir', path, writes: true },
      effect: ({ world }) => world.files.removeFolder(path),
    }),
    rename: (from, to) => ({
      ...{ name: 'rename', path: to, writes: true },
      effect: ({ world, machine }) => {
        world.files.rename(from, to);
        machine.listings.delete(dirname(from));
        machine.listings.delete(from);
      },
    }),
    link: (from, to) => ({
      ...{ name: 'link', path: to, writes: true },
      effect: (process) => {
        const { world, machine } = process;
        world.files.link(from, to);
        // The answer is lost on the network: the repetition finds the file there, or there is none.
        if (world.isQuiet || !world.oneIn(50)) return;
        machine.listings.delete(dirname(to));
        watch.changed(process, to, 'link');
        if (world.oneIn(2)) throw systemError('EEXIST', 'link', to);
        watch.cause(process);
        throw systemError('EIO', 'link', to);
      },
    }),
    remove: (path) => ({
      ...{ name: 'remove', path, writes: true },
      effect: ({ world }) => world.files.remove(path),
    }),
    realPath: (path) => ({ name: 'realpath', path, writes: false, effect: () => path }),
    freeBytes: (path) => ({ name: 'statfs', path, writes: false, effect: () => FREE_BYTES }),
  };
}

function contentOf({ node, path }: Opened): SimulatedFile {
  if (node.type === 'folder') throw systemError('EISDIR', 'read', path);
  return node;
}

/** A machine sees its own changes at once, and others' when its listing is too old. */
function listingOf({ world, machine }: SimulatedProcess, path: string): Dirent[] {
  const known = machine.listings.get(path);
  const folder = world.files.folder(path);
  if (known && known.until > world.now) return known.entries;
  const entries = [...folder.entries].map(([name, { type }]): unknown => {
    const isFolder = type === 'folder';
    return { name, parentPath: path, isDirectory: () => isFolder, isFile: () => !isFolder };
  }) as Dirent[];
  machine.listings.set(path, { entries, until: world.now + world.random.uniform() * STALE_SECONDS });
  return entries;
}

function statsOf(node: SimulatedNode | undefined): BigIntStats | undefined {
  if (!node) return undefined;
  const milliseconds = BigInt(Math.floor(node.changed));
  const nanoseconds = BigInt(Math.floor(node.changed * 1000)) * 1000n;
  return {
    ...{ dev: 1n, ino: BigInt(node.inode), size: BigInt(node.type === 'file' ? node.data.length : 0), nlink: 1n },
    ...{ mtimeMs: milliseconds, ctimeMs: milliseconds, mtimeNs: nanoseconds, ctimeNs: nanoseconds },
    isFile: () => node.type === 'file',
    isDirectory: () => node.type === 'folder',
  } as BigIntStats;
}
