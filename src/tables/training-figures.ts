// Training curves as figures: losses by tokens, and validity on dev problems with intervals at the kept checkpoints.
import type { Proportion } from '../base/statistics.ts';
import { conditionLabel, hasTraces } from '../domain/conditions/condition.ts';
import type { ConditionResult, CurvePoint, DevPoint, StudyResults } from '../study/results.ts';
import { list, share } from './format.ts';
import { logTicks, percentEnd } from './figure-marks.ts';
import { levelName } from './levels.ts';
import { lineSpecification } from './line-figure.ts';
import type { Line } from './line-figure.ts';
import { wordsOf } from './names.ts';
import type { Figure } from './table.ts';

/** The axis is logarithmic and ends here at the latest: a smaller loss is drawn at its edge. */
const LEAST_LOSS = 1e-4;
const MILLION = 1e6;
/** Points of a curve that are drawn at most: a pixel holds no more. */
const MOST_POINTS = 130;
const HEIGHT = 240;

/** A loss in mean nats per counted token; null where the condition has no such tokens. */
interface Loss {
  readonly id: string;
  readonly title: string;
  readonly caption: string;
  readonly pick: (point: CurvePoint) => number | null;
}

const LOSSES: readonly Loss[] = [
  {
    id: 'loss',
    title: 'Loss',
    caption: 'all completion tokens, nats per token, logarithmic',
    pick: ({ loss }) => loss,
  },
  {
    id: 'loss-trace',
    title: 'Loss on the trace',
    caption: 'tokens of events, nats per token, logarithmic',
    pick: ({ trace_loss }) => trace_loss,
  },
  {
    id: 'loss-plan',
    title: 'Loss on the plan',
    caption: '“solution” and what follows, nats per token, logarithmic',
    pick: ({ plan_loss }) => plan_loss,
  },
];

/** A share of the dev problems at a kept checkpoint. */
interface DevShare {
  readonly id: string;
  readonly title: string;
  readonly caption: string;
  readonly traced: boolean;
  readonly pick: (point: DevPoint) => Proportion;
}

const DEV_SHARES: readonly DevShare[] = [
  {
    id: 'dev-plans',
    title: 'Valid plans on dev',
    caption: 'with Wilson score intervals',
    traced: false,
    pick: ({ plan_valid }) => plan_valid,
  },
  {
    id: 'dev-traces-paper',
    title: `Valid traces on dev, ${levelName('paper')}`,
    caption: 'of all completions',
    traced: true,
    pick: ({ trace_valid_paper }) => trace_valid_paper,
  },
  {
    id: 'dev-traces-strict',
    title: `Valid traces on dev, ${levelName('strict')}`,
    caption: 'of all completions',
    traced: true,
    pick: ({ trace_valid_strict }) => trace_valid_strict,
  },
];

/** One thin line for each training run, one thick line for the mean of each condition. */
export function trainingFigures(results: StudyResults): Figure[] {
  const runs = results.conditions;
  const traced = runs.filter(({ condition }) => hasTraces(condition));
  const { problems } = wordsOf(results);
  return [
    ...LOSSES.map((loss) => lossFigure(runs, loss)),
    ...DEV_SHARES.flatMap((dev) => {
      const some = dev.traced ? traced : runs;
      return some.length === 0 ? [] : [devFigure(some, dev, problems)];
    }),
  ];
}

function tokensAxis(lines: readonly Line[]) {
  const most = lines.flatMap(({ points }) => points).reduce((a, { x }) => Math.max(a, x), 0);
  const [divisor, unit] = most >= MILLION / 2 ? [MILLION, 'millions'] : [1e3, 'thousands'];
  return {
    lines: lines.map((line) => ({ ...line, points: line.points.map((point) => ({ ...point, x: point.x / divisor })) })),
    x: {
      title: `training tokens, ${unit}`,
      name: `${unit} of tokens`,
      write: (x: number): string => x.toFixed(1),
    },
  };
}

/** Logarithmic. */
function lossFigure(runs: readonly ConditionResult[], { id, title, caption, pick }: Loss): Figure {
  const measured = runs.map(({ condition, seed, curve }): Line => {
    const points = curve.flatMap((point) => {
      const loss = pick(point);
      return loss === null || !Number.isFinite(loss) ? [] : [{ x: point.tokens, of: loss }];
    });
    return { condition, seed, points: thinned(points) };
  });
  const { lines, x } = tokensAxis(measured.filter(({ points }) => points.length > 0));
  const losses = lines.flatMap(({ points }) => points.map(({ of }) => of as number));
  const domain = [
    Math.max(
      LEAST_LOSS,
      losses.reduce((a, b) => Math.min(a, 0.9 * b), 1),
    ),
    1.1 * losses.reduce((a, b) => Math.max(a, b), LEAST_LOSS),
  ] as const;
  const specification = lineSpecification({
    lines,
    x,
    y: {
      title: 'nats per token',
      domain,
      isLog: true,
      ticks: logTicks(domain),
      write: (loss) => loss.toPrecision(3),
    },
    height: HEIGHT,
    hasPoints: false,
  });
  const ends = runs.flatMap((run) => {
    const last = run.curve.at(-1);
    const loss = last === undefined ? null : pick(last);
    return loss === null ? [] : [`${conditionLabel(run.condition)} (seed ${run.seed}) ${loss.toPrecision(3)}`];
  });
  const spoken = `${title} by training tokens; at the end ${ends.length === 0 ? 'no values' : list(ends)}.`;
  return { id, title, caption, spoken, specification };
}

/** The last point stays. */
function thinned<T>(points: readonly T[]): T[] {
  const step = Math.ceil(points.length / MOST_POINTS);
  return points.filter((_, i) => (points.length - 1 - i) % step === 0);
}

function devFigure(runs: readonly ConditionResult[], { id, title, caption, pick }: DevShare, problems: string): Figure {
  const measured = runs.map(({ condition, seed, dev }): Line => ({
    condition,
    seed,
    points: dev.map((point) => ({ x: point.tokens, of: pick(point) })).filter(({ of }) => of.n > 0),
  }));
  const { lines, x } = tokensAxis(measured.filter(({ points }) => points.length > 0));
  const highs = runs.flatMap(({ dev }) => dev.map((point) => 100 * pick(point).high));
  const specification = lineSpecification({
    lines,
    x,
    y: {
      title: `percent of dev ${problems}`,
      domain: [0, percentEnd(highs)],
      write: (value) => `${value.toFixed(1)} %`,
    },
    height: HEIGHT,
    hasPoints: true,
  });
  const ends = runs.flatMap((run) => {
    const last = run.dev.at(-1);
    return last === undefined ? [] : [`${conditionLabel(run.condition)} (seed ${run.seed}) ${share(pick(last))}`];
  });
  const spoken =
    `${title}, of the dev ${problems}, by training tokens; at the end ` +
    `${ends.length === 0 ? 'no values' : list(ends)}.`;
  return { id, title, caption, spoken, specification };
}
