// Lease files of one folder: their names, and creating, reading and marking one. Who may do so when is lease.ts.
//
//     .lease-1               the first ever in this folder; its token begins with the chain
//     .lease-2-<chain>       its successor, and so on
//
// A file has two lines: the owner as JSON, and `beat 000000000012`, a counter that the owner raises in place. A lease
// that was given back says `free` in place of `beat`.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import {
  link,
  openFile,
  type OpenFile,
  readTextFile,
  readTextFileSync,
  readdir,
  readdirSync,
  remove,
} from '../base/disk.ts';
import { isSystemError } from '../base/files.ts';
import { parseOwner } from './lease-owner.ts';
import type { LeaseOwner } from './lease-owner.ts';

export const LEASE_PREFIX = '.lease';

const BEAT = 'beat';
const FREE = 'free';
const COUNTER_DIGITS = 12;
/** Characters of a token that distinguish the chains of one folder. */
const CHAIN_LENGTH = 13;
/** Between two attempts to give back a lease on a disk that fails. */
const DISOWN_SECONDS = 5;
/** Chain after a first file that a crash of the machine left without an owner. */
const NO_CHAIN = 'unreadable';

/** What a lease file held when it was read. */
export interface SeenLease {
  readonly generation: number;
  /** Part of the names of the files that follow. */
  readonly chain: string;
  /** Whole content: a change of it is a sign of life. */
  readonly text: string;
  readonly owner: LeaseOwner | undefined;
  readonly free: boolean;
}

function nameOf(generation: number, chain: string): string {
  return generation === 1 ? `${LEASE_PREFIX}-1` : `${LEASE_PREFIX}-${generation}-${chain}`;
}

function ownerOf(text: string): LeaseOwner | undefined {
  return parseOwner(text.split('\n')[0] ?? '');
}

/** Place of the second line in bytes. */
function stateAt(owner: LeaseOwner): number {
  return Buffer.byteLength(`${JSON.stringify(owner)}\n`);
}

function chainOf(first: LeaseOwner | undefined): string {
  return first?.token.slice(0, CHAIN_LENGTH) ?? NO_CHAIN;
}

function seen(generation: number, chain: string, text: string): SeenLease {
  const free = text.split('\n')[1]?.startsWith(FREE) ?? false;
  return { generation, chain, text, owner: ownerOf(text), free };
}

/** The files of a chain after its first one, oldest first. */
function successors(names: readonly string[], chain: string): { generation: number; name: string }[] {
  // A first file without an owner may still get one from a writer that was very slow: it has lost its turn.
  const pattern = new RegExp(`^\\${LEASE_PREFIX}-([0-9]+)-(?:${chain}|${NO_CHAIN})$`);
  return names
    .map((name) => ({ generation: Number(pattern.exec(name)?.[1] ?? 0), name }))
    .filter(({ generation }) => generation > 1)
    .sort((a, b) => a.generation - b.generation);
}

/**
 * The newest lease of a folder.
 * @param known a generation that is known to exist, though a network file system's cached listing may lack it
 * @returns undefined for a folder without any, or without that folder
 */
export async function newestLease(folder: string, known = 0): Promise<SeenLease | undefined> {
  const first = await readIfThere(join(folder, nameOf(1, NO_CHAIN)));
  if (first === undefined) return undefined;
  const chain = chainOf(ownerOf(first));
  const names = await readdir(folder).catch((cause: unknown) => {
    if (isSystemError(cause) && cause.code === 'ENOENT') return [];
    throw cause;
  });
  const listed = successors(names, chain).at(-1) ?? { generation: 1, name: nameOf(1, chain) };
  let newest = seen(1, chain, first);
  for (let generation = Math.max(2, listed.generation, known); ; generation++) {
    const name = generation === listed.generation ? listed.name : nameOf(generation, chain);
    const text = await readIfThere(join(folder, name));
    if (text !== undefined) newest = seen(generation, chain, text);
    else return newest;
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readTextFile(path);
  } catch (cause) {
    if (isSystemError(cause) && (cause.code === 'ENOENT' || cause.code === 'ESTALE')) return undefined;
    throw cause;
  }
}

/** A lease file that this process has created. */
export class OwnLeaseFile {
  readonly generation: number;
  private readonly folder: string;
  private readonly chain: string;
  private readonly owner: LeaseOwner;
  /** Open for as long as the lease is ours: writes reach our own file, whatever has become of its name. */
  private readonly file: OpenFile;
  private readonly stateAt: number;
  private counter = 0;
  private writing: Promise<void> | undefined;

  private constructor(folder: string, generation: number, chain: string, owner: LeaseOwner, file: OpenFile) {
    this.folder = folder;
    this.generation = generation;
    this.chain = chain;
    this.owner = owner;
    this.file = file;
    this.stateAt = stateAt(owner);
  }

  /**
   * Creates the successor of what was seen.
   * @returns undefined when there is one already, or when the folder is gone
   */
  static async create(
    folder: string,
    before: SeenLease | undefined,
    owner: LeaseOwner,
  ): Promise<OwnLeaseFile | undefined> {
    const generation = (before?.generation ?? 0) + 1;
    const chain = before?.chain ?? chainOf(owner);
    const path = join(folder, nameOf(generation, chain));
    const text = `${JSON.stringify(owner)}\n${BEAT} ${'0'.repeat(COUNTER_DIGITS)}\n`;
    try {
      const file = await createWhole(folder, path, text);
      return file && new OwnLeaseFile(folder, generation, chain, owner, file);
    } catch (cause) {
      if (isSystemError(cause) && cause.code === 'ENOENT') return undefined;
      await disown(path, owner);
      throw cause;
    }
  }

  /**
   * Whether this file is still in its folder and the newest of its chain. Synchronous, for exit handlers.
   * @returns undefined when the file system fails to answer
   */
  isNewest(): boolean | undefined {
    try {
      const first = readTextFileSync(join(this.folder, nameOf(1, this.chain)));
      if (chainOf(ownerOf(first)) !== this.chain) return false;
      const mine = readTextFileSync(join(this.folder, nameOf(this.generation, this.chain)));
      if (ownerOf(mine)?.token !== this.owner.token) return false;
      return (successors(readdirSync(this.folder), this.chain).at(-1)?.generation ?? 1) <= this.generation;
    } catch (cause) {
      if (!isSystemError(cause)) throw cause;
      return /^(?:ENOENT|ENOTDIR|ESTALE)$/.test(cause.code ?? '') ? false : undefined;
    }
  }

  /** Raises the counter and waits until the file system has it. */
  async beat(): Promise<void> {
    if (this.writing) return this.writing;
    this.counter += 1;
    const digits = String(this.counter).padStart(COUNTER_DIGITS, '0');
    this.writing = (async () => {
      await this.file.write(digits, this.stateAt + BEAT.length + 1);
      await this.file.sync();
    })().finally(() => {
      this.writing = undefined;
    });
    return this.writing;
  }

  /** Marks the lease as given back. The file stays: it keeps its generation from being created again. */
  free(): void {
    this.orLater(() => this.file.writeSync(FREE, this.stateAt));
    // Some file systems say only now that the mark is not on the disk.
    const close = (): void => this.orLater(() => this.file.closeSync());
    // A descriptor number that is free again may soon be another file's: a write under way must not reach it.
    if (this.writing) void this.writing.then(close, close);
    else close();
  }

  /** A disk that fails now may have the mark later. */
  private orLater(work: () => void): void {
    try {
      work();
    } catch (cause) {
      if (!isSystemError(cause)) throw cause;
      void disown(join(this.folder, nameOf(this.generation, this.chain)), this.owner);
    }
  }

  /** Deletes the files between the first, which names the chain, and this one, which keeps its generation taken. */
  async sweepOlder(): Promise<void> {
    for (const { generation, name } of successors(await readdir(this.folder), this.chain))
      if (generation < this.generation) await remove(join(this.folder, name));
  }
}

/**
 * Marks a lease as given back after the disk failed while it was created or given back: its owner may still run and
 * would keep it. If the disk still fails, this is repeated later.
 */
async function disown(path: string, owner: LeaseOwner): Promise<void> {
  try {
    if (ownerOf((await readIfThere(path)) ?? '')?.token !== owner.token) return;
    const file = await openFile(path, 'r+');
    try {
      await file.write(FREE, stateAt(owner));
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (isSystemError(cause) && cause.code !== 'ENOENT')
      setTimeout(() => void disown(path, owner), DISOWN_SECONDS * 1000).unref();
  }
}

/**
 * Creates a file that has its whole content from the first moment. It stays open, so that nothing can fail between its
 * creation and its use: a file that nobody owns would keep the folder until this process ends.
 * @returns undefined when it was there before
 */
async function createWhole(folder: string, path: string, text: string): Promise<OpenFile | undefined> {
  const temporary = join(folder, `${LEASE_PREFIX}.${randomUUID()}.tmp`);
  const file = await openFile(temporary, 'wx');
  let isOurs = false;
  try {
    await file.write(text);
    await file.sync();
    await link(temporary, path);
    isOurs = true;
    return file;
  } catch (cause) {
    // The answer to a link that succeeded may have been lost on the network, and the repetition finds it there.
    const isThere = isSystemError(cause) && cause.code === 'EEXIST';
    isOurs = isThere && (await readIfThere(path)) === text;
    if (isOurs) return file;
    if (!isSystemError(cause)) throw cause;
    if (isThere) return undefined;
    // File systems without hard links. A crash before the content is there leaves a file that names no owner.
    if (cause.syscall === 'link' && /^(?:EPERM|ENOTSUP|EOPNOTSUPP|ENOSYS|EMLINK)$/.test(cause.code ?? ''))
      return await createInPlace(path, text);
    throw cause;
  } finally {
    if (!isOurs) await file.close().catch(() => undefined);
    // The lease is there or not, whatever becomes of the temporary file: the next owner sweeps it.
    await remove(temporary).catch(() => undefined);
  }
}

async function createInPlace(path: string, text: string): Promise<OpenFile | undefined> {
  const file = await openFile(path, 'wx').catch((cause: unknown) => {
    if (isSystemError(cause) && cause.code === 'EEXIST') return undefined;
    throw cause;
  });
  try {
    await file?.write(text);
    await file?.sync();
    return file;
  } catch (cause) {
    await file?.close().catch(() => undefined);
    throw cause;
  }
}
