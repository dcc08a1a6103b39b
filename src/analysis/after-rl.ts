// F4: reinforcement learning raises plan validity and does not raise trace validity. Completions of the same mazes
// before and after it, per starting condition and seed; decided as findings.ts decides the others.
import { holm } from '../base/statistics.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import type { GeneratorName, Verdict } from '../domain/types.ts';
import { comparePairs } from './comparison.ts';
import type { JudgedRow, PairedComparison } from './comparison.ts';
import { combinedWords, type Evidence, type FindingRow, inPoints, points, shortP, signed } from './evidence.ts';

/** One model before and after reinforcement learning, judged on the same mazes. */
export interface RlRun {
  /** What the starting checkpoint was trained on. */
  readonly condition: Condition;
  readonly seed: number;
  /** The starting checkpoint was still on its plateau. */
  readonly undertrained: boolean;
  readonly before: Readonly<Partial<Record<GeneratorName, readonly JudgedRow[]>>>;
  readonly after: Readonly<Partial<Record<GeneratorName, readonly JudgedRow[]>>>;
}

/** Largest rise of trace validity that counts as "does not raise". */
const TRACE_MARGIN = 0.05;
/** Starting conditions that F4 is about. */
export const RL_CONDITIONS: readonly Condition[] = ['correct', 'swapped'];

/** One of the claims that F4 is made of, about one starting condition. */
interface Part {
  readonly label: string;
  readonly comparison: PairedComparison;
  readonly holds: boolean;
  /** In the direction that the data point to. */
  readonly p: number;
}

/**
 * Supported when for every starting condition that was run plans rise above 0 (two-sided) and strictly valid traces, of
 * all completions, rise by less than 5 points (one-sided): all must hold, so the largest p decides. Against it one
 * clear breach is enough: the smallest p, times the number of parts (Bonferroni). Null without completions in
 * distribution.
 * Throws TracelabError FINDINGS_UNPAIRED when before and after are of different mazes.
 */
export function weighAfterRl(runs: readonly RlRun[], distribution: GeneratorName): Evidence | null {
  const parts = RL_CONDITIONS.flatMap((condition) =>
    partsOf(
      condition,
      runs.filter((run) => run.condition === condition),
      distribution,
    ),
  );
  if (parts.length === 0) return null;
  const broken = parts.filter(({ holds }) => !holds);
  const direction = broken.length === 0 ? 'for' : 'against';
  const decisive =
    direction === 'for' ? parts.reduce((a, b) => (b.p > a.p ? b : a)) : broken.reduce((a, b) => (b.p < a.p ? b : a));
  const adjusted = holm(parts.map(({ p }) => p));
  const rows = parts.map(({ label, comparison, p }, i): FindingRow => ({
    label,
    n: comparison.n,
    effect: points(comparison.difference),
    interval: inPoints(comparison.interval),
    p,
    p_holm: adjusted[i],
  }));
  const { n, difference, interval } = decisive.comparison;
  return {
    n,
    effect: points(difference),
    interval: inPoints(interval),
    direction,
    rows,
    p: direction === 'for' ? decisive.p : Math.min(1, parts.length * decisive.p),
    combined: combinedWords(direction, parts.length),
    detail:
      'after minus before, points: ' +
      `${parts
        .map(({ label, comparison, p }) => `${label} ${signed(100 * comparison.difference)} (${shortP(p)})`)
        .join(', ')}; ` +
      `plans against 0, strictly valid traces of all completions against +5; shown: ${decisive.label}`,
  };
}

function partsOf(condition: Condition, runs: readonly RlRun[], distribution: GeneratorName): Part[] {
  const pairs = runs.map(({ seed, before, after }) => ({
    seed,
    first: before[distribution] ?? [],
    second: after[distribution] ?? [],
  }));
  if (pairs.every(({ first, second }) => first.length === 0 && second.length === 0)) return [];
  const plans = comparePairs(pairs, ({ plan }: Verdict) => plan.valid);
  const traces = comparePairs(pairs, ({ strict }: Verdict) => strict.valid);
  const withinMargin = traces.difference < TRACE_MARGIN;
  return [
    { label: `${condition}, plans`, comparison: plans, holds: plans.difference > 0, p: plans.p },
    {
      label: `${condition}, traces`,
      comparison: traces,
      holds: withinMargin,
      p: withinMargin ? traces.below(TRACE_MARGIN) : traces.above(TRACE_MARGIN),
    },
  ];
}
