// Columns of the tables of trace lengths, each with the cell that it takes from a group, a baseline or a fifth.
import type { DistanceBin, GoldBaseline, LengthGroup } from '../analysis/lengths.ts';
import type { Correlation } from '../base/correlation.ts';
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

export const COUNTS: readonly Measure<LengthGroup | DistanceBin>[] = [
  ...SHARES.map(({ metric, label }) =>
    measure(metric, label, (row: LengthGroup | DistanceBin) => proportionCell(row[metric])),
  ),
  measure('mean_generated', 'Events', (row) => numberCell(row.mean_generated, 'tenth')),
  measure('mean_astar', 'A* events', (row) => numberCell(row.mean_astar, 'tenth')),
];

const WITH_ASTAR: readonly CorrelationColumn<LengthGroup | DistanceBin>[] = [
  { metric: 'pearson', label: 'Pearson', of: ({ all }) => all.pearson },
  { metric: 'spearman', label: 'Spearman', of: ({ all }) => all.spearman },
  { metric: 'given_plan', label: 'Given plan', of: ({ all }) => all.given_plan },
  { metric: 'given_plan_manhattan', label: 'Given plan, Manhattan', of: ({ all }) => all.given_plan_manhattan },
];

export const OF_A_GROUP: readonly CorrelationColumn<LengthGroup>[] = [
  ...WITH_ASTAR,
  { metric: 'given_plan_finished', label: 'Given plan, finished', of: ({ finished }) => finished.given_plan },
  { metric: 'with_plan', label: 'With plan', of: ({ all }) => all.with_plan },
  { metric: 'with_manhattan', label: 'With Manhattan', of: ({ all }) => all.with_manhattan },
];

export const OF_A_FIFTH: readonly CorrelationColumn<DistanceBin>[] = [
  ...WITH_ASTAR,
  { metric: 'given_distribution', label: 'Within', of: (bin) => bin.given_distribution },
  { metric: 'given_distribution_plan', label: 'Within, given plan', of: (bin) => bin.given_distribution_plan },
];

export const OF_ASTAR: readonly CorrelationColumn<GoldBaseline>[] = [
  { metric: 'with_plan', label: 'With plan', of: (row) => row.with_plan },
  { metric: 'with_plan_spearman', label: 'With plan, Spearman', of: (row) => row.with_plan_spearman },
  { metric: 'with_manhattan', label: 'With Manhattan', of: (row) => row.with_manhattan },
  { metric: 'with_manhattan_spearman', label: 'With Manhattan, Spearman', of: (row) => row.with_manhattan_spearman },
  {
    metric: 'with_plan_given_manhattan',
    label: 'With plan, given Manhattan',
    of: (row) => row.with_plan_given_manhattan,
  },
];

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
