// The analysis of trace lengths as terminal tables: correlations with intervals per run and distribution, the gold
// baseline, bins by distance.
import type { Finding } from '../analysis/findings.ts';
import type { DistanceBin, GoldBaseline, LengthAnalysis, LengthGroup } from '../analysis/lengths.ts';
import type { Proportion } from '../base/statistics.ts';
import { ALL_GENERATORS } from '../domain/maze/types.ts';
import { correlationWords, distributionLabel, integer, interval, nats, percent } from '../report/format.ts';
import {
  DISTANCE_WORDS,
  fifthCorrelations,
  FIFTH_WORDS,
  goldCorrelations,
  lengthsOverSeeds,
} from '../report/lengths-table.ts';
import type { LengthsOverSeeds } from '../report/lengths-table.ts';
import { RUN_NAMES } from '../report/run-names.ts';
import type { RunKey, RunNames } from '../report/run-names.ts';
import { alignColumns, printable, wrap } from './text.ts';

const WIDTH = 80;

/**
 * @param finding F5 decided on these lengths alone; undefined where they are of no study, or of no model of correct
 * traces
 */
export function lengthsText(
  { groups, gold, bins }: LengthAnalysis,
  finding: Finding | undefined,
  names: RunNames = RUN_NAMES,
): string {
  const runs = [
    ...new Map(groups.map(({ condition, seed }) => [`${condition}/${seed}`, { condition, seed }])).values(),
  ];
  const lines = [
    ...runs.flatMap((run) => [
      '',
      ...runLines(
        names.run(run),
        groups.filter((group) => isOf(group, run)),
      ),
      ...binLines(bins.filter((bin) => isOf(bin, run))),
    ]),
    ...seedLines(lengthsOverSeeds(groups), names),
    ...(names.note === '' ? [] : ['', ...wrap(names.note.trim(), WIDTH)]),
    ...goldLines(gold),
    ...(finding === undefined
      ? []
      : [
          '',
          ...wrap(`F5 by these lengths alone, not adjusted for other findings: ${finding.verdict}`, WIDTH),
          ...wrap(
            `n ${integer(finding.n)}, ` +
              `${finding.seeds.length === 1 ? 'one seed' : `${finding.seeds.length} seeds`}; ${finding.test}`,
            WIDTH,
            5,
          ),
          ...wrap(finding.detail, WIDTH, 5),
        ]),
    '',
  ];
  return printable(lines.join('\n'));
}

function isOf(item: RunKey, run: RunKey): boolean {
  return item.condition === run.condition && item.seed === run.seed;
}

function runLines(name: string, groups: readonly LengthGroup[]): string[] {
  const rows = groups.map((group) => [
    distributionLabel(group.distribution),
    integer(group.n),
    shareText(group.solved),
    shareText(group.truncated),
    group.mean_generated.toFixed(1),
    group.mean_astar.toFixed(1),
  ]);
  const linear = groups.map(({ distribution, all }) => [
    distributionLabel(distribution),
    ...[all.pearson, all.spearman, all.given_plan].map(correlationWords),
  ]);
  const partial = groups.map(({ distribution, all, finished, mean_distance }) => [
    distributionLabel(distribution),
    correlationWords(all.given_plan_manhattan),
    correlationWords(finished.given_plan),
    mean_distance === null ? '-' : nats(mean_distance),
  ]);
  return [
    ...wrap(
      `${name}: solved and cut (truncated) in % of n mazes [95 % Wilson score interval]; mean generated events ` +
        'and A* events',
      WIDTH,
    ),
    ...alignColumns([['', 'n', 'solved', 'cut', 'events', 'A*'], ...rows]),
    ...wrap('generated with A* events [95 %]; | plan: plan length held fixed', WIDTH, 2),
    ...alignColumns([['', 'Pearson', 'Spearman', '| plan'], ...linear]),
    ...wrap(
      'plan length and Manhattan distance held fixed; plan length, without truncated completions; distance: ' +
        `${DISTANCE_WORDS}`,
      WIDTH,
      2,
    ),
    ...alignColumns([['', '| plan, Manhattan', '| plan, finished', 'distance'], ...partial]),
  ];
}

function seedLines(rows: readonly LengthsOverSeeds[], names: RunNames): string[] {
  return [...Map.groupBy(rows, ({ condition }) => condition)].flatMap(([condition, some]) => [
    '',
    ...wrap(
      `${names.condition(condition)}, ${some[0].solved.seeds.length} seeds: mean of their correlations in ` +
        `Fisher's z, and an interval that covers the t interval over seeds and the mean of their intervals`,
      WIDTH,
    ),
    ...alignColumns([
      ['', 'Pearson', 'Spearman', '| plan'],
      ...some.map(({ distribution, correlations: [linear, ranks, given] }) => [
        distributionLabel(distribution),
        correlationWords(linear),
        correlationWords(ranks),
        correlationWords(given),
      ]),
    ]),
  ]);
}

function binLines(bins: LengthAnalysis['bins']): string[] {
  if (bins.length === 0) return [];
  const name = (bin: DistanceBin): string => `${nats(bin.low)} to ${nats(bin.high)}`;
  const from = ALL_GENERATORS.filter((distribution) => bins.some((bin) => bin.from[distribution] !== undefined));
  const [linear, partial, within] = [
    [0, 2],
    [2, 4],
    [4, 6],
  ].map(([first, end]) =>
    bins.map((bin) => [name(bin), ...fifthCorrelations(bin).slice(first, end).map(correlationWords)]),
  );
  return [
    '',
    ...wrap(
      'The same mazes in fifths by distance from the training distribution (nats a token), nearest first. ' +
        `${FIFTH_WORDS}; first the mazes of each`,
      WIDTH,
    ),
    ...alignColumns([
      ['distance', ...from.map(distributionLabel)],
      ...bins.map((bin) => [name(bin), ...from.map((distribution) => integer(bin.from[distribution] ?? 0))]),
    ]),
    ...alignColumns([
      ['distance', 'n', 'solved', 'cut', 'events', 'A*'],
      ...bins.map((bin) => [
        name(bin),
        integer(bin.n),
        shareText(bin.solved),
        shareText(bin.truncated),
        bin.mean_generated.toFixed(1),
        bin.mean_astar.toFixed(1),
      ]),
    ]),
    ...alignColumns([['distance', 'Pearson', 'Spearman'], ...linear]),
    ...alignColumns([['distance', '| plan', '| plan, Manhattan'], ...partial]),
    ...alignColumns([['distance', 'within', 'within | plan'], ...within]),
  ];
}

/** Two tables: five correlations with their intervals are too wide for one. */
function goldLines(gold: readonly GoldBaseline[]): string[] {
  const names = gold.map(({ distribution }) => distributionLabel(distribution));
  const correlations = gold.map((one) => goldCorrelations(one).map(correlationWords));
  return [
    '',
    ...wrap(
      'Gold traces: A* events with the length of the plan and with the Manhattan distance, Pearson and Spearman ' +
        '[95 %]; last, with plan length, Manhattan distance held fixed',
      WIDTH,
    ),
    ...alignColumns([
      ['', 'n', 'A* events', 'plan length', 'Spearman'],
      ...gold.map(({ n, mean_astar }, i) => [
        names[i],
        integer(n),
        mean_astar.toFixed(1),
        ...correlations[i].slice(0, 2),
      ]),
    ]),
    ...alignColumns([
      ['', 'Manhattan', 'Spearman', 'plan | Manhattan'],
      ...correlations.map((some, i) => [names[i], ...some.slice(2)]),
    ]),
  ];
}

function shareText({ count, n, low, high }: Proportion): string {
  return n === 0 ? '-' : `${percent(count / n)} ${interval(low, high)}`;
}
