// Kind `test`: the completions of one model on test problems of every distribution, each with its verdict.
import { readTests } from '../data/test-sets.ts';
import { testCount } from '../domain/splits.ts';
import type { GeneratorName } from '../domain/types.ts';
import { evaluate } from '../evaluation/evaluate.ts';
import type { DistributionSummary } from '../evaluation/types.ts';
import type { Estimate, TaskNode } from '../work/kind.ts';
import { defineKind } from './define.ts';
import { evaluationProgress, evaluationWork, generationEstimate } from './evaluation-work.ts';
import type { Facts } from './facts.ts';
import { hashesOf, testNames, testsOf, trainFileOf } from './finished-files.ts';
import { EVALUATION_OUTPUTS } from './outputs.ts';
import { startCheckpoint } from './rl-start.ts';
import { trainingOf } from './train.ts';

/**
 * Needs `data` and `model`, a training or reinforcement learning, whose last checkpoint is tested. With `curve`, the
 * learning curve of a training, it is the checkpoint of an early start: see earlyStep.
 */
export interface TestTask {
  /** Of the model, in tokens; part of the key because it caps completions and is not stored with the weights. */
  readonly context: number;
  /** 0 = greedy. */
  readonly temperature: number;
  readonly seed: number;
  readonly distributions: readonly GeneratorName[];
  /** Only the first problems of each file. */
  readonly limit?: number;
}

export interface TestSummary {
  readonly summaries: readonly DistributionSummary[];
}

/** @param samples completions of each problem */
export function testEstimate(node: TaskNode, facts: Facts, samples: number): Estimate {
  const { distributions, limit = Infinity } = node.task.config as unknown as TestTask;
  const { data } = trainingOf(node);
  const count = (name: GeneratorName): number => samples * Math.min(limit, testCount(data, name));
  const work = evaluationWork(node, facts, distributions, count);
  return generationEstimate(node, facts, work, Math.max(...distributions.map(count)));
}

export const testKind = defineKind<TestTask, TestSummary>({
  name: 'test',
  version: 1,
  usesCore: true,
  unit: 'generated tokens',
  outputs: EVALUATION_OUTPUTS,
  state: [],
  inputs: ({ distributions }, { data, model, curve }) => ({
    ...hashesOf(data, ['train.jsonl', ...testNames(distributions)]),
    weights: startCheckpoint(model, curve).sha256,
  }),
  estimate: (node, facts) => testEstimate(node, facts, 1),
  run: async ({ config, directory, need, needIfAny, threads, signal, progress }) => {
    const { temperature, seed, distributions, limit } = config;
    const [data, model] = [need('data'), need('model')];
    const report = evaluationProgress(1, progress);
    const tests = await readTests(testsOf(data, distributions), trainFileOf(data));
    const checkpoint = startCheckpoint(model, needIfAny('curve')).folder;
    const summary = await evaluate(
      { checkpoint, tests, outDir: directory, threads, temperature, seed, limit },
      {
        progress: (p) => {
          report(p, 0);
        },
        signal,
      },
    );
    return summary.finished ? { summaries: summary.summaries } : null;
  },
});
