// Kind `train`: one model from scratch on the training set in one condition.
import { join } from 'node:path';
import type { DataConfig } from '../data/dataset.ts';
import { applyCondition } from '../domain/conditions/apply.ts';
import { hasTraces } from '../domain/conditions/condition.ts';
import { countParameters } from '../model/config.ts';
import type { ModelConfig } from '../model/config.ts';
import { STATE_PATTERNS } from '../model/run-state.ts';
import { METRICS_FILE } from '../model/metrics-file.ts';
import { withoutBudget } from '../model/not-finite.ts';
import { workOf } from '../training/config.ts';
import type { TrainConfig } from '../training/config.ts';
import { planMemory, trainingThreads } from '../training/memory.ts';
import { train } from '../training/train.ts';
import type { TrainSummary } from '../training/train.ts';
import type { Estimate, TaskNode, Work } from '../work/kind.ts';
import { plain } from '../work/task.ts';
import type { Arm } from './arm.ts';
import { defineKind } from './define.ts';
import {
  addressable,
  PROCESS_BYTES,
  remembered,
  sampleCondition,
  sampleOf,
  TASK_SECONDS,
  vocabularySize,
} from './facts.ts';
import type { Facts } from './facts.ts';
import { hashesOf, pathOf } from './finished-files.ts';
import { beginWith } from './handed-over.ts';
import { trainingFlops } from './flops.ts';
import { RUN_OUTPUTS } from './outputs.ts';
import { runBytes } from './run-bytes.ts';
import { epochTotals, lengthsOf, runTotals } from './sequence-lengths.ts';
import type { ExampleLengths, SequenceTotals } from './sequence-lengths.ts';
import { readCurve } from './training-curve.ts';

/**
 * Needs `data`. With `part`, a part of the same training (train-part.ts), it begins where the part ended. The result
 * is that of the whole training, to the bit, so a part is no input of it.
 */
export interface TrainTask extends Arm {
  readonly model: ModelConfig;
  readonly train: TrainConfig;
}

/** The folder of a kept checkpoint is checkpoints/step-<step>. */
export interface TrainingSummary {
  readonly steps: number;
  readonly tokens: number;
  /** Over all pieces of the run. */
  readonly seconds: number;
  readonly parameters: number;
  /** Steps whose update was skipped; left out where there were none. */
  readonly skipped_steps?: number;
  readonly checkpoints: readonly { readonly step: number; readonly tokens: number }[];
}

/** Bytes of a training token in memory: its id, and the text that it was made from. */
const TOKEN_BYTES = 16;

export const trainKind = defineKind<TrainTask, TrainingSummary>({
  name: 'train',
  // 2: checkpoints are LlamaForCausalLM, with a card.
  version: 2,
  usesCore: true,
  unit: 'trained tokens',
  outputs: RUN_OUTPUTS,
  state: STATE_PATTERNS,
  inputs: (_, { data }) => hashesOf(data, ['train.jsonl']),
  keyed: (config) => plain({ ...config, train: withoutBudget(config.train) }),
  estimate: trainingEstimate,
  estimated: ({ train: recipe, ...config }) => ({ ...config, train: workOf(recipe) }),
  disk: (node) => {
    const { config, data } = trainingOf(node);
    return runBytes(countParameters(config.model, vocabularySize(data)), config.train.checkpoints);
  },
  done: trainingDone,
  run: async (work) => {
    const part = work.needIfAny('part');
    if (part) await beginWith(part, work.directory);
    const summary = await runTraining(work);
    if (!summary.finished) return null;
    const { steps, tokens, seconds, parameters, skipped_steps, checkpoints } = summary;
    return {
      steps,
      tokens,
      seconds,
      parameters,
      ...(skipped_steps > 0 && { skipped_steps }),
      checkpoints: checkpoints.map((kept) => ({ step: kept.step, tokens: kept.tokens })),
    };
  },
});

/**
 * Trains in the folder of a task, with its threads, and reports its progress.
 * @param until as TrainOptions
 */
export async function runTraining(
  { config, directory, need, threads, signal, progress, say }: Work<TrainTask>,
  until?: number,
): Promise<TrainSummary> {
  const { model, train: recipe, condition, seed } = config;
  const trainFile = pathOf(need('data'), 'train.jsonl');
  return train(
    { runDir: directory, model, train: recipe, condition, seed, trainFile, threads, ...(until && { until }) },
    {
      progress: (p) => {
        const share = p.tokens / p.total_tokens;
        const left = (p.total_tokens - p.tokens) / p.tokens_per_second;
        progress({
          share,
          tokens_per_second: p.tokens_per_second,
          seconds_left: left,
          words: `loss ${p.loss.toFixed(3)}`,
          detail: { ...p },
        });
      },
      say,
      signal,
    },
  );
}

/** Of a training or a part of one, which does what its part before has left. */
export function trainingEstimate(node: TaskNode, facts: Facts): Estimate {
  const { config, data } = trainingOf(node);
  const { model, train: recipe, condition } = config;
  const { epoch, totals, flops } = trainingWork(node, facts);
  const untilOf = (of: TaskNode | undefined): number | undefined =>
    (of?.task.config as { readonly until?: number } | undefined)?.until;
  const from = Math.min(totals.tokens, untilOf(node.need('part')) ?? 0);
  const tokens = Math.max(0, Math.min(totals.tokens, untilOf(node) ?? Infinity) - from);
  const share = tokens / Math.max(1, totals.tokens);
  const { batch_tokens, accumulators, position_offset } = recipe;
  const vocab = vocabularySize(data);
  const sizes = { model, vocab, batch_tokens, accumulators, longest: model.context, position_offset };
  const coreBytes = remembered((threads) => planMemory({ ...sizes, threads }).bytes);
  const estimate: Estimate & { readonly from: number } = {
    from,
    tokens,
    flops: share * flops,
    seconds: TASK_SECONDS + (share * flops) / facts.speed(hasTraces(condition)).training_flops_per_second,
    ...addressable(trainingThreads(sizes), coreBytes),
    bytes: (threads) =>
      PROCESS_BYTES + coreBytes(threads) + TOKEN_BYTES * (epoch.tokens / epoch.sequences) * data.train,
  };
  return estimate;
}

/** Share of a training, or of a part of one, that its unfinished cell has behind it. */
export async function trainingDone(
  directory: string,
  { tokens, from = 0 }: Estimate & { readonly from?: number },
): Promise<number> {
  const last = (await readCurve(join(directory, METRICS_FILE)).catch(() => [])).at(-1);
  return last === undefined ? 0 : Math.min(1, Math.max(0, (last.tokens - from) / tokens));
}

/** The training behind a node, and its data: the node itself, or that of the model that it reads. */
export function trainingOf(node: TaskNode): { readonly config: TrainTask; readonly data: DataConfig } {
  if (node.task.kind === 'train' || node.task.kind === 'train-part') {
    const data = node.need('data');
    if (!data) throw new Error(`no data task behind ${node.task.id}`);
    // Own traces are estimated as the problems of the study.
    const drawn = { ...(data.task.config as unknown as DataConfig), own: undefined };
    return { config: node.task.config as unknown as TrainTask, data: drawn };
  }
  const model = node.need('model');
  if (!model) throw new Error(`no training behind ${node.task.id}`);
  return trainingOf(model);
}

/**
 * What a training reads and what that costs, without the memory and the speeds of a whole estimate.
 * @returns `epoch`: totals of one epoch of the sample. `totals`: of the whole run. `flops`: operations of the whole run
 */
export function trainingWork(
  node: TaskNode,
  facts: Pick<Facts, 'samples'>,
): { readonly epoch: SequenceTotals; readonly totals: SequenceTotals; readonly flops: number } {
  const { config, data } = trainingOf(node);
  const { model, train: recipe, seed } = config;
  const sample = sampleOf(facts.samples(data), data.generator);
  // With a new exchange in every epoch all epochs still have the same length: one epoch is enough.
  const epoch = epochTotals(sample, sampleCondition(sample, config), seed);
  const totals = runTotals(epoch, data.train, recipe);
  return { epoch, totals, flops: trainingFlops(model, countParameters(model, vocabularySize(data)), totals) };
}

/**
 * Lengths of the sample as the model of a node trained on it: a model writes completions of about that length, whatever
 * the problem.
 */
export function trainedLengths(node: TaskNode, sample: Parameters<typeof applyCondition>[0]): ExampleLengths {
  const { config } = trainingOf(node);
  return lengthsOf(applyCondition(sample, sampleCondition(sample, config), config.seed));
}
