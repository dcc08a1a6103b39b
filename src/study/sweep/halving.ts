// Synchronous successive halving: which trials train how long. A rung is decided when all of its trials are finished or
// failed, so the decision is a function of their results, whatever order they finish in. The asynchronous rule (ASHA)
// promotes whoever is among the best so far: its choice depends on the order, and so would the results.
import type { Condition } from '../../domain/conditions/condition.ts';
import type { DistributionSummary } from '../../evaluation/types.ts';
import type { CurveTask } from '../../tasks/curve.ts';
import type { TrainPartTask } from '../../tasks/train-part.ts';
import type { Graph, Task } from '../../work/task.ts';
import type { Halving, SweepMetric } from './config.ts';
import { metricOf } from './metric.ts';
import type { SweepTrial } from './plan.ts';

/** Trials that are trained for the same number of tokens. */
export interface Rung {
  readonly tokens: number;
  /** The most that reach it. */
  readonly trials: number;
}

/** The rungs of a sweep; in the last one trials are trained to their end and tested. */
export function rungsOf({ eta, min_tokens }: Halving, tokens: number, trials: number): Rung[] {
  const rungs: Rung[] = [];
  let [each, left] = [min_tokens, trials];
  while (each < tokens && left > 1) {
    rungs.push({ tokens: each, trials: left });
    each *= eta;
    left = Math.max(1, Math.floor(left / eta));
  }
  return [...rungs, { tokens, trials: left }];
}

/** A trained model of a trial at a rung. */
export interface RungRun {
  readonly condition: Condition;
  readonly seed: number;
  readonly steps: number;
  readonly tokens: number;
  readonly dev: DistributionSummary;
}

/** Ids, in the trial's own graph of the rung, of the tasks of each model. */
export interface RungTasks {
  readonly graph: Graph;
  readonly arms: readonly {
    readonly condition: Condition;
    readonly seed: number;
    readonly part: string;
    readonly dev: string;
  }[];
}

/**
 * What a trial computes at a rung that is not the last: its trainings up to the rung's tokens, each beginning where the
 * rung before ended, and the dev problems at the end of each.
 * @param rung from 0
 */
export function rungGraph({ graph, tasks }: SweepTrial, rungs: readonly Rung[], rung: number): RungTasks {
  const byId = new Map(graph.tasks.map((task) => [task.id, task]));
  const made: Task[] = [];
  const needed = new Set<string>();
  const need = (id: string): void => {
    const task = byId.get(id);
    if (!task || needed.has(id)) return;
    needed.add(id);
    Object.values(task.needs).forEach(need);
  };
  const arms = tasks.arms.map(({ condition, seed, train, curve, data }) => {
    need(data);
    const parts = partsOf(taskOf(byId, train), rungs.slice(0, rung + 1));
    made.push(...parts);
    const part = parts[rung].id;
    const { config } = taskOf(byId, curve);
    const settings = { ...(config as unknown as CurveTask), last: true } satisfies CurveTask;
    const dev = `${curve}-rung${rung + 1}`;
    made.push({ id: dev, kind: 'curve', config: settings, needs: { data, model: part } });
    return { condition, seed, part, dev };
  });
  const own = graph.tasks.filter(({ id }) => needed.has(id));
  return { graph: { ...graph, tasks: [...own, ...made] }, arms };
}

/** The whole study of a trial; its trainings begin where the rung before the last ended. */
export function lastGraph({ graph, tasks }: SweepTrial, rungs: readonly Rung[]): Graph {
  const trainings = new Set(tasks.arms.map(({ train }) => train));
  const made = graph.tasks.flatMap((task) => {
    if (!trainings.has(task.id)) return [task];
    const parts = partsOf(task, rungs.slice(0, -1));
    const last = parts.at(-1);
    return [...parts, last === undefined ? task : { ...task, needs: { ...task.needs, part: last.id } }];
  });
  return { ...graph, tasks: made };
}

/** The parts of a training, one for each of these rungs. */
function partsOf({ id, config, needs }: Task, rungs: readonly Rung[]): Task[] {
  return rungs.map(({ tokens }, i) => ({
    id: `${id}-rung${i + 1}`,
    kind: 'train-part',
    config: { ...(config as unknown as TrainPartTask), until: tokens },
    needs: { ...needs, ...(i > 0 && { part: `${id}-rung${i}` }) },
  }));
}

function taskOf(tasks: ReadonlyMap<string, Task>, id: string): Task {
  const task = tasks.get(id);
  if (!task) throw new Error(`no task ${id}`);
  return task;
}

/** The metric on dev problems: mean over seeds of each condition, then over conditions; null where one is not known. */
export function devScore(runs: readonly RungRun[], { name, condition }: SweepMetric): number | null {
  const conditions = [...new Set(runs.map((run) => run.condition))].filter(
    (each) => condition === undefined || each === condition,
  );
  const shares = conditions.map((each) => {
    const seeds = runs.filter((run) => run.condition === each).map(({ dev }) => metricOf(name, dev));
    return seeds.some(({ n }) => n === 0) ? null : mean(seeds.map(({ count, n }) => count / n));
  });
  return shares.length === 0 || shares.includes(null) ? null : mean(shares as number[]);
}

/**
 * The trials that go on, in the order of the sweep. Of trials with the same score the first in the sweep goes on;
 * trials without one come last.
 * @param scored finished trials of a rung, in the order of the sweep
 */
export function promoted<T extends { readonly score: number | null }>(
  scored: readonly T[],
  { goal }: SweepMetric,
  count: number,
): T[] {
  const sign = goal === 'maximize' ? -1 : 1;
  const order = ({ score }: T): number => (score === null ? Infinity : sign * score);
  const best = new Set(scored.toSorted((a, b) => (order(a) === order(b) ? 0 : order(a) - order(b))).slice(0, count));
  return scored.filter((each) => best.has(each));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
