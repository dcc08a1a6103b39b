// Kind `curve`: the learning curve of a training, greedy completions of the first dev problems at every kept
// checkpoint.
import { join } from 'node:path';
import { mkdirs } from '../base/disk.ts';
import type { Proportion } from '../base/statistics.ts';
import { ThreadPool } from '../core/thread-pool.ts';
import { readTests } from '../data/test-sets.ts';
import type { GeneratorName } from '../domain/types.ts';
import type { DistributionSummary } from '../evaluation/types.ts';
import { evaluateModel } from '../evaluation/evaluate.ts';
import { Model } from '../model/model.ts';
import { defineKind } from './define.ts';
import { evaluationProgress, evaluationWork, generationEstimate } from './evaluation-work.ts';
import { checkpointsOf, hashesOf, pathOf } from './finished-files.ts';
import { EVALUATION_OUTPUTS } from './outputs.ts';
import { trainingOf } from './train.ts';
import type { TrainingSummary } from './train.ts';

/** Needs `data` and `model`, a training. */
export interface CurveTask {
  /** Of the model, in tokens; it caps completions. */
  readonly context: number;
  readonly seed: number;
  /** Of the dev set. */
  readonly distribution: GeneratorName;
  /** The first problems of the dev set. */
  readonly mazes: number;
  /** Only the last checkpoint, of a part of a training; left out, all that were kept. */
  readonly last?: true;
}

/** In-distribution dev set (greedy) at one kept checkpoint. */
export interface DevPoint {
  readonly step: number;
  readonly tokens: number;
  readonly plan_valid: Proportion;
  readonly trace_valid_strict: Proportion;
  readonly trace_valid_paper: Proportion;
}

export interface CurveSummary {
  readonly points: readonly DevPoint[];
  /** All that was counted at the last checkpoint, where only that was asked for. */
  readonly last?: DistributionSummary;
}

export const curveKind = defineKind<CurveTask, CurveSummary>({
  name: 'curve',
  version: 1,
  usesCore: true,
  unit: 'generated tokens',
  outputs: EVALUATION_OUTPUTS,
  state: [],
  inputs: (_, { data, model }) => ({ ...hashesOf(data, ['dev.jsonl']), training: model.result }),
  estimate: (node, facts) => {
    const { mazes, distribution, last } = node.task.config as unknown as CurveTask;
    const {
      config: { train },
    } = trainingOf(node);
    const work = evaluationWork(node, facts, [distribution], () => mazes * (last ? 1 : train.checkpoints));
    return generationEstimate(node, facts, work, mazes);
  },
  run: async ({ config, directory, need, threads, signal, progress }) => {
    const { seed, distribution, mazes, last } = config;
    const [data, model] = [need('data'), need('model')];
    const { checkpoints } = model.summary as TrainingSummary;
    const kept = checkpointsOf(model).slice(last ? -1 : 0);
    const report = evaluationProgress(kept.length, progress);
    const tests = await readTests([{ distribution, file: pathOf(data, 'dev.jsonl') }], null);
    await using pool = new ThreadPool(threads);
    const points: DevPoint[] = [];
    let draftsFrom: string | undefined;
    let counted: DistributionSummary | undefined;
    for (const [i, { step, folder }] of kept.entries()) {
      const outDir = join(directory, `step-${step}`);
      await mkdirs(outDir);
      await using opened = await Model.open(folder, pool);
      const options = { outDir, temperature: 0, seed, limit: mazes, draftsFrom };
      const summary = await evaluateModel(opened, tests, options, {
        progress: (p) => {
          report(p, i);
        },
        signal,
      });
      if (!summary.finished) return null;
      draftsFrom = outDir;
      [counted] = summary.summaries;
      const { plan_valid, trace_valid } = counted;
      const tokens = checkpoints.find((each) => each.step === step)?.tokens ?? 0;
      points.push({
        step,
        tokens,
        plan_valid,
        trace_valid_strict: trace_valid.strict,
        trace_valid_paper: trace_valid.paper,
      });
    }
    return { points, ...(last && counted && { last: counted }) };
  },
});
