// Kind `samples`: several sampled completions of each test problem, each with its verdict.
import { readTests } from '../data/test-sets.ts';
import { evaluateSamples } from '../evaluation/evaluate-samples.ts';
import type { SampleSummary } from '../evaluation/sample-summary.ts';
import { defineKind } from './define.ts';
import { evaluationProgress } from './evaluation-work.ts';
import { testsOf, trainFileOf, weightsOf } from './finished-files.ts';
import { SAMPLES_OUTPUTS } from './outputs.ts';
import { testEstimate, testKind, type TestTask } from './test.ts';

/** Needs `data` and `model`, as `test`. */
export interface SamplesTask extends TestTask {
  /** Completions of each problem; the temperature is above 0. */
  readonly samples: number;
}

export interface SamplesSummary {
  readonly summaries: readonly SampleSummary[];
}

export const samplesKind = defineKind<SamplesTask, SamplesSummary>({
  name: 'samples',
  version: 1,
  usesCore: true,
  unit: 'generated tokens',
  outputs: SAMPLES_OUTPUTS,
  state: [],
  inputs: (config, needs) => testKind.inputs(config, needs),
  estimate: (node, facts) => testEstimate(node, facts, (node.task.config as unknown as SamplesTask).samples),
  run: async ({ config, directory, need, threads, signal, progress }) => {
    const { temperature, seed, distributions, limit, samples } = config;
    const [data, model] = [need('data'), need('model')];
    const report = evaluationProgress(1, progress);
    const tests = await readTests(testsOf(data, distributions), trainFileOf(data));
    const checkpoint = weightsOf(model).folder;
    const summaries = await evaluateSamples(
      { checkpoint, tests, outDir: directory, threads, temperature, seed, limit, samples },
      {
        progress: (p) => {
          report(p, 0);
        },
        signal,
      },
    );
    return summaries && { summaries };
  },
});
