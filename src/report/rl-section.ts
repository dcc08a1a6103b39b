// Reinforcement learning: what the kept checkpoints can do on each distribution, the sampled completions of training, and before beside after.
import type { TopLevelSpec } from 'vega-lite';
import { conditionLabel } from '../domain/conditions/condition.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import type { GeneratorName } from '../domain/types.ts';
import type { DistributionSummary } from '../evaluation/types.ts';
import type { SampledGroups } from '../rl/observe.ts';
import { rewardWords } from '../rl/rewards.ts';
import type { RlResult, RlStepPoint, StudyResults } from '../study/results.ts';
import { proportion, type Proportion } from '../base/statistics.ts';
import { chart, CHART_WIDTH, figure } from './charts.ts';
import { overSeeds } from './estimate.ts';
import { distributionLabel, integer, list, nats, prose, share, upperFirst } from './format.ts';
import { EMPTY, html, join } from './html.ts';
import type { Html } from './html.ts';
import { completionsWords, wordsOf } from './names.ts';
import { conditionKey, conditionScales } from './palette.ts';
import { estimateCell, groupHead, proportionCell, scrollTable, wallsSeenWords } from './table.ts';

const HEIGHT = 180;
/** Drawn with a full and with a broken line. */
const MEASURES = [
  { name: 'plan', dash: [1, 0], pick: (summary: DistributionSummary) => summary.plan_valid },
  { name: 'trace', dash: [4, 3], pick: (summary: DistributionSummary) => summary.trace_valid.strict },
] as const;

/** One chart a distribution, the sampled curves of training and of each distribution, and the table. @param runs of the results, at least one */
export async function rlFigures(runs: readonly RlResult[], results: StudyResults): Promise<Html> {
  const { problems } = wordsOf(results);
  const distributions = distributionsOf(runs);
  const curves = await Promise.all(
    distributions.map(
      async (distribution) =>
        html`<div>
          <h3>${distributionLabel(distribution)}</h3>
          ${await validityCurve(runs, distribution)}
        </div>`,
    ),
  );
  // Before the first update of a step every ratio is 1: with one a step nothing can be clipped.
  const drawn = SAMPLED.filter(({ title }) => title !== 'Clipped' || (results.config.rl?.inner_epochs ?? 1) > 1);
  const sampled = await Promise.all(
    drawn.map(async ({ title, words, pick }) =>
      figure(
        await stepCurve(
          runs.map((run) => ({
            ...run,
            points: run.sampled.map((point) => ({ step: point.step, value: pick(point) })),
          })),
          title,
        ),
        title,
        words,
      ),
    ),
  );
  const [first] = runs;
  const reward = results.config.rl === undefined ? '' : `; reward ${rewardWords(results.config.rl)}`;
  const n = first.curve[0]?.evaluation[0]?.n ?? 0;
  const warnings = runs.flatMap(({ condition, seed, warnings: said }) =>
    said.map((text) => html`<li>${conditionLabel(condition)}, seed ${seed}: ${prose(text)}</li>`),
  );
  return html`${conditionKey(conditionsOf(runs))}
    <p class="note">
      Full line: valid plans. Broken line: valid traces at strict level, of all completions. Greedy completions of the
      first ${integer(n)} test ${problems} of each distribution, with 95 % Wilson score intervals.
    </p>
    <div class="charts">${join(curves)}</div>
    <h3>While it learns</h3>
    <p class="note">Sampled completions of training ${problems}, before each step’s update${reward}.</p>
    <div class="charts">${join(sampled)}</div>
    ${
      warnings.length === 0
        ? EMPTY
        : html`<ul class="note">
            ${join(warnings)}
          </ul>`
    }
    ${await sampledGroups(runs, results)} ${beforeAfterTable(runs, results)}`;
}

/** What groups of test problems are worth, at the start and at the end; nothing where none were sampled. */
async function sampledGroups(runs: readonly RlResult[], results: StudyResults): Promise<Html> {
  if (runs.every((run) => groupsOf(run).length === 0)) return EMPTY;
  const groups = runs.map(
    (run) =>
      html`<tbody class="group">
        ${groupHead(GROUP_COLUMNS.length + 1, `${conditionLabel(run.condition)}, seed ${run.seed}`)}${join(groupsOf(run).map((pair) => groupsRow(pair)))}
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
  return `${drawn} of each of the first test ${wordsOf(results).problems}, before and after, rewarded as in training. Groups whose rewards are all equal would teach nothing: percent, 95 % Wilson score interval in brackets, and count/n. Entropy and KL against the start in nats a token; at the start KL is exactly 0. A share of clipped tokens takes an update, so training alone has one.${wallsSeenWords(results)}`;
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

/** Before and after on all test problems: each seed, and above several of one condition their mean. */
function beforeAfterTable(runs: readonly RlResult[], results: StudyResults): Html {
  const group = (heading: string, some: readonly RlResult[]): Html =>
    html`<tbody class="group">
      ${groupHead(BEFORE_AFTER.length + 1, `${heading}, ${integer(some[0].steps)} steps`)}${join(pairsOverSeeds(some).map((pairs) => pairRow(pairs)))}
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

async function validityCurve(runs: readonly RlResult[], distribution: GeneratorName): Promise<Html> {
  const rows = runs.flatMap(({ condition, seed, curve }) =>
    curve.flatMap(({ step, evaluation }) =>
      evaluation
        .filter((summary) => summary.distribution === distribution)
        .flatMap((summary) =>
          MEASURES.map(({ name, pick }) => {
            const { count, n, low, high } = pick(summary);
            return {
              run: `${condition}/${seed}/${name}`,
              condition,
              measure: name,
              step,
              value: n === 0 ? null : (100 * count) / n,
              low: 100 * low,
              high: 100 * high,
            };
          }),
        ),
    ),
  );
  const { color, shape } = conditionScales(conditionsOf(runs));
  const x = {
    field: 'step',
    type: 'quantitative' as const,
    title: 'steps',
    axis: { grid: false, tickCount: 5 },
    scale: { nice: false },
  };
  const y = {
    field: 'value',
    type: 'quantitative' as const,
    title: 'percent',
    scale: { domain: [0, 100] },
    axis: { tickCount: 5 },
  };
  const strokeDash = {
    field: 'measure',
    type: 'nominal' as const,
    scale: { domain: MEASURES.map(({ name }) => name), range: MEASURES.map(({ dash }) => [...dash]) },
    legend: null,
  };
  const specification: TopLevelSpec = {
    width: CHART_WIDTH,
    height: HEIGHT,
    autosize: { type: 'fit', contains: 'padding' },
    data: { values: rows.filter(({ value }) => value !== null) },
    encoding: { x, color, detail: { field: 'run' } },
    layer: [
      {
        mark: { type: 'rule', strokeWidth: 1.2, opacity: 0.55 },
        encoding: { y: { ...y, field: 'low' }, y2: { field: 'high' } },
      },
      { mark: { type: 'line', strokeWidth: 1.5 }, encoding: { y, strokeDash } },
      { mark: { type: 'point', filled: true, size: 30, opacity: 1 }, encoding: { y, shape } },
    ],
  };
  const ends = runs.flatMap(({ condition, seed, curve }) => {
    const [first, last] = [curve[0], curve[curve.length - 1]].map((point) =>
      point.evaluation.find((summary) => summary.distribution === distribution),
    );
    return first && last
      ? [
          `${conditionLabel(condition)} (seed ${seed}) plans ${share(first.plan_valid)} to ${share(last.plan_valid)}, strict traces ${share(first.trace_valid.strict)} to ${share(last.trace_valid.strict)}`,
        ]
      : [];
  });
  return chart(
    specification,
    `Validity over steps of reinforcement learning, ${distributionLabel(distribution)}: ${list(ends)}.`,
  );
}

const SAMPLED: readonly {
  readonly title: string;
  readonly words: string;
  readonly pick: (point: RlStepPoint) => number | null;
}[] = [
  { title: 'Reward', words: 'mean over the completions', pick: (point) => point.reward },
  { title: 'Groups without spread', words: 'percent; they teach nothing', pick: (point) => 100 * point.zero_spread },
  { title: 'Entropy', words: 'nats a token', pick: (point) => point.entropy },
  { title: 'KL against the start', words: 'nats a token', pick: (point) => point.kl },
  { title: 'Clipped', words: 'percent of the tokens with an advantage', pick: (point) => 100 * point.clipped },
  { title: 'Length', words: 'tokens of a completion', pick: (point) => point.completion_tokens },
  { title: 'Truncated', words: 'percent of the completions', pick: (point) => 100 * point.truncated },
];

interface StepValue {
  readonly step: number;
  readonly value: number | null;
}

/** A line a run of one number over the steps. */
async function stepCurve(
  runs: readonly (Pick<RlResult, 'condition' | 'seed'> & { readonly points: readonly StepValue[] })[],
  name: string,
): Promise<Html> {
  const rows = runs.flatMap(({ condition, seed, points }) =>
    points.flatMap(({ step, value }) =>
      value === null ? [] : [{ run: `${condition}/${seed}`, condition, step, value }],
    ),
  );
  const { color, dash } = conditionScales(conditionsOf(runs));
  const specification: TopLevelSpec = {
    width: CHART_WIDTH,
    height: 150,
    autosize: { type: 'fit', contains: 'padding' },
    data: { values: rows },
    mark: { type: 'line', strokeWidth: 1.5, strokeJoin: 'round' },
    encoding: {
      x: {
        field: 'step',
        type: 'quantitative',
        title: 'steps',
        axis: { grid: false, tickCount: 5 },
        scale: { nice: false },
      },
      // Nothing but zeros has no extent of its own.
      y: {
        field: 'value',
        type: 'quantitative',
        title: null,
        axis: { tickCount: 4 },
        ...(rows.every(({ value }) => value === 0) && { scale: { domain: [0, 1] } }),
      },
      color,
      strokeDash: dash,
      detail: { field: 'run' },
    },
  };
  const ends = runs.map(({ condition, seed, points }) => {
    const values = points.flatMap(({ value }) => value ?? []);
    return `${conditionLabel(condition)} (seed ${seed}) ${values.length === 0 ? 'not measured' : `${values[0].toPrecision(3)} to ${values[values.length - 1].toPrecision(3)}`}`;
  });
  return chart(specification, `${name} over steps of reinforcement learning: ${list(ends)}.`);
}

function conditionsOf(runs: readonly Pick<RlResult, 'condition'>[]): Condition[] {
  return [...new Set(runs.map(({ condition }) => condition))];
}

function distributionsOf(runs: readonly RlResult[]): GeneratorName[] {
  return [...new Set(runs.flatMap(({ before }) => before.map(({ distribution }) => distribution)))];
}
