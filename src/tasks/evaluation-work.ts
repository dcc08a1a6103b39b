// How much an evaluation reads and writes, and what that costs: shared by all kinds that let a model complete problems.
import { SYSTEM_CLOCK } from '../base/clock.ts';
import { sum } from '../base/sum.ts';
import type { DataConfig } from '../data/dataset.ts';
import { hasTraces } from '../domain/conditions/condition.ts';
import type { GeneratorName } from '../domain/types.ts';
import { countParameters } from '../model/config.ts';
import type { ModelConfig } from '../model/config.ts';
import type { Estimate, TaskNode, TaskProgress } from '../work/kind.ts';
import { addressable, generationBytes, PROCESS_BYTES, sampleOf, TASK_SECONDS, vocabularySize } from './facts.ts';
import type { Facts } from './facts.ts';
import { forwardFlops } from './flops.ts';
import { addTotals, scaleTotals, sequenceTotals } from './sequence-lengths.ts';
import type { SequenceTotals } from './sequence-lengths.ts';
import { trainedLengths, trainingOf } from './train.ts';

export interface EvaluationWork {
  readonly totals: SequenceTotals;
  /** Tokens that the model writes. */
  readonly generated: number;
}

/** Fewest prompts that are worth a thread of their own. */
const PROMPTS_A_THREAD = 8;
const THREADS: readonly number[] = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128];

/** @param mazes of each distribution */
export function evaluationWork(
  node: TaskNode,
  facts: Facts,
  distributions: readonly GeneratorName[],
  mazes: (distribution: GeneratorName) => number,
): EvaluationWork {
  const { data } = trainingOf(node);
  const samples = facts.samples(data);
  const trained = trainedLengths(node, sampleOf(samples, data.generator));
  let totals: SequenceTotals = { sequences: 0, tokens: 0, squares: 0, longest: 0 };
  let generated = 0;
  for (const name of distributions) {
    const { prompt } = facts.lengths(data, name);
    const like = {
      prompt,
      trace: trained.trace.slice(0, prompt.length),
      solution: trained.solution.slice(0, prompt.length),
    };
    const part = scaleTotals(sequenceTotals(like), mazes(name));
    totals = addTotals(totals, part);
    generated += part.tokens - Math.round((sum(prompt) / Math.max(prompt.length, 1) + 1) * mazes(name));
  }
  return { totals, generated };
}

/**
 * @param prompts that are completed together
 * @param seconds in addition to generation, on one thread
 */
export function generationEstimate(
  node: TaskNode,
  facts: Facts,
  { totals, generated }: EvaluationWork,
  prompts: number,
  seconds = 0,
  flops = 0,
): Estimate {
  const { config, data } = trainingOf(node);
  const coreBytes = generationBytes(config.model, data, prompts, facts);
  const speed = facts.speed(hasTraces(config.condition));
  const decoding = (generated / speed.decode_tokens_per_second) * (config.model.n_layer / speed.n_layer);
  const most = Math.max(1, Math.floor(prompts / PROMPTS_A_THREAD));
  return {
    tokens: generated,
    flops: flops + forwardFlops(config.model, parametersOf(config.model, data), totals),
    seconds: TASK_SECONDS + seconds + decoding,
    ...addressable(
      THREADS.filter((threads) => threads <= most),
      coreBytes,
    ),
    bytes: (threads) => PROCESS_BYTES + coreBytes(threads),
  };
}

export function parametersOf(model: ModelConfig, data: DataConfig): number {
  return countParameters(model, vocabularySize(data));
}

/**
 * Progress of calls that come one after the other as that of the whole task.
 * @param calls how many there are
 */
export function evaluationProgress(
  calls: number,
  report: (progress: TaskProgress) => void,
): (progress: CallProgress, call: number) => void {
  const started = SYSTEM_CLOCK.seconds();
  return (progress, call) => {
    const share = Math.min(1, (call + progress.share) / calls);
    const elapsed = SYSTEM_CLOCK.seconds() - started;
    report({
      share,
      tokens_per_second: progress.tokens_per_second ?? null,
      seconds_left: share > 0 ? (elapsed * (1 - share)) / share : null,
      words: `${progress.distribution} ${progress.done}/${progress.total}`,
      detail: { ...progress },
    });
  };
}

/** Of one call of an evaluation, of interventions or of scoring. */
interface CallProgress {
  readonly distribution: string;
  readonly done: number;
  readonly total: number;
  /** Of the call, 0 to 1. */
  readonly share: number;
  readonly tokens_per_second?: number;
}
