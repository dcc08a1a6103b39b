// Made-up but consistent counts for the report's tests, shaped like a study at 6x6: nothing here was measured.
import { proportion } from '../../src/base/statistics.ts';
import { GENERATORS } from '../../src/domain/maze/types.ts';
import { searchOf } from '../../src/domain/conditions/condition.ts';
import type { Condition } from '../../src/domain/conditions/condition.ts';
import type { GeneratorName } from '../../src/domain/types.ts';
import type { DistributionSummary, Quadrants } from '../../src/evaluation/types.ts';
import type { CurvePoint, DevResult } from '../../src/study/results.ts';

export type Quality = 'trained' | 'undertrained';

/** By distribution; a condition of the ladder does as well as swapped. */
const PLAN: Readonly<Partial<Record<Condition, readonly number[]>>> & { readonly swapped: readonly number[] } = {
  'solution-only': [0.752, 0.798, 0.722, 0.006, 0, 0.041],
  correct: [0.72, 0.763, 0.707, 0.043, 0, 0.06],
  'swapped@0.25': [0.74, 0.77, 0.71, 0.11, 0, 0.09],
  'swapped@0.5': [0.77, 0.79, 0.73, 0.2, 0.02, 0.13],
  swapped: [0.813, 0.82, 0.75, 0.333, 0.06, 0.211],
};

function planShare(condition: Condition, at: number): number {
  return (PLAN[condition] ?? PLAN.swapped)[at];
}

const WALLS_SEEN = [1, 1, 0.98, 0.012, 0.003, 0];

function quadrants(n: number, plan: number, trace: number, both: number): Quadrants {
  return { both_valid: both, plan_only: plan - both, trace_only: trace - both, neither: n - plan - trace + both };
}

/** @param shift added to the share of valid plans, so that seeds differ */
export function summary(
  condition: Condition,
  distribution: GeneratorName,
  n: number,
  quality: Quality,
  shift = 0,
): DistributionSummary {
  const at = GENERATORS.findIndex((name) => name === distribution);
  const plan = Math.round(
    n *
      (quality === 'trained'
        ? Math.max(0, planShare(condition, at) + (planShare(condition, at) > 0.1 ? shift : 0))
        : 0.01 * (at % 3)),
  );
  const traced = condition === 'correct' && quality === 'trained';
  const valid = {
    paper: traced ? Math.round(0.68 * n * (at < 3 ? 1 : 0.02)) : 0,
    strict: traced ? Math.round(0.637 * n * (at < 3 ? 1 : 0.02)) : 0,
    exact: traced ? Math.round(0.6 * n * (at < 3 ? 1 : 0.01)) : 0,
  };
  const both = {
    paper: Math.min(valid.paper, Math.round(0.9 * plan)),
    strict: Math.min(valid.strict, Math.round(0.86 * plan)),
    exact: Math.min(valid.exact, Math.round(0.8 * plan)),
  };
  return {
    distribution,
    n,
    plan_valid: proportion(plan, n),
    plan_optimal: proportion(Math.round(plan * (at < 3 ? 1 : 0.8)), n),
    format: proportion(Math.round(n * 0.993), n),
    truncated: proportion(at > 3 ? Math.round(n * 0.021) : 0, n),
    walls_seen: proportion(Math.round(n * WALLS_SEEN[at]), n),
    trace_valid: {
      paper: proportion(valid.paper, n),
      strict: proportion(valid.strict, n),
      exact: proportion(valid.exact, n),
    },
    trace_valid_given_plan: {
      paper: proportion(both.paper, plan),
      strict: proportion(both.strict, plan),
      exact: proportion(both.exact, plan),
    },
    ...(searchOf(condition)
      ? {
          own_search_valid: {
            all: proportion(Math.round(0.31 * n), n),
            given_plan: proportion(Math.round(0.37 * plan), plan),
          },
        }
      : {}),
    quadrants: {
      paper: quadrants(n, plan, valid.paper, both.paper),
      strict: quadrants(n, plan, valid.strict, both.strict),
    },
    first_errors: {
      paper: split(n - valid.paper, {
        close_not_in_open_list: 0.4,
        create_close_wall: 0.33,
        plan_length_mismatch: 0.2,
        goal_not_reached: 0.07,
      }),
      strict: split(n - valid.strict, {
        expansion_incomplete: 0.41,
        create_close_wall: 0.3,
        wrong_heuristic: 0.17,
        close_not_lowest_f_value: 0.09,
        create_not_cheaper: 0.03,
      }),
      plan: split(n - plan, {
        illegal_move: 0.83,
        goal_not_reached: 0.11,
        illegal_start: 0.04,
        plan_syntax_error: 0.02,
      }),
    },
    completion_words: {
      mean: condition === 'solution-only' ? 24.2 : 96.4 + 9 * at,
      max: condition === 'solution-only' ? 52 : 214 + 31 * at,
    },
  };
}

/** Counts that add up to `total`; the first key takes what rounding leaves. */
function split<Key extends string>(total: number, shares: Readonly<Record<Key, number>>): Partial<Record<Key, number>> {
  const keys = Object.keys(shares) as Key[];
  const counts: Partial<Record<Key, number>> = {};
  let left = total;
  for (const key of keys.slice(1).reverse()) {
    counts[key] = Math.min(left, Math.floor(total * shares[key]));
    left -= counts[key] ?? 0;
  }
  counts[keys[0]] = left;
  return counts;
}

export function curve(condition: Condition, tokens: number, quality: Quality, seed: number): CurvePoint[] {
  const points = 120;
  const knee = quality === 'undertrained' ? 3 : condition === 'swapped' ? 0.55 : 0.3;
  return Array.from({ length: points }, (_, i) => {
    const t = (i + 1) / points;
    const wiggle = 1 + 0.06 * Math.sin(9 * i + 3 * seed);
    const plan_loss = (0.03 + 1.4 * Math.exp(-9 * t) + 0.62 / (1 + Math.exp((t - knee) * 22))) * wiggle;
    const trace_loss =
      condition === 'solution-only'
        ? null
        : (condition === 'correct' ? 0.16 + 2.4 * Math.exp(-11 * t) : 0.93 + 1.9 * Math.exp(-9 * t)) * wiggle;
    return {
      step: Math.round((t * tokens) / 4000),
      tokens: Math.round(t * tokens),
      loss: trace_loss === null ? plan_loss : 0.8 * trace_loss + 0.2 * plan_loss,
      trace_loss,
      plan_loss,
      lr: 2e-3 * (1 - 0.9 * t),
    };
  });
}

export function dev(condition: Condition, tokens: number, quality: Quality, n: number): DevResult[] {
  const kept = quality === 'trained' ? 8 : 2;
  const knee = condition === 'swapped' ? 0.55 : 0.3;
  return Array.from({ length: kept }, (_, i) => {
    const t = (i + 1) / kept;
    const plan =
      quality === 'trained' ? Math.round((n * planShare(condition, 0)) / (1 + Math.exp((knee - t) * 16))) : i;
    const trace = condition === 'correct' && quality === 'trained' ? Math.round(n * 0.64 * t ** 1.5) : 0;
    return {
      step: Math.round((t * tokens) / 4000),
      tokens: Math.round(t * tokens),
      plan_valid: proportion(plan, n),
      trace_valid_strict: proportion(trace, n),
      trace_valid_paper: proportion(Math.round(Math.min(n, trace * 1.06)), n),
      invalid_traces: {
        strict: proportion(plan - Math.min(plan, trace), plan),
        paper: proportion(plan - Math.min(plan, Math.round(trace * 1.06)), plan),
      },
    };
  });
}
