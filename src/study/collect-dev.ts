// From the cells of a training's learning curve to its judged dev completions, and what they say of its traces.
import { join } from 'node:path';
import { readJsonl } from '../base/files.ts';
import { proportion } from '../base/statistics.ts';
import type { DevRows, JudgedRow } from '../analysis/findings.ts';
import { invalidAmongValid } from '../analysis/rules.ts';
import { readExamples } from '../data/dataset.ts';
import { splitCompletion } from '../domain/completion.ts';
import type { GeneratorName } from '../domain/types.ts';
import { parseCompletionRow } from '../evaluation/schemas.ts';
import { countWords } from '../evaluation/metrics.ts';
import type { CurveSummary } from '../tasks/curve.ts';
import type { Finished } from '../work/task.ts';
import type { DevResult } from './results.ts';

/** Judged completions of every kept checkpoint. */
export async function readDev(
  { summary: { points }, directory }: Finished<CurveSummary>,
  distribution: GeneratorName,
): Promise<DevRows[]> {
  const dev: DevRows[] = [];
  for (const { step, tokens } of points)
    dev.push({ step, tokens, rows: await readJudged(join(directory, `step-${step}`), distribution) });
  return dev;
}

/** The ids and verdicts of a file of completions, without the texts. */
export async function readJudged(directory: string, distribution: GeneratorName): Promise<JudgedRow[]> {
  const judged: JudgedRow[] = [];
  const file = join(directory, `completions-${distribution}.jsonl`);
  for await (const { id, verdict } of readJsonl(file, parseCompletionRow)) judged.push({ id, verdict });
  return judged;
}

/** The points of the curve, with the share of invalid traces among valid plans at each. */
export function devResults({ points }: CurveSummary, dev: readonly DevRows[]): DevResult[] {
  return points.map((point, i) => {
    const of = (level: 'strict' | 'paper') => {
      const { count, n } = invalidAmongValid(dev[i].rows, level);
      return proportion(count, n);
    };
    return { ...point, invalid_traces: { strict: of('strict'), paper: of('paper') } };
  });
}

/**
 * Tokens of an epoch with traces and without: prompt, completion, <bos> and <eos> of every training problem.
 * @param trainFile train.jsonl
 */
export async function epochTokens(trainFile: string): Promise<{ readonly correct: number; readonly baseline: number }> {
  let [correct, baseline] = [0, 0];
  for (const { prompt, completion } of await readExamples(trainFile)) {
    const before = countWords(prompt) + 2;
    correct += before + countWords(completion);
    baseline += before + countWords(splitCompletion(completion).solution);
  }
  return { correct, baseline };
}
