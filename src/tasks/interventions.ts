// Kind `interventions`: other traces forced on a model at test time, and what becomes of its plans.
import { splitCompletion } from '../domain/completion.ts';
import { hasTraces } from '../domain/conditions/condition.ts';
import type { GeneratorName } from '../domain/types.ts';
import { intervene } from '../evaluation/intervene.ts';
import type { DistributionInterventions } from '../evaluation/intervention-summary.ts';
import { readInterventions } from '../evaluation/interventions.ts';
import { defineKind } from './define.ts';
import { evaluationProgress, generationEstimate } from './evaluation-work.ts';
import { FORWARD_SPEED, sampleOf, TASK_SECONDS } from './facts.ts';
import { hashesOf, testNames, testsOf, weightsOf } from './finished-files.ts';
import { INTERVENTIONS_OUTPUTS } from './outputs.ts';
import { scaleTotals, sequenceTotals } from './sequence-lengths.ts';
import { trainingOf } from './train.ts';

/**
 * Needs `data` and `model`; `other`, completions of another model, where the intervention `other` is asked for; and
 * `own`, if another task of the same settings has the completions without intervention.
 */
export interface InterventionsTask {
  /** Names that readInterventions reads; without any, the model only writes without intervention. */
  readonly kinds: readonly string[];
  /** The first problems of each distribution. */
  readonly mazes: number;
  /** Of the swap and of the corruptions. */
  readonly seed: number;
  /** Of the model, in tokens. */
  readonly context: number;
  readonly distributions: readonly GeneratorName[];
}

export interface InterventionsSummary {
  readonly distributions: readonly DistributionInterventions[];
}

export const interventionsKind = defineKind<InterventionsTask, InterventionsSummary>({
  name: 'interventions',
  // 2: a forced trace spells only paths that can be walked. 3: well-formed events count. 4: the filler is `close`.
  version: 4,
  usesCore: true,
  unit: 'generated tokens',
  outputs: INTERVENTIONS_OUTPUTS,
  state: [],
  inputs: ({ distributions }, { data, model, ...rest }) => ({
    ...hashesOf(data, testNames(distributions)),
    weights: weightsOf(model).sha256,
    ...('other' in rest && { other: rest.other.result }),
    ...('own' in rest && { own: rest.own.result }),
  }),
  estimate: (node, facts) => {
    const { kinds, mazes, distributions } = node.task.config as unknown as InterventionsTask;
    const {
      config: { condition },
      data,
    } = trainingOf(node);
    const sample = sampleOf(facts.samples(data), data.generator);
    // Every intervention reads prompts and forced traces, and writes plans; the first pass writes whole completions.
    const first = node.need('own') ? 0 : 1;
    const passes = distributions.length * (first + kinds.flatMap((name) => readInterventions(name) ?? []).length);
    const totals = scaleTotals(sequenceTotals(facts.lengths(data, data.generator)), passes * mazes);
    const words = sample.reduce(
      (sum, { completion }) => sum + splitCompletion(completion).solution.split(' ').length,
      0,
    );
    const generated = Math.round((passes * mazes * words) / Math.max(sample.length, 1));
    const reading = totals.tokens / (FORWARD_SPEED * facts.speed(hasTraces(condition)).training_tokens_per_second);
    return generationEstimate(node, facts, { totals, generated }, mazes, passes * TASK_SECONDS + reading);
  },
  run: async ({ config, directory, need, needIfAny, threads, signal, progress }) => {
    const { kinds, mazes, seed, distributions } = config;
    const interventions = kinds.flatMap((name) => readInterventions(name) ?? []);
    const report = evaluationProgress(1, progress);
    const summary = await intervene(
      {
        checkpoint: weightsOf(need('model')).folder,
        tests: testsOf(need('data'), distributions),
        interventions,
        other: needIfAny('other')?.directory ?? null,
        own: needIfAny('own')?.directory,
        outDir: directory,
        threads,
        seed,
        limit: mazes,
      },
      {
        progress: (p) => {
          report(p, 0);
        },
        signal,
      },
    );
    return summary.finished ? { distributions: summary.distributions } : null;
  },
});
