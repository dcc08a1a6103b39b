// Kind `rl`: reinforcement learning (GRPO) from a checkpoint of a model, rewarded by the validator.
import { join } from 'node:path';
import { readJsonl } from '../base/files.ts';
import type { DataConfig } from '../data/dataset.ts';
import { hasTraces } from '../domain/conditions/condition.ts';
import { capWithin } from '../model/completion-cap.ts';
import { STATE_PATTERNS } from '../model/run-state.ts';
import { keptSteps, type RlConfig } from '../rl/config.ts';
import { planRl } from '../rl/memory.ts';
import { rl } from '../rl/rl.ts';
import { METRICS_FILE } from '../model/metrics-file.ts';
import { withoutBudget } from '../model/not-finite.ts';
import type { Estimate, TaskNode } from '../work/kind.ts';
import { plain } from '../work/task.ts';
import type { Finished } from '../work/task.ts';
import { defineKind } from './define.ts';
import { evaluationWork, parametersOf } from './evaluation-work.ts';
import { addressable, PROCESS_BYTES, remembered, TASK_SECONDS, usefulThreads, vocabularySize } from './facts.ts';
import type { DevPoint } from './curve.ts';
import type { Facts } from './facts.ts';
import { hashesOf, pathOf } from './finished-files.ts';
import { forwardFlops, trainingFlops } from './flops.ts';
import { RUN_OUTPUTS } from './outputs.ts';
import { earlyPointOf, startCheckpoint } from './rl-start.ts';
import { runBytes } from './run-bytes.ts';
import { trainingOf } from './train.ts';

/**
 * Needs `data` and `model`, and starts from the last checkpoint. An early start also needs `curve`, the learning curve
 * of the model, and picks its checkpoint when it runs: see earlyStep.
 */
export interface RlTask {
  readonly rl: RlConfig;
  /** Of prompts and rollouts. */
  readonly seed: number;
  /** Of the model, in tokens. */
  readonly context: number;
}

/** A finished run; its folders are like those of a training. */
export interface RlRunSummary {
  readonly steps: number;
  /** Over all pieces of the run. */
  readonly seconds: number;
  /** Most tokens of a completion. */
  readonly cap: number;
  /** SHA-256 of the weights that it started from. */
  readonly start_sha256: string;
  /** Of an early start: its checkpoint, and the strictly valid traces on dev that it was chosen by. */
  readonly early?: Pick<DevPoint, 'step' | 'trace_valid_strict'>;
  readonly warnings: readonly string[];
  readonly kept_steps: readonly number[];
}

/** Share of the rollouts whose groups have a spread of rewards, over a run. */
const LEARNT = 0.6;

export const rlKind = defineKind<RlTask, RlRunSummary>({
  name: 'rl',
  // 2: checkpoints are LlamaForCausalLM, with a card.
  version: 2,
  usesCore: true,
  unit: 'generated tokens',
  outputs: RUN_OUTPUTS,
  state: STATE_PATTERNS,
  inputs: (_, { data, model, curve }) => ({
    weights: startCheckpoint(model, curve).sha256,
    ...hashesOf(data, ['train.jsonl']),
    ...curveInput(curve),
  }),
  keyed: (config) => plain({ ...config, rl: withoutBudget(config.rl) }),
  estimate: rlEstimate,
  disk: (node) => {
    const { config, data } = trainingOf(node);
    const { rl: settings } = node.task.config as unknown as RlTask;
    return runBytes(parametersOf(config.model, data), keptSteps(settings).length);
  },
  done: async (directory, { steps }: Estimate & { readonly steps?: number }) => {
    let last = 0;
    try {
      for await (const { step } of readJsonl(join(directory, METRICS_FILE), (value) => value as { step: number }))
        last = step;
    } catch {
      return 0;
    }
    return steps === undefined ? 0 : Math.min(1, last / steps);
  },
  run: async ({ config, directory, need, needIfAny, threads, signal, progress, say }) => {
    const curve = needIfAny('curve');
    const summary = await rl(
      {
        runDir: directory,
        checkpoint: startCheckpoint(need('model'), curve).folder,
        rl: config.rl,
        seed: config.seed,
        trainFile: pathOf(need('data'), 'train.jsonl'),
        threads,
      },
      {
        progress: (p) => {
          const { step, steps, tokens_per_second, seconds_left, reward } = p;
          progress({
            share: step / steps,
            tokens_per_second,
            seconds_left,
            words: `reward ${reward.toFixed(3)}`,
            detail: { ...p } as never,
          });
        },
        say,
        warning: (text) => {
          say(text, 'warning');
        },
        signal,
      },
    );
    if (!summary.finished) return null;
    const { steps, seconds, cap, start_sha256, warnings } = summary;
    return {
      steps,
      seconds,
      cap,
      start_sha256,
      ...(curve && { early: earlyPointOf(curve) }),
      warnings,
      kept_steps: summary.checkpoints.map(({ step }) => step),
    };
  },
});

/** The summary of an early start has a point of the curve, so its key has the curve. */
function curveInput(curve: Finished | undefined): Readonly<Record<string, string>> {
  return curve ? { curve: curve.result } : {};
}

/** Rollouts are written like test completions; a part of them is learnt from. */
function rlEstimate(node: TaskNode, facts: Facts): Estimate & { readonly steps: number } {
  const { rl: settings } = node.task.config as unknown as RlTask;
  const {
    config: { model, condition },
    data,
  } = trainingOf(node);
  const { steps, prompts, group, resample, inner_epochs, accumulators } = settings;
  // Groups without spread are drawn again until enough have one, or `resample` is used up.
  const drawn = 1 + Math.min(resample / prompts, 1 / LEARNT - 1);
  const { totals, generated } = evaluationWork(node, facts, [data.generator], () => steps * prompts * group * drawn);
  const learnt = LEARNT * inner_epochs;
  const parameters = parametersOf(model, data);
  const speed = facts.speed(hasTraces(condition));
  const coreBytes = remembered((threads) => planStep(settings, model, data, threads, facts).bytes);
  const { rolloutBytes } = planStep(settings, model, data, 1, facts);
  return {
    steps,
    tokens: generated,
    flops: forwardFlops(model, parameters, totals) + trainingFlops(model, parameters, totals) * learnt,
    seconds:
      TASK_SECONDS +
      generated / speed.decode_tokens_per_second +
      (learnt * totals.tokens) / speed.training_tokens_per_second,
    ...addressable(usefulThreads(Math.max(accumulators, prompts)), coreBytes),
    bytes: (threads) => PROCESS_BYTES + coreBytes(threads) + rolloutBytes,
  };
}

/** The memory of a step; the sample gives the lengths of prompts and completions. */
export function planStep(
  settings: RlConfig,
  model: RlModel,
  data: DataConfig,
  threads: number,
  facts: Facts,
): ReturnType<typeof planRl> {
  const { prompts, group, resample, kl, kl_every, accumulators } = settings;
  const { longestPrompt, cap } = longestOf(model.context, data, data.generator, facts);
  return planRl({
    model,
    vocab: vocabularySize(data),
    size: data.size,
    group,
    accumulators,
    threads,
    longestPrompt,
    cap: settings.cap ?? cap,
    groups: prompts,
    sampledGroups: Math.min(prompts + resample, data.train),
    withReference: kl > 0 || kl_every > 0,
  });
}

/** Tokens of the longest prompt with <bos>, and the cap of a completion. */
export function longestOf(
  context: number,
  data: DataConfig,
  name: string,
  facts: Facts,
): { readonly longestPrompt: number; readonly cap: number } {
  const { prompt, trace, solution } = facts.lengths(data, name);
  const longestPrompt = Math.max(...prompt) + 1;
  return {
    longestPrompt,
    cap: capWithin(context - longestPrompt, Math.max(...trace.map((words, i) => words + solution[i])) + 1),
  };
}

type RlModel = Parameters<typeof planRl>[0]['model'];
