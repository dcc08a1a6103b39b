// The paper's results as recollected in docs/specification.md, section 1: a shape to compare with, never data of this
// study.
import type { Condition } from '../domain/conditions/condition.ts';
import type { GeneratorName } from '../domain/types.ts';

/** Must stand beside every number of this file that is shown. */
export const PAPER_LABEL = 'paper, 30×30, recollected; a shape to compare, not data';

type PaperRow = Partial<Readonly<Record<GeneratorName, number>>>;

/** Plan validity in percent; absent where the paper gives none. */
const PLAN_VALID: Readonly<Partial<Record<Condition, PaperRow>>> = {
  'solution-only': { wilson: 4.8, kruskal: 6.0, dfs: 10.1, drunkard: 0, searchformer: 0 },
  correct: { wilson: 50.1, kruskal: 49.7, dfs: 30.8, drunkard: 2.5, searchformer: 0 },
  swapped: { wilson: 51.6, kruskal: 51.9, dfs: 41.7, drunkard: 26.0, searchformer: 0.2 },
};

/** Plan validity in percent by distribution; null for a condition that the paper does not have. */
export function paperPlanValid(condition: Condition): PaperRow | null {
  return PLAN_VALID[condition] ?? null;
}

/** Does the paper tell anything of one of these distributions? Of other domains it does not. */
export function hasPaperNumbers(distributions: readonly GeneratorName[]): boolean {
  return distributions.some((name) => Object.values(PLAN_VALID).some((row) => row?.[name] !== undefined));
}

/** Trace validity (paper level) within valid plans, in percent, of the model trained on correct traces. */
export const PAPER_TRACE_VALID_GIVEN_PLAN: PaperRow = { wilson: 95.2, kruskal: 96.2, dfs: 82.1, drunkard: 4.0 };
