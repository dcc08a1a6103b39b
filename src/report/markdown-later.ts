// Reinforcement learning and interventions as markdown tables; no blocks where the study has none.
import { conditionLabel } from '../domain/conditions/condition.ts';
import type { Proportion } from '../base/statistics.ts';
import { rewardWords } from '../rl/rewards.ts';
import type { RlResult, StudyResults } from '../study/results.ts';
import { overSeeds } from '../tables/estimate.ts';
import type { Estimate } from '../tables/estimate.ts';
import {
  distributionLabel,
  integer,
  interval,
  lowerFirst,
  percent,
  pValue,
  signedInterval,
  signedPoints,
  upperFirst,
} from '../tables/format.ts';
import {
  CONFLICT_HEADS,
  interventionLabel,
  interventionLegend,
  interventionsOverSeeds,
} from './interventions-table.ts';
import { markdownGrid as table } from '../render/markdown.ts';
import { completionsWords, wordsOf } from '../tables/names.ts';
import { GROUP_COLUMNS, groupsOf, groupsWords } from './rl-groups.ts';
import { BEFORE_AFTER, pairsOverSeeds } from './rl-table.ts';
import { studyNames } from '../tables/run-names.ts';
import { seedCounts, wallsSeenWords } from './table.ts';

export function rlBlocks(results: StudyResults): string[] {
  const { rl = [], config } = results;
  if (rl.length === 0 || config.rl === undefined) return [];
  const rowsOf = (heading: string, runs: readonly RlResult[]): string[][] =>
    pairsOverSeeds(runs).map((pairs) => [
      heading,
      distributionLabel(pairs[0].before.distribution),
      ...BEFORE_AFTER.map(({ of }) => estimateText(overSeeds(pairs.map(of)))),
    ]);
  const rows = [...Map.groupBy(rl, ({ condition }) => condition)].flatMap(([condition, runs]) => [
    ...(runs.length > 1 ? rowsOf(`${conditionLabel(condition)}, mean of ${runs.length} seeds`, runs) : []),
    ...runs.flatMap((run) => rowsOf(`${conditionLabel(condition)}, seed ${run.seed}`, [run])),
  ]);
  return [
    '### Reinforcement learning',
    `GRPO for ${integer(rl[0].steps)} steps, reward ${rewardWords(config.rl)}. ` +
      `${upperFirst(completionsWords(results))} of all test ${wordsOf(results).problems}: percent, 95 % Wilson ` +
      'score interval in brackets, and count/n; of a mean the interval also covers the t interval over seeds. ' +
      `Traces are counted over all completions.${wallsSeenWords(results)}`,
    table(['Started from', '', ...BEFORE_AFTER.map(({ title }) => title)], rows),
    ...sampledBlocks(results, rl),
  ];
}

function sampledBlocks(results: StudyResults, runs: readonly RlResult[]): string[] {
  const rows = runs.flatMap((run) =>
    groupsOf(run).map((pair) => [
      `${conditionLabel(run.condition)}, seed ${run.seed}`,
      distributionLabel(pair.before.distribution),
      ...GROUP_COLUMNS.map(({ of }) => {
        const value = of(pair);
        return typeof value === 'string' ? value : shown(value);
      }),
    ]),
  );
  return rows.length === 0
    ? []
    : [
        `Sampled groups of each distribution. ${groupsWords(results)}`,
        table(['Started from', '', ...GROUP_COLUMNS.map(({ title }) => title)], rows),
      ];
}

export function interventionBlocks(results: StudyResults): string[] {
  const { interventions = [] } = results;
  if (interventions.length === 0) return [];
  const names = studyNames(results);
  const heads = [
    'Trained on',
    '',
    'Forced trace',
    'n',
    'Valid plans',
    'Change',
    'Holm p',
    'Follows the trace',
    ...CONFLICT_HEADS,
  ];
  const none = Array.from({ length: 5 }, () => '–');
  const rows = interventions.flatMap(({ condition, seed, other, distributions }) =>
    distributions.flatMap(({ distribution, own, interventions: forced }) => [
      [
        names.run({ condition, seed }),
        distributionLabel(distribution),
        'No intervention',
        integer(own.n),
        shown(own.plan_valid),
        ...none,
      ],
      ...forced.map(
        ({ intervention, n, plan_valid, compared, follows_trace, conflict_follows_trace, conflict_plan_valid }) => [
          '',
          '',
          intervention === 'other' && other !== null
            ? `Other (${lowerFirst(conditionLabel(other))})`
            : interventionLabel(intervention),
          integer(n),
          shown(plan_valid),
          n === 0 ? '–' : `${signedPoints(compared.difference)} ${signedInterval(compared.interval)}`,
          n === 0 ? '–' : pValue(compared.p_holm),
          ...[follows_trace, conflict_follows_trace, conflict_plan_valid].map(shown),
        ],
      ),
    ]),
  );
  const means = interventionsOverSeeds(interventions).flatMap(({ condition, distribution, own, rows: forced }) => [
    [
      `${names.condition(condition)}, mean over seeds`,
      distributionLabel(distribution),
      'No intervention',
      seedSizes(own),
      estimateText(own),
      ...none,
    ],
    ...forced.map(
      ({ intervention, plan_valid, change, follows_trace, conflict_follows_trace, conflict_plan_valid }) => [
        '',
        '',
        interventionLabel(intervention),
        seedSizes(plan_valid),
        estimateText(plan_valid),
        change === null ? '–' : `${signedPoints(change.mean)} ${signedInterval(change.interval)}`,
        '–',
        ...[follows_trace, conflict_follows_trace, conflict_plan_valid].map(estimateText),
      ],
    ),
  ]);
  const legend = interventionLegend(
    interventions.flatMap(({ distributions }) => distributions.flatMap((each) => each.interventions)),
  );
  const walls = wallsSeenWords(
    results,
    interventions.flatMap(({ distributions }) => distributions.map(({ distribution }) => distribution)),
  );
  return [
    '### Forced traces',
    [
      'Another trace is forced in the place of the model’s own. n: mazes, without those that leave no room for ' +
        'a plan in the context and, under k records, those whose own trace has fewer.',
      'Shares: percent, 95 % Wilson score interval in brackets, and count/n; of a mean over seeds an interval ' +
        'that covers the t interval over seeds and the mean of the seeds’ Wilson score intervals, and the count ' +
        'of each seed.',
      'Change of plan validity in points against no intervention on the same mazes (Tango’s interval, exact ' +
        'McNemar, Holm over the interventions of a distribution, those that force the same texts counted once; of ' +
        'a mean over seeds an interval that covers the t interval over seeds and the mean of the seeds’ Tango ' +
        'intervals).',
      'Follows the trace: the plan is the path that the forced trace spells, of the mazes where it spells one; ' +
        'against the maze: only where that path is no valid plan of it; valid against the trace: on the same ' +
        'mazes, the plan is valid all the same.',
    ].join(' ') +
      walls +
      names.note,
    `${legend.replaceAll('*', '\\*')}.`,
    table(heads, [...means, ...rows]),
  ];
}

/** Denominators of the seeds, one where they agree. */
function seedSizes({ seeds }: Estimate): string {
  return [...new Set(seeds.map(({ n }) => n))].length === 1
    ? integer(seeds[0].n)
    : seeds.map(({ n }) => integer(n)).join(', ');
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
