// The phase diagram as Markdown; no blocks where the
// study has none.
import type { PhaseDifference } from '../analysis/phase.ts';
import { BASELINE, conditionLabel } from '../domain/conditions/condition.ts';
import type { Proportion } from '../base/statistics.ts';
import type { StudyResults } from '../study/results.ts';
import { overSeeds } from '../tables/estimate.ts';
import type { Estimate } from '../tables/estimate.ts';
import { counts, integer, interval, lowerFirst, magnitude, percent, share } from '../tables/format.ts';
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
import { UNDERTRAINED_MARK } from '../tables/run-names.ts';
import { seedCounts } from './table.ts';

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
