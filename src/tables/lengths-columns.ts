// Columns of the tables of trace lengths, each with the cell that it takes from a group, a baseline or a fifth.
import type { DistanceBin, GoldBaseline, LengthAnalysis, LengthGroup } from '../analysis/lengths.ts';
import type { Correlation } from '../base/correlation.ts';
import type { Domain, DomainWords } from '../domain/domain.ts';
import { domainOf, domainOfDistribution } from '../domain/domains.ts';
import { correlationCell, numberCell, proportionCell } from './cells.ts';
import type { Cell, Column } from './table.ts';

/** A column, and its cell in the row of a value. */
export interface Measure<Row> {
  readonly column: Column;
  readonly cell: (row: Row) => Cell | null;
}

interface CorrelationColumn<Row> {
  readonly metric: string;
  readonly label: string;
  readonly of: (row: Row) => Correlation | null;
}

export const SHARES = [
  { metric: 'solved', label: 'Solved' },
  { metric: 'truncated', label: 'Truncated' },
] as const;

type Words = Pick<DomainWords, 'search' | 'distance'>;

/** The domain whose completions were measured; of none the default one. */
export function lengthDomain({ groups }: LengthAnalysis): Domain {
  return domainOfDistribution(groups.at(0)?.distribution ?? '') ?? domainOf();
}

/** A domain without a distance has no correlations with it. */
function defined<Row>(
  { distance }: Words,
  columns: readonly CorrelationColumn<Row>[],
): readonly CorrelationColumn<Row>[] {
  return columns.filter(({ metric }) => distance !== undefined || !metric.includes('manhattan'));
}

/** What was counted, for each group or fifth. */
export function countsOf(words: Words): readonly Measure<LengthGroup | DistanceBin>[] {
  return [
    ...SHARES.map(({ metric, label }) =>
      measure(metric, label, (row: LengthGroup | DistanceBin) => proportionCell(row[metric])),
    ),
    measure('mean_generated', 'Events', (row) => numberCell(row.mean_generated, 'tenth')),
    searchEvents(words),
  ];
}

/** Events of the domain's own search, the mean of a row. */
export function searchEvents({ search }: Words): Measure<{ readonly mean_astar: number }> {
  return measure('mean_astar', `${search} events`, (row) => numberCell(row.mean_astar, 'tenth'));
}

function withSearch({ distance }: Words): readonly CorrelationColumn<LengthGroup | DistanceBin>[] {
  return [
    { metric: 'pearson', label: 'Pearson', of: ({ all }) => all.pearson },
    { metric: 'spearman', label: 'Spearman', of: ({ all }) => all.spearman },
    { metric: 'given_plan', label: 'Given plan', of: ({ all }) => all.given_plan },
    { metric: 'given_plan_manhattan', label: `Given plan, ${distance}`, of: ({ all }) => all.given_plan_manhattan },
  ];
}

/** Correlations of the problems of one run and distribution. */
export function ofGroup(words: Words): readonly CorrelationColumn<LengthGroup>[] {
  return defined<LengthGroup>(words, [
    ...withSearch(words),
    { metric: 'given_plan_finished', label: 'Given plan, finished', of: ({ finished }) => finished.given_plan },
    { metric: 'with_plan', label: 'With plan', of: ({ all }) => all.with_plan },
    { metric: 'with_manhattan', label: `With ${words.distance}`, of: ({ all }) => all.with_manhattan },
  ]);
}

/** Correlations of a fifth of the problems of one run. */
export function ofFifth(words: Words): readonly CorrelationColumn<DistanceBin>[] {
  return defined<DistanceBin>(words, [
    ...withSearch(words),
    { metric: 'given_distribution', label: 'Within', of: (bin) => bin.given_distribution },
    { metric: 'given_distribution_plan', label: 'Within, given plan', of: (bin) => bin.given_distribution_plan },
  ]);
}

/** Correlations of the domain's own search. */
export function ofSearch(words: Words): readonly CorrelationColumn<GoldBaseline>[] {
  const { distance } = words;
  return defined(words, [
    { metric: 'with_plan', label: 'With plan', of: (row) => row.with_plan },
    { metric: 'with_plan_spearman', label: 'With plan, Spearman', of: (row) => row.with_plan_spearman },
    { metric: 'with_manhattan', label: `With ${distance}`, of: (row) => row.with_manhattan },
    {
      metric: 'with_manhattan_spearman',
      label: `With ${distance}, Spearman`,
      of: (row) => row.with_manhattan_spearman,
    },
    {
      metric: 'with_plan_given_manhattan',
      label: `With plan, given ${distance}`,
      of: (row) => row.with_plan_given_manhattan,
    },
  ]);
}

/** A column that belongs to a metric. */
export function columnOf({ label, metric }: { readonly label: string; readonly metric: string }): Column {
  return { label, about: { metric } };
}

/** A column with the function that makes its cells. */
export function measure<Row>(metric: string, label: string, cell: (row: Row) => Cell | null): Measure<Row> {
  return { column: columnOf({ label, metric }), cell };
}

/** A column of correlations. */
export function correlationOf<Row>({ metric, label, of }: CorrelationColumn<Row>): Measure<Row> {
  return measure(metric, label, (row) => correlationCell(of(row)));
}
