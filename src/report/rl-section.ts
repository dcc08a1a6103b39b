// Reinforcement learning: what the kept checkpoints can do on each distribution, the sampled completions of training, and before beside after.
import type { TopLevelSpec } from 'vega-lite';
import { conditionLabel } from '../domain/conditions/condition.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import type { GeneratorName } from '../domain/types.ts';
import type { DistributionSummary } from '../evaluation/types.ts';
import { rewardWords } from '../rl/rewards.ts';
import type { RlResult, RlStepPoint, StudyResults } from '../study/results.ts';
import type { Proportion } from '../base/statistics.ts';
import { chart, CHART_WIDTH, figure } from './charts.ts';
import { overSeeds } from './estimate.ts';
import { distributionLabel, integer, list, prose, share, upperFirst } from './format.ts';
import { EMPTY, html, join } from './html.ts';
import type { Html } from './html.ts';
import { completionsWords, wordsOf } from './names.ts';
import { conditionKey, conditionScales } from './palette.ts';
import { estimateCell, groupHead, scrollTable } from './table.ts';

const HEIGHT = 180;
/** Drawn with a full and with a broken line. */
const MEASURES = [
  { name: 'plan', dash: [1, 0], pick: (summary: DistributionSummary) => summary.plan_valid },
  { name: 'trace', dash: [4, 3], pick: (summary: DistributionSummary) => summary.trace_valid.strict },
] as const;

/** One chart a distribution, the sampled curves, and the table. @param runs of the results, at least one */
export async function rlFigures(runs: readonly RlResult[], results: StudyResults): Promise<Html> {
  const { problems } = wordsOf(results);
  const distributions = distributionsOf(runs);
  const curves = await Promise.all(distributions.map(async (distribution) => html`<div><h3>${distributionLabel(distribution)}</h3>${await validityCurve(runs, distribution)}</div>`));
  const sampled = await Promise.all(SAMPLED.map(async ({ title, words, pick }) => figure(await sampledCurve(runs, title, pick), title, words)));
  const [first] = runs;
  const reward = results.config.rl === undefined ? '' : `; reward ${rewardWords(results.config.rl)}`;
  const n = first.curve[0]?.evaluation[0]?.n ?? 0;
  const warnings = runs.flatMap(({ condition, seed, warnings: said }) => said.map((text) => html`<li>${conditionLabel(condition)}, seed ${seed}: ${prose(text)}</li>`));
  return html`${conditionKey(conditionsOf(runs))}
<p class="note">Full line: valid plans. Broken line: valid traces at strict level, of all completions. Greedy completions of the first ${integer(n)} test ${problems} of each distribution, with 95 % Wilson score intervals.</p>
<div class="charts">${join(curves)}</div>
<h3>While it learns</h3><p class="note">Sampled completions of training ${problems}, before each step’s update${reward}.</p>
<div class="charts">${join(sampled)}</div>
${warnings.length === 0 ? EMPTY : html`<ul class="note">${join(warnings)}</ul>`}
${beforeAfterTable(runs, results)}`;
}

/** Before and after on all test problems: each seed, and above several of one condition their mean. */
function beforeAfterTable(runs: readonly RlResult[], results: StudyResults): Html {
  const group = (heading: string, some: readonly RlResult[]): Html => html`<tbody class="group">${groupHead(8, `${heading}, ${integer(some[0].steps)} steps`)}${join(pairsOverSeeds(some).map((pairs) => pairRow(pairs)))}</tbody>`;
  const groups = [...Map.groupBy(runs, ({ condition }) => condition)].flatMap(([condition, seeds]) => [
    ...(seeds.length > 1 ? [group(`${conditionLabel(condition)}, mean of ${seeds.length} seeds`, seeds)] : []),
    ...seeds.map((run) => group(`${conditionLabel(condition)}, seed ${run.seed}`, [run])),
  ]);
  return scrollTable('Before and after reinforcement learning', html`<table>
<caption><span><strong>Before and after reinforcement learning.</strong> ${upperFirst(completionsWords(results))} of all test ${wordsOf(results).problems}: percent, 95 % Wilson score interval in brackets, and count/n; of a mean the interval also covers the t interval over seeds. Traces are counted over all completions.</span></caption>
<thead><tr><th scope="col">Distribution</th>${join(['Valid plans, before', 'after', 'Strict traces, before', 'after', 'Paper-level traces, before', 'after', 'Truncated, before and after'].map((head) => html`<th scope="col">${head}</th>`))}</tr></thead>
${join(groups)}</table>`);
}

/** What the two evaluations of a distribution are shown by. */
export const BEFORE_AFTER: readonly ((pair: BeforeAfter) => Proportion)[] = [
  ({ before }) => before.plan_valid, ({ after }) => after.plan_valid, ({ before }) => before.trace_valid.strict, ({ after }) => after.trace_valid.strict, ({ before }) => before.trace_valid.paper, ({ after }) => after.trace_valid.paper,
];

/** @param pairs of one distribution, one a seed */
function pairRow(pairs: readonly BeforeAfter[]): Html {
  const truncated = (pick: (pair: BeforeAfter) => DistributionSummary): string => pairs.map((pair) => share(pick(pair).truncated)).join(', ');
  return html`<tr><th scope="row">${distributionLabel(pairs[0].before.distribution)}</th>${join(BEFORE_AFTER.map((pick) => estimateCell(overSeeds(pairs.map(pick)))))}<td>${truncated(({ before }) => before)} to ${truncated(({ after }) => after)}</td></tr>`;
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
  const rows = runs.flatMap(({ condition, seed, curve }) => curve.flatMap(({ step, evaluation }) => evaluation.filter((summary) => summary.distribution === distribution).flatMap((summary) => MEASURES.map(({ name, pick }) => {
    const { count, n, low, high } = pick(summary);
    return { run: `${condition}/${seed}/${name}`, condition, measure: name, step, value: n === 0 ? null : (100 * count) / n, low: 100 * low, high: 100 * high };
  }))));
  const { color, shape } = conditionScales(conditionsOf(runs));
  const x = { field: 'step', type: 'quantitative' as const, title: 'steps', axis: { grid: false, tickCount: 5 }, scale: { nice: false } };
  const y = { field: 'value', type: 'quantitative' as const, title: 'percent', scale: { domain: [0, 100] }, axis: { tickCount: 5 } };
  const strokeDash = { field: 'measure', type: 'nominal' as const, scale: { domain: MEASURES.map(({ name }) => name), range: MEASURES.map(({ dash }) => [...dash]) }, legend: null };
  const specification: TopLevelSpec = {
    width: CHART_WIDTH, height: HEIGHT, autosize: { type: 'fit', contains: 'padding' },
    data: { values: rows.filter(({ value }) => value !== null) },
    encoding: { x, color, detail: { field: 'run' } },
    layer: [
      { mark: { type: 'rule', strokeWidth: 1.2, opacity: 0.55 }, encoding: { y: { ...y, field: 'low' }, y2: { field: 'high' } } },
      { mark: { type: 'line', strokeWidth: 1.5 }, encoding: { y, strokeDash } },
      { mark: { type: 'point', filled: true, size: 30, opacity: 1 }, encoding: { y, shape } },
    ],
  };
  const ends = runs.flatMap(({ condition, seed, curve }) => {
    const [first, last] = [curve[0], curve[curve.length - 1]].map((point) => point.evaluation.find((summary) => summary.distribution === distribution));
    return first && last ? [`${conditionLabel(condition)} (seed ${seed}) plans ${share(first.plan_valid)} to ${share(last.plan_valid)}, strict traces ${share(first.trace_valid.strict)} to ${share(last.trace_valid.strict)}`] : [];
  });
  return chart(specification, `Validity over steps of reinforcement learning, ${distributionLabel(distribution)}: ${list(ends)}.`);
}

const SAMPLED: readonly { readonly title: string; readonly words: string; readonly pick: (point: RlStepPoint) => number | null }[] = [
  { title: 'Reward', words: 'mean over the completions', pick: (point) => point.reward },
  { title: 'Groups without spread', words: 'percent; they teach nothing', pick: (point) => 100 * point.zero_spread },
  { title: 'Entropy', words: 'nats a token', pick: (point) => point.entropy },
  { title: 'KL against the start', words: 'nats a token', pick: (point) => point.kl },
  { title: 'Clipped', words: 'percent of the tokens with an advantage', pick: (point) => 100 * point.clipped },
  { title: 'Length', words: 'tokens of a completion', pick: (point) => point.completion_tokens },
  { title: 'Truncated', words: 'percent of the completions', pick: (point) => 100 * point.truncated },
];

async function sampledCurve(runs: readonly RlResult[], name: string, pick: (point: RlStepPoint) => number | null): Promise<Html> {
  const rows = runs.flatMap(({ condition, seed, sampled }) => sampled.flatMap((point) => {
    const value = pick(point);
    return value === null ? [] : [{ run: `${condition}/${seed}`, condition, step: point.step, value }];
  }));
  const { color, dash } = conditionScales(conditionsOf(runs));
  const specification: TopLevelSpec = {
    width: CHART_WIDTH, height: 150, autosize: { type: 'fit', contains: 'padding' }, data: { values: rows },
    mark: { type: 'line', strokeWidth: 1.5, strokeJoin: 'round' },
    encoding: {
      x: { field: 'step', type: 'quantitative', title: 'steps', axis: { grid: false, tickCount: 5 }, scale: { nice: false } },
      // Nothing but zeros has no extent of its own.
      y: { field: 'value', type: 'quantitative', title: null, axis: { tickCount: 4 }, ...(rows.every(({ value }) => value === 0) && { scale: { domain: [0, 1] } }) }, color, strokeDash: dash, detail: { field: 'run' },
    },
  };
  const ends = runs.map(({ condition, seed, sampled }) => {
    const values = sampled.flatMap((point) => pick(point) ?? []);
    return `${conditionLabel(condition)} (seed ${seed}) ${values.length === 0 ? 'not measured' : `${values[0].toPrecision(3)} to ${values[values.length - 1].toPrecision(3)}`}`;
  });
  return chart(specification, `${name} over steps of reinforcement learning: ${list(ends)}.`);
}

function conditionsOf(runs: readonly RlResult[]): Condition[] {
  return [...new Set(runs.map(({ condition }) => condition))];
}

function distributionsOf(runs: readonly RlResult[]): GeneratorName[] {
  return [...new Set(runs.flatMap(({ before }) => before.map(({ distribution }) => distribution)))];
}
