// Makes cells of the values that results consist of.
import type { Correlation } from '../base/correlation.ts';
import type { Proportion } from '../base/statistics.ts';
import type { SeedCorrelation } from '../analysis/seed-correlation.ts';
import { knownDistribution } from '../domain/domains.ts';
import type { GeneratorName } from '../domain/types.ts';
import type { Estimate } from './estimate.ts';
import { distributionLabel } from './format.ts';
import type { About, Cell, Column, NumberForm } from './table.ts';

/** @returns null when nothing was evaluated: the thing does not exist here */
export function estimateCell(estimate: Estimate | null, about?: About): Cell | null {
  if (estimate === null) return null;
  const { share, low, high, seeds } = estimate;
  return { kind: 'proportion', share, low, high, seeds, ...(about && { about }) };
}

/** @returns null when nothing was counted */
export function proportionCell(value: Proportion, about?: About): Cell | null {
  if (value.n === 0) return null;
  const { count, n, low, high } = value;
  return { kind: 'proportion', share: count / n, low, high, seeds: [value], ...(about && { about }) };
}

/**
 * A share of all that there is, which has no interval.
 * @returns null when nothing was counted
 */
export function exactCell(value: Proportion, about?: About): Cell | null {
  const cell = proportionCell(value, about);
  return cell?.kind === 'proportion' ? { ...cell, exact: true } : null;
}

/** A cell with a correlation, its interval and n; null without a correlation. */
export function correlationCell(correlation: Correlation | SeedCorrelation | null, about?: About): Cell | null {
  if (correlation === null) return null;
  const { estimate, low, high, n } = correlation;
  const p = 'p' in correlation ? { p: correlation.p } : {};
  return { kind: 'correlation', value: estimate, low, high, n, ...p, ...(about && { about }) };
}

/** A difference of shares with its interval. */
export function differenceCell(
  value: number,
  [low, high]: readonly [number, number],
  about?: About,
  mark?: string,
): Cell {
  return { kind: 'difference', value, low, high, ...(about && { about }), ...(mark !== undefined && { mark }) };
}

/** @param value null = a dash */
export function numberCell(value: number | null | undefined, form: NumberForm, about?: About): Cell | null {
  return value === null || value === undefined ? null : { kind: 'number', value, form, ...(about && { about }) };
}

/** A cell with text; `about` says what its row or number is about. */
export function textCell(text: string, about?: About, note?: string): Cell {
  return { kind: 'text', text, ...(about && { about }), ...(note !== undefined && { note }) };
}

/** A row's heading that names a distribution. */
export function distributionCell(distribution: GeneratorName): Cell {
  return textCell(distributionLabel(distribution), { distribution });
}

/** A column of a distribution. */
export function distributionColumn(distribution: GeneratorName, note = ''): Column {
  return {
    label: knownDistribution(distribution)?.label ?? distribution,
    ...(note && { note }),
    about: { distribution },
  };
}
