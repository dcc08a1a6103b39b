// Trace lengths as tables: over seeds, of each run, of A* itself, and by distance from the training distribution.
import { distributionNames } from '../analysis/lengths.ts';
import type { DistanceBin, GoldBaseline, LengthAnalysis, LengthGroup } from '../analysis/lengths.ts';
import { correlationOverSeeds } from '../analysis/seed-correlation.ts';
import type { DomainWords } from '../domain/domain.ts';
import type { StudyResults } from '../study/results.ts';
import { correlationCell, distributionCell, distributionColumn, estimateCell, numberCell, textCell } from './cells.ts';
import { layoutsSeenWords } from './distributions.ts';
import { overSeeds } from './estimate.ts';
import { nats } from './format.ts';
import {
  columnOf,
  correlationOf,
  countsOf,
  lengthDomain,
  measure,
  ofFifth,
  ofGroup,
  ofSearch,
  searchEvents,
  SHARES,
} from './lengths-columns.ts';
import type { Measure } from './lengths-columns.ts';
import { RUN_NAMES, studyNames } from './run-names.ts';
import type { RunKey, RunNames } from './run-names.ts';
import type { About, Table } from './table.ts';

export interface LengthWords {
  readonly names?: RunNames;
  /** For captions, with a blank before it: the layouts seen in training, where they are known. */
  readonly layouts?: string;
}

const EACH_RUN = 'Trace length of each run';
const eventsWords = ({ search, problems }: DomainWords): string =>
  `Correlation of generated events with ${search} events on the same ${problems}`;
function columnWords({ distance }: DomainWords): string {
  const [and, alone] =
    distance === undefined
      ? ['', '']
      : [` given plan, ${distance}: the ${distance} distance, too;`, `, with ${distance}`];
  return (
    `Given plan: the length of the plan is held fixed;${and} given plan, finished: without truncated completions. ` +
    `With plan${alone}: generated events with ${distance === undefined ? 'this' : 'these'} alone.`
  );
}
const SHARE_WORDS = 'Solved, truncated: percent, 95 % Wilson score interval in brackets, and count/n.';
const distanceWords = ({ search }: DomainWords): string =>
  `the mean loss of the model itself on ${search}’s completions, in nats a token. For a model trained on other ` +
  `traces it also measures how unlike its own ${search}’s traces are.`;

/** @returns tables of several seeds and by distance only where the analysis has them */
export function lengthTables(analysis: LengthAnalysis, { names = RUN_NAMES, layouts = '' }: LengthWords = {}): Table[] {
  const { groups, gold, bins } = analysis;
  const words = lengthDomain(analysis).words;
  const tables = [
    overSeedsTable(groups, names, words),
    runsTable(groups, names, words),
    searchTable(gold, words),
    fifthsTable(bins, names, words),
    fifthsByDistribution(bins, names, words),
  ];
  const dash = `no correlation is defined, as a length does not vary or ${words.problems} are too few`;
  return tables
    .filter((table) => table.groups.length > 0)
    .map((table) => ({ ...table, caption: table.caption + layouts, dash }));
}

/** The tables of trace lengths; empty without results. */
export function studyLengths(results: StudyResults): Table[] {
  const { lengths } = results;
  return lengths === undefined
    ? []
    : lengthTables(lengths.analysis, { names: studyNames(results), layouts: layoutsSeenWords(results) });
}

/** Runs in the order of the analysis. */
export function runsOf<T extends RunKey>(items: readonly T[]): T[][] {
  return [...Map.groupBy(items, ({ condition, seed }) => `${condition}/${seed}`).values()];
}

/** Conditions with several seeds, a row for each distribution. */
function overSeedsTable(groups: readonly LengthGroup[], names: RunNames, words: DomainWords): Table {
  const several = [...Map.groupBy(groups, ({ condition, distribution }) => `${condition}/${distribution}`).values()];
  const byCondition = Map.groupBy(
    several.filter(({ length }) => length > 1),
    ([{ condition }]) => condition,
  );
  return {
    id: 'lengths-over-seeds',
    title: 'Trace length over seeds',
    caption:
      `${eventsWords(words)}: the mean of the seeds’ correlations in Fisher’s z; in brackets an interval that covers ` +
      `the 95 % t interval over seeds and the mean of the seeds’ intervals. ${columnWords(words)} Solved, truncated: ` +
      `percent, mean over seeds with an interval of the same kind, and the count of each seed.${names.note}`,
    compact: true,
    columns: [{ label: 'Distribution' }, ...SHARES.map(columnOf), ...ofGroup(words).map(columnOf)],
    groups: [...byCondition].map(([condition, rows]) => ({
      heading: names.condition(condition),
      about: { condition },
      rows: rows.map((seeds) => [
        distributionCell(seeds[0].distribution),
        ...SHARES.map(({ metric }) =>
          estimateCell(overSeeds(seeds.map((one) => ({ ...one[metric], seed: one.seed })))),
        ),
        ...ofGroup(words).map(({ of }) => correlationCell(correlationOverSeeds(seeds.map(of)))),
      ]),
    })),
  };
}

function runsTable(groups: readonly LengthGroup[], names: RunNames, words: DomainWords): Table {
  const isMeasured = groups.some(({ mean_distance }) => mean_distance !== null);
  const measures: Measure<LengthGroup>[] = [
    ...countsOf(words),
    ...ofGroup(words).map(correlationOf),
    ...(isMeasured
      ? [measure('mean_distance', 'Distance', (row: LengthGroup) => numberCell(row.mean_distance, 'nats'))]
      : []),
  ];
  return {
    id: 'lengths',
    title: EACH_RUN,
    caption:
      `${eventsWords(words)}, 95 % interval in brackets. A p, where shown, tests “no correlation”. Intervals of ` +
      'correlations are by Fisher’s z, of Spearman’s by the standard error of Bonett and Wright. Events: mean of the ' +
      'well-formed events before the plan, right or wrong; a truncated completion counts with the events it has. ' +
      `${columnWords(words)} ${SHARE_WORDS}${isMeasured ? ` Distance: ${distanceWords(words)}` : ''}${names.note}`,
    compact: true,
    columns: [{ label: 'Distribution' }, ...measures.map(({ column }) => column)],
    groups: runsOf(groups).map((rows) => ({
      heading: names.run(rows[0]),
      about: aboutRun(rows[0], names),
      rows: rows.map((row) => [distributionCell(row.distribution), ...measures.map(({ cell }) => cell(row))]),
    })),
  };
}

/** How far the effort of the search follows from the plan's length and the distance alone. */
function searchTable(gold: readonly GoldBaseline[], words: DomainWords): Table {
  const { search, distance } = words;
  const measures: Measure<GoldBaseline>[] = [
    measure('n', 'n', ({ n }) => numberCell(n, 'integer')),
    searchEvents(words),
    ...ofSearch(words).map(correlationOf),
  ];
  return {
    id: 'lengths-astar',
    title: `${search}’s own traces: the baseline`,
    caption:
      `Correlation of ${search} events with the length of a shortest plan${
        distance === undefined ? '' : ` and with the ${distance} distance`
      }: Pearson’s unless ` +
      'Spearman is named, 95 % interval in brackets. A p, where shown, tests “no correlation”. These are what a ' +
      `length can follow without a search. A model that writes ${search}’s trace has correlation 1 with ${search} ` +
      'events everywhere.',
    columns: [{ label: 'Distribution' }, ...measures.map(({ column }) => column)],
    groups:
      gold.length === 0
        ? []
        : [
            {
              heading: '',
              rows: gold.map((row) => [distributionCell(row.distribution), ...measures.map(({ cell }) => cell(row))]),
            },
          ],
  };
}

const FIFTHS = 'Trace length by distance from the training distribution';

/** All problems of a run in fifths by distance. */
function fifthsTable(bins: readonly DistanceBin[], names: RunNames, words: DomainWords): Table {
  return {
    id: 'lengths-by-distance',
    title: FIFTHS,
    caption:
      `The ${words.problems} of a run in fifths, nearest first. Distance: ${distanceWords(words)} ` +
      'A fifth mixes distributions, so its ' +
      `correlations are also between distributions. Within: the distribution of a ${words.problem} is held fixed. ` +
      `Other columns and intervals are as in the table “${EACH_RUN}”.${names.note}`,
    ...ofBins(bins, names, [...countsOf(words), ...ofFifth(words).map(correlationOf)]),
  };
}

/** How many problems of each distribution are in a fifth. */
function fifthsByDistribution(bins: readonly DistanceBin[], names: RunNames, words: DomainWords): Table {
  const measures = distributionNames()
    .filter((name) => bins.some(({ from }) => from[name] !== undefined))
    .map((name): Measure<DistanceBin> => ({
      column: { ...distributionColumn(name), about: { metric: 'n', distribution: name } },
      cell: ({ from }: DistanceBin) => numberCell(from[name] ?? 0, 'integer'),
    }));
  return {
    id: 'lengths-fifths',
    title: 'Distributions in each fifth by distance',
    caption: `Number of ${words.problems} of each distribution in the fifths of the table “${FIFTHS}”.${names.note}`,
    ...ofBins(bins, names, measures),
  };
}

/** A row for each fifth of each run. */
function ofBins(
  bins: readonly DistanceBin[],
  names: RunNames,
  measures: readonly Measure<DistanceBin>[],
): Pick<Table, 'compact' | 'columns' | 'groups'> {
  return {
    compact: true,
    columns: [{ label: 'Distance' }, ...measures.map(({ column }) => column)],
    groups: runsOf(bins).map((rows) => ({
      heading: names.run(rows[0]),
      about: aboutRun(rows[0], names),
      rows: rows.map((bin, i) => [
        textCell(`${nats(bin.low)} to ${nats(bin.high)}`, { part: `fifth ${i + 1}` }),
        ...measures.map(({ cell }) => cell(bin)),
      ]),
    })),
  };
}

/** Completions of an unknown model have neither condition nor seed. */
function aboutRun({ condition, seed }: RunKey, { known }: RunNames): About {
  return known ? { condition, seed } : {};
}
