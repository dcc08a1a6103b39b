// How long all tasks together still take, as a range: the plan's range at the start, corrected by the work that was
// really done in the time that passed.
import { sum } from '../../base/sum.ts';
import type { Midway, ScheduleLeft } from '../../study/schedule-left.ts';
import type { DisplayOptions } from './display.ts';
import { FOREVER, secondsLeft, type TaskState, type TaskStates } from './task-states.ts';

export interface TimeRange {
  readonly low: number;
  readonly high: number;
}

/**
 * Half of the range that remains when all was measured: tasks are not of one speed, and the last ones leave cores idle.
 */
const MEASURED_SPREAD = 0.1;
/** When this share of the work is done, plan and measurement count the same. */
const TRUST_SHARE = 0.1;
/** Without a plan, nothing is said before so much is done. */
const LEAST_SHARE = 0.02;
const LEAST_SECONDS = 5;

/** How much there was to do, how much of it this run did, and how much is left; all in one unit. */
type Work = ScheduleLeft;

/**
 * Work is counted in seconds of the plan's schedule, or, without one, in seconds on one thread. Work done over time
 * passed is the speed of the machine, so the work that is left divided by it is time. A running task bounds the whole
 * from below.
 * @param now seconds
 * @returns null when nothing is known yet
 */
export function timeLeft(
  states: TaskStates,
  { estimates, wholeSeconds, scheduled }: Pick<DisplayOptions, 'estimates' | 'wholeSeconds' | 'scheduled'>,
  now: number,
): TimeRange | null {
  const { planned, done, left } = scheduled ? scheduled(midwayOf(states)) : workByTasks(states, estimates);
  const longest = Math.max(0, ...states.running().map((task) => secondsLeft(task, now) ?? 0));
  const elapsed = Math.max(0, now - (states.startedAt ?? now));
  const whole =
    wholeSeconds && planned > 0 && wholeSeconds.low >= 0 && Number.isFinite(wholeSeconds.high)
      ? wholeSeconds
      : undefined;
  const measured = done > 0 && elapsed > 0 ? (elapsed * left) / done : undefined;
  if (!whole && (measured === undefined || done < LEAST_SHARE * planned || elapsed < LEAST_SECONDS)) return null;
  const trust = measured === undefined ? 0 : whole ? done / (done + TRUST_SHARE * planned) : 1;
  const blend = (end: number | undefined, factor: number): number =>
    trust * (measured ?? 0) * factor + (end === undefined ? 0 : ((1 - trust) * end * left) / planned);
  const low = Math.max(blend(whole?.low, 1 - MEASURED_SPREAD), longest * (1 - MEASURED_SPREAD));
  const high = Math.max(blend(whole?.high, 1 + MEASURED_SPREAD), longest * (1 + MEASURED_SPREAD));
  return Math.max(low, high) < FOREVER ? { low, high: Math.max(low, high) } : null;
}

/** The sum over tasks, each by its estimate; all count the same without any. */
function workByTasks(states: TaskStates, estimates: DisplayOptions['estimates']): Work {
  const weight = (id: string): number => {
    const seconds = estimates.size === 0 ? 1 : (estimates.get(id)?.seconds ?? 0);
    return Number.isFinite(seconds) && seconds > 0 ? seconds : 0;
  };
  const planned = estimates.size === 0 ? states.total : sum([...estimates.keys()].map(weight));
  const { dropped, done, running } = midwayOf(states);
  const did = sum([...[...done].map(weight), ...running.map(({ id, share }) => weight(id) * share)]);
  return { planned, done: did, left: Math.max(0, planned - sum([...dropped].map(weight)) - did) };
}

function midwayOf(states: TaskStates): Midway {
  const ids = (...names: readonly TaskState['state'][]): Set<string> =>
    new Set([...states.all()].flatMap(({ id, state }) => (names.includes(state) ? [id] : [])));
  return {
    dropped: ids('reused', 'set_aside', 'blocked'),
    done: ids('done'),
    running: states.running().map((task) => ({ id: task.id, threads: task.threads, share: shareDone(task) })),
  };
}

/** Of what the task had to do when it started: what an earlier start left behind is no work of this run. */
function shareDone({ firstShare: first = 0, progress }: TaskState): number {
  const share = first >= 1 ? 0 : ((progress?.share ?? first) - first) / (1 - first);
  return Math.min(1, Math.max(0, share || 0));
}

/** `18 to 25 min`, `40 s`, `1 h 50 min to 2 h 20 min`, `3 to 4 days`: no finer than such an estimate is worth. */
export function rangeWords({ low, high }: TimeRange): string {
  if (high < 60) return between(low, high, 5, 's');
  if (high < 90 * 60) return between(low / 60, high / 60, high < 40 * 60 ? 1 : 5, 'min');
  if (high < 10 * 3600) return between(low / 60, high / 60, 10, 'min', hours);
  if (high < 72 * 3600) return between(low / 3600, high / 3600, 1, 'h');
  return between(low / 86400, high / 86400, 1, 'days');
}

/** Rounded to steps, the lower end never to 0. */
function between(low: number, high: number, step: number, unit: string, write?: (value: number) => string): string {
  const round = (value: number): number => Math.max(1, Math.round(value / step)) * step;
  const [from, to] = [round(low), round(high)];
  if (write) return from === to ? write(to) : `${write(from)} to ${write(to)}`;
  return from === to ? `${to} ${unit}` : `${from} to ${to} ${unit}`;
}

function hours(minutes: number): string {
  const [whole, rest] = [Math.floor(minutes / 60), minutes % 60];
  return whole === 0 ? `${rest} min` : rest === 0 ? `${whole} h` : `${whole} h ${rest} min`;
}
