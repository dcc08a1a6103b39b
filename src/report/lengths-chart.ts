// Generated against A* events, one small multiple a distribution: a point a maze, marginal histograms, and the line
// where both are equal.
import type { TopLevelSpec } from 'vega-lite';
import type { LengthGroup, LengthRow } from '../analysis/lengths.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import { chart } from './charts.ts';
import { correlationWords, distributionLabel, integer } from '../tables/format.ts';
import type { Html } from '../render/markup.ts';
import { conditionScales, FURNITURE } from '../tables/palette.ts';

/** Pixels of the scatter and of a marginal. */
const PLOT = 230;
const MARGIN = 34;
const BINS = 24;
/**
 * Beyond this quantile of all lengths points are drawn at the edge: a cap hit a hundred times as long would leave the
 * others no room.
 */
const SHOWN = 0.99;

interface Point {
  readonly condition: Condition;
  readonly astar: number;
  readonly generated: number;
  readonly truncated: string;
}

/**
 * What a chart leaves out: `; the first 300 of 3,000 mazes are drawn, correlations are over all`; nothing where all are
 * drawn.
 */
export function drawnWords(rows: readonly LengthRow[], { n }: LengthGroup): string {
  return rows.length < n
    ? `; the first ${integer(rows.length)} of ${integer(n)} mazes are drawn, correlations are over all`
    : '';
}

/**
 * @param rows mazes of one run on one distribution, all or the first of them,
 * @param group the numbers of all
 * @param conditions all that the page shows, so that a condition has one colour everywhere
 */
export async function lengthsChart(
  rows: readonly LengthRow[],
  group: LengthGroup,
  conditions: readonly Condition[],
): Promise<Html> {
  const { color } = conditionScales(conditions);
  const limit = axisLimit(rows);
  const values = rows.map(({ astar, generated, truncated }): Point => ({
    condition: group.condition,
    astar: Math.min(astar, limit),
    generated: Math.min(generated, limit),
    truncated: truncated ? 'yes' : 'no',
  }));
  const scale = { domain: [0, limit], nice: false };
  const bin = { extent: [0, limit] as [number, number], maxbins: BINS };
  const hidden = { title: null, axis: null };
  const histogram = (side: 'x' | 'y', field: 'astar' | 'generated') => ({
    width: side === 'x' ? PLOT : MARGIN,
    height: side === 'x' ? MARGIN : PLOT,
    mark: { type: 'bar' as const, opacity: 0.55, binSpacing: 0.5 },
    encoding: {
      [side]: { bin, field, type: 'quantitative', scale, ...hidden },
      [side === 'x' ? 'y' : 'x']: { aggregate: 'count', type: 'quantitative', ...hidden },
      color,
    },
  });
  const axis = (title: string) => ({ title, tickCount: 5 });
  const specification = {
    data: { values },
    spacing: 3,
    bounds: 'flush',
    vconcat: [
      histogram('x', 'astar'),
      {
        spacing: 3,
        bounds: 'flush',
        hconcat: [
          {
            width: PLOT,
            height: PLOT,
            layer: [
              {
                data: { values: [{ a: 0 }, { a: limit }] },
                mark: { type: 'line', strokeWidth: 1, strokeDash: [3, 3], color: FURNITURE.rule.light },
                encoding: {
                  x: { field: 'a', type: 'quantitative', scale },
                  y: { field: 'a', type: 'quantitative', scale },
                },
              },
              {
                transform: [{ filter: "datum.truncated === 'no'" }],
                mark: { type: 'point', filled: true, size: 9, opacity: 0.4 },
                encoding: {
                  x: { field: 'astar', type: 'quantitative', scale, axis: axis('A* events') },
                  y: { field: 'generated', type: 'quantitative', scale, axis: axis('generated events') },
                  color,
                },
              },
              {
                transform: [{ filter: "datum.truncated === 'yes'" }],
                mark: { type: 'point', filled: false, size: 12, opacity: 0.5, strokeWidth: 1 },
                encoding: {
                  x: { field: 'astar', type: 'quantitative', scale },
                  y: { field: 'generated', type: 'quantitative', scale },
                  color,
                },
              },
            ],
          },
          histogram('y', 'generated'),
        ],
      },
    ],
  };
  const words =
    `Generated against A* events, ${distributionLabel(group.distribution)}, ${integer(group.n)} mazes: Pearson ` +
    `${correlationWords(group.all.pearson)}, given plan length ` +
    `${correlationWords(group.all.given_plan)}${drawnWords(rows, group)}.`;
  return chart(specification as unknown as TopLevelSpec, words);
}

/** A round number that holds nearly all lengths of both kinds. */
function axisLimit(rows: readonly LengthRow[]): number {
  const lengths = rows.flatMap(({ astar, generated }) => [astar, generated]).sort((a, b) => a - b);
  const most =
    lengths.length === 0
      ? 1
      : Math.max(lengths[Math.floor(SHOWN * (lengths.length - 1))], ...rows.map(({ astar }) => astar));
  return Math.max(10, 10 * Math.ceil(most / 10));
}
