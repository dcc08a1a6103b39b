// Generated events against the events of the search as figures, one for each run and distribution: a point is a
// problem, with histograms on the edges and the line where both are equal.
import type { LengthAnalysis, LengthGroup, LengthRow, LengthRun } from '../analysis/lengths.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import type { DomainWords } from '../domain/domain.ts';
import { correlationWords, distributionLabel, integer, prose } from './format.ts';
import { lengthDomain } from './lengths-columns.ts';
import { runsOf } from './lengths.ts';
import { conditionScales, FURNITURE } from './palette.ts';
import { RUN_NAMES } from './run-names.ts';
import type { Figure } from './table.ts';

/** Pixels of the scatter plot and of a histogram. */
const PLOT = 230;
const MARGIN = 34;
const BINS = 24;
/**
 * Points beyond this quantile of all lengths are drawn at the edge. A cap that is a hundred times as long would leave
 * the others no room.
 */
const SHOWN = 0.99;

/** For all figures of lengths. */
export const lengthsWords = (analysis: LengthAnalysis): string =>
  `Dashed: as many events as ${lengthDomain(analysis).words.search}. Hollow: truncated completions. ` +
  'Lengths beyond the 99th percentile are at the edge. On the edges: how often each length occurs.';

/** Figures of a run. */
export interface LengthFigures {
  readonly heading: string;
  readonly figures: readonly Figure[];
  /** Free space: without walls the length of the plan is the Manhattan distance. Null: not tested. */
  readonly free: Figure | null;
}

/** @param runs the mazes of each run, all or the first of them */
export function lengthFigures(
  analysis: LengthAnalysis,
  runs: readonly LengthRun[],
  names = RUN_NAMES,
): LengthFigures[] {
  const { groups } = analysis;
  const { words } = lengthDomain(analysis);
  const conditions = [...new Set(groups.map(({ condition }) => condition))];
  const draw = (group: LengthGroup): Figure => {
    const run = runs.find(({ condition, seed }) => condition === group.condition && seed === group.seed);
    return lengthFigure(group, run?.rows[group.distribution] ?? [], conditions, words);
  };
  return runsOf(groups).map((some) => {
    const free = some.find(({ distribution }) => distribution === 'free');
    return {
      heading: names.run(some[0]),
      figures: some.filter((group) => group !== free).map(draw),
      free: free === undefined ? null : draw(free),
    };
  });
}

/** @param conditions all that are drawn, so that a condition has one colour everywhere */
function lengthFigure(
  group: LengthGroup,
  rows: readonly LengthRow[],
  conditions: readonly Condition[],
  words: DomainWords,
): Figure {
  const { search, problems } = words;
  const { condition, seed, distribution, n, all } = group;
  const label = distributionLabel(distribution);
  const correlations = `${correlationWords(all.pearson)}, given plan length ${correlationWords(all.given_plan)}`;
  const drawn =
    rows.length < n
      ? `; the first ${integer(rows.length)} of ${integer(n)} ${problems} are drawn, correlations are over all`
      : '';
  return {
    id: `lengths-${condition.replace(/[^a-z0-9]+/g, '-')}-${seed}-${distribution}`,
    title: label,
    span: 'third',
    caption: prose(`r = ${correlations}${drawn}`),
    spoken: `Generated against ${search} events, ${label}, ${integer(n)} ${problems}: Pearson ${correlations}${drawn}.`,
    specification: scatter(rows, condition, conditions, search),
  };
}

function scatter(
  rows: readonly LengthRow[],
  condition: Condition,
  conditions: readonly Condition[],
  search: string,
): object {
  const { color } = conditionScales(conditions);
  const limit = axisLimit(rows);
  const values = rows.map(({ astar, generated, truncated }) => ({
    condition,
    astar: Math.min(astar, limit),
    generated: Math.min(generated, limit),
    truncated: truncated ? 'yes' : 'no',
  }));
  const scale = { domain: [0, limit], nice: false };
  const bin = { extent: [0, limit], maxbins: BINS };
  const hidden = { title: null, axis: null };
  const histogram = (side: 'x' | 'y', field: 'astar' | 'generated') => ({
    width: side === 'x' ? PLOT : MARGIN,
    height: side === 'x' ? MARGIN : PLOT,
    mark: { type: 'bar', opacity: 0.55, binSpacing: 0.5 },
    encoding: {
      [side]: { bin, field, type: 'quantitative', scale, ...hidden },
      [side === 'x' ? 'y' : 'x']: { aggregate: 'count', type: 'quantitative', ...hidden },
      color,
    },
  });
  const at = (field: string, title?: string) => ({
    field,
    type: 'quantitative',
    scale,
    ...(title !== undefined && { axis: { title, tickCount: 5 } }),
  });
  const layer = [
    {
      data: { values: [{ a: 0 }, { a: limit }] },
      mark: { type: 'line', strokeWidth: 1, strokeDash: [3, 3], color: FURNITURE.rule.light },
      encoding: { x: at('a'), y: at('a') },
    },
    {
      transform: [{ filter: "datum.truncated === 'no'" }],
      mark: { type: 'point', filled: true, size: 9, opacity: 0.4 },
      encoding: { x: at('astar', `${search} events`), y: at('generated', 'generated events'), color },
    },
    {
      transform: [{ filter: "datum.truncated === 'yes'" }],
      mark: { type: 'point', filled: false, size: 12, opacity: 0.5, strokeWidth: 1 },
      encoding: { x: at('astar'), y: at('generated'), color },
    },
  ];
  const flush = { spacing: 3, bounds: 'flush' };
  return {
    data: { values },
    ...flush,
    vconcat: [
      histogram('x', 'astar'),
      { ...flush, hconcat: [{ width: PLOT, height: PLOT, layer }, histogram('y', 'generated')] },
    ],
  };
}

/** A round number that is at least nearly all lengths of both kinds. */
function axisLimit(rows: readonly LengthRow[]): number {
  const lengths = rows.flatMap(({ astar, generated }) => [astar, generated]).sort((a, b) => a - b);
  const most =
    lengths.length === 0
      ? 1
      : Math.max(lengths[Math.floor(SHOWN * (lengths.length - 1))], ...rows.map(({ astar }) => astar));
  return Math.max(10, 10 * Math.ceil(most / 10));
}
