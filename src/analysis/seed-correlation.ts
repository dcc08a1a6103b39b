// One correlation over the seeds of a condition, by Fisher's z.
import { correlationScore } from '../base/correlation.ts';
import type { Correlation } from '../base/correlation.ts';
import { normalUpper } from '../base/probability.ts';
import { tAbove, tInterval } from '../base/statistics.ts';
import { intervalOverSeeds, mean } from './comparison.ts';

/** Fisher's z of a perfect correlation is infinite, which no mean over seeds survives. */
const PERFECT = 1 - 1e-9;

/** The mean of the seeds' z, taken back. */
export interface SeedCorrelation {
  /** Most items of a seed. */
  readonly n: number;
  readonly estimate: number;
  /** 95 %, by intervalOverSeeds in z. */
  readonly low: number;
  readonly high: number;
}

/**
 * Doubled one-sided p of "below" and of "above" a reference: p < 0.05 exactly when the interval of one seed excludes it
 * on that side.
 */
export interface SidesOf {
  readonly below: number;
  readonly above: number;
}

/** Null when there is no seed, or one of them has no defined correlation: leaving it out would be choosing seeds. */
export function correlationOverSeeds(correlations: readonly (Correlation | null)[]): SeedCorrelation | null {
  const seeds = definedSeeds(correlations);
  if (seeds === null) return null;
  const z = tInterval(seeds.map(({ estimate }) => Math.atanh(estimate)));
  const [low, high] = intervalOverSeeds(
    seeds.map((seed) => [Math.atanh(seed.low), Math.atanh(seed.high)]),
    z,
    [-Infinity, Infinity],
  );
  return {
    n: Math.max(...seeds.map(({ n }) => n)),
    estimate: Math.tanh(z.mean),
    low: Math.tanh(low),
    high: Math.tanh(high),
  };
}

/**
 * Several seeds: over items and over seeds, the larger p.
 * @param reference in (-1, 1)
 * @returns null as correlationOverSeeds
 */
export function sidesOverSeeds(correlations: readonly (Correlation | null)[], reference: number): SidesOf | null {
  const seeds = definedSeeds(correlations);
  if (seeds === null) return null;
  // The mean of the seeds' scores has at most unit variance however they correlate, so the normal tail is conservative.
  const score = mean(seeds.map((correlation) => correlationScore(correlation, reference)));
  if (seeds.length === 1)
    return { below: Math.min(1, 2 * normalUpper(-score)), above: Math.min(1, 2 * normalUpper(score)) };
  const aboveOverSeeds = tAbove(tInterval(seeds.map(({ estimate }) => Math.atanh(estimate))), Math.atanh(reference));
  return {
    below: Math.min(1, 2 * Math.max(normalUpper(-score), 1 - aboveOverSeeds)),
    above: Math.min(1, 2 * Math.max(normalUpper(score), aboveOverSeeds)),
  };
}

function definedSeeds(correlations: readonly (Correlation | null)[]): Correlation[] | null {
  const seeds = correlations.flatMap((correlation) => (correlation === null ? [] : [clipped(correlation)]));
  return seeds.length === 0 || seeds.length < correlations.length ? null : seeds;
}

function clipped(correlation: Correlation): Correlation {
  const clip = (value: number): number => Math.max(-PERFECT, Math.min(PERFECT, value));
  return {
    ...correlation,
    estimate: clip(correlation.estimate),
    low: clip(correlation.low),
    high: clip(correlation.high),
  };
}
