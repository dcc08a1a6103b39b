// The analysis of trace lengths as terminal tables: correlations with intervals per run and distribution, the gold baseline, bins by distance.
import type { Finding } from '../analysis/findings.ts';
import type { GoldBaseline, LengthAnalysis, LengthGroup } from '../analysis/lengths.ts';
import type { Proportion } from '../base/statistics.ts';
import { correlationWords, distributionLabel, integer, nats, percent } from '../report/format.ts';
import { DISTANCE_WORDS, lengthsOverSeeds } from '../report/lengths-table.ts';
import type { LengthsOverSeeds } from '../report/lengths-table.ts';
import { RUN_NAMES } from '../report/run-names.ts';
import type { RunKey, RunNames } from '../report/run-names.ts';
import { alignColumns, printable, wrap } from './text.ts';

const WIDTH = 80;

/** @param finding F5 decided on these lengths alone; undefined where they are of no study, or of no model of correct traces */
export function lengthsText({ groups, gold, bins }: LengthAnalysis, finding: Finding | undefined, names: RunNames = RUN_NAMES): string {
  const runs = [...new Map(groups.map(({ condition, seed }) => [`${condition}/${seed}`, { condition, seed }])).values()];
  const lines = [
    ...runs.flatMap((run) => ['', ...runLines(names.run(run), groups.filter((group) => isOf(group, run))), ...binLines(bins.filter((bin) => isOf(bin, run)))]),
    ...seedLines(lengthsOverSeeds(groups), names),
    ...(names.note === '' ? [] : ['', ...wrap(names.note.trim(), WIDTH)]),
    '', ...wrap('Gold traces: A* events with the length of the plan and with the Manhattan distance, Pearson [95 %]', WIDTH),
    ...alignColumns([['', 'n', 'A* events', 'plan length', 'Manhattan'], ...gold.map(goldRow)]),
    ...(finding === undefined ? [] : ['', ...wrap(`F5 by these lengths alone, not adjusted for other findings: ${finding.verdict}`, WIDTH), ...wrap(`n ${integer(finding.n)}, ${finding.seeds.length === 1 ? 'one seed' : `${finding.seeds.length} seeds`}; ${finding.test}`, WIDTH, 5), ...wrap(finding.detail, WIDTH, 5)]),
    '',
  ];
  return printable(lines.join('\n'));
}

function isOf(item: RunKey, run: RunKey): boolean {
  return item.condition === run.condition && item.seed === run.seed;
}

function runLines(name: string, groups: readonly LengthGroup[]): string[] {
  const head = ['', 'n', 'solved', 'cut', 'events', 'A*', 'Pearson', 'Spearman'];
  const rows = groups.map((group) => [
    distributionLabel(group.distribution), integer(group.n), shareText(group.solved), shareText(group.truncated), group.mean_generated.toFixed(1), group.mean_astar.toFixed(1), correlationWords(group.all.pearson), correlationWords(group.all.spearman),
  ]);
  const partial = groups.map((group) => [
    distributionLabel(group.distribution), correlationWords(group.all.given_plan), correlationWords(group.all.given_plan_manhattan), correlationWords(group.finished.given_plan), group.mean_distance === null ? '-' : nats(group.mean_distance),
  ]);
  return [
    ...wrap(`${name}: generated with A* events, [95 %]; solved and cut (truncated) in % of n mazes`, WIDTH),
    ...alignColumns([head, ...rows]),
    ...wrap(`partial: plan length held fixed; plan length and Manhattan distance; plan length without truncated completions; distance: ${DISTANCE_WORDS}`, WIDTH, 2),
    ...alignColumns([['', '| plan', '| plan, Manhattan', '| plan, finished', 'distance'], ...partial]),
  ];
}

function seedLines(rows: readonly LengthsOverSeeds[], names: RunNames): string[] {
  return [...Map.groupBy(rows, ({ condition }) => condition)].flatMap(([condition, some]) => [
    '', ...wrap(`${names.condition(condition)}, ${some[0].solved.seeds.length} seeds: mean of their correlations in Fisher's z, and an interval that covers the t interval over seeds and the mean of their intervals`, WIDTH),
    ...alignColumns([['', 'Pearson', 'Spearman', '| plan'], ...some.map(({ distribution, correlations: [linear, ranks, given] }) => [distributionLabel(distribution), correlationWords(linear), correlationWords(ranks), correlationWords(given)])]),
  ]);
}

function binLines(bins: LengthAnalysis['bins']): string[] {
  if (bins.length === 0) return [];
  const rows = bins.map((bin) => [
    `${nats(bin.low)} to ${nats(bin.high)}`, integer(bin.n), shareText(bin.solved), shareText(bin.truncated), bin.mean_generated.toFixed(1), bin.mean_astar.toFixed(1), correlationWords(bin.all.pearson), correlationWords(bin.all.given_plan),
  ]);
  return ['', ...wrap('The same mazes in fifths by distance from the training distribution (nats a token), nearest first', WIDTH), ...alignColumns([['distance', 'n', 'solved', 'cut', 'events', 'A*', 'Pearson', '| plan'], ...rows])];
}

function goldRow({ distribution, n, mean_astar, with_plan, with_manhattan }: GoldBaseline): string[] {
  return [distributionLabel(distribution), integer(n), mean_astar.toFixed(1), correlationWords(with_plan), correlationWords(with_manhattan)];
}

function shareText({ count, n }: Proportion): string {
  return n === 0 ? '-' : percent(count / n);
}
