// Lines over tokens or steps as a Vega-Lite specification: each seed thin, the mean over seeds thick with points and
// intervals, a label at the end of each mean. Colour is the condition, the dash is the metric.
import type { Proportion } from '../base/statistics.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import { overSeeds } from './estimate.ts';
import { METRIC_DASHES, placeLabels, SAID, SAID_BY, shortLabel } from './figure-marks.ts';
import type { Axis } from './figure-marks.ts';
import { CHART_WIDTH } from './figure-size.ts';
import { integer } from './format.ts';
import { conditionScales, FURNITURE } from './palette.ts';

type Metric = keyof typeof METRIC_DASHES;

interface LinePoint {
  readonly x: number;
  /** A share in percent has its counts, for intervals. */
  readonly of: number | Proportion;
}

/** One run. */
export interface Line {
  readonly condition: Condition;
  readonly seed: number;
  readonly metric?: Metric;
  /** What else sets lines of a condition apart: an early start. Drawn with hollow points. */
  readonly variant?: string;
  readonly points: readonly LinePoint[];
}

interface LineChart {
  readonly lines: readonly Line[];
  /** `write`: how a place is said; default: a whole number. */
  readonly x: { readonly title: string; readonly name: string; readonly write?: (x: number) => string };
  readonly y: {
    readonly title: string;
    readonly domain: readonly [low: number, high: number];
    readonly isLog?: boolean;
    /** Default: a few. */
    readonly ticks?: readonly number[];
    /** How a value is said: `12.3 %`. */
    readonly write: (value: number) => string;
  };
  readonly height: number;
  /** Points are marked where there are few. */
  readonly hasPoints: boolean;
}

/** A row of the data of a figure. */
interface Row {
  readonly condition: Condition;
  readonly seed: number | 'mean';
  readonly metric: Metric;
  readonly variant: string;
  readonly line: string;
  readonly x: number;
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly n: number | null;
  readonly words: string;
}

/** Pixels below and above the plot, for the axis and its title. */
const FURNITURE_HEIGHT = 46;

/** The specification, with all rows as its data. */
export function lineSpecification({ lines, x, y, height, hasPoints }: LineChart): object {
  const groups = [...Map.groupBy(lines, (line) => [line.condition, line.metric, line.variant].join('/')).values()];
  const say = saidBy(lines, x, y.write);
  const means = groups.flatMap((group) => meanOf(group, say));
  const seeds = groups.flatMap((group) => (group.length < 2 ? [] : group.flatMap((line) => rowsOf(line, say))));
  const { color, shape } = conditionScales(lines.map(({ condition }) => condition));
  const dashes = Object.entries(METRIC_DASHES);
  const xAxis = {
    field: 'x',
    type: 'quantitative',
    title: x.title,
    axis: { grid: false, tickCount: 5 },
    scale: { zero: true, nice: false },
  };
  const yAxis = {
    field: 'value',
    type: 'quantitative',
    title: y.title,
    scale: { domain: y.domain, nice: false, clamp: true, ...(y.isLog && { type: 'log' }) },
    axis: y.ticks === undefined ? { tickCount: 5 } : { values: y.ticks, format: '~g' },
  };
  const strokeDash = {
    field: 'metric',
    type: 'nominal',
    scale: { domain: dashes.map(([name]) => name), range: dashes.map(([, dash]) => dash) },
    legend: null,
  };
  const of = (kind: 'mean' | 'seed') => [{ filter: `(datum.seed === 'mean') === ${kind === 'mean'}` }];
  const isMarked = hasPoints && means.length <= 120;
  const marked = isMarked ? means : sparse(means);
  return {
    width: CHART_WIDTH,
    height,
    autosize: { type: 'fit', contains: 'padding' },
    data: { values: [...means, ...seeds] },
    encoding: { x: xAxis, color, detail: { field: 'line' } },
    layer: [
      ...(y.domain[0] < 0 && y.domain[1] > 0
        ? [
            {
              data: { values: [{ zero: 0 }] },
              mark: zeroRule(),
              encoding: { x: null, y: { ...yAxis, field: 'zero' }, color: null, detail: null },
            },
          ]
        : []),
      ...(seeds.length === 0
        ? []
        : [
            {
              transform: of('seed'),
              mark: { type: 'line', strokeWidth: 0.8, opacity: 0.45, strokeJoin: 'round' },
              encoding: { y: yAxis, strokeDash },
            },
          ]),
      ...(means.some(({ low }) => low !== null) && isMarked
        ? [
            {
              transform: of('mean'),
              mark: { type: 'rule', strokeWidth: 1.2, opacity: 0.5 },
              encoding: { y: { ...yAxis, field: 'low' }, y2: { field: 'high' } },
            },
          ]
        : []),
      {
        transform: of('mean'),
        mark: { type: 'line', strokeWidth: 2.2, strokeJoin: 'round' },
        encoding: { y: yAxis, strokeDash },
      },
      ...[true, false].map((isFilled) => ({
        data: { values: marked.filter(({ variant }) => (variant === '') === isFilled) },
        mark: { type: 'point', filled: isFilled, size: isMarked ? 36 : 8, opacity: 1 },
        encoding: { y: yAxis, shape, description: SAID_BY },
      })),
      {
        data: {
          values: labelsOf(means, lines, { domain: y.domain, isLog: y.isLog, length: height - FURNITURE_HEIGHT }),
        },
        mark: { type: 'text', align: 'left', dx: 7, fontSize: 12 },
        encoding: { y: { ...yAxis, field: 'at' }, text: { field: 'label' } },
      },
    ],
  };
}

/** Points with words on a line of many points: a dozen, the last among them. */
function sparse(means: readonly Row[]): Row[] {
  return [...Map.groupBy(means, ({ line }) => line).values()].flatMap((rows) => {
    const step = Math.ceil(rows.length / 12);
    return rows.filter((_, i) => (rows.length - 1 - i) % step === 0);
  });
}

/** The thin line at 0. */
export function zeroRule() {
  return { type: 'rule', strokeWidth: 1.2, color: FURNITURE.text.light } as const;
}

type Say = (
  line: Line,
  seed: Row['seed'],
  x: number,
  value: number,
  low: number | null,
  high: number | null,
  n: number | null,
) => string;

function saidBy(
  lines: readonly Line[],
  { name, write: place = integer }: LineChart['x'],
  write: (value: number) => string,
): Say {
  const several = new Set(lines.map(({ metric }) => metric)).size > 1;
  return (line, seed, x, value, low, high, n) =>
    SAID +
    [
      `${labelOf(line, several)}, ${seed === 'mean' ? 'mean over seeds' : `seed ${seed}`}`,
      `${name} ${place(x)}`,
      `${write(value)}${low === null || high === null ? '' : ` [${write(low)}, ${write(high)}]`}`,
      ...(n === null ? [] : [`n = ${integer(n)}`]),
    ].join('; ');
}

function labelOf(
  { condition, metric, variant }: Pick<Line, 'condition' | 'metric' | 'variant'>,
  several: boolean,
): string {
  return [
    shortLabel(condition),
    ...(variant ? [variant] : []),
    ...(several ? [metric === 'trace' ? 'traces' : 'plans'] : []),
  ].join(', ');
}

function rowsOf(line: Line, say: Say, seed: Row['seed'] = line.seed): Row[] {
  const { condition, metric = 'plan', variant = '' } = line;
  return line.points.flatMap(({ x, of }): Row[] => {
    const [value, low, high, n] =
      typeof of === 'number' ? [of, null, null, null] : [(100 * of.count) / of.n, 100 * of.low, 100 * of.high, of.n];
    if (!Number.isFinite(value)) return [];
    const name = [condition, metric, variant, seed].join('/');
    return [
      {
        condition,
        seed,
        metric,
        variant,
        line: name,
        x,
        value,
        low,
        high,
        n,
        words: say(line, line.seed, x, value, low, high, n),
      },
    ];
  });
}

/** One run is its own mean; of several the points that all have. */
function meanOf(group: readonly Line[], say: Say): Row[] {
  const [first] = group;
  if (group.length === 1) return rowsOf(first, say, 'mean');
  const { condition, metric = 'plan', variant = '' } = first;
  const length = Math.min(...group.map(({ points }) => points.length));
  return Array.from({ length }, (_, i) => group.map(({ points }) => points[i])).flatMap((points): Row[] => {
    const x = points.reduce((sum, point) => sum + point.x, 0) / points.length;
    const shares = points.flatMap(({ of }) => (typeof of === 'number' ? [] : [of]));
    const numbers = points.flatMap(({ of }) => (typeof of === 'number' ? [of] : []));
    const { share, low, high } =
      shares.length === points.length ? overSeeds(shares) : { share: null, low: null, high: null };
    if (shares.length > 0 && share === null) return [];
    const value = share === null ? numbers.reduce((a, b) => a + b, 0) / numbers.length : 100 * share;
    const n = shares.length > 0 && shares.every((one) => one.n === shares[0].n) ? shares[0].n : null;
    const bounds = [low, high].map((bound) => (bound === null ? null : 100 * bound));
    return [
      {
        condition,
        seed: 'mean',
        metric,
        variant,
        line: [condition, metric, variant, 'mean'].join('/'),
        x,
        value,
        low: bounds[0],
        high: bounds[1],
        n,
        words: say(first, 'mean', x, value, bounds[0], bounds[1], n),
      },
    ];
  });
}

function labelsOf(means: readonly Row[], lines: readonly Line[], axis: Axis): object[] {
  const several = new Set(lines.map(({ metric }) => metric)).size > 1;
  const ends = [...Map.groupBy(means, ({ line }) => line).values()].flatMap((rows) => rows.at(-1) ?? []);
  const right = ends.reduce((most, { x }) => Math.max(most, x), 0);
  const places = placeLabels(
    ends.map(({ value }) => value),
    axis,
  );
  return ends.map((end, i) => ({
    condition: end.condition,
    line: end.line,
    x: right,
    at: places[i],
    label: labelOf(end, several),
  }));
}
