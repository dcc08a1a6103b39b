// Words of a plan before anything runs: tasks in groups, time as a range with its reasons, threads with what limits
// them, and other programs on the machine. Pure: numbers in, lines out.
import { duration, list, magnitude } from '../../tables/format.ts';
import { alignColumns, counted, printable, wrap } from '../../render/terminal-text.ts';
import { shorten } from './task-lines.ts';
import { rangeWords, type TimeRange } from './time-left.ts';

/** One task of a plan. */
export interface PlannedTask {
  readonly kind: string;
  /** What it is about, for example the condition; null when there is one for all. */
  readonly condition: string | null;
  readonly tokens: number;
  /** Left to do, on one thread. */
  readonly seconds: number;
  /** That it will get. */
  readonly threads: number;
  readonly finished: boolean;
}

const WIDTH = 80;
/** Columns after kind and condition: tasks, tokens, CPU time, threads. */
const LAYOUTS: readonly (readonly number[])[] = [
  [0, 1, 2, 3],
  [0, 1, 2],
];
const NARROWEST: readonly number[] = [0, 2];
/** A condition that is shorter than this is not recognised. */
const LEAST_CONDITION = 12;

/**
 * A row for each kind and condition, in the order of the tasks; a kind is named once. Columns go where the terminal is
 * narrow: threads, then tokens; conditions are shortened last. CPU time is that on one thread.
 * @param width columns
 */
export function planTable(tasks: readonly PlannedTask[], width = WIDTH): string[] {
  const kinds = Map.groupBy(tasks, ({ kind }) => kind);
  const rows = [...kinds].flatMap(([kind, ofKind]) =>
    [...Map.groupBy(ofKind, ({ condition }) => condition)].map(([condition, group], i) => [
      i === 0 ? printable(kind) : '',
      printable(condition ?? 'all'),
      countWords(group),
      magnitude(Math.round(group.reduce((sum, { tokens }) => sum + tokens, 0))),
      timeWords(group),
      threadRange(group),
    ]),
  );
  const table = [['kind', 'condition', 'tasks', 'tokens', 'CPU time', 'threads'], ...rows];
  const columns = [...LAYOUTS, NARROWEST].find((each) => widthOf(write(table, each)) <= width) ?? NARROWEST;
  const excess = Math.max(0, widthOf(write(table, columns)) - width);
  const longest = Math.max(...table.map(([, condition]) => condition.length));
  const cut = Math.max(LEAST_CONDITION, longest - excess);
  return write(
    table.map(([kind, condition, ...rest]) => [kind, shorten(condition, cut, { ellipsis: '...' }), ...rest]),
    columns,
  );
}

/** Kind and condition to the left, numbers to the right. */
function write(table: readonly (readonly string[])[], columns: readonly number[]): string[] {
  const widest = Math.max(...table.map(([, condition]) => condition.length));
  return alignColumns(
    table.map(([kind, condition, ...rest]) => [
      kind,
      condition.padEnd(widest),
      ...columns.map((column) => rest[column]),
    ]),
  );
}

function widthOf(lines: readonly string[]): number {
  return Math.max(...lines.map((line) => line.length));
}

/** `3`, `3 (1 done)`, `3 (done)`. */
function countWords(group: readonly PlannedTask[]): string {
  const done = group.filter(({ finished }) => finished).length;
  if (done === 0) return String(group.length);
  return done === group.length ? `${group.length} (done)` : `${group.length} (${done} done)`;
}

/** The sum of what is left. */
function timeWords(group: readonly PlannedTask[]): string {
  const left = group.filter(({ finished }) => !finished);
  return left.length === 0 ? '-' : duration(left.reduce((sum, { seconds }) => sum + seconds, 0));
}

function threadRange(group: readonly PlannedTask[]): string {
  const threads = group.filter(({ finished }) => !finished).map((task) => task.threads);
  if (threads.length === 0) return '-';
  const [low, high] = [Math.min(...threads), Math.max(...threads)];
  return low === high ? String(low) : `${low} to ${high}`;
}

export interface PlanRange extends TimeRange {
  /** Clauses that say why it is a range: `lengths come from a sample of problems`. */
  readonly why: readonly string[];
}

/** `Time: about 18 to 25 min on 16 threads. A range because ...`, in lines. */
export function planTime(range: PlanRange, threads: number, width = WIDTH): string[] {
  const because = range.why.length === 0 ? '' : ` A range, because ${list(range.why)}.`;
  return wrap(`Time: about ${rangeWords(range)} on ${counted(threads, 'thread')}.${because}`, width);
}

/** A task with more threads: how many, and the bytes that it would need. */
interface Wider {
  readonly threads: number;
  readonly bytes: number;
}

/** What keeps a task from more threads. */
export type ThreadLimit =
  /** More would not make it faster. */
  | { readonly by: 'use' }
  /** All threads that the command may use. */
  | { readonly by: 'threads'; readonly threads: number }
  /** Other tasks run next to it. */
  | { readonly by: 'tasks' }
  /** `jobs` tasks may run at the same time. */
  | { readonly by: 'jobs'; readonly jobs: number }
  /** Bytes of one task, of one with more threads if those are of use, and what all tasks may use together. */
  | { readonly by: 'memory'; readonly bytes: number; readonly more: Wider | null; readonly there: number }
  /** A memory of the core has no more addresses. */
  | { readonly by: 'address'; readonly there: number };

/** `2 threads a task; memory limits them: ...`. */
export function threadWords(threads: number, limit: ThreadLimit): string {
  return `${counted(threads, 'thread')} a task; ${limitWords(limit)}`;
}

function limitWords(limit: ThreadLimit): string {
  switch (limit.by) {
    case 'use':
      return 'more would not make it faster';
    case 'threads':
      return `--threads ${limit.threads} limits them`;
    case 'tasks':
      return 'the other threads go to tasks next to it';
    case 'jobs':
      return `--jobs ${limit.jobs} limits the tasks side by side`;
    case 'memory': {
      const more = limit.more ? `, ${gibibytes(limit.more.bytes)} with ${counted(limit.more.threads, 'thread')}` : '';
      return (
        `memory limits them: a task needs ${gibibytes(limit.bytes)}${more}, and all may use ` +
        `${gibibytes(limit.there)}`
      );
    }
    case 'address':
      return `memory limits them: a task has at most ${gibibytes(limit.there)}`;
    default:
      return limit satisfies never;
  }
}

/** Less than this of a core is the machine's own housekeeping. */
const BUSY_CORES = 0.15;

/**
 * `other programs use 1.3 of 2 cores; times may be longer`, or null when enough cores are left.
 * @param load of other programs, on `of` cores; null if the system does not report it
 * @param threads that the plan will keep busy
 */
export function otherProgramsWarning(
  load: { readonly used: number; readonly of: number } | null,
  threads: number,
): string | null {
  if (load === null || load.used < BUSY_CORES || load.of - load.used > threads - BUSY_CORES) return null;
  return `other programs use ${load.used.toFixed(1)} of ${counted(load.of, 'core')}; times may be longer`;
}

function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(2)} GiB`;
}
