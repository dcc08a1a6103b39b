// What a study does with trained models, for the report's tests: reinforcement learning, lengths, interventions, phase
// diagram; made up in its numbers.
import { phaseDifferences } from '../../src/analysis/phase.ts';
import { analyseLengths, type LengthRow, type LengthRun } from '../../src/analysis/lengths.ts';
import { pairedInterval, proportion } from '../../src/base/statistics.ts';
import { RandomSequence, STREAMS } from '../../src/base/random.ts';
import type { Verdict } from '../../src/domain/types.ts';
import type { InformationRow, InformationSource } from '../../src/evaluation/information.ts';
import { summarizeInformation } from '../../src/evaluation/information-summary.ts';
import type { InterventionSummary } from '../../src/evaluation/intervention-summary.ts';
import { GENERATORS } from '../../src/domain/maze/types.ts';
import type { SampledGroups } from '../../src/rl/observe.ts';
import type {
  ConditionResult,
  InformationResult,
  InterventionResult,
  LengthResult,
  PhaseResult,
  RlResult,
} from '../../src/study/results.ts';

/** Mazes whose generated events follow from those of A*. */
export function lengthRows(
  n: number,
  generated: (astar: number) => number,
  distance: number | null = null,
): LengthRow[] {
  return Array.from({ length: n }, (_, i) => {
    const random = new RandomSequence(8, STREAMS.sampling, i);
    const plan = 3 + random.below(9);
    const astar = 2 * plan + random.below(12);
    return {
      id: String(i),
      generated: generated(astar),
      astar,
      plan,
      manhattan: plan - 1,
      truncated: i % 9 === 0,
      solved: i % 2 === 0,
      distance,
    };
  });
}

/** The same mazes with detours: the Manhattan distance no longer equals the length of the plan. */
export function withDetours(rows: readonly LengthRow[]): LengthRow[] {
  return rows.map((row, i) => ({ ...row, manhattan: Math.max(1, row.plan - 1 - 2 * (i % 3)) }));
}

export function lengthRun(distributions: LengthRun['rows'], condition: LengthRun['condition'] = 'correct'): LengthRun {
  return { condition, seed: 1, undertrained: false, rows: distributions };
}

export function interventionSummary(intervention: string, count: number, n = 40): InterventionSummary {
  return {
    intervention,
    n,
    no_room: 2,
    not_applicable: 0,
    plan_valid: proportion(count, n),
    plan_is_gold: proportion(count, n),
    plan_is_own: proportion(Math.min(1, n), n),
    follows_trace: proportion(3, 7),
    conflict_follows_trace: proportion(0, 0),
    conflict_plan_valid: proportion(0, 0),
    begins_at_trace_start: proportion(0, 0),
    truncated: proportion(0, n),
    mean_plan_cells: 6,
    mean_events: 12,
    compared: {
      own_only: 5,
      forced_only: 1,
      difference: -0.1,
      interval: pairedInterval(5, 1, 40),
      p: 0.21875,
      p_holm: 0.4375,
    },
  };
}

/** Groups that lose their spread, and a policy that moves away, over the steps. */
function sampledGroups(distribution: string, step: number): SampledGroups {
  const traces = { paper: 100, strict: 90, exact: 80 };
  return {
    distribution,
    cap: 300,
    groups: 64,
    zero_spread: 16 + step / 5,
    completions: 512,
    reward: 0.4 + step / 1000,
    plan_valid: 220,
    trace_valid: traces,
    both_valid: traces,
    truncated: 8,
    tokens: 51_200 + 10 * step,
    entropy: 0.12,
    kl: step / 10_000,
  };
}

/** Reinforcement learning from a run: it ends where it began. */
export function rlResult({ condition, seed, evaluation }: ConditionResult): RlResult {
  return {
    condition,
    seed,
    start: 'last',
    steps: 100,
    seconds: 250,
    evaluate_seconds: 40,
    warnings: ['most groups have no spread'],
    before: evaluation,
    after: evaluation,
    weights_sha256: 'b7'.repeat(32),
    curve: [0, 50, 100].map((step) => ({
      step,
      evaluation,
      sampled: evaluation.map(({ distribution }) => sampledGroups(distribution, step)),
    })),
    sampled: [20, 40, 60, 80, 100].map((step) => ({
      step,
      reward: 0.5 + step / 1000,
      zero_spread: step / 200,
      truncated: 0.01,
      entropy: 0.1,
      kl: step === 40 ? null : step / 10_000,
      clipped: 0,
      completion_tokens: 94.5,
    })),
  };
}

export function lengthResult(): LengthResult {
  const runs = (['correct', 'swapped'] as const).map((condition) =>
    lengthRun(
      Object.fromEntries(
        GENERATORS.map((name) => [name, lengthRows(40, (astar) => (condition === 'correct' ? astar : 12), 0.5)]),
      ),
      condition,
    ),
  );
  return { analysis: analyseLengths(runs), shown: runs };
}

export function interventionResult(): InterventionResult {
  const interventions = ['gold', 'swapped', 'early@1', 'early@2', 'early-share@0.25', 'early-share@0.5'].map(
    (name, i) => interventionSummary(name, 6 * i),
  );
  return {
    condition: 'correct',
    seed: 1,
    other: 'swapped',
    distributions: [
      {
        distribution: 'wilson',
        own: { n: 40, plan_valid: proportion(38, 40), mean_plan_cells: 6, mean_events: 12 },
        interventions,
      },
    ],
  };
}

/** Events that lower the loss: the reference trace more than the model's own, the swapped one not at all. */
export function informationRows(source: InformationSource, n = 40): InformationRow[] {
  const worth = { own: 0.6, gold: 0.75, swapped: -0.1 }[source];
  return Array.from({ length: n }, (_, i): InformationRow => {
    if (i % 20 === 19) return { id: String(i), left_out: source === 'own' ? 'not_applicable' : 'no_room' };
    const words = 10 + 3 * (i % 4);
    const loss = (share: number): number => words * (1.5 + 0.01 * (i % 7) - worth * share * (1 + 0.02 * (i % 5)));
    return {
      id: String(i),
      plan_words: words,
      events: 20 + (i % 3),
      losses: [0, 0.125, 0.25, 0.5, 0.75, 0.875, 1].map(loss),
      added: [
        { event: 3, kind: 'create on plan', before: loss(0.15), after: loss(0.2) },
        {
          event: 4 + (i % 3),
          kind: i % 2 === 0 ? 'close on plan' : 'close off plan',
          before: loss(0.2),
          after: loss(0.21),
        },
        // Of a single maze: it has no interval.
        ...(i === 0 ? [{ event: 9, kind: 'create off plan', before: 3, after: 3.5 } as const] : []),
      ],
    };
  });
}

export function informationResult(condition: InformationResult['condition'] = 'correct', seed = 1): InformationResult {
  const sources = (['own', 'gold', 'swapped'] as const).map((source) =>
    summarizeInformation(source, informationRows(source, 40 - 3 * (seed - 1))),
  );
  return { condition, seed, distributions: [{ distribution: 'wilson', sources }] };
}

/**
 * Two sizes and two budgets; a model with traces is on its plateau at the small one.
 * @param models finished training runs to copy from
 * @param layers the last number of them has the counts below, each number before half as many as the next
 */
export function phaseResult(models: readonly ConditionResult[], layers: readonly number[] = [4]): PhaseResult {
  const valid = {
    6: { 4_000_000: [30, 0], 16_000_000: [37, 20] },
    10: { 4_000_000: [10, 0], 16_000_000: [12, 36] },
  } as const;
  const points = ([6, 10] as const).flatMap((size) =>
    ([4_000_000, 16_000_000] as const).flatMap((tokens) =>
      layers.flatMap((each, place) =>
        (['solution-only', 'correct'] as const).map((condition, i) => ({
          size,
          layers: each,
          tokens,
          condition,
          seed: 1,
          count: valid[size][tokens][i] >> (layers.length - 1 - place),
        })),
      ),
    ),
  );
  return {
    runs: points.map(({ count, ...point }) => {
      const model = models.find(({ condition }) => condition === point.condition) ?? models[0];
      return {
        ...point,
        steps: point.tokens / 4000,
        train_seconds: 61,
        training_verdict: { ...model.training_verdict, undertrained: count === 0 },
        evaluation: {
          ...model.evaluation[0],
          n: 40,
          plan_valid: proportion(count, 40),
          walls_seen: proportion(point.size === 6 ? 40 : 8, 40),
        },
      };
    }),
    differences: phaseDifferences(
      points.map(({ count, ...point }) => ({
        ...point,
        undertrained: count === 0,
        rows: Array.from({ length: 40 }, (_, maze) => ({
          id: `wilson-${point.size}-${maze}`,
          verdict: { plan: { valid: maze < count, optimal: false } } as Verdict,
        })),
      })),
    ),
  };
}
