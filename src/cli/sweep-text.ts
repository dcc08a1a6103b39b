// A sweep in the terminal: its plan before it runs, and its trials at the end.
import { sum } from '../base/sum.ts';
import type { StudyPlan } from '../study/plan.ts';
import { timeBounds } from '../work/bounds.ts';
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
  /** Whether times are those of the simulated schedule, or bounds of it: for many tasks. */
  readonly schedule: StudyPlan['schedule'];
  /** On this machine, until all is finished. */
  readonly seconds: { readonly low: number; readonly high: number };
  /** With halving; all other numbers are then the most that the rungs cost. */
  readonly rungs?: readonly { readonly tokens: number; readonly trials: number; readonly trainings: number }[];
  readonly fleet?: {
    readonly cores: number;
    /** Of cores that are one machine. No schedule takes less than `hours`. */
    readonly hours: number;
    readonly hours_at_most: number;
    readonly price?: number;
  };
}

/** The costs of a planned sweep. */
export function sweepCosts(
  { planned, trials, finishedTrials, finishedTasks, graph, shared, rungs }: PlannedSweep,
  fleet?: Fleet,
): SweepCosts {
  const { plan, left } = planned;
  const core_hours = sum(left.map(({ seconds }) => seconds)) / 3600;
  const slots = { threads: fleet?.cores ?? 1, jobs: fleet?.cores ?? 1, bytes: Infinity };
  const time = fleet === undefined ? undefined : timeBounds(graph, left, slots);
  return {
    trials: trials.length,
    finished_trials: finishedTrials,
    tasks: graph.tasks.length,
    finished_tasks: finishedTasks,
    shared_tasks: shared,
    training_tokens: plan.training_tokens,
    flops: plan.flops,
    core_hours,
    schedule: plan.schedule,
    seconds: plan.seconds,
    ...(rungs && {
      rungs: rungs.map(({ tokens, trials: count, trainings }) => ({ tokens, trials: count, trainings })),
    }),
    ...(fleet &&
      time && {
        fleet: {
          cores: fleet.cores,
          hours: time.low / 3600,
          hours_at_most: time.high / 3600,
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
    ...(costs.rungs === undefined
      ? []
      : [
          `Halving: ${costs.rungs
            .map(
              (rung) =>
                `${counted(rung.trials, 'trial')} (${counted(rung.trainings, 'training')}) to ${magnitude(rung.tokens)} tokens`,
            )
            .join(', ')}. All numbers are the most that this takes: the costliest trials go on.`,
        ]),
    `In all ${magnitude(costs.training_tokens)} training tokens, ${flopsText(costs.flops)}.`,
    `Left: ${hoursText(core_hours)} core-hours of this machine's cores; about ${rangeWords(costs.seconds)} here on ` +
      `${counted(threads, 'thread')}.`,
    ...(fleet === undefined
      ? []
      : [
          `On ${counted(fleet.cores, 'core')} as fast as these: ${spanText(fleet)}` +
            `${fleet.price === undefined ? '' : `, about ${fleet.price.toFixed(2)} for the core-hours`}.`,
        ]),
    'Speeds were measured for some tenths of a second with the model of the first trial; those of others follow from ' +
      'their operations.',
    ...(costs.schedule === 'bounds'
      ? ['No schedule was simulated: times are bounds for schedules that leave no thread idle.']
      : []),
  ];
  return printable(`${lines.flatMap((line) => wrap(line, Math.min(width, 100))).join('\n')}\n`);
}

/** Both bounds, or one if they do not differ in words. */
function spanText({ hours, hours_at_most }: NonNullable<SweepCosts['fleet']>): string {
  const [least, most] = [duration(3600 * hours), duration(3600 * hours_at_most)];
  return least === most ? least : `${least} to ${most}`;
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
