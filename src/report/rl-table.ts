// The table of greedy completions before and after reinforcement learning, on all test problems.
import { conditionLabel } from '../domain/conditions/condition.ts';
import type { DistributionSummary } from '../evaluation/types.ts';
import type { RlResult, StudyResults } from '../study/results.ts';
import type { Proportion } from '../base/statistics.ts';
import { overSeeds } from '../tables/estimate.ts';
import { distributionLabel, integer, upperFirst } from '../tables/format.ts';
import { html, join } from '../render/markup.ts';
import type { Html } from '../render/markup.ts';
import { completionsWords, wordsOf } from '../tables/names.ts';
import { estimateCell, groupHead, scrollTable, wallsSeenWords } from './table.ts';

/** Before and after on all test problems: each seed, and above several of one condition their mean. */
export function beforeAfterTable(runs: readonly RlResult[], results: StudyResults): Html {
  const group = (heading: string, some: readonly RlResult[]): Html =>
    html`<tbody class="group">
      ${groupHead(BEFORE_AFTER.length + 1, `${heading}, ${integer(some[0].steps)} steps`)}${join(
        pairsOverSeeds(some).map((pairs) => pairRow(pairs)),
      )}
    </tbody>`;
  const groups = [...Map.groupBy(runs, ({ condition }) => condition)].flatMap(([condition, seeds]) => [
    ...(seeds.length > 1 ? [group(`${conditionLabel(condition)}, mean of ${seeds.length} seeds`, seeds)] : []),
    ...seeds.map((run) => group(`${conditionLabel(condition)}, seed ${run.seed}`, [run])),
  ]);
  return scrollTable(
    'Before and after reinforcement learning',
    html`<table>
      <caption>
        <span
          ><strong>Before and after reinforcement learning.</strong> ${upperFirst(completionsWords(results))} of all
          test ${wordsOf(results).problems}: percent, 95 % Wilson score interval in brackets, and count/n; of a mean the
          interval also covers the t interval over seeds. Traces are counted over all
          completions.${wallsSeenWords(results)}</span
        >
      </caption>
      <thead>
        <tr>
          <th scope="col">Distribution</th>
          ${join(BEFORE_AFTER.map(({ title }) => html`<th scope="col">${title}</th>`))}
        </tr>
      </thead>
      ${join(groups)}
    </table>`,
  );
}

/** What the two evaluations of a distribution are shown by. */
export const BEFORE_AFTER: readonly { readonly title: string; readonly of: (pair: BeforeAfter) => Proportion }[] = (
  [
    ['Valid plans', ({ plan_valid }) => plan_valid],
    ['Strict traces', ({ trace_valid }) => trace_valid.strict],
    ['Paper-level traces', ({ trace_valid }) => trace_valid.paper],
    ['Exact traces', ({ trace_valid }) => trace_valid.exact],
    ['Truncated', ({ truncated }) => truncated],
  ] satisfies [title: string, pick: (summary: DistributionSummary) => Proportion][]
).flatMap(([title, pick]) => [
  { title: `${title}, before`, of: ({ before }) => pick(before) },
  { title: 'after', of: ({ after }) => pick(after) },
]);

/** @param pairs of one distribution, one a seed */
function pairRow(pairs: readonly BeforeAfter[]): Html {
  return html`<tr>
    <th scope="row">${distributionLabel(pairs[0].before.distribution)}</th>
    ${join(BEFORE_AFTER.map(({ of }) => estimateCell(overSeeds(pairs.map(of)))))}
  </tr>`;
}

/** Pairs of each distribution that all runs have, one a run. */
export function pairsOverSeeds(runs: readonly RlResult[]): BeforeAfter[][] {
  const [first, ...others] = runs.map(pairsOf);
  return first.flatMap((pair) => {
    const same = others.map((pairs) => pairs.find(({ before }) => before.distribution === pair.before.distribution));
    return same.every((each) => each !== undefined) ? [[pair, ...same]] : [];
  });
}

export interface BeforeAfter {
  readonly before: DistributionSummary;
  readonly after: DistributionSummary;
}

/** The two evaluations of each distribution. */
function pairsOf({ before, after }: RlResult): BeforeAfter[] {
  return before.flatMap((summary) => {
    const later = after.find(({ distribution }) => distribution === summary.distribution);
    return later === undefined ? [] : [{ before: summary, after: later }];
  });
}
