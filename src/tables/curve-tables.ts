// The numbers of curves, for the rows of other programs alone: a report draws them as figures and has no table of them.
import type { Proportion } from '../base/statistics.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import type { RlResult, StudyResults } from '../study/results.ts';
import { numberCell, proportionCell, textCell } from './cells.ts';
import { overSeeds } from './estimate.ts';
import type { About, Cell, NumberForm, Table } from './table.ts';

type Value = Proportion | number | null;

/** What a curve shows. */
interface Measure<Point> {
  readonly about: About;
  readonly form: NumberForm;
  readonly of: (point: Point) => Value;
}

/** One run with its points, each with its coordinates. */
interface Run<Point> {
  readonly condition: Condition;
  readonly seed: number;
  /** An early start. */
  readonly part?: string;
  readonly points: readonly { readonly at: About; readonly point: Point }[];
}

/** Losses of all points, and validity on dev problems at the kept checkpoints. */
export function trainingCurves({ conditions }: StudyResults): Table[] {
  return [
    ...curveTable(
      'training-curves',
      'Losses during training',
      [
        { about: { metric: 'loss' }, form: 'nats', of: ({ loss }) => loss },
        { about: { metric: 'trace_loss' }, form: 'nats', of: ({ trace_loss }) => trace_loss },
        { about: { metric: 'plan_loss' }, form: 'nats', of: ({ plan_loss }) => plan_loss },
      ],
      conditions.map((run) => ({
        ...run,
        points: run.curve.map((point) => ({ at: { tokens: point.tokens }, point })),
      })),
    ),
    ...curveTable(
      'dev-curves',
      'Validity on dev during training',
      [
        { about: { metric: 'plan_valid' }, form: 'percent', of: ({ plan_valid }) => plan_valid },
        {
          about: { metric: 'trace_valid', level: 'paper' },
          form: 'percent',
          of: ({ trace_valid_paper }) => trace_valid_paper,
        },
        {
          about: { metric: 'trace_valid', level: 'strict' },
          form: 'percent',
          of: ({ trace_valid_strict }) => trace_valid_strict,
        },
      ],
      conditions.map((run) => ({ ...run, points: run.dev.map((point) => ({ at: { tokens: point.tokens }, point })) })),
    ),
  ];
}

/** Sampled completions of training by step, and evaluations of the kept checkpoints. */
export function rlCurves({ rl = [] }: StudyResults): Table[] {
  return [
    ...curveTable(
      'rl-learning',
      'Sampled completions during reinforcement learning',
      [
        { about: { metric: 'reward' }, form: 'thousandth', of: ({ reward }) => reward },
        { about: { metric: 'zero_spread' }, form: 'percent', of: ({ zero_spread }) => zero_spread },
        { about: { metric: 'entropy' }, form: 'nats', of: ({ entropy }) => entropy },
        { about: { metric: 'kl' }, form: 'nats', of: ({ kl }) => kl },
        { about: { metric: 'clipped' }, form: 'percent', of: ({ clipped }) => clipped },
        { about: { metric: 'completion_tokens' }, form: 'tenth', of: ({ completion_tokens }) => completion_tokens },
        { about: { metric: 'truncated' }, form: 'percent', of: ({ truncated }) => truncated },
      ],
      rl.map((run) => ({
        ...startOf(run),
        points: run.sampled.map((point) => ({ at: { step: point.step }, point })),
      })),
    ),
    ...curveTable(
      'rl-validity',
      'Validity during reinforcement learning',
      [
        { about: { metric: 'plan_valid' }, form: 'percent', of: ({ plan_valid }) => plan_valid },
        {
          about: { metric: 'trace_valid', level: 'strict' },
          form: 'percent',
          of: ({ trace_valid }) => trace_valid.strict,
        },
      ],
      rl.map((run) => ({
        ...startOf(run),
        points: run.curve.flatMap(({ step, evaluation }) =>
          evaluation.map((point) => ({ at: { step, distribution: point.distribution }, point })),
        ),
      })),
    ),
    ...curveTable(
      'rl-groups',
      'Sampled groups during reinforcement learning',
      [
        { about: { metric: 'zero_spread' }, form: 'percent', of: ({ zero_spread, groups }) => zero_spread / groups },
        { about: { metric: 'kl' }, form: 'nats', of: ({ kl }) => kl },
      ],
      rl.map((run) => ({
        ...startOf(run),
        points: run.curve.flatMap(({ step, sampled = [] }) =>
          sampled.map((point) => ({ at: { step, distribution: point.distribution }, point })),
        ),
      })),
    ),
  ];
}

function startOf({ condition, seed, start }: RlResult): Pick<Run<never>, 'condition' | 'seed' | 'part'> {
  return { condition, seed, ...(start === 'early' && { part: 'early' }) };
}

/** A row for each point of each run, and for the mean of runs that differ in their seed alone. */
function curveTable<Point>(
  id: string,
  title: string,
  measures: readonly Measure<Point>[],
  runs: readonly Run<Point>[],
): Table[] {
  if (runs.every(({ points }) => points.length === 0)) return [];
  const groups = [...Map.groupBy(runs, ({ condition, part = '' }) => `${condition}/${part}`).values()];
  return [
    {
      id,
      title,
      caption: 'The points of the curves: of each run, and means over seeds.',
      columns: [{ label: '' }, ...measures.map(({ about }) => ({ label: about.metric ?? '', about }))],
      groups: groups.map((group) => {
        const [{ condition, part }] = group;
        return {
          heading: '',
          about: { condition, ...(part !== undefined && { part }) },
          rows: [
            ...group.flatMap(({ seed, points }) =>
              points.map(({ at, point }) => [
                textCell('', { ...at, seed }),
                ...measures.map(({ of, form }) => valueCell(of(point), form)),
              ]),
            ),
            ...(group.length === 1 ? [] : meanRows(group, measures)),
          ],
        };
      }),
    },
  ];
}

/** Of the points that all runs have. */
function meanRows<Point>(group: readonly Run<Point>[], measures: readonly Measure<Point>[]): (Cell | null)[][] {
  const length = Math.min(...group.map(({ points }) => points.length));
  return Array.from({ length }, (_, i) => group.map(({ points }) => points[i])).map((points) => {
    const tokens = points.flatMap(({ at }) => at.tokens ?? []);
    const at = { ...points[0].at, ...(tokens.length > 0 && { tokens: Math.round(meanOf(tokens)) }) };
    return [
      textCell('', at),
      ...measures.map(({ of, form }) =>
        meanCell(
          points.map(({ point }) => of(point)),
          form,
        ),
      ),
    ];
  });
}

function valueCell(value: Value, form: NumberForm): Cell | null {
  return typeof value === 'number' || value === null ? numberCell(value, form) : proportionCell(value);
}

function meanCell(values: readonly Value[], form: NumberForm): Cell | null {
  const numbers = values.filter((value) => typeof value === 'number');
  if (numbers.length === values.length) return numberCell(meanOf(numbers), form);
  const shares = values.filter((value) => typeof value === 'object' && value !== null);
  if (shares.length < values.length) return null;
  const { share, low, high } = overSeeds(shares);
  return share === null ? null : { kind: 'estimate', value: share, low, high, unit: 'share' };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
