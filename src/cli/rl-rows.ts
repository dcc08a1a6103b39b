// The rows of rl.json: what every kept checkpoint of a run can do on every distribution, greedy and in sampled groups.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ThreadPool } from '../core/thread-pool.ts';
import { type TestFile, readTests } from '../data/test-sets.ts';
import { evaluateModel, summarizeFirst } from '../evaluation/evaluate.ts';
import type { EvaluationHooks } from '../evaluation/types.ts';
import { Model } from '../model/model.ts';
import type { RlConfig } from '../rl/config.ts';
import { observeModel, type SampledGroups } from '../rl/observe.ts';
import { createProgress } from './progress.ts';
import type { RlEvaluation } from './rl-text.ts';

export interface KeptEvaluation {
  readonly out: string;
  readonly tests: readonly TestFile[];
  readonly trainFile: string;
  readonly config: RlConfig;
  readonly threads: number;
  readonly seed: number;
  /** First mazes of each file that every kept checkpoint solves, and first mazes that get a sampled group; 0 = none. */
  readonly evalMazes: number;
  readonly evalPrompts: number;
  readonly json: boolean;
  readonly signal: AbortSignal;
}

/**
 * The first and the last checkpoint solve all mazes, those between the first `evalMazes`. A maze is given the same cap
 * everywhere, so that the rows of the first mazes, which every checkpoint has, are one curve.
 * @param kept checkpoint folders by step, the start first
 * @returns null when the signal stopped it
 */
export async function evaluateKept(
  kept: readonly { readonly step: number; readonly dir: string }[],
  options: KeptEvaluation,
): Promise<RlEvaluation[] | null> {
  const { out, trainFile, config, threads, seed, evalMazes, evalPrompts, json, signal } = options;
  const progress = createProgress(json);
  const rows: RlEvaluation[] = [];
  try {
    const tests = await readTests(options.tests, trainFile);
    await using pool = new ThreadPool(threads);
    await using start = await Model.open(kept[0].dir, pool);
    for (const [i, { step, dir }] of kept.entries()) {
      const cell = { label: `evaluate step ${step}`, index: i + 1, of: kept.length };
      const outDir = join(out, 'evaluation', `step-${step}`);
      await mkdir(outDir, { recursive: true });
      progress.emit({ event: 'cell_started', cell });
      const hooks: EvaluationHooks = {
        progress: (p) => {
          progress.emit({ event: 'evaluating', cell, progress: p });
        },
        signal,
      };
      const isEnd = i === 0 || i === kept.length - 1;
      await using model = await Model.open(dir, pool);
      const limit = isEnd ? undefined : evalMazes;
      const summary = await evaluateModel(model, tests, { outDir, temperature: 0, seed, limit, capOf: 'file' }, hooks);
      if (!summary.finished) return null;
      const started = performance.now();
      const sampled =
        evalPrompts === 0
          ? []
          : await observeModel(model, start, tests, { rl: config, prompts: evalPrompts, seed, outDir }, hooks);
      if (sampled === null) return null;
      progress.emit({
        event: 'cell_finished',
        cell,
        seconds: summary.seconds + (performance.now() - started) / 1000,
        reused: false,
      });
      for (const all of summary.summaries) {
        const { distribution } = all;
        if (isEnd) rows.push({ step, mazes: 'all', ...all });
        rows.push({
          step,
          mazes: 'first',
          ...(isEnd ? await summarizeFirst(outDir, distribution, evalMazes) : all),
          ...sampledOf(sampled, distribution),
        });
      }
    }
    return rows;
  } finally {
    progress.end();
  }
}

function sampledOf(all: readonly SampledGroups[], distribution: string): { readonly sampled?: SampledGroups } {
  const sampled = all.find((each) => each.distribution === distribution);
  return sampled === undefined ? {} : { sampled };
}
