// Kind `rl-curve`: the first test problems of every distribution at every kept step of reinforcement learning, the
// start included: greedy completions, and sampled groups of some of them.
import { join } from 'node:path';
import { mkdirs } from '../base/disk.ts';
import { hasTraces } from '../domain/conditions/condition.ts';
import { testCount } from '../domain/splits.ts';
import type { GeneratorName } from '../domain/types.ts';
import { ThreadPool } from '../core/thread-pool.ts';
import { readTests } from '../data/test-sets.ts';
import { evaluateModel } from '../evaluation/evaluate.ts';
import type { DistributionSummary, EvaluationHooks } from '../evaluation/types.ts';
import { Model } from '../model/model.ts';
import { keptSteps, observedSettings } from '../rl/config.ts';
import type { RlConfig } from '../rl/config.ts';
import { observeModel } from '../rl/observe.ts';
import type { SampledGroups } from '../rl/observe.ts';
import { defineKind } from './define.ts';
import { evaluationProgress, evaluationWork, generationEstimate, parametersOf } from './evaluation-work.ts';
import { FORWARD_SPEED, TASK_SECONDS } from './facts.ts';
import { checkpointsOf, hashesOf, testNames, testsOf, trainFileOf } from './finished-files.ts';
import { forwardFlops } from './flops.ts';
import { EVALUATION_OUTPUTS } from './outputs.ts';
import { startCheckpoint } from './rl-start.ts';
import { addTotals } from './sequence-lengths.ts';
import { trainingOf } from './train.ts';

/** Needs `data`, `model`, `rl`, and of an early start `curve`: the run started where startCheckpoint says. */
export interface RlCurveTask {
  /** Of the model, in tokens; it caps completions. */
  readonly context: number;
  readonly seed: number;
  readonly distributions: readonly GeneratorName[];
  /** The first problems of each distribution. */
  readonly mazes: number;
  /** Whose reference completions set the cap; see CompletingOptions. */
  readonly cap_of: 'mazes' | 'file';
  /** The first problems that get a sampled group; 0 = none. */
  readonly prompts: number;
  readonly rl: RlConfig;
}

export interface RlCurveSummary {
  /** The start is step 0. */
  readonly points: readonly {
    readonly step: number;
    readonly summaries: readonly DistributionSummary[];
    readonly sampled?: readonly SampledGroups[];
  }[];
}

export const rlCurveKind = defineKind<RlCurveTask, RlCurveSummary>({
  name: 'rl-curve',
  version: 1,
  usesCore: true,
  unit: 'generated tokens',
  outputs: EVALUATION_OUTPUTS,
  state: [],
  keyed: ({ rl, prompts, ...config }) => ({
    ...config,
    sampled: prompts === 0 ? null : { prompts, ...observedSettings(rl) },
  }),
  inputs: ({ distributions }, { data, model, curve, rl }) => ({
    ...hashesOf(data, ['train.jsonl', ...testNames(distributions)]),
    weights: startCheckpoint(model, curve).sha256,
    rl: rl.result,
  }),
  estimate: (node, facts) => {
    const { distributions, mazes, prompts, rl } = node.task.config as unknown as RlCurveTask;
    const {
      config: { model, condition },
      data,
    } = trainingOf(node);
    const kept = keptSteps(rl).length + 1;
    const count = (name: GeneratorName): number => Math.min(prompts, testCount(data, name));
    const greedy = evaluationWork(node, facts, distributions, () => kept * mazes);
    const sampled = evaluationWork(node, facts, distributions, (name) => kept * rl.group * count(name));
    // Sampled groups are read once more under the start, for their KL.
    const again =
      sampled.totals.tokens / (FORWARD_SPEED * facts.speed(hasTraces(condition)).training_tokens_per_second);
    const starts = kept * (prompts > 0 ? 1 + distributions.length : 1) * TASK_SECONDS;
    const work = { totals: addTotals(greedy.totals, sampled.totals), generated: greedy.generated + sampled.generated };
    return generationEstimate(
      node,
      facts,
      work,
      mazes,
      starts + again,
      forwardFlops(model, parametersOf(model, data), sampled.totals),
    );
  },
  run: async ({ config, directory, need, needIfAny, threads, signal, progress }) => {
    const { seed, distributions, mazes, cap_of: capOf, prompts, rl } = config;
    const data = need('data');
    const start = startCheckpoint(need('model'), needIfAny('curve')).folder;
    const kept = [{ step: 0, folder: start }, ...checkpointsOf(need('rl'))];
    const tests = await readTests(testsOf(data, distributions), trainFileOf(data));
    const parts = prompts > 0 ? 2 : 1;
    const report = evaluationProgress(kept.length * parts, progress);
    const points: RlCurveSummary['points'][number][] = [];
    let draftsFrom: string | undefined;
    await using pool = new ThreadPool(threads);
    await using reference = await Model.open(start, pool);
    for (const [i, { step, folder }] of kept.entries()) {
      const outDir = join(directory, `step-${step}`);
      await mkdirs(outDir);
      await using model = await Model.open(folder, pool);
      const hooksOf = (part: number): EvaluationHooks => ({
        progress: (p) => {
          report(p, i * parts + part);
        },
        signal,
      });
      const options = { outDir, temperature: 0, seed, limit: mazes, capOf, draftsFrom };
      const greedy = await evaluateModel(model, tests, options, hooksOf(0));
      if (!greedy.finished) return null;
      draftsFrom = outDir;
      const sampling = { rl, prompts, seed, outDir };
      const sampled = prompts === 0 ? undefined : await observeModel(model, reference, tests, sampling, hooksOf(1));
      if (sampled === null) return null;
      points.push({ step, summaries: greedy.summaries, ...(sampled && { sampled }) });
    }
    return { points };
  },
});
