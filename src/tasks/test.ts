// Kind `test`: the completions of one model on test problems of every distribution, each with its verdict.
import { join } from 'node:path';
import { existsSync } from '../base/disk.ts';
import { readText, writeFileAtomic } from '../base/files.ts';
import { readTests } from '../data/test-sets.ts';
import { testCount } from '../domain/splits.ts';
import type { GeneratorName } from '../domain/types.ts';
import { evaluate } from '../evaluation/evaluate.ts';
import type { DistributionSummary } from '../evaluation/types.ts';
import { CARD_FILE } from '../model/checkpoint.ts';
import { withValidity } from '../model/model-card.ts';
import type { Estimate, TaskNode } from '../work/kind.ts';
import { defineKind } from './define.ts';
import { evaluationProgress, evaluationWork, generationEstimate } from './evaluation-work.ts';
import type { Facts } from './facts.ts';
import { hashesOf, testNames, testsOf, trainFileOf } from './finished-files.ts';
import { TEST_OUTPUTS } from './outputs.ts';
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
  // 2: writes the card of the model with its validity.
  version: 2,
  usesCore: true,
  unit: 'generated tokens',
  outputs: TEST_OUTPUTS,
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
    if (!summary.finished) return null;
    await writeCard(checkpoint, directory, temperature, seed, summary.summaries);
    return { summaries: summary.summaries };
  },
});

/** Checkpoints of 0.1.0 have no card, and people may have replaced it: then none is written. */
async function writeCard(
  checkpoint: string,
  directory: string,
  temperature: number,
  seed: number,
  summaries: readonly DistributionSummary[],
): Promise<void> {
  const path = join(checkpoint, CARD_FILE);
  if (!existsSync(path)) return;
  const sets = summaries.map(({ distribution, plan_valid: plan, trace_valid: { strict: trace } }) => ({
    distribution,
    plan,
    trace,
  }));
  const card = withValidity(await readText(path), { temperature, seed, sets });
  if (card !== null) await writeFileAtomic(join(directory, 'model-card.md'), card);
}
