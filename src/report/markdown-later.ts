// Trace lengths and the phase diagram as markdown tables; no blocks where the
// study has none.
import type { PhaseDifference } from '../analysis/phase.ts';
import type { SeedCorrelation } from '../analysis/seed-correlation.ts';
import type { Correlation } from '../base/correlation.ts';
import { BASELINE, conditionLabel } from '../domain/conditions/condition.ts';
import type { Proportion } from '../base/statistics.ts';
import type { StudyResults } from '../study/results.ts';
import { overSeeds } from '../tables/estimate.ts';
import type { Estimate } from '../tables/estimate.ts';
import {
  correlationWords,
  counts,
  distributionLabel,
  integer,
  interval,
  lowerFirst,
  magnitude,
  nats,
  percent,
  share,
} from '../tables/format.ts';
import {
  DISTANCE_WORDS,
  fifthCorrelations,
  FIFTH_WORDS,
  fifthFrom,
  goldCorrelations,
  lengthsOverSeeds,
} from './lengths-table.ts';
import { markdownGrid as table } from '../render/markdown.ts';
import { wordsOf } from '../tables/names.ts';
import {
  diagramsOf,
  differenceWords,
  intervalWords,
  phaseSummary,
  sizeWords,
  validWords,
  wallsSeenAt,
} from './phase-section.ts';
import { studyNames, UNDERTRAINED_MARK } from '../tables/run-names.ts';
import { seedCounts, wallsSeenWords } from './table.ts';

export function lengthBlocks(results: StudyResults): string[] {
  const { lengths } = results;
  if (lengths === undefined) return [];
  const { groups, gold, bins } = lengths.analysis;
  const names = studyNames(results);
  const rows = groups.map(
    ({ distribution, n, solved, truncated, mean_generated, mean_astar, mean_distance, all, finished, ...run }) => [
      names.run(run),
      distributionLabel(distribution),
      integer(n),
      shown(solved),
      shown(truncated),
      `${mean_generated.toFixed(1)}, ${mean_astar.toFixed(1)}`,
      ...[
        all.pearson,
        all.spearman,
        all.given_plan,
        all.given_plan_manhattan,
        finished.given_plan,
        all.with_plan,
        all.with_manhattan,
      ].map(correlation),
      mean_distance === null ? '–' : nats(mean_distance),
    ],
  );
  const baseline = gold.map((one) => [
    distributionLabel(one.distribution),
    integer(one.n),
    one.mean_astar.toFixed(1),
    ...goldCorrelations(one).map(correlation),
  ]);
  const fifths = bins.map((bin) => [
    names.run(bin),
    `${nats(bin.low)} to ${nats(bin.high)}`,
    integer(bin.n),
    fifthFrom(bin),
    shown(bin.solved),
    shown(bin.truncated),
    `${bin.mean_generated.toFixed(1)}, ${bin.mean_astar.toFixed(1)}`,
    ...fifthCorrelations(bin).map(correlation),
  ]);
  const means = lengthsOverSeeds(groups).map(({ condition, distribution, solved, truncated, correlations }) => [
    names.condition(condition),
    distributionLabel(distribution),
    estimateText(solved),
    estimateText(truncated),
    ...correlations.map(correlation),
  ]);
  return [
    '### Trace length',
    `Generated with A\\* events: correlation and 95 % interval; partial ones hold plan length, or plan length ` +
      'and Manhattan distance, fixed. Solved and truncated: percent, 95 % Wilson score interval in brackets, and ' +
      `count/n. Distance: ${DISTANCE_WORDS}.${wallsSeenWords(results)}${names.note}`,
    ...(means.length === 0
      ? []
      : [
          'Over seeds: mean of the seeds’ correlations in Fisher’s z, in brackets an interval that covers the t ' +
            'interval over seeds and the mean of the seeds’ intervals. Solved and truncated: mean over seeds, the ' +
            'interval likewise, and the count of each seed.',
          table(
            [
              'Trained on',
              '',
              'Solved',
              'Truncated',
              'Pearson',
              'Spearman',
              'given plan length',
              'given plan and Manhattan',
              'given plan, without truncated',
            ],
            means,
          ),
        ]),
    table(
      [
        'Trained on',
        '',
        'n',
        'Solved',
        'Truncated',
        'Events generated, A\\*',
        'Pearson',
        'Spearman',
        'given plan length',
        'given plan and Manhattan',
        'given plan, without truncated',
        'with plan length',
        'with Manhattan',
        'Distance',
      ],
      rows,
    ),
    'Gold traces, the baseline: A\\* events with the length of the plan and with the Manhattan distance; ' +
      'Pearson where nothing else is said.',
    table(
      [
        '',
        'n',
        'A\\* events',
        'with plan length',
        'the same, Spearman',
        'with Manhattan',
        'the same, Spearman',
        'with plan length, given Manhattan',
      ],
      baseline,
    ),
    ...(fifths.length === 0
      ? []
      : [
          `All ${wordsOf(results).problems} of a run in fifths by distance from the training distribution, ` +
            `nearest first. ${FIFTH_WORDS}; “from” tells how many of each.`,
          table(
            [
              'Trained on',
              'Distance',
              'n',
              'from',
              'Solved',
              'Truncated',
              'Events generated, A\\*',
              'Pearson',
              'Spearman',
              'given plan length',
              'given plan and Manhattan',
              'within distributions',
              'within distributions, given plan',
            ],
            fifths,
          ),
        ]),
  ];
}

function correlation(value: Correlation | SeedCorrelation | null): string {
  return value === null ? '–' : correlationWords(value).replaceAll('-', '\u2212');
}

export function phaseBlocks(results: StudyResults): string[] {
  const { phase } = results;
  if (phase === undefined) return [];
  const blocks = diagramsOf(phase).map(({ condition, sizes, tokens, at }) => {
    const cell = (square: PhaseDifference): string =>
      `**${differenceWords(square)}**<br>${intervalWords(square)}<br>${validWords(
        phase.runs,
        square,
        condition,
      )}<br>${validWords(phase.runs, square, BASELINE)}`;
    const seen = (size: number): string => `${share(wallsSeenAt(phase, size))}<br>${counts(wallsSeenAt(phase, size))}`;
    return table(
      [
        `${conditionLabel(condition)} minus ${lowerFirst(conditionLabel(BASELINE))}`,
        ...tokens.map((count) => `${magnitude(count)} tokens`),
        'Walls seen in training',
      ],
      sizes.map((size) => [sizeWords(size), ...tokens.map((count) => cell(at(size, count))), seen(size)]),
    );
  });
  return [
    '### Where traces start to pay',
    `Plan validity by size and training tokens, on ${integer(phase.differences[0].n)} test ` +
      `${wordsOf(results).problems} of the same size, in distribution: difference in points, its 95 % interval, ` +
      `and the two shares with theirs. ${UNDERTRAINED_MARK}: a model of the square is undertrained.`,
    ...blocks,
    phaseSummary(phase).join(' '),
  ];
}

function shown(value: Proportion): string {
  return value.n === 0 ? '–' : estimateText(overSeeds([value]));
}

/** Share, interval and the count of each seed, in a cell of a table. */
export function estimateText(estimate: Estimate | null): string {
  if (estimate === null) return '–';
  const tail = seedCounts(estimate);
  return estimate.share === null
    ? `–<br>${tail}`
    : `**${percent(estimate.share)} %**<br>${interval(estimate.low, estimate.high)}<br>${tail}`;
}
