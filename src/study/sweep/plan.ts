// A sweep before it runs: its trials as checked studies, the union of their graphs, and what all that costs.
import { canonicalJson } from '../../base/hash.ts';
import { TracelabError } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import type { Facts } from '../../tasks/facts.ts';
import type { Graph } from '../../work/task.ts';
import type { LoadedConfig, Variation } from '../config-file.ts';
import { checkFit } from '../fit.ts';
import type { MemoryPlan } from '../fit.ts';
import { studyGraph } from '../graph.ts';
import type { StudyTasks } from '../graph.ts';
import type { LoadedSweep, Settings } from './config.ts';
import { trialCount, trialsOf } from './trials.ts';
import { unionOf } from './union.ts';

/** One trial: a study, and the ids of its tasks in the union. */
export interface SweepTrial {
  readonly name: string;
  /** What it sets besides what all trials share. */
  readonly settings: Settings;
  readonly loaded: LoadedConfig;
  readonly tasks: StudyTasks;
  /** Its own graph. */
  readonly graph: Graph;
  /** Ids in the union by those of its own graph. */
  readonly ids: ReadonlyMap<string, string>;
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
 * @throws TracelabError CONFIG_IMPOSSIBLE for too many trials or none; refusals of a study, whose place is the trial
 */
export function sweepGraph(sweep: LoadedSweep, study: (variation: Variation) => LoadedConfig): SweepGraph {
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
  const parts = trials.map(({ name, settings }) => {
    const own = { study: config.sweep, ...(config.seeds && { seeds: config.seeds }) };
    const loaded = study({
      settings: { ...config.set, ...own, ...settings },
      place: (key) => placeOf(sweep, name, key, settings),
    });
    return { name, settings, loaded, ...studyGraph(loaded.config) };
  });
  const union = unionOf(parts);
  const uses = new Map<string, number>();
  for (const ids of union.ids) for (const id of ids.values()) uses.set(id, (uses.get(id) ?? 0) + 1);
  return {
    trials: parts.map((part, i) => ({ ...part, ids: union.ids[i] })),
    graph: union.graph,
    shared: [...uses.values()].filter((count) => count > 1).length,
  };
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
  const plans = new Map<string, MemoryPlan>();
  for (const { loaded } of trials) {
    const { data, model, train, rl, phase, conditions, seeds, evaluate } = loaded.config;
    const key = canonicalJson({ data, model, train: { ...train, lr: 0 }, rl, phase, conditions, seeds, evaluate });
    if (!plans.has(key)) plans.set(key, checkFit(loaded, facts));
  }
  const [first] = plans.values();
  return first;
}
