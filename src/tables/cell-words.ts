// How a cell is written, once for all renderings: rounding rules, units, signs, and the three parts of a number (value,
// interval, denominator).
import type { Cell, NumberForm } from './table.ts';
import {
  counts,
  duration,
  integer,
  interval,
  magnitude,
  nats,
  percent,
  pValue,
  signedInterval,
  signedPoints,
} from './format.ts';

export interface CellWords {
  /** `72.3 %`, `+1.2`, `0.94`, words. */
  readonly value: string;
  /** `[69.4, 75.0]`, or empty. */
  readonly interval: string;
  /** `723/1,000`, `723, 711 of 1,000`, `p 0.012`, or empty. */
  readonly detail: string;
}

export const DASH = '\u2013';
const MINUS = '\u2212';

/** @param cell null = a dash */
export function cellWords(cell: Cell | null): CellWords {
  if (cell === null) return { value: DASH, interval: '', detail: '' };
  const mark = cell.mark ?? '';
  switch (cell.kind) {
    case 'proportion':
      if (cell.share === null) return { value: DASH + mark, interval: '', detail: seedCounts(cell.seeds) };
      return {
        value: `${percent(cell.share)} %${mark}`,
        interval: cell.exact ? '' : interval(cell.low, cell.high),
        detail: seedCounts(cell.seeds),
      };
    case 'difference':
      return {
        value: signedPoints(cell.value) + mark,
        interval: signedInterval([cell.low, cell.high]),
        detail: '',
      };
    case 'correlation':
      return {
        value: hundredth(cell.value) + mark,
        interval: `[${hundredth(cell.low)}, ${hundredth(cell.high)}]`,
        detail: cell.p === undefined ? '' : `p ${pValue(cell.p)}`,
      };
    case 'estimate':
      return { ...estimateWords(cell), detail: '' };
    case 'number':
      return { value: numberWords(cell.value, cell.form) + mark, interval: '', detail: '' };
    case 'text':
      return { value: cell.text + mark, interval: '', detail: cell.note ?? '' };
  }
}

/** Value and interval on one line; in a terminal a proportion is in percent without the sign, as its caption says. */
export function inOneLine({ value, interval: bounds }: CellWords): string {
  return bounds === '' ? value : `${value} ${bounds}`;
}

/** The count of each seed: `723/1,000`, or `723, 711, 698 of 1,000` when all seeds have as many. */
function seedCounts(seeds: readonly { readonly count: number; readonly n: number }[]): string {
  if (seeds.length > 1 && seeds.every(({ n }) => n === seeds[0].n))
    return `${seeds.map(({ count }) => integer(count)).join(', ')} of ${integer(seeds[0].n)}`;
  return seeds.map(counts).join(', ');
}

function estimateWords({
  value,
  low,
  high,
  unit,
  mark = '',
}: Extract<Cell, { kind: 'estimate' }>): Omit<CellWords, 'detail'> {
  if (unit === 'share') return { value: `${percent(value)} %${mark}`, interval: interval(low, high) };
  if (unit === 'nats' || unit === 'nats-per-plan') {
    const write = (number: number): string => nats(number).replace(/^-/, MINUS);
    return { value: write(value) + mark, interval: `[${write(low)}, ${write(high)}]` };
  }
  const digits = unit === 'r' || unit === 'log odds' ? 2 : 1;
  const write = (number: number): string => number.toFixed(digits).replace('-', MINUS);
  const bounds = `[${write(low)}, ${write(high)}]`;
  if (unit === 'r') return { value: `r = ${write(value)}${mark}`, interval: bounds };
  if (unit === '%') return { value: `${value.toFixed(1)} %${mark}`, interval: bounds };
  const size = Math.abs(value).toFixed(digits);
  if (unit === 'log odds') return { value: `${signOf(size, value)}${size}${mark}`, interval: bounds };
  return { value: `${signOf(size, value)}${size} points${mark}`, interval: bounds };
}

/** @param size as it is written: what is rounded to 0 has no sign */
function signOf(size: string, value: number): string {
  return Number(size) === 0 ? '' : value < 0 ? MINUS : '+';
}

function numberWords(value: number, form: NumberForm): string {
  switch (form) {
    case 'integer':
      return integer(value);
    case 'plain':
      return String(value);
    case 'tenth':
      return value.toFixed(1).replace('-', MINUS);
    case 'thousandth':
      return value.toFixed(3).replace('-', MINUS);
    case 'p':
      return pValue(value);
    case 'nats':
      return nats(value);
    case 'seconds':
      return duration(value);
    case 'magnitude':
      return magnitude(value);
    case 'percent':
      return `${percent(value)} %`;
    case 'points':
      return signedPoints(value);
  }
}

function hundredth(value: number): string {
  return value
    .toFixed(2)
    .replace(/^-(0\.00)$/, '$1')
    .replace('-', MINUS);
}
