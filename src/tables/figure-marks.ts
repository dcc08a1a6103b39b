// What the marks of figures have in common: the words of a mark for a pointer or the keyboard, short names, and places
// of labels that do not overlap.
import { conditionLabel } from '../domain/conditions/condition.ts';
import type { Condition } from '../domain/conditions/condition.ts';

/** Before the words of a mark. Vega writes words of its own for every mark; those are dropped. */
export const SAID = '\u2e3a ';

/** Encoding that gives each mark its words from the field `words`. */
export const SAID_BY = { field: 'words', type: 'nominal' } as const;

/** Dashes are the same for a metric in every figure. */
export const METRIC_DASHES = { plan: [1, 0], trace: [4, 3] } as const;

/** Percent of the end of an axis that no share of the data exceeds: 10, 20, ..., 100. */
export function percentEnd(values: readonly number[]): number {
  const most = values.reduce((a, b) => Math.max(a, b), 0);
  return Math.min(100, Math.max(10, 10 * Math.ceil(most / 10)));
}

/** `Correct`, `Swapped`, `Solution only`: the label of a condition on a figure. */
export function shortLabel(condition: Condition): string {
  return conditionLabel(condition).replace(/ traces$/, '');
}

/** Numbers 1, 2 and 5 times powers of ten within a domain: ticks of a logarithmic axis. */
export function logTicks([low, high]: readonly [number, number]): number[] {
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++)
    for (const digit of [1, 2, 5]) {
      const tick = Number(`${digit}e${power}`);
      if (tick >= low && tick <= high) ticks.push(tick);
    }
  return ticks;
}

export interface Axis {
  readonly domain: readonly [low: number, high: number];
  readonly isLog?: boolean;
  /** Pixels between both ends. */
  readonly length: number;
}

/**
 * Values at which labels do not overlap, as near as possible to those that they belong to.
 * @param values in the unit of the axis
 * @param gap pixels between two labels
 */
export function placeLabels(
  values: readonly number[],
  { domain: [low, high], isLog, length }: Axis,
  gap = 13,
): number[] {
  const warp = (value: number): number => (isLog ? Math.log(value) : value);
  const [from, to] = [warp(low), warp(high)];
  const pixels = values.map((value) => ((warp(value) - from) / (to - from)) * length);
  const order = pixels.map((_, i) => i).sort((a, b) => pixels[a] - pixels[b]);
  const placed = [...pixels];
  order.forEach((index, rank) => {
    if (rank > 0) placed[index] = Math.max(placed[index], placed[order[rank - 1]] + gap);
  });
  // What was pushed beyond the upper end moves all below it down.
  order.toReversed().forEach((index, rank) => {
    const most = rank === 0 ? length : placed[order[order.length - rank]] - gap;
    placed[index] = Math.min(placed[index], most);
  });
  return placed.map((pixel) => {
    const value = from + (pixel / length) * (to - from);
    return isLog ? Math.exp(value) : value;
  });
}
