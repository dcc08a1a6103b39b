// Words of a plan before anything runs: tasks in groups, time as a range with its reasons, threads with what limits them,
// and other programs on the machine. Pure: numbers in, lines out.
import { duration, list, magnitude } from '../../report/format.ts';
import { alignColumns, printable, wrap } from '../text.ts';
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

/** Something that a plan does not know: the time is multiplied by what lies between the two. */
export interface Uncertainty {
  readonly low: number;
  readonly high: number;
  /** A clause: `lengths come from a sample of 200 problems`. */
  readonly why: string;
}

export interface PlanRange extends TimeRange {
  /** Why it is that wide, the widest reason first; those that hardly count are left out. */
  readonly why: readonly string[];
}

/** A reason that widens the range by less than this share of the time is not worth a word. */
const WORTH_A_WORD = 0.02;

/**
 * How long all tasks together take. At best all threads are busy all the time, or the longest chain of tasks decides. At
 * worst the longest chain starts when the rest is done (Graham's bound for lists: work / m + (1 - 1/m) longest chain).
 * @param seconds of all tasks on one thread
 * @param longestChain seconds of the longest chain of tasks that wait for each other, with the threads that they get
 * @param threads that are busy side by side
 */
export function planRange(
  seconds: number,
  longestChain: number,
  threads: number,
  uncertainties: readonly Uncertainty[],
): PlanRange {
  const shared = seconds / threads;
  const best = Math.max(shared, longestChain);
  const worst = Math.max(best, shared + (1 - 1 / threads) * longestChain);
  const middle = (best + worst) / 2;
  const reasons = [
    {
      wide: worst - best,
      why: `the longest chain of tasks takes ${duration(longestChain)}, and threads may idle at the end`,
    },
    ...uncertainties.map(({ low, high, why }) => ({ wide: (high - low) * middle, why })),
  ];
  return {
    low: uncertainties.reduce((product, { low }) => product * low, best),
    high: uncertainties.reduce((product, { high }) => product * high, worst),
    why: reasons
      .filter(({ wide }) => wide > WORTH_A_WORD * middle)
      .sort((a, b) => b.wide - a.wide)
      .map(({ why }) => why),
  };
}

/** `Time: about 18 to 25 min on 16 threads. A range because ...`, in lines. */
export function planTime(range: PlanRange, threads: number, width = WIDTH): string[] {
  const because = range.why.length === 0 ? '' : ` A range, because ${list(range.why)}.`;
  return wrap(`Time: about ${rangeWords(range)} on ${counted(threads, 'thread')}.${because}`, width);
}

/** What keeps a task from more threads. */
export type ThreadLimit =
  /** More would not make it faster. */
  | { readonly by: 'use' }
  /** All threads that the command may use. */
  | { readonly by: 'threads'; readonly threads: number }
  /** Other tasks run next to it. */
  | { readonly by: 'tasks'; readonly jobs: number }
  /** Bytes of one task with its threads, of one thread more, and what all may use together. */
  | { readonly by: 'memory'; readonly bytes: number; readonly more: number; readonly there: number };

/** `train: 2 threads a task, 3 tasks side by side; memory limits them: ...`. */
export function threadWords(kind: string, threads: number, jobs: number, limit: ThreadLimit): string {
  const side = jobs > 1 ? `, ${jobs} tasks side by side` : '';
  return printable(`${kind}: ${counted(threads, 'thread')} a task${side}; ${limitWords(threads, limit)}`);
}

function limitWords(threads: number, limit: ThreadLimit): string {
  switch (limit.by) {
    case 'use':
      return 'more would not make it faster';
    case 'threads':
      return `--threads ${limit.threads} limits them`;
    case 'tasks':
      return `the others go to ${counted(limit.jobs - 1, 'task')} next to it`;
    case 'memory':
      return (
        `memory limits them: a task needs ${gibibytes(limit.bytes)}, ` +
        `${gibibytes(limit.more)} with ${counted(threads + 1, 'thread')}, and ${gibibytes(limit.there)} may be used`
      );
    default:
      return limit satisfies never;
  }
}

/** Less than this of a core is the machine's own housekeeping. */
const BUSY_CORES = 0.15;

/**
 * `other programs use 1.3 of 2 cores; times may be longer`, or null when enough cores are left.
 * @param load of other programs, on `of` cores; null where the system does not tell
 * @param threads that the plan will keep busy
 */
export function otherProgramsWarning(
  load: { readonly used: number; readonly of: number } | null,
  threads: number,
): string | null {
  if (load === null || load.used < BUSY_CORES || load.of - load.used > threads - BUSY_CORES) return null;
  return `other programs use ${load.used.toFixed(1)} of ${counted(load.of, 'core')}; times may be longer`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(2)} GiB`;
}
