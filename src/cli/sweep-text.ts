// A sweep in the terminal: its plan before it runs, and its trials at the end.
import type { PlannedSweep } from '../study/sweep/sweep.ts';
import type { SweepResults } from '../study/sweep/results.ts';
import { flopsText, counted, oneLine, printable, wrap } from '../render/terminal-text.ts';
import { terminalTable } from '../render/terminal.ts';
import { duration, magnitude } from '../tables/format.ts';
import { rankedTrials, sweepTable } from '../tables/sweep.ts';
import { rangeWords } from './display/time-left.ts';
import { tableWidth } from './fit.ts';

/** Trials that are printed; the page and the files have all. */
const MOST_TRIALS = 20;

/** A fleet that a plan is for. */
export interface Fleet {
  readonly cores: number;
  /** Of a core-hour. */
  readonly price?: number;
}

/** What a plan says in numbers, for `--json`, too. */
export interface SweepCosts {
  readonly trials: number;
  readonly finished_trials: number;
  readonly tasks: number;
  readonly finished_tasks: number;
  readonly shared_tasks: number;
  readonly training_tokens: number;
  readonly flops: number;
  /** Left to do, on cores as fast as one of this machine. */
  readonly core_hours: number;
  /** On this machine, until all is finished. */
  readonly seconds: { readonly low: number; readonly high: number };
  readonly fleet?: {
    readonly cores: number;
    /** At least: the work on all cores, and the longest chain of tasks. */
    readonly hours: number;
    readonly price?: number;
  };
}

/** The costs of a planned sweep. */
export function sweepCosts(
  { planned, trials, finishedTrials, graph, shared }: PlannedSweep,
  fleet?: Fleet,
): SweepCosts {
  const { plan } = planned;
  const seconds = plan.tasks.reduce((sum, task) => sum + task.seconds, 0);
  const core_hours = seconds / 3600;
  const left = new Map(plan.tasks.map((task) => [task.id, task]));
  // Tasks come after those that they need.
  const ends = new Map<string, number>();
  for (const { id, needs } of graph.tasks) {
    const task = left.get(id);
    const begin = Math.max(0, ...Object.values(needs).map((need) => ends.get(need) ?? 0));
    ends.set(id, begin + (task === undefined ? 0 : task.seconds / Math.max(1, task.threads)));
  }
  const chain = [...ends.values()].reduce((most, end) => Math.max(most, end), 0) / 3600;
  return {
    trials: trials.length,
    finished_trials: finishedTrials,
    tasks: plan.tasks.length,
    finished_tasks: plan.tasks.filter(({ finished }) => finished).length,
    shared_tasks: shared,
    training_tokens: plan.training_tokens,
    flops: plan.flops,
    core_hours,
    seconds: plan.seconds,
    ...(fleet && {
      fleet: {
        cores: fleet.cores,
        hours: Math.max(core_hours / fleet.cores, chain),
        ...(fleet.price !== undefined && { price: fleet.price * core_hours }),
      },
    }),
  };
}

/** Everything that `sweep plan` prints. */
export function sweepPlanText(name: string, costs: SweepCosts, threads: number, width = tableWidth()): string {
  const { trials, finished_trials, tasks, finished_tasks, shared_tasks, core_hours, fleet } = costs;
  const done = (count: number): string => (count === 0 ? '' : `, ${count} of them finished`);
  const lines = [
    `sweep ${name}: ${counted(trials, 'trial')}${done(finished_trials)}; ` +
      `${counted(tasks, 'task')}${done(finished_tasks)}, ${shared_tasks} shared by several trials.`,
    `In all ${magnitude(costs.training_tokens)} training tokens, ${flopsText(costs.flops)}.`,
    `Left: ${hoursText(core_hours)} core-hours of this machine's cores; about ${rangeWords(costs.seconds)} here on ` +
      `${counted(threads, 'thread')}.`,
    ...(fleet === undefined
      ? []
      : [
          `On ${counted(fleet.cores, 'core')} as fast as these: at least ${duration(fleet.hours * 3600)}` +
            `${fleet.price === undefined ? '' : `, about ${fleet.price.toFixed(2)} for the core-hours`}.`,
        ]),
    'Speeds were measured with the model of the first trial; those of others follow from their operations.',
  ];
  return printable(`${lines.flatMap((line) => wrap(line, Math.min(width, 100))).join('\n')}\n`);
}

function hoursText(hours: number): string {
  return hours < 10 ? hours.toFixed(2) : hours.toFixed(0);
}

/** The end of a sweep: the best trials, what failed, where everything is. */
export function sweepText(
  results: SweepResults,
  { report, path }: { readonly report: string; readonly path: string },
  width = tableWidth(),
): string {
  const ranked = rankedTrials(results);
  const table = sweepTable(results, ranked.slice(0, MOST_TRIALS));
  const more = ranked.length - MOST_TRIALS;
  const failed = results.trials.filter(({ state }) => state === 'failed');
  return printable(
    [
      '',
      `Sweep ${results.config.sweep}`,
      '',
      terminalTable(table, { width }),
      ...(more > 0 ? [`${counted(more, 'more trial')} on the page and in ${oneLine(path)}/trials.csv`] : []),
      ...failed.flatMap(({ trial, failures }) =>
        failures.flatMap((words) => wrap(oneLine(`${trial} failed: ${words}`), width)),
      ),
      `Page: ${oneLine(report)}`,
      '',
    ].join('\n'),
  );
}
