// A sweep before it runs: its trials as checked studies, the union of their graphs, and what all that costs.
import { setImmediate } from 'node:timers/promises';
import { TracelabError } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
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
import { trialCount, trialsOf } from './trials.ts';
import { unionOf } from './union.ts';

/** Trials that are made in a few hundredths of a second. */
const TRIALS_A_TURN = 200;

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
  const trials = trialsOf(config);
  if (trials.length === 0)
    throw new TracelabError({
      code: 'CONFIG_IMPOSSIBLE',
      kind: 'refused_input',
      where: where('exclude'),
      what: 'no trial is left',
      expected: 'a combination that is not excluded',
      got: '0 trials',
      hint: 'exclude fewer combinations',
    });
  const settings = new SharedSettings();
  const graphs = new TrialGraphs(settings);
  const own = { study: config.sweep, ...(config.seeds && { seeds: config.seeds }) };
  const parts = [];
  for (const [i, { name, settings: varied }] of trials.entries()) {
    const loaded = study({
      settings: { ...config.set, ...own, ...varied },
      place: (key) => placeOf(sweep, name, key, varied),
    });
    if (i === 0) onFirst?.(loaded);
    // What runs at the same time gets its turn.
    if (i % TRIALS_A_TURN === 0) await setImmediate();
    parts.push({ name, settings: varied, loaded, ...graphs.of(loaded.config) });
  }
  const { graph, ids, shared } = unionOf(parts, settings);
  return { trials: parts.map((part, i) => ({ ...part, ids: ids[i] })), graph, shared };
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
  const plans = new Map<number, MemoryPlan>();
  const settings = new SharedSettings();
  for (const { loaded } of trials) {
    const { train, ...config } = { ...loaded.config, study: undefined };
    const key = settings.numberOf(settings.of({ ...config, train: workOf(train) }));
    if (!plans.has(key)) plans.set(key, checkFit(loaded, facts));
  }
  const [first] = plans.values();
  return first;
}
