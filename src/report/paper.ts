// The paper's results as recollected in study.md section 1: a shape to compare with, never data of this study.
import type { Condition, GeneratorName } from '../domain/types.ts';

/** Must stand beside every number of this file that is shown. */
export const PAPER_LABEL = 'paper, 30×30, recollected; a shape to compare, not data';

/** Plan validity in percent; absent where the paper gives none. */
export const PAPER_PLAN_VALID: Readonly<Record<Condition, Partial<Readonly<Record<GeneratorName, number>>>>> = {
  'solution-only': { wilson: 4.8, kruskal: 6.0, dfs: 10.1, drunkard: 0, searchformer: 0 },
  correct: { wilson: 50.1, kruskal: 49.7, dfs: 30.8, drunkard: 2.5, searchformer: 0 },
  swapped: { wilson: 51.6, kruskal: 51.9, dfs: 41.7, drunkard: 26.0, searchformer: 0.2 },
};

/** Trace validity (paper level) within valid plans, in percent, of the model trained on correct traces. */
export const PAPER_TRACE_VALID_GIVEN_PLAN: Partial<Readonly<Record<GeneratorName, number>>> = { wilson: 95.2, kruskal: 96.2, dfs: 82.1, drunkard: 4.0 };
