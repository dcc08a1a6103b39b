// How the numbers of a finding are written, and how the p of a claim's parts become one.
import type { Interval } from '../base/statistics.ts';
import type { PairedComparison } from './comparison.ts';

/** `points` are percentage points, `%` a share, `r` a correlation. */
export interface Effect {
  readonly value: number;
  readonly unit: 'points' | '%' | 'r';
}

/**
 * A part of a finding: a distribution (F3, F5), a checkpoint with a trace level (F1b), or a starting model with what is
 * compared (F4).
 */
export interface FindingRow {
  readonly label: string;
  readonly n: number;
  readonly effect: Effect;
  /** 95 %, in the unit of the effect. */
  readonly interval: Interval;
  /** null: an additional estimate that decides nothing. */
  readonly p: number | null;
  /** Holm over the rows of the finding that have a p. */
  readonly p_holm: number | null;
}

/** What a decision rule found before Holm: the direction that the data point to, and the p of that direction. */
export interface Evidence {
  readonly n: number;
  readonly effect: Effect;
  readonly interval: Interval;
  readonly direction: 'for' | 'against';
  readonly p: number;
  /** The estimates are as the claim says, but it cannot be shown without something that the study lacks: what. */
  readonly open?: string;
  /**
   * Where the claim has parts: how their p became one, which differs by direction. Absent: the claim is one comparison.
   */
  readonly combined?: string;
  /** The numbers in words; made only where somebody reads them. */
  readonly detail: () => string;
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

/** The p of a one-sided test whose side was read off the data. */
export function doubled(p: number): number {
  return Math.min(1, 2 * p);
}

function points(share: number): Effect {
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

/** A paired difference in words: its size, and that of each seed. */
export function describe(what: string, { difference, per_seed }: PairedComparison): string {
  const seeds = per_seed.length > 1 ? `, by seed ${per_seed.map((one) => signed(100 * one)).join(', ')}` : '';
  return `${what} ${signed(100 * difference)} points${seeds}`;
}

/** `a, b or c`. */
export function either(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names[names.length - 1]}`;
}

/** A difference of shares as evidence and rows give it: n, effect and interval in points. */
export function leadOf({
  n,
  difference,
  interval,
}: Pick<PairedComparison, 'n' | 'difference' | 'interval'>): Pick<FindingRow, 'n' | 'effect' | 'interval'> {
  return { n, effect: points(difference), interval: inPoints(interval) };
}

/** The part with the largest (smallest) p. */
export function largestP<Part extends { readonly p: number }>(parts: readonly Part[]): Part {
  return parts.reduce((a, b) => (b.p > a.p ? b : a));
}

export function smallestP<Part extends { readonly p: number }>(parts: readonly Part[]): Part {
  return parts.reduce((a, b) => (b.p < a.p ? b : a));
}
