// Pieces that all tables share: the scrolling container, the header over distributions, one cell for one estimate.
import type { GeneratorName } from '../domain/types.ts';
import type { Proportion } from '../base/statistics.ts';
import type { StudyResults } from '../study/results.ts';
import { conditionsOf, distributionsOf, summariesOf } from '../tables/estimate.ts';
import type { Estimate } from '../tables/estimate.ts';
import { counts, distributionLabel, integer, interval, percent, shareOfCounts } from '../tables/format.ts';
import { html, join } from '../render/markup.ts';
import type { Html } from '../render/markup.ts';
import { wordsOf } from '../tables/names.ts';

/** A table in its own scrolling container, reachable by keyboard. */
export function scrollTable(label: string, table: Html): Html {
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0">${table}</div>`;
}

/**
 * From this share of seen walls on, a distribution is called near: at 8x8 about 22 % of Kruskal's and DFS's test
 * layouts were seen.
 */
const NEAR_SHARE = 0.05;

/** Walls of this distribution's test mazes seen in training: it belongs to the mazes, so any run's summary tells it. */
function wallsSeen(results: StudyResults, distribution: GeneratorName): Proportion {
  const [summary] = conditionsOf(results).flatMap((condition) => summariesOf(results, condition, distribution));
  return summary.walls_seen;
}

function nearness(results: StudyResults, distribution: GeneratorName): string {
  if (distribution === results.config.data.generator) return 'in distribution';
  const { count, n } = wallsSeen(results, distribution);
  return n > 0 && count / n >= NEAR_SHARE ? 'near distribution' : '';
}

/** <thead> with one column per distribution; marks the one that was trained on and those that share its walls. */
export function distributionHead(results: StudyResults, first: string, distributions: readonly GeneratorName[]): Html {
  const cells = distributions.map(
    (d) => html`<th scope="col">${distributionLabel(d)}<span class="note">${nearness(results, d)}</span></th>`,
  );
  return html`<thead><tr><th scope="col">${first}</th>${join(cells)}</tr></thead>`;
}

/** The counts of each seed: `723/1,000`, or `723, 711, 698 of 1,000` when all seeds saw as many. */
export function seedCounts({ seeds }: Estimate): string {
  if (seeds.length > 1 && seeds.every(({ n }) => n === seeds[0].n))
    return `${seeds.map(({ count }) => integer(count)).join(', ')} of ${integer(seeds[0].n)}`;
  return seeds.map(counts).join(', ');
}

/**
 * Percent, interval, counts. Null: the thing does not exist here (no trace in a solution-only completion, nothing
 * evaluated).
 */
export function estimateCell(estimate: Estimate | null): Html {
  if (estimate === null) return html`<td class="none">–</td>`;
  if (estimate.share === null)
    return html`<td class="none"><span class="v">–</span> <span class="n">${seedCounts(estimate)}</span></td>`;
  return html`<td><span class="v">${percent(estimate.share)} %</span> <span class="i">${interval(
    estimate.low,
    estimate.high,
  )}</span> <span class="n">${seedCounts(estimate)}</span></td>`;
}

/** Percent, interval and counts of one proportion; a dash when nothing was counted. */
export function proportionCell(value: Proportion): Html {
  if (value.n === 0) return html`<td class="none">–</td>`;
  return html`<td><span class="v">${percent(value.count / value.n)} %</span> <span class="i">${interval(
    value.low,
    value.high,
  )}</span> <span class="n">${counts(value)}</span></td>`;
}

/** A row group's heading over all columns. */
export function groupHead(columns: number, text: Html | string): Html {
  return html`<tr><th colspan="${columns}" scope="rowgroup"><span>${text}</span></th></tr>`;
}

/**
 * For a caption, with a blank before it: the share of test problems whose walls were seen in training, by distribution;
 * empty where none of these was tested.
 */
export function wallsSeenWords(
  results: StudyResults,
  distributions: readonly GeneratorName[] = distributionsOf(results),
): string {
  const tested = distributionsOf(results).filter((distribution) => distributions.includes(distribution));
  if (tested.length === 0) return '';
  return (
    ` Walls seen in training, of all test ${wordsOf(results).problems}: ` +
    `${tested
      .map((distribution) => `${distributionLabel(distribution)} ${shareOfCounts(wallsSeen(results, distribution))}`)
      .join(', ')}.`
  );
}
