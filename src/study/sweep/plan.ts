// A sweep before it runs: its trials as checked studies, the union of their graphs, and what all that costs.
import { setImmediate } from 'node:timers/promises';
import { TracelabError } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import { Remembered } from '../../base/remembered.ts';
import type { Facts } from '../../tasks/facts.ts';
import { workOf } from '../../training/config.ts';
import { SharedSettings } from '../../work/shared-settings.ts';
import type { Graph } from '../../work/task.ts';
import type { LoadedConfig } from '../config-file.ts';
import type { Variation } from '../variation.ts';
import { checkFit } from '../fit.ts';
import type { MemoryPlan } from '../fit.ts';
import type { StudyTasks } from '../graph.ts';
import type { LoadedSweep, Settings } from './config.ts';
import { TrialGraphs } from './trial-graphs.ts';
import { eachTrial, trialCount } from './trials.ts';
import type { Trial } from './trials.ts';
import { GrowingUnion } from './union.ts';

/** Trials that are made in some milliseconds. */
const TRIALS_A_TURN = 50;

/** One trial: a study, and the ids of its tasks in the union. */
export interface SweepTrial {
  readonly name: string;
  /** What it sets besides what all trials share. */
  readonly settings: Settings;
  readonly loaded: LoadedConfig;
  readonly tasks: StudyTasks;
  /** Its own graph. */
  readonly graph: Graph;
  /** Ids in the union of the tasks of its own graph, in their order. */
  readonly ids: readonly string[];
}

export interface SweepGraph {
  readonly trials: readonly SweepTrial[];
  readonly graph: Graph;
  /** Tasks of the union that several trials need. */
  readonly shared: number;
}

/**
 * Every trial as a checked study, and the union of their tasks.
 * @param study the study that is varied
 * @param onFirst gets the first trial, before the others are made
 * @throws TracelabError CONFIG_IMPOSSIBLE for too many trials or none; refusals of a study, whose place is the trial
 */
export async function sweepGraph(
  sweep: LoadedSweep,
  study: (variation: Variation) => LoadedConfig,
  onFirst?: (first: LoadedConfig) => void,
): Promise<SweepGraph> {
  const { config, where } = sweep;
  const { sweepTrials } = LIMITS;
  const most = trialCount(config);
  if (most > sweepTrials.most)
    throw new TracelabError({
      code: 'CONFIG_IMPOSSIBLE',
      kind: 'refused_input',
      where: where('parameters'),
      what: 'too many trials',
      expected: `at most ${sweepTrials.most} trials`,
      got: String(most),
      hint: 'fewer values, or method: random',
    });
  const drawing = eachTrial(config);
  const { value: first } = drawing.next();
  if (first === undefined)
    throw new TracelabError({
      code: 'CONFIG_IMPOSSIBLE',
      kind: 'refused_input',
      where: where('exclude'),
      what: 'no trial is left',
      expected: 'a combination that is not excluded',
      got: '0 trials',
      hint: 'exclude fewer combinations',
    });
  const own = { study: config.sweep, ...(config.seeds && { seeds: config.seeds }) };
  const loadedOf = ({ name, settings: varied }: Trial): LoadedConfig =>
    study({ settings: { ...config.set, ...own, ...varied }, place: (key) => placeOf(sweep, name, key, varied) });
  const firstLoaded = loadedOf(first);
  onFirst?.(firstLoaded);
  const trials = [first, ...drawing];
  const settings = new SharedSettings();
  const graphs = new TrialGraphs(settings);
  const union = new GrowingUnion(
    trials.map(({ name }) => name),
    settings,
  );
  const made: SweepTrial[] = [];
  for (const [i, trial] of trials.entries()) {
    const loaded = trial === first ? firstLoaded : loadedOf(trial);
    // What runs at the same time gets its turn.
    if (i % TRIALS_A_TURN === 0) await setImmediate();
    const { graph, tasks } = graphs.of(loaded.config);
    made.push({ ...trial, loaded, graph, tasks, ids: union.add({ name: trial.name, graph }) });
  }
  return { trials: made, ...union.end() };
}

/** Where a trial's setting comes from. */
function placeOf({ source, where }: LoadedSweep, trial: string, key: string, settings: Settings): string {
  if (Object.hasOwn(settings, key)) return `${source}, trial ${trial} (${key}=${JSON.stringify(settings[key])})`;
  return where(...(key === 'seeds' ? ['seeds'] : key === 'study' ? ['sweep'] : ['set', key]));
}

/**
 * Refuses trials that cannot run; trials that differ in nothing that decides it are looked at once.
 * @returns the memory plan of a training of the first trial
 * @throws TracelabError as checkFit
 */
export function checkTrials(trials: readonly SweepTrial[], facts: Facts): MemoryPlan {
  const plans = new Remembered();
  const settings = new SharedSettings();
  let first: MemoryPlan | undefined;
  for (const { loaded } of trials) {
    const { train, ...others } = { ...loaded.config, study: null };
    const sections = Object.entries(others).flatMap(([name, section]) => [name, settings.of(section)]);
    const plan = plans.of([...sections, settings.of(workOf(train))], () => checkFit(loaded, facts));
    first ??= plan;
  }
  if (first === undefined) throw new Error('a sweep without trials');
  return first;
}
