// Reinforcement learning, trace lengths, interventions and the phase diagram as markdown tables; no blocks where the study has none.
import type { PhaseDifference } from '../analysis/phase.ts';
import type { Correlation } from '../base/correlation.ts';
import { BASELINE, conditionLabel } from '../domain/conditions/condition.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import type { Proportion } from '../base/statistics.ts';
import { rewardWords } from '../rl/rewards.ts';
import type { StudyResults } from '../study/results.ts';
import { correlationWords, counts, distributionLabel, integer, interval, lowerFirst, magnitude, percent, pValue, share, signedPoints, upperFirst } from './format.ts';
import { interventionLabel } from './interventions-table.ts';
import { table } from './markdown-table.ts';
import { completionsWords, wordsOf } from './names.ts';
import { diagramsOf, differenceWords, intervalWords, phaseSummary, sizeWords, UNDERTRAINED_MARK, validWords } from './phase-section.ts';
import { pairsOf } from './rl-section.ts';

export function rlBlocks(results: StudyResults): string[] {
  const { rl = [], config } = results;
  if (rl.length === 0 || config.rl === undefined) return [];
  const rows = rl.flatMap((run) => pairsOf(run).map(({ before, after }) => [
    `${conditionLabel(run.condition)}, seed ${run.seed}`, distributionLabel(before.distribution), ...[before.plan_valid, after.plan_valid, before.trace_valid.strict, after.trace_valid.strict].map(shown),
  ]));
  return [
    '### Reinforcement learning', `GRPO for ${integer(rl[0].steps)} steps, reward ${rewardWords(config.rl)}. ${upperFirst(completionsWords(results))} of all test ${wordsOf(results).problems}: percent, 95 % Wilson score interval in brackets, and count/n; strict traces of all completions.`,
    table(['Started from', '', 'Valid plans, before', 'after', 'Strict traces, before', 'after'], rows),
  ];
}

export function lengthBlocks({ lengths }: StudyResults): string[] {
  if (lengths === undefined) return [];
  const { groups, gold, bins } = lengths.analysis;
  const runName = ({ condition, seed }: { readonly condition: Condition; readonly seed: number }): string => `${conditionLabel(condition)}, seed ${seed}`;
  const rows = groups.map(({ distribution, n, solved, truncated, mean_generated, mean_astar, mean_distance, all, finished, ...run }) => [
    runName(run), distributionLabel(distribution), integer(n), share(solved), share(truncated), `${mean_generated.toFixed(1)}, ${mean_astar.toFixed(1)}`,
    ...[all.pearson, all.spearman, all.given_plan, all.given_plan_manhattan, finished.given_plan, all.with_plan, all.with_manhattan].map(correlation), mean_distance === null ? '–' : mean_distance.toFixed(3),
  ]);
  const baseline = gold.map(({ distribution, n, mean_astar, with_plan, with_manhattan, with_plan_given_manhattan }) => [distributionLabel(distribution), integer(n), mean_astar.toFixed(1), ...[with_plan, with_manhattan, with_plan_given_manhattan].map(correlation)]);
  const fifths = bins.map(({ low, high, n, solved, truncated, mean_generated, mean_astar, all, ...run }) => [
    runName(run), `${low.toFixed(3)} to ${high.toFixed(3)}`, integer(n), share(solved), share(truncated), `${mean_generated.toFixed(1)}, ${mean_astar.toFixed(1)}`, ...[all.pearson, all.given_plan].map(correlation),
  ]);
  return [
    '### Trace length', 'Generated with A\\* events: correlation and 95 % interval; partial ones hold plan length, or plan length and Manhattan distance, fixed. Distance: the model’s mean loss on the gold completions, nats a token.',
    table(['Trained on', '', 'n', 'Solved', 'Truncated', 'Events generated, A\\*', 'Pearson', 'Spearman', 'given plan length', 'given plan and Manhattan', 'given plan, without truncated', 'with plan length', 'with Manhattan', 'Distance'], rows),
    'Gold traces, the baseline: A\\* events with the length of the plan and with the Manhattan distance.', table(['', 'n', 'A\\* events', 'with plan length', 'with Manhattan', 'with plan length, given Manhattan'], baseline),
    ...(fifths.length === 0 ? [] : ['All problems of a run in fifths by distance from the training distribution, nearest first.', table(['Trained on', 'Distance', 'n', 'Solved', 'Truncated', 'Events generated, A\\*', 'Pearson', 'given plan length'], fifths)]),
  ];
}

function correlation(value: Correlation | null): string {
  return value === null ? '–' : correlationWords(value).replaceAll('-', '\u2212');
}

export function interventionBlocks({ interventions = [] }: StudyResults): string[] {
  if (interventions.length === 0) return [];
  const rows = interventions.flatMap(({ condition, seed, other, distributions }) => distributions.flatMap(({ distribution, own, interventions: forced }) => [
    [`${conditionLabel(condition)}, seed ${seed}`, distributionLabel(distribution), 'No intervention', shown(own.plan_valid), '–', '–', '–'],
    ...forced.map(({ intervention, n, plan_valid, compared, follows_trace }) => [
      '', '', intervention === 'other' && other !== null ? `Other (${lowerFirst(conditionLabel(other))})` : interventionLabel(intervention), shown(plan_valid),
      n === 0 ? '–' : `${signedPoints(compared.difference)} [${signedPoints(compared.interval[0])}, ${signedPoints(compared.interval[1])}]`, n === 0 ? '–' : pValue(compared.p_holm), shown(follows_trace),
    ]),
  ]));
  return ['### Forced traces', 'Another trace is forced in the place of the model’s own. Change of plan validity in points against no intervention on the same mazes (Tango’s interval, exact McNemar, Holm over the interventions of a distribution); follows: the plan is the path that the forced trace spells, of the mazes where it spells one.', table(['Trained on', '', 'Forced trace', 'Valid plans', 'Change', 'Holm p', 'Follows the trace'], rows)];
}

export function phaseBlocks(results: StudyResults): string[] {
  const { phase } = results;
  if (phase === undefined) return [];
  const blocks = diagramsOf(phase).map(({ condition, sizes, tokens, at }) => {
    const cell = (square: PhaseDifference): string => `**${differenceWords(square)}**<br>${intervalWords(square)}<br>${validWords(phase.runs, square, condition)}, ${validWords(phase.runs, square, BASELINE)}`;
    return table([`${conditionLabel(condition)} minus ${lowerFirst(conditionLabel(BASELINE))}`, ...tokens.map((count) => `${magnitude(count)} tokens`)], sizes.map((size) => [sizeWords(size), ...tokens.map((count) => cell(at(size, count)))]));
  });
  return [
    '### Where traces start to pay', `Plan validity by size and training tokens, on ${integer(phase.differences[0].n)} test ${wordsOf(results).problems} of the same size, in distribution: difference in points, its 95 % interval, and the two shares. ${UNDERTRAINED_MARK}: a model of the square is undertrained.`,
    ...blocks, phaseSummary(phase).join(' '),
  ];
}

function shown(value: Proportion): string {
  if (value.n === 0) return '–';
  return `**${percent(value.count / value.n)} %**<br>${interval(value.low, value.high)}<br>${counts(value)}`;
}
