// What a decision rule found before Holm, and how its numbers are written into a finding's detail. The rules are in
// findings.ts and beside it.
import type { Interval } from '../base/statistics.ts';
import type { PairedComparison } from './comparison.ts';

/** `points` are percentage points, `%` a share, `r` a correlation. */
export interface Effect {
  readonly value: number;
  readonly unit: 'points' | '%' | 'r';
}

/**
 * A part of a finding: a distribution (F2, F3, F5), a trace level (F1b), or a starting condition with what is compared
 * (F4).
 */
export interface FindingRow {
  readonly label: string;
  readonly n: number;
  readonly effect: Effect;
  /** 95 %, in the unit of the effect. */
  readonly interval: Interval;
  readonly p: number;
  /** Holm over the rows of the finding. */
  readonly p_holm: number;
}

/** The direction that the data point to, and the p of that direction. */
export interface Evidence {
  readonly n: number;
  readonly effect: Effect;
  readonly interval: Interval;
  readonly direction: 'for' | 'against';
  readonly p: number;
  /**
   * Where the claim has parts: how their p became one, which differs by direction. Absent: the claim is one comparison.
   */
  readonly combined?: string;
  readonly detail: string;
  readonly rows?: readonly FindingRow[];
}

/**
 * How the p of a claim's parts became one: all must hold, so the largest decides (intersection-union); against it one
 * breach is enough (Bonferroni).
 */
export function combinedWords(direction: Evidence['direction'], parts: number): string | undefined {
  if (parts < 2) return undefined;
  return direction === 'for'
    ? `the largest p of ${parts} parts, as all must hold`
    : `the smallest p of ${parts} parts times ${parts} (Bonferroni), as one breach is enough`;
}

export function points(share: number): Effect {
  return { value: 100 * share, unit: 'points' };
}

export function inPoints([low, high]: Interval): Interval {
  return [100 * low, 100 * high];
}

export function signed(value: number): string {
  return `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(1)}`;
}

export function shortP(p: number): string {
  return p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(3)}`;
}

/**
 * A paired difference in words: its size, that of each seed, and the bootstrap beside the exact interval.
 * @param problems the domain's word: `mazes`
 */
export function describe(what: string, comparison: PairedComparison, problems: string): string {
  const [low, high] = comparison.bootstrap();
  const seeds =
    comparison.per_seed.length > 1
      ? `, by seed ${comparison.per_seed.map((difference) => signed(100 * difference)).join(', ')}`
      : '';
  return (
    `${what} ${signed(100 * comparison.difference)} points${seeds}; paired bootstrap over ${problems} ` +
    `${signed(100 * low)} to ${signed(100 * high)}`
  );
}
