// How numbers and names are written: percent with its interval and count, durations, p values, labels of conditions and
// distributions.
import { knownDistribution } from '../domain/domains.ts';
import type { GeneratorName } from '../domain/types.ts';
import type { Correlation } from '../base/correlation.ts';
import type { Proportion } from '../base/statistics.ts';

/** Heading of tables, whatever the domain; a name that no domain has stays. */
export function distributionLabel(name: GeneratorName): string {
  return knownDistribution(name)?.label ?? name;
}

/** Integer with thousands separators: 27,031,200. */
export function integer(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** 0.7231 -> `72.3`; no percent sign. */
export function percent(share: number): string {
  return (100 * share).toFixed(1);
}

/** `72.3 %`, or an en dash when n = 0. */
export function share(value: Proportion): string {
  return value.n === 0 ? '–' : `${percent(value.count / value.n)} %`;
}

/** `723/1,000`. */
export function counts(value: Pick<Proportion, 'count' | 'n'>): string {
  return `${integer(value.count)}/${integer(value.n)}`;
}

/** `64.1 % (641/1,000)`, for running text. */
export function shareOfCounts(value: Proportion): string {
  return `${share(value)} (${counts(value)})`;
}

/** A difference of shares in points, with a typographic minus: `+12.3`, `−4.0`. */
export function signedPoints(difference: number): string {
  return `${difference > 0 ? '+' : difference < 0 ? '\u2212' : ''}${Math.abs(100 * difference).toFixed(1)}`;
}

/** `[+1.2, −3.4]`: the interval of a difference, in points. */
export function signedInterval([low, high]: readonly [number, number]): string {
  return `[${signedPoints(low)}, ${signedPoints(high)}]`;
}

/** A loss or a distance in nats: three decimals, or two digits where those would all be 0. */
export function nats(value: number): string {
  return value !== 0 && Math.abs(value) < 0.01 ? value.toPrecision(2) : value.toFixed(3);
}

/** `[69.4, 75.0]` in percent. */
export function interval(low: number, high: number): string {
  return `[${percent(low)}, ${percent(high)}]`;
}

/** `0.94 [0.93, 0.95]`, or a dash where no correlation is defined. */
export function correlationWords(correlation: Pick<Correlation, 'estimate' | 'low' | 'high'> | null): string {
  if (correlation === null) return '-';
  const write = (value: number): string => value.toFixed(2).replace(/^-(0\.00)$/, '$1');
  return `${write(correlation.estimate)} [${write(correlation.low)}, ${write(correlation.high)}]`;
}

/** `< 0.001`, else three digits after the point. */
export function pValue(p: number): string {
  if (!Number.isFinite(p)) return 'n/a';
  return p < 0.001 ? '< 0.001' : p.toFixed(3);
}

/** `1 h 12 min`, `4 min 03 s`, `12 s`. */
export function duration(seconds: number): string {
  if (seconds < 59.5) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(Math.round(seconds) / 60);
  if (minutes < 60) return `${minutes} min ${String(Math.round(seconds) % 60).padStart(2, '0')} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** 453_000 -> `0.45 M`, 27_031_200 -> `27.0 M`, 9_300 -> `9.3 k`. */
export function magnitude(value: number): string {
  if (value >= 1e9) return `${(value / 1e9).toFixed(1)} G`;
  if (value >= 1e7) return `${(value / 1e6).toFixed(1)} M`;
  if (value >= 1e5) return `${(value / 1e6).toFixed(2)} M`;
  if (value >= 1e3) return `${(value / 1e3).toFixed(1)} k`;
  return String(value);
}

/** `a`, `a and b`, `a, b and c`. */
export function list(items: readonly string[]): string {
  if (items.length < 2) return items.join('');
  return `${items.slice(0, -1).join(', ')} and ${items[items.length - 1]}`;
}

/** A heading inside a sentence: `uniform-cost search (Dijkstra)`. */
export function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** The text with its first letter in upper case. */
export function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** `2025-06-01T10:32:11.123Z` -> `2025-06-01 10:32 UTC`; anything else stays. */
export function dateText(time: string): string {
  return time.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::\d\d(?:\.\d+)?)?Z$/, '$1 $2 UTC');
}

/** Prose with typographic minus signs, and no line break between a number and its percent sign. */
export function prose(text: string): string {
  return text.replace(/(\d) %/g, '$1\u00a0%').replace(/(^|[\s([])-(?=\d)/g, '$1\u2212');
}

/** No line break inside of `n = 1,000`, an interval, or a number and its unit. */
export function unbroken(text: string): string {
  return text
    .replace(/n = (?=\d)/g, 'n\u00a0=\u00a0')
    .replace(/(\[[^\],]*,) (?=[^\]]*\])/g, '$1\u00a0')
    .replace(/(\d) (?=%|points|\[)/g, '$1\u00a0');
}
