// Evaluates one model by several sampled completions of each problem: samples-<distribution>.jsonl and samples.json.
// The names differ from those of evaluate.ts: no reader of single completions takes these files for its own.
import { join } from 'node:path';
import { writeFileAtomic } from '../base/files.ts';
import type { TestSets } from '../data/test-sets.ts';
import { Model } from '../model/model.ts';
import { completeTests, type CompletingOptions, type RowForm } from './completing.ts';
import { type SampleSummary, summarizeSamples } from './sample-summary.ts';
import type { CompletionRow, EvaluationHooks } from './types.ts';

/**
 * One line of samples-<distribution>.jsonl: the completions of a problem follow each other, problems are in the order
 * of the test file.
 */
interface SampleRow extends CompletionRow {
  /** 0 for the first completion of a problem. */
  readonly sample: number;
  /** Generated tokens, `end` among them. */
  readonly tokens: number;
}

export interface EvaluateSamplesOptions extends CompletingOptions {
  /** Checkpoint folder. */
  readonly checkpoint: string;
  readonly tests: TestSets;
  readonly threads: number;
  /** Completions of each problem. */
  readonly samples: number;
}

/**
 * Draws are functions of seed, sample, problem and position: the first completions of more samples are those of fewer,
 * and the very first is that of `evaluate` at the same temperature.
 * @returns null when the signal stopped it; finished distributions are kept
 * @throws TracelabError as Model.open and completeTests
 */
export async function evaluateSamples(
  { checkpoint, tests, threads, samples, ...options }: EvaluateSamplesOptions,
  hooks: EvaluationHooks,
): Promise<SampleSummary[] | null> {
  const started = performance.now();
  await using model = await Model.open(checkpoint, threads);
  const summaries: SampleSummary[] = [];
  const form: RowForm<SampleRow> = {
    file: 'samples',
    samples,
    rowOf: (row, { tokens }, sample) => ({ ...row, sample, tokens }),
  };
  const finished = await completeTests(model, tests, options, form, hooks, (distribution, rows) => {
    const problems = Array.from({ length: rows.length / samples }, (_, i) =>
      rows.slice(samples * i, samples * (i + 1)),
    );
    summaries.push(summarizeSamples(distribution, samples, problems));
  });
  if (!finished) return null;
  const { temperature, seed, outDir } = options;
  const record = {
    format: 1,
    checkpoint: model.checkpoint.origin,
    temperature,
    seed,
    samples,
    seconds: (performance.now() - started) / 1000,
    distributions: summaries,
  };
  await writeFileAtomic(join(outDir, 'samples.json'), `${JSON.stringify(record, null, 2)}\n`);
  return summaries;
}
