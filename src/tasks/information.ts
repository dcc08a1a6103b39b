// Kind `information`: how much the first events of a trace lower a model's loss on the reference plan.
import { sum } from '../base/sum.ts';
import { hasTraces } from '../domain/conditions/condition.ts';
import type { GeneratorName } from '../domain/types.ts';
import { INFORMATION_SHARES, INFORMATION_SOURCES } from '../evaluation/information.ts';
import type { DistributionInformation } from '../evaluation/information-summary.ts';
import { measureInformation } from '../evaluation/measure-information.ts';
import { defineKind } from './define.ts';
import { evaluationProgress, evaluationWork, generationEstimate, parametersOf } from './evaluation-work.ts';
import { addressable, FORWARD_SPEED, PROCESS_BYTES, scoringBytes } from './facts.ts';
import { hashesOf, testNames, testsOf, weightsOf } from './finished-files.ts';
import { forwardFlops } from './flops.ts';
import { INFORMATION_OUTPUTS } from './outputs.ts';
import { addTotals, scaleTotals, sequenceTotals } from './sequence-lengths.ts';
import type { ExampleLengths, SequenceTotals } from './sequence-lengths.ts';
import { trainingOf } from './train.ts';

/** Needs `data` and `model`. */
export interface InformationTask {
  /** The first problems of each distribution. */
  readonly mazes: number;
  /** Most events of a trace whose single effect is measured. */
  readonly events: number;
  /** Of the swap and of the sample of events. */
  readonly seed: number;
  /** Of the model, in tokens. */
  readonly context: number;
  readonly distributions: readonly GeneratorName[];
}

export interface InformationSummary {
  readonly distributions: readonly DistributionInformation[];
}

/** Words of an event. */
const EVENT_WORDS = 5;

export const informationKind = defineKind<InformationTask, InformationSummary>({
  name: 'information',
  version: 1,
  usesCore: true,
  unit: 'read tokens',
  outputs: INFORMATION_OUTPUTS,
  state: [],
  inputs: ({ distributions }, { data, model }) => ({
    ...hashesOf(data, testNames(distributions)),
    weights: weightsOf(model).sha256,
  }),
  estimate: (node, facts) => {
    const { mazes, events, distributions } = node.task.config as unknown as InformationTask;
    const {
      config: { model, condition },
      data,
    } = trainingOf(node);
    // The model writes its own traces; then the prefixes of all traces are read.
    const written = evaluationWork(node, facts, distributions, () => mazes);
    const read = distributions.map((name) => scored(facts.lengths(data, name), events, mazes)).reduce(addTotals);
    const perSecond = FORWARD_SPEED * facts.speed(hasTraces(condition)).training_tokens_per_second;
    const flops = forwardFlops(model, parametersOf(model, data), read);
    const estimate = generationEstimate(node, facts, written, mazes, read.tokens / perSecond, flops);
    const scoring = scoringBytes(model, data, read.sequences, facts);
    return {
      ...estimate,
      tokens: read.tokens,
      threads: addressable(estimate.threads, scoring).threads,
      bytes: (threads) => Math.max(estimate.bytes(threads), PROCESS_BYTES + scoring(threads)),
    };
  },
  run: async ({ config, directory, need, threads, signal, progress }) => {
    const { mazes, events, seed, distributions } = config;
    const report = evaluationProgress(1, progress);
    const found = await measureInformation(
      {
        checkpoint: weightsOf(need('model')).folder,
        tests: testsOf(need('data'), distributions),
        outDir: directory,
        threads,
        seed,
        events,
        limit: mazes,
      },
      {
        progress: (p) => {
          report(p, 0);
        },
        signal,
      },
    );
    return found && { distributions: found };
  },
});

/**
 * Totals of all scored sequences of a distribution, each with half a trace on average.
 * @param events of a trace, in the sample
 */
function scored({ prompt, trace, solution }: ExampleLengths, events: number, mazes: number): SequenceTotals {
  const half = trace.map((words) => Math.round(words / 2));
  const mostPoints = 1 + sum(trace) / Math.max(trace.length, 1) / EVENT_WORDS;
  const points = Math.min(INFORMATION_SHARES.length + 2 * events, Math.ceil(mostPoints));
  return scaleTotals(sequenceTotals({ prompt, trace: half, solution }), INFORMATION_SOURCES.length * points * mazes);
}
