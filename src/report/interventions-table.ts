// Interventions as a table, one group a distribution: plan validity with its change against no intervention, and whom
// the plan follows.
import type { DistributionInterventions, InterventionSummary } from '../evaluation/intervention-summary.ts';
import { intervalOverSeeds } from '../analysis/comparison.ts';
import { distributionLabel, integer, pValue, signedInterval, signedPoints } from '../tables/format.ts';
import { tInterval } from '../base/statistics.ts';
import type { Interval } from '../base/statistics.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import type { GeneratorName } from '../domain/types.ts';
import type { InterventionResult } from '../study/results.ts';
import { overSeeds } from '../tables/estimate.ts';
import type { Estimate } from '../tables/estimate.ts';
import { EMPTY, html, join } from '../render/markup.ts';
import type { Html } from '../render/markup.ts';
import type { RunNames } from '../tables/run-names.ts';
import { estimateCell, groupHead, proportionCell, scrollTable } from './table.ts';

const NONE = html`<td class="none">–</td>`;

const MEANINGS: Readonly<Record<string, string>> = {
  gold: 'A*’s trace of this maze',
  swapped: 'A*’s trace of another test maze',
  filler: 'one word, as often as the gold trace has words',
  empty: 'no trace at all',
  other: 'what another model wrote on this maze',
  truncated: 'the first share of the gold events',
  'corrupted-kept': 'one gold event replaced at this share of the trace, the rest kept',
  'corrupted-regenerated': 'one gold event replaced at this share of the trace, and the model goes on from there',
  early: 'the model’s own trace, cut after so many records, well-formed or not, where it has as many',
  'early-share': 'the model’s own trace, cut at this share of its records',
};

/**
 * Against the maze: of the mazes where the path of the forced trace is no valid plan, so that a plan cannot follow
 * both.
 */
export const CONFLICT_HEADS = ['Follows it against the maze', 'Valid against the trace'] as const;

/**
 * What an intervention is called on a page: `corrupted-kept@0.5` -> `Corrupt 50 %, kept`; short, because charts reserve
 * room by the letter.
 */
export function interventionLabel(name: string): string {
  const [kind, value] = name.split('@') as [string, string | undefined];
  const at = value === undefined ? '' : `${Number((100 * Number(value)).toFixed(2))} %`;
  switch (kind) {
    case 'truncated':
      return `Truncated to ${at}`;
    case 'corrupted-kept':
      return `Corrupt ${at}, kept`;
    case 'corrupted-regenerated':
      return `Corrupt ${at}, redone`;
    case 'early':
      return `Own trace, ${value ?? ''} ${value === '1' ? 'record' : 'records'}`;
    case 'early-share':
      return `Own trace, ${at}`;
    default:
      return `${kind.charAt(0).toUpperCase()}${kind.slice(1)}`;
  }
}

/** Kinds that stand at several events or shares. */
const SEVERAL: Readonly<Record<string, string>> = {
  truncated: 'Truncated to x %',
  'corrupted-kept': 'Corrupt x %, kept',
  'corrupted-regenerated': 'Corrupt x %, redone',
  early: 'Own trace, k records',
  'early-share': 'Own trace, x %',
};

/** What the labels of these interventions mean: `Gold: A*’s trace of this maze; Empty: no trace at all`. */
export function interventionLegend(interventions: readonly { readonly intervention: string }[]): string {
  return [...new Set(interventions.map(kindOf))]
    .map((kind) => `${SEVERAL[kind] ?? interventionLabel(kind)}: ${MEANINGS[kind]}`)
    .join('; ');
}

/** @param walls for the caption: which walls were seen in training, where that is known */
export function interventionsTable(distributions: readonly DistributionInterventions[], walls = ''): Html {
  const heads = [
    'Valid plans',
    'Change, points',
    'Holm p',
    'Gold plan',
    'Own plan',
    'Follows the trace',
    ...CONFLICT_HEADS,
    'Begins at its start',
    'Truncated',
    'Plan cells',
  ];
  const bodies = distributions.map(
    ({
      distribution,
      own,
      interventions,
    }) => html`<tbody class="group"><tr><th colspan="${heads.length + 1}" scope="rowgroup"><span>${distributionLabel(
      distribution,
    )}</span></th></tr>
<tr><th scope="row">No intervention</th>${proportionCell(own.plan_valid)}${join(
      Array.from({ length: heads.length - 2 }, () => NONE),
    )}<td>${own.mean_plan_cells.toFixed(1)}</td></tr>
${join(
  interventions.map((summary, i) =>
    row(summary, MEANINGS[kindOf(summary)], kindOf(summary) !== (i === 0 ? '' : kindOf(interventions[i - 1]))),
  ),
)}</tbody>`,
  );
  return scrollTable(
    'Interventions',
    html`<table class="compact forced">
<caption><span><strong>Interventions.</strong> What stands in the trace section is forced, the model writes the plan behind it. Share, 95 % Wilson score interval, and count/n. Change: plan validity against no intervention on the same mazes, with Tango’s interval; p by the exact McNemar test, Holm over the interventions of a distribution, those that force the same texts counted once. Own plan: the plan that the model wrote without intervention. Follows the trace: the plan is the path that the forced trace spells from its own start to its own goal, of the mazes where it spells one; against the maze: only where that path is no valid plan of it; valid against the trace: on the same mazes, the plan is valid all the same. Begins at its start: only where the trace begins elsewhere than the maze. Left out are mazes without room for a plan in the context, and those where an intervention does not apply: the model’s own trace is shorter, or holds a word that is none.${walls}</span></caption>
<thead><tr><th scope="col">Forced trace</th>${join(
      heads.map((head) => html`<th scope="col">${head}</th>`),
    )}</tr></thead>
${join(bodies)}</table>`,
  );
}

/** One intervention on one distribution over the seeds of a condition. */
export interface InterventionOverSeeds {
  readonly intervention: string;
  readonly plan_valid: Estimate;
  /**
   * Change of plan validity against no intervention, a share: mean of the seeds; the 95 % interval covers the t
   * interval over seeds and the mean of the seeds' Tango intervals; null where a seed has no maze.
   */
  readonly change: { readonly mean: number; readonly interval: Interval } | null;
  readonly follows_trace: Estimate;
  readonly conflict_follows_trace: Estimate;
  readonly conflict_plan_valid: Estimate;
}

/** Conditions with several seeds, by distribution. */
export function interventionsOverSeeds(runs: readonly InterventionResult[]): {
  readonly condition: Condition;
  readonly distribution: GeneratorName;
  readonly own: Estimate;
  readonly rows: readonly InterventionOverSeeds[];
}[] {
  return [...Map.groupBy(runs, ({ condition }) => condition)]
    .filter(([, seeds]) => seeds.length > 1)
    .flatMap(([condition, seeds]) =>
      seeds[0].distributions.map(({ distribution, interventions }) => {
        const same = seeds.flatMap((run) => run.distributions.filter((each) => each.distribution === distribution));
        const rows = interventions.map(({ intervention }): InterventionOverSeeds => {
          const all = same.flatMap((each) => each.interventions.filter((one) => one.intervention === intervention));
          const change = all.every(({ n }) => n > 0) ? changeOverSeeds(all) : null;
          return {
            intervention,
            change,
            plan_valid: overSeeds(all.map(({ plan_valid }) => plan_valid)),
            follows_trace: overSeeds(all.map(({ follows_trace }) => follows_trace)),
            conflict_follows_trace: overSeeds(all.map(({ conflict_follows_trace }) => conflict_follows_trace)),
            conflict_plan_valid: overSeeds(all.map(({ conflict_plan_valid }) => conflict_plan_valid)),
          };
        });
        return { condition, distribution, own: overSeeds(same.map(({ own }) => own.plan_valid)), rows };
      }),
    );
}

function changeOverSeeds(seeds: readonly InterventionSummary[]): NonNullable<InterventionOverSeeds['change']> {
  const differences = tInterval(seeds.map(({ compared }) => compared.difference));
  return {
    mean: differences.mean,
    interval: intervalOverSeeds(
      seeds.map(({ compared }) => compared.interval),
      differences,
      [-1, 1],
    ),
  };
}

/**
 * Means over seeds; nothing where no condition has several.
 * @param walls as for interventionsTable
 */
export function interventionsSeedsTable(runs: readonly InterventionResult[], names: RunNames, walls = ''): Html {
  const groups = interventionsOverSeeds(runs);
  if (groups.length === 0) return EMPTY;
  const heads = ['Forced trace', 'Valid plans', 'Change, points', 'Follows the trace', ...CONFLICT_HEADS];
  const bodies = groups.map(
    ({ condition, distribution, own, rows }) => html`<tbody class="group">${groupHead(
      heads.length,
      `${names.condition(condition)}, ${distributionLabel(distribution)}`,
    )}
<tr><th scope="row">No intervention</th>${estimateCell(own)}${join(heads.slice(2).map(() => NONE))}</tr>
${join(rows.map(seedsRow))}</tbody>`,
  );
  return scrollTable(
    'Interventions over seeds',
    html`<table class="compact">
<caption><span><strong>Over seeds.</strong> Mean over seeds, in brackets an interval that covers the 95 % t interval over seeds and the seeds’ mean Wilson score interval, and the count of each seed. Change: plan validity against no intervention on the same mazes, points; its interval covers the t interval over seeds and the seeds’ mean Tango interval. Follows the trace: of the mazes where it spells a path; against the maze, and valid against the trace: of those where that path is no valid plan.${walls}${names.note}</span></caption>
<thead><tr>${join(heads.map((head) => html`<th scope="col">${head}</th>`))}</tr></thead>
${join(bodies)}</table>`,
  );
}

function seedsRow({
  intervention,
  plan_valid,
  change,
  follows_trace,
  conflict_follows_trace,
  conflict_plan_valid,
}: InterventionOverSeeds): Html {
  return html`<tr><th scope="row">${interventionLabel(intervention)}</th>${estimateCell(plan_valid)}${
    change === null ? NONE : changeCell(change.mean, change.interval)
  }${join([follows_trace, conflict_follows_trace, conflict_plan_valid].map(estimateCell))}</tr>`;
}

function row(summary: InterventionSummary, meaning: string, isFirst: boolean): Html {
  const { intervention, n, no_room, not_applicable, compared, mean_plan_cells } = summary;
  const left = [
    ...(no_room > 0 ? [`${integer(no_room)} without room`] : []),
    ...(not_applicable > 0 ? [`${integer(not_applicable)} not applicable`] : []),
  ];
  const note = [...(isFirst ? [meaning] : []), ...left].join('; ');
  const change =
    n === 0
      ? html`${NONE}${NONE}`
      : html`${changeCell(compared.difference, compared.interval)}<td>${pValue(compared.p_holm)}</td>`;
  const shares = [
    summary.plan_is_gold,
    summary.plan_is_own,
    summary.follows_trace,
    summary.conflict_follows_trace,
    summary.conflict_plan_valid,
    summary.begins_at_trace_start,
    summary.truncated,
  ];
  return html`<tr><th scope="row">${interventionLabel(intervention)}${
    note === '' ? EMPTY : html`<span class="note">${note}</span>`
  }</th>${proportionCell(summary.plan_valid)}${change}${join(shares.map(proportionCell))}<td>${mean_plan_cells.toFixed(
    1,
  )}</td></tr>`;
}

function changeCell(difference: number, interval: Interval): Html {
  return html`<td><span class="v">${signedPoints(difference)}</span> <span class="i">${signedInterval(interval)}</span></td>`;
}

function kindOf({ intervention }: { readonly intervention: string }): string {
  return intervention.split('@')[0];
}
