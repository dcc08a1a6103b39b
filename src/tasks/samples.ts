// Kind `samples`: several sampled completions of each test problem, each with its verdict.
import { readTests } from '../data/test-sets.ts';
import { testCount } from '../domain/splits.ts';
import type { GeneratorName } from '../domain/types.ts';
import { evaluateSamples } from '../evaluation/evaluate-samples.ts';
import type { SampleSummary } from '../evaluation/sample-summary.ts';
import { defineKind } from './define.ts';
import { evaluationProgress, evaluationWork, generationEstimate } from './evaluation-work.ts';
import { testsOf, trainFileOf, weightsOf } from './finished-files.ts';
import { SAMPLES_OUTPUTS } from './outputs.ts';
import { testKind, type TestTask } from './test.ts';
import { trainingOf } from './train.ts';

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
  estimate: (node, facts) => {
    const { distributions, samples, limit = Infinity } = node.task.config as unknown as SamplesTask;
    const { data } = trainingOf(node);
    const count = (name: GeneratorName): number => samples * Math.min(limit, testCount(data, name));
    const work = evaluationWork(node, facts, distributions, count);
    return generationEstimate(node, facts, work, Math.max(...distributions.map(count)));
  },
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
