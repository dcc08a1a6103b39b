// Sampled groups of test problems before and after reinforcement learning: their table, and curves over the steps.
import { conditionLabel } from '../domain/conditions/condition.ts';
import type { GeneratorName } from '../domain/types.ts';
import type { SampledGroups } from '../rl/observe.ts';
import type { RlResult, StudyResults } from '../study/results.ts';
import { proportion, type Proportion } from '../base/statistics.ts';
import { distributionLabel, integer, nats } from '../tables/format.ts';
import { EMPTY, html, join } from '../render/markup.ts';
import type { Html } from '../render/markup.ts';
import { wordsOf } from '../tables/names.ts';
import { distributionsOf, stepCurve } from './rl-curves.ts';
import type { StepValue } from './rl-curves.ts';
import { groupHead, proportionCell, scrollTable, wallsSeenWords } from './table.ts';

/** What groups of test problems are worth, at the start and at the end; nothing where none were sampled. */
export async function sampledGroups(runs: readonly RlResult[], results: StudyResults): Promise<Html> {
  if (runs.every((run) => groupsOf(run).length === 0)) return EMPTY;
  const groups = runs.map(
    (run) =>
      html`<tbody class="group">
        ${groupHead(GROUP_COLUMNS.length + 1, `${conditionLabel(run.condition)}, seed ${run.seed}`)}${join(
          groupsOf(run).map((pair) => groupsRow(pair)),
        )}
      </tbody>`,
  );
  const curves = await Promise.all(
    GROUP_CURVES.map(async ({ title, words, pick }) => {
      const charts = await Promise.all(
        distributionsOf(runs).map(
          async (distribution) =>
            html`<div>
              <h3>${distributionLabel(distribution)}</h3>
              ${await stepCurve(
                runs.map((run) => ({ ...run, points: pointsOf(run, distribution, pick) })),
                `${title}, ${distributionLabel(distribution)}`,
              )}
            </div>`,
        ),
      );
      return html`<p class="note"><strong>${title}</strong>, ${words}.</p>
        <div class="charts">${join(charts)}</div>`;
    }),
  );
  const head = GROUP_COLUMNS.map(({ title }) => html`<th scope="col">${title}</th>`);
  return html`${scrollTable(
    'Sampled groups of each distribution',
    html`<table>
        <caption>
          <span><strong>Sampled groups of each distribution.</strong> ${groupsWords(results)}</span>
        </caption>
        <thead>
          <tr>
            <th scope="col">Distribution</th>
            ${join(head)}
          </tr>
        </thead>
        ${join(groups)}
      </table>`,
  )}
    <details>
      <summary>Groups without spread and KL over the steps, distribution by distribution</summary>
      ${join(curves)}
    </details>`;
}

/** What the table of sampled groups says of itself. */
export function groupsWords(results: StudyResults): string {
  const { rl } = results.config;
  const drawn = rl === undefined ? 'Completions' : `${integer(rl.group)} completions at temperature ${rl.temperature}`;
  return (
    `${drawn} of each of the first test ${wordsOf(results).problems}, before and after, rewarded as in training. ` +
    'Groups whose rewards are all equal would teach nothing: percent, 95 % Wilson score interval in brackets, and ' +
    'count/n. Entropy and KL against the start in nats a token; at the start KL is exactly 0. A share of clipped ' +
    `tokens takes an update, so training alone has one.${wallsSeenWords(results)}`
  );
}

interface GroupsPair {
  readonly before: SampledGroups;
  readonly after: SampledGroups;
}

/** The sampled groups of each distribution at the start and at the end; none in results that have none. */
export function groupsOf({ curve }: RlResult): GroupsPair[] {
  const [first, last] = [curve[0]?.sampled ?? [], curve.at(-1)?.sampled ?? []];
  return first.flatMap((before) => {
    const after = last.find(({ distribution }) => distribution === before.distribution);
    return after === undefined ? [] : [{ before, after }];
  });
}

const flat = ({ zero_spread, groups }: SampledGroups): Proportion => proportion(zero_spread, groups);
const tokensOf = ({ tokens, completions }: SampledGroups): string => (tokens / completions).toFixed(1);
const truncatedOf = ({ truncated, completions }: SampledGroups): Proportion => proportion(truncated, completions);

/** What is told of a pair, a number in words or a proportion. */
export const GROUP_COLUMNS: readonly {
  readonly title: string;
  readonly of: (pair: GroupsPair) => string | Proportion;
}[] = [
  { title: 'Groups without spread, before', of: ({ before }) => flat(before) },
  { title: 'after', of: ({ after }) => flat(after) },
  { title: 'Reward, before', of: ({ before }) => before.reward.toFixed(3) },
  { title: 'after', of: ({ after }) => after.reward.toFixed(3) },
  { title: 'Entropy, before', of: ({ before }) => nats(before.entropy) },
  { title: 'after', of: ({ after }) => nats(after.entropy) },
  { title: 'KL after', of: ({ after }) => nats(after.kl) },
  { title: 'Tokens, before', of: ({ before }) => tokensOf(before) },
  { title: 'after', of: ({ after }) => tokensOf(after) },
  { title: 'Truncated, before', of: ({ before }) => truncatedOf(before) },
  { title: 'after', of: ({ after }) => truncatedOf(after) },
];

const GROUP_CURVES: readonly {
  readonly title: string;
  readonly words: string;
  readonly pick: (groups: SampledGroups) => number;
}[] = [
  { title: 'Groups without spread', words: 'percent', pick: ({ zero_spread, groups }) => (100 * zero_spread) / groups },
  { title: 'KL against the start', words: 'nats a token', pick: ({ kl }) => kl },
];

function groupsRow(pair: GroupsPair): Html {
  const cells = GROUP_COLUMNS.map(({ of }) => {
    const value = of(pair);
    return typeof value === 'string' ? html`<td>${value}</td>` : proportionCell(value);
  });
  return html`<tr>
    <th scope="row">${distributionLabel(pair.before.distribution)}</th>
    ${join(cells)}
  </tr>`;
}

function pointsOf(
  { curve }: RlResult,
  distribution: GeneratorName,
  pick: (groups: SampledGroups) => number,
): StepValue[] {
  return curve.flatMap(({ step, sampled = [] }) =>
    sampled.filter((groups) => groups.distribution === distribution).map((groups) => ({ step, value: pick(groups) })),
  );
}
