// Trace lengths as tables: correlations with intervals per run and distribution, the gold baseline, and the bins by
// distance.
import type { DistanceBin, GoldBaseline, LengthAnalysis, LengthGroup } from '../analysis/lengths.ts';
import { correlationOverSeeds } from '../analysis/seed-correlation.ts';
import type { SeedCorrelation } from '../analysis/seed-correlation.ts';
import type { Correlation } from '../base/correlation.ts';
import { ALL_GENERATORS } from '../domain/maze/types.ts';
import { overSeeds } from './estimate.ts';
import type { Estimate } from './estimate.ts';
import { correlationWords, distributionLabel, integer, nats, pValue } from './format.ts';
import { EMPTY, html, join } from './html.ts';
import type { Html } from './html.ts';
import { RUN_NAMES } from './run-names.ts';
import { estimateCell, groupHead, proportionCell, scrollTable } from './table.ts';

/** What a distance is, for every caption. */
export const DISTANCE_WORDS =
  'mean loss of the model itself on the gold completions, nats per token; for a model trained on other traces ' +
  'it also tells how unlike its own the gold traces are';

/** Runs in the order of the analysis. */
export function runsOf<T extends { readonly condition: LengthGroup['condition']; readonly seed: number }>(
  items: readonly T[],
): T[][] {
  return [...Map.groupBy(items, ({ condition, seed }) => `${condition}/${seed}`).values()];
}

/**
 * Correlations of generated with A* events, one row a distribution, one group a run.
 * @param walls for the caption: which walls were seen in training, where that is known
 */
export function lengthsTable({ groups }: LengthAnalysis, names = RUN_NAMES, walls = ''): Html {
  const heads = [
    'Solved',
    'Truncated',
    'Events generated, A*',
    'Pearson',
    'Spearman',
    'Given plan length',
    'Given plan length and Manhattan distance',
    'Given plan length, without truncated',
    'With plan length',
    'With Manhattan distance',
    'Distance',
  ];
  const bodies = runsOf(groups).map(
    (some) =>
      html`<tbody class="group"><tr><th colspan="${heads.length + 1}" scope="rowgroup"><span>${names.run(some[0])}</span></th></tr>${join(some.map(groupRow))}</tbody>`,
  );
  return scrollTable(
    'Correlations of trace lengths',
    html`<table>
<caption><span><strong>Generated with A* events.</strong> Correlation, 95 % interval in brackets, and p of “none”: Pearson and the partial correlations with Fisher’s z, Spearman with the standard error of Bonett and Wright. Events generated are the well-formed events before the plan, right or wrong; truncated completions count with those they have, and one column leaves them out. Solved and truncated: with the 95 % Wilson score interval, and count/n. Distance: ${DISTANCE_WORDS}.${walls}${names.note}</span></caption>
<thead><tr><th scope="col">Distribution</th>${join(
      heads.map((head) => html`<th scope="col">${head}</th>`),
    )}</tr></thead>
${join(bodies)}</table>`,
  );
}

function groupRow({
  distribution,
  solved,
  truncated,
  mean_generated,
  mean_astar,
  mean_distance,
  all,
  finished,
}: LengthGroup): Html {
  return html`<tr><th scope="row">${distributionLabel(distribution)}</th>${proportionCell(solved)}${proportionCell(
    truncated,
  )}<td>${mean_generated.toFixed(1)}, ${mean_astar.toFixed(1)}</td>${join(
    [
      all.pearson,
      all.spearman,
      all.given_plan,
      all.given_plan_manhattan,
      finished.given_plan,
      all.with_plan,
      all.with_manhattan,
    ].map(cell),
  )}<td>${mean_distance === null ? '–' : nats(mean_distance)}</td></tr>`;
}

/** Lengths on one distribution over the seeds of a condition. */
export interface LengthsOverSeeds {
  readonly condition: LengthGroup['condition'];
  readonly distribution: LengthGroup['distribution'];
  readonly solved: Estimate;
  readonly truncated: Estimate;
  /**
   * Pearson, Spearman, given plan length, given plan length and Manhattan distance, given plan length without
   * truncated; null where a seed has none.
   */
  readonly correlations: readonly (SeedCorrelation | null)[];
}

/** Conditions with several seeds, by distribution. */
export function lengthsOverSeeds(groups: readonly LengthGroup[]): LengthsOverSeeds[] {
  const picks = [
    ({ all }: LengthGroup) => all.pearson,
    ({ all }: LengthGroup) => all.spearman,
    ({ all }: LengthGroup) => all.given_plan,
    ({ all }: LengthGroup) => all.given_plan_manhattan,
    ({ finished }: LengthGroup) => finished.given_plan,
  ];
  return [...Map.groupBy(groups, ({ condition, distribution }) => `${condition}/${distribution}`).values()]
    .filter(({ length }) => length > 1)
    .map((seeds) => ({
      condition: seeds[0].condition,
      distribution: seeds[0].distribution,
      solved: overSeeds(seeds.map(({ solved }) => solved)),
      truncated: overSeeds(seeds.map(({ truncated }) => truncated)),
      correlations: picks.map((pick) => correlationOverSeeds(seeds.map(pick))),
    }));
}

/** Means over seeds; nothing where no condition has several. */
export function lengthsSeedsTable({ groups }: LengthAnalysis, names = RUN_NAMES, walls = ''): Html {
  const rows = lengthsOverSeeds(groups);
  if (rows.length === 0) return EMPTY;
  const heads = [
    'Solved',
    'Truncated',
    'Pearson',
    'Spearman',
    'Given plan length',
    'Given plan length and Manhattan distance',
    'Given plan length, without truncated',
  ];
  const bodies = [...Map.groupBy(rows, ({ condition }) => condition)].map(
    ([condition, some]) => html`<tbody class="group">${groupHead(heads.length + 1, names.condition(condition))}
${join(
  some.map(
    ({ distribution, solved, truncated, correlations }) =>
      html`<tr><th scope="row">${distributionLabel(
        distribution,
      )}</th>${estimateCell(solved)}${estimateCell(truncated)}${join(correlations.map(seedsCell))}</tr>`,
  ),
)}</tbody>`,
  );
  return scrollTable(
    'Trace lengths over seeds',
    html`<table class="compact">
<caption><span><strong>Over seeds.</strong> Generated with A* events: mean of the seeds’ correlations in Fisher’s z, in brackets an interval that covers the 95 % t interval over seeds and the mean of the seeds’ intervals. Solved and truncated: mean over seeds, the interval likewise, and the count of each seed.${walls}${names.note}</span></caption>
<thead><tr><th scope="col">Distribution</th>${join(
      heads.map((head) => html`<th scope="col">${head}</th>`),
    )}</tr></thead>
${join(bodies)}</table>`,
  );
}

function seedsCell(correlation: SeedCorrelation | null): Html {
  if (correlation === null) return html`<td class="none">–</td>`;
  return html`<td>${correlationSpans(correlation)}</td>`;
}

/** What the gold traces show: how far A*'s effort is told by the plan's length and the distance alone. */
export function goldTable(gold: readonly GoldBaseline[], walls = ''): Html {
  const heads = [
    'n',
    'A* events',
    'With plan length',
    'the same, Spearman',
    'With Manhattan distance',
    'the same, Spearman',
    'With plan length, given Manhattan distance',
  ];
  const row = (baseline: GoldBaseline): Html =>
    html`<tr><th scope="row">${distributionLabel(
      baseline.distribution,
    )}</th><td>${integer(baseline.n)}</td><td>${baseline.mean_astar.toFixed(1)}</td>${join(
      goldCorrelations(baseline).map(cell),
    )}</tr>`;
  return scrollTable(
    'Gold traces',
    html`<table>
<caption><span><strong>Gold traces, the baseline.</strong> A* events with the length of a shortest plan and with the Manhattan distance: what a length can follow without any search. Pearson where nothing else is said. A model that writes the gold trace has correlation 1 with A* everywhere.${walls}</span></caption>
<thead><tr><th scope="col">Distribution</th>${join(
      heads.map((head) => html`<th scope="col">${head}</th>`),
    )}</tr></thead>
<tbody>${join(gold.map(row))}</tbody></table>`,
  );
}

/**
 * With plan length (Pearson, Spearman), with Manhattan distance (the same two), with plan length given Manhattan
 * distance.
 */
export function goldCorrelations({
  with_plan,
  with_plan_spearman,
  with_manhattan,
  with_manhattan_spearman,
  with_plan_given_manhattan,
}: GoldBaseline): readonly (Correlation | null)[] {
  return [with_plan, with_plan_spearman, with_manhattan, with_manhattan_spearman, with_plan_given_manhattan];
}

/** For every caption of a table by distance: what its correlations are over. */
export const FIFTH_WORDS =
  'A fifth mixes distributions, so that its correlations are also between distributions; within distributions: ' +
  'which one a maze is from is held fixed';

/**
 * Pearson, Spearman, given plan length, given plan length and Manhattan distance; within distributions, and there given
 * plan length, too.
 */
export function fifthCorrelations({
  all,
  given_distribution,
  given_distribution_plan,
}: DistanceBin): readonly (Correlation | null)[] {
  return [
    all.pearson,
    all.spearman,
    all.given_plan,
    all.given_plan_manhattan,
    given_distribution,
    given_distribution_plan,
  ];
}

/** What a fifth is made of: `Wilson 30, DFS 12`. */
export function fifthFrom({ from }: DistanceBin): string {
  return ALL_GENERATORS.flatMap((name) =>
    from[name] === undefined ? [] : [`${distributionLabel(name)} ${integer(from[name])}`],
  ).join(', ');
}

/** The same mazes in fifths by distance from the training distribution; nothing where it was not measured. */
export function distanceTable(bins: readonly DistanceBin[], names = RUN_NAMES, walls = ''): Html {
  if (bins.length === 0) return EMPTY;
  const heads = [
    'Distance',
    'n',
    'Mazes',
    'Solved',
    'Truncated',
    'Events generated, A*',
    'Pearson',
    'Spearman',
    'Given plan length',
    'Given plan length and Manhattan distance',
    'Within distributions',
    'Within distributions, given plan length',
  ];
  const row = (bin: DistanceBin): Html =>
    html`<tr><th scope="row">${nats(bin.low)} to ${nats(bin.high)}</th><td>${integer(bin.n)}</td><td class="from">${fifthFrom(bin)}</td>${proportionCell(
      bin.solved,
    )}${proportionCell(bin.truncated)}<td>${bin.mean_generated.toFixed(1)}, ${bin.mean_astar.toFixed(1)}</td>${join(
      fifthCorrelations(bin).map(cell),
    )}</tr>`;
  const bodies = runsOf(bins).map(
    (some) => html`<tbody class="group">${groupHead(heads.length, names.run(some[0]))}${join(some.map(row))}</tbody>`,
  );
  return scrollTable(
    'By distance from the training distribution',
    html`<table class="compact">
<caption><span><strong>By distance from the training distribution.</strong> All mazes of a run in fifths by distance, nearest first: ${DISTANCE_WORDS}. ${FIFTH_WORDS}; “mazes” tells how many of each. Solved and truncated: with the 95 % Wilson score interval, and count/n.${walls}${names.note}</span></caption>
<thead><tr>${join(heads.map((head) => html`<th scope="col">${head}</th>`))}</tr></thead>
${join(bodies)}</table>`,
  );
}

function cell(correlation: Correlation | null): Html {
  if (correlation === null) return html`<td class="none">–</td>`;
  return html`<td>${correlationSpans(correlation)} <span class="n">p ${pValue(correlation.p)}</span></td>`;
}

function correlationSpans(correlation: SeedCorrelation | Correlation): Html {
  const [estimate, ...bounds] = correlationWords(correlation).replaceAll('-', '\u2212').split(' ');
  return html`<span class="v">${estimate}</span> <span class="i">${bounds.join(' ')}</span>`;
}
