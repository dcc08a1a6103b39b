// Evaluates one model: per distribution, greedy (or sampled) completions of its test mazes, each with its verdict, on
// disk; then the counts.
import { join } from 'node:path';
import { readJsonl, writeFileAtomic } from '../base/files.ts';
import type { TestSets } from '../data/test-sets.ts';
import type { GeneratorName } from '../domain/types.ts';
import { Model } from '../model/model.ts';
import { completeTests, type CompletingOptions, type RowForm, rowsPath } from './completing.ts';
import { EVALUATION_FILE } from './evaluation-file.ts';
import { summarize } from './metrics.ts';
import { parseCompletionRow } from './schemas.ts';
import type { CompletionRow, DistributionSummary, EvaluationHooks } from './types.ts';

export interface EvaluateOptions extends CompletingOptions {
  /** Checkpoint folder. */
  readonly checkpoint: string;
  readonly tests: TestSets;
  readonly threads: number;
}

export interface EvaluateSummary {
  /** False when the signal stopped it; finished distributions are kept. */
  readonly finished: boolean;
  readonly seconds: number;
  readonly summaries: readonly DistributionSummary[];
}

const SINGLE: RowForm<CompletionRow> = { file: 'completions', rowOf: (row) => row };

/**
 * Opens a checkpoint for one evaluateModel().
 * @throws TracelabError as Model.open and evaluateModel
 */
export async function evaluate(
  { checkpoint, tests, threads, ...options }: EvaluateOptions,
  hooks: EvaluationHooks,
): Promise<EvaluateSummary> {
  await using model = await Model.open(checkpoint, threads);
  return await evaluateModel(model, tests, options, hooks);
}

/**
 * Takes the rows of an earlier call with the same model, tests and options where `outDir` has them.
 * @throws TracelabError as completeTests
 */
export async function evaluateModel(
  model: Model,
  tests: TestSets,
  options: CompletingOptions,
  hooks: EvaluationHooks,
): Promise<EvaluateSummary> {
  const started = performance.now();
  const seconds = (): number => (performance.now() - started) / 1000;
  const unmeasured = tests.train === null ? (['walls_seen'] as const) : [];
  const summaries: DistributionSummary[] = [];
  const finished = await completeTests(model, tests, options, SINGLE, hooks, (distribution, rows) => {
    summaries.push(summarize(distribution, rows, unmeasured));
  });
  if (!finished) return { finished, seconds: seconds(), summaries };
  const { temperature, seed, outDir } = options;
  const { origin } = model.checkpoint;
  const record = { format: 1, checkpoint: origin, temperature, seed, seconds: seconds(), distributions: summaries };
  await writeFileAtomic(join(outDir, EVALUATION_FILE), `${JSON.stringify(record, null, 2)}\n`);
  return { finished, seconds: seconds(), summaries };
}

/**
 * What an evaluation of the first mazes would have counted, from the completions of all of them; equal where the cap is
 * that of the file.
 * @param outDir of a finished evaluation of one distribution or more
 */
export async function summarizeFirst(
  outDir: string,
  distribution: GeneratorName,
  mazes: number,
): Promise<DistributionSummary> {
  const rows: CompletionRow[] = [];
  for await (const row of readJsonl(rowsPath(outDir, SINGLE, distribution), parseCompletionRow)) {
    rows.push(row);
    if (rows.length === mazes) break;
  }
  return summarize(distribution, rows);
}
