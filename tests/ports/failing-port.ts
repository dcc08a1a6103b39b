// A file port whose nth operation fails, once or with all that follow, as a disk, its quota or its owner make it fail.
import { closeSync, existsSync, writeFileSync } from 'node:fs';
import type { FilePort } from '../../src/base/file-port.ts';
import { type Operation, type OperationName, watchedPort } from './watched-port.ts';

/** Errors, and the operations that the system answers with each. */
export const FAULTS = {
  EIO: [
    'open',
    'close',
    'read',
    'write',
    'sync',
    'truncate',
    'stat',
    'readFolder',
    'makeFolder',
    'removeFolder',
    'rename',
    'link',
    'remove',
  ],
  ENOSPC: ['open', 'write', 'sync', 'makeFolder', 'rename', 'link'],
  EACCES: ['open', 'stat', 'readFolder', 'makeFolder', 'removeFolder', 'rename', 'link', 'remove'],
  EMFILE: ['open', 'readFolder'],
  /** No error: only half of the bytes are written. */
  short: ['write'],
} as const satisfies Record<string, readonly OperationName[]>;

export type FaultName = keyof typeof FAULTS;
export const FAULT_NAMES = Object.keys(FAULTS) as FaultName[];

export interface Fault {
  readonly fault: FaultName;
  /** Which of the operations that it can hit, from 0 on. */
  readonly at: number;
  readonly forever: boolean;
}

export interface FailingPort {
  readonly port: FilePort;
  /** The first operation that failed. */
  readonly hit: () => Operation | undefined;
}

const SYSCALLS: Readonly<Partial<Record<OperationName, string>>> = {
  sync: 'fsync',
  truncate: 'ftruncate',
  readFolder: 'scandir',
  makeFolder: 'mkdir',
  removeFolder: 'rmdir',
  remove: 'unlink',
};

/** A full disk does not keep a file that is there from being opened for reading. */
function canHit({ name, args }: Operation, fault: FaultName): boolean {
  const reads = name === 'open' && args[1] === 'r';
  return (FAULTS[fault] as readonly OperationName[]).includes(name) && !(fault === 'ENOSPC' && reads);
}

/** Counts the operations that each fault can hit. */
export function countingPort(): { readonly port: FilePort; readonly counts: Readonly<Record<FaultName, number>> } {
  const counts = { EIO: 0, ENOSPC: 0, EACCES: 0, EMFILE: 0, short: 0 };
  const before = (operation: Operation): undefined => {
    for (const fault of FAULT_NAMES) if (canHit(operation, fault)) counts[fault] += 1;
  };
  return { port: watchedPort({ before }), counts };
}

/**
 * @param token file that is written when the fault hits; with it, the other processes of a study fail too, if it is for
 * ever, or do not fail again, if it is once
 */
export function failingPort(fault: Fault, token?: string): FailingPort {
  const { fault: faultName } = fault;
  let count = 0;
  let hit: Operation | undefined;
  const hits = (operation: Operation): boolean => {
    const index = count++;
    const elsewhere = hit === undefined && token !== undefined && existsSync(token);
    if (elsewhere) return fault.forever;
    if (fault.forever ? index < fault.at : index !== fault.at) return false;
    hit ??= operation;
    if (token !== undefined) writeFileSync(token, `${operation.name} ${operation.path}`);
    return true;
  };
  const before = (operation: Operation): readonly unknown[] | undefined => {
    if (!canHit(operation, faultName) || !hits(operation)) return undefined;
    if (faultName === 'short') {
      const [file, from, at] = operation.args as [number, Uint8Array, number | null];
      return [file, from.subarray(0, Math.ceil(from.length / 2)), at];
    }
    // The system has closed it all the same.
    if (operation.name === 'close') closeSync(operation.args[0] as number);
    throw systemError(faultName, operation);
  };
  return { port: watchedPort({ before }), hit: () => hit };
}

function systemError(code: string, { name, args, path }: Operation): Error {
  const syscall = SYSCALLS[name] ?? name;
  const isPath = typeof args[0] === 'string';
  return Object.assign(new Error(`${code}: made to fail, ${syscall}${isPath ? ` '${path}'` : ''}`), {
    code,
    syscall,
    ...(isPath && { path }),
  });
}
