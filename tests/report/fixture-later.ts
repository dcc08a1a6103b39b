// What a study does with trained models, for the report's tests: reinforcement learning, lengths, interventions; made up in its numbers.
import { analyseLengths, type LengthRow, type LengthRun } from '../../src/analysis/lengths.ts';
import { pairedInterval, proportion } from '../../src/base/statistics.ts';
import { RandomSequence, STREAMS } from '../../src/base/random.ts';
import type { InterventionSummary } from '../../src/evaluation/intervention-summary.ts';
import { GENERATORS } from '../../src/domain/maze/types.ts';
import type { ConditionResult, InterventionResult, LengthResult, RlResult } from '../../src/study/results.ts';

/** Mazes whose generated events follow from those of A*. */
export function lengthRows(n: number, generated: (astar: number) => number, distance: number | null = null): LengthRow[] {
  return Array.from({ length: n }, (_, i) => {
    const random = new RandomSequence(8, STREAMS.sampling, i);
    const plan = 3 + random.below(9);
    const astar = 2 * plan + random.below(12);
    return { id: String(i), generated: generated(astar), astar, plan, manhattan: plan - 1, truncated: i % 9 === 0, solved: i % 2 === 0, distance };
  });
}

export function lengthRun(distributions: LengthRun['rows'], condition: LengthRun['condition'] = 'correct'): LengthRun {
  return { condition, seed: 1, undertrained: false, rows: distributions };
}

export function interventionSummary(intervention: string, count: number, n = 40): InterventionSummary {
  return {
    intervention, n, no_room: 2, not_applicable: 0, plan_valid: proportion(count, n), plan_is_gold: proportion(count, n), plan_is_own: proportion(Math.min(1, n), n), follows_trace: proportion(3, 7),
    conflict_follows_trace: proportion(0, 0), conflict_plan_valid: proportion(0, 0), begins_at_trace_start: proportion(0, 0), truncated: proportion(0, n), mean_plan_cells: 6, mean_events: 12,
    compared: { own_only: 5, forced_only: 1, difference: -0.1, interval: pairedInterval(5, 1, 40), p: 0.21875, p_holm: 0.4375 },
  };
}

/** Reinforcement learning from a run: it ends where it began. */
export function rlResult({ condition, seed, evaluation }: ConditionResult): RlResult {
  return {
    condition, seed, steps: 100, seconds: 250, evaluate_seconds: 40, warnings: ['most groups have no spread'], before: evaluation, after: evaluation, weights_sha256: 'b7'.repeat(32),
    curve: [0, 50, 100].map((step) => ({ step, evaluation })),
    sampled: [20, 40, 60, 80, 100].map((step) => ({ step, reward: 0.5 + step / 1000, zero_spread: step / 200, truncated: 0.01, entropy: 0.1, kl: step === 40 ? null : step / 10_000, clipped: 0, completion_tokens: 94.5 })),
  };
}

export function lengthResult(): LengthResult {
  const runs = (['correct', 'swapped'] as const).map((condition) => lengthRun(Object.fromEntries(GENERATORS.map((name) => [name, lengthRows(40, (astar) => (condition === 'correct' ? astar : 12), 0.5)])), condition));
  return { analysis: analyseLengths(runs), shown: runs };
}

export function interventionResult(): InterventionResult {
  const interventions = ['gold', 'swapped', 'early@1', 'early@2', 'early-share@0.25', 'early-share@0.5'].map((name, i) => interventionSummary(name, 6 * i));
  return { condition: 'correct', seed: 1, other: 'swapped', distributions: [{ distribution: 'wilson', own: { n: 40, plan_valid: proportion(38, 40), mean_plan_cells: 6, mean_events: 12 }, interventions }] };
}
