// Runs the real command line with less of the machine: limits of the shell, of a control group, of V8, of a small file
// system. What a system or a user cannot set is undefined, and its tests are skipped.
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, rmdirSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Ran } from '../ports/here.ts';

const BIN = join(import.meta.dirname, '../../src/cli/bin.ts');
/** A user that owns no process. */
const NOBODY = 54_321;
export const COLUMNS = 200;

/** util-linux makes pseudo-terminals. */
export const hasTerminal = spawnSync('script', ['-qec', 'true', '/dev/null']).status === 0;

export const isRoot = process.getuid?.() === 0;

/** Words of bash before `exec`, or options of node. */
export interface Limit {
  /** `ulimit -n 28;`. */
  readonly shell?: string;
  readonly node?: readonly string[];
  /** Runs as a user that owns no process and no file. */
  readonly asNobody?: true;
  /** In a terminal of 200 columns, which gets stdout and stderr. */
  readonly isTerminal?: true;
}

/** Runs a command in a folder; `code` is null after a signal. */
export function runLimited(
  args: readonly string[],
  cwd: string,
  { shell = '', node = [], asNobody, isTerminal }: Limit,
): Omit<Ran, 'code'> & { readonly code: number | null; readonly signal: string | null } {
  // Node writes its cache as it exits, when it no longer ignores the signal that comes with too large a file.
  const env = { ...process.env, ...(shell.includes('ulimit -f') && { NODE_DISABLE_COMPILE_CACHE: '1' }) };
  const command = [process.execPath, ...node, BIN, ...args];
  const limited = ['bash', '-c', `${shell} exec "$@"`, 'bash', ...command];
  const quoted = command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  if (isTerminal) {
    const line = `stty cols ${COLUMNS} rows 50; ${shell} exec ${quoted}`;
    const { status, signal, stdout } = spawnSync('script', ['-qefc', line, '/dev/null'], {
      cwd,
      encoding: 'utf8',
      env: { ...env, SHELL: '/bin/bash', TERM: 'xterm' },
    });
    return { code: status, signal, out: '', error: stdout };
  }
  const whole = asNobody ? ['setpriv', `--reuid=${NOBODY}`, '--clear-groups', ...limited] : limited;
  const { status, signal, stdout, stderr } = spawnSync(whole[0], whole.slice(1), { cwd, encoding: 'utf8', env });
  return { code: status, signal, out: stdout, error: stderr };
}

/** A control group with at most this many threads; undefined where this user may not make one. */
export function threadGroup(
  most: number,
  name: string,
): { readonly limit: Limit; readonly remove: () => void } | undefined {
  for (const root of ['/sys/fs/cgroup/pids', '/sys/fs/cgroup']) {
    const folder = join(root, `tracelab-test-${process.pid}-${name}`);
    const remove = (): void => {
      if (existsSync(folder)) rmdirSync(folder);
    };
    try {
      mkdirSync(folder);
      writeFileSync(join(folder, 'pids.max'), String(most));
      return { limit: { shell: `echo $$ > ${folder}/cgroup.procs || exit 99;` }, remove };
    } catch {
      remove();
    }
  }
  return undefined;
}

/** A file system of its own that can be full, and read-only. */
export interface SmallDisk {
  /** Uses up its last byte. */
  readonly fill: () => void;
  /** Gives back what fill() took. */
  readonly free: () => void;
  readonly readOnly: (on: boolean) => void;
  readonly unmount: () => void;
}

/**
 * @param place folder that is on the disk
 * @param rest folder for what is on the disk besides
 * @returns undefined where this user may not mount anything
 */
export function smallDisk(place: string, rest: string): SmallDisk | undefined {
  const mount = (...args: readonly string[]): boolean => spawnSync('mount', args).status === 0;
  const must = (done: boolean): void => {
    if (!done) throw new Error(`cannot change what is mounted at ${place}`);
  };
  for (const folder of [place, rest]) mkdirSync(folder, { recursive: true });
  if (!mount('-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', rest)) return undefined;
  const [content, filler] = [join(rest, 'content'), join(rest, 'filler')];
  mkdirSync(content);
  must(mount('--bind', content, place));
  return {
    fill: () => {
      const file = openSync(filler, 'w');
      try {
        const piece = Buffer.alloc(1 << 16);
        for (;;) writeSync(file, piece);
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code !== 'ENOSPC') throw cause;
      } finally {
        closeSync(file);
      }
    },
    free: () => rmSync(filler),
    readOnly: (on) => must(mount('-o', `remount,${on ? 'ro' : 'rw'}`, rest)),
    unmount: () => {
      for (const folder of [place, rest]) must(spawnSync('umount', [folder]).status === 0);
    },
  };
}
