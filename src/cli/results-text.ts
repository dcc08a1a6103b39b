// The end of a study in the terminal: findings with their tests, plan validity and trace validity with intervals, and
// the result's hash.
import { conditionsOf, distributionsOf, estimateOf, seedsOf, summariesOf } from '../report/estimate.ts';
import type { Estimate } from '../report/estimate.ts';
import {
  distributionLabel,
  duration,
  integer,
  interval,
  list,
  lowerFirst,
  magnitude,
  pValue,
  percent,
} from '../report/format.ts';
import type { Finding } from '../analysis/findings.ts';
import { conditionLabel, hasTraces } from '../domain/conditions/condition.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import type { GeneratorName } from '../domain/types.ts';
import type { DistributionSummary } from '../evaluation/types.ts';
import type { Proportion } from '../base/statistics.ts';
import type { StudyResults } from '../study/results.ts';
import { wordsOf } from '../report/names.ts';
import { diagramsOf, differenceWords, intervalWords, phaseSummary, sizeWords } from '../report/phase-section.ts';
import { UNDERTRAINED_MARK } from '../report/run-names.ts';
import { alignColumns, printable, wrap } from './text.ts';

const WIDTH = 80;
/** Conditions that one table holds. */
const ABREAST = 3;
/** Wider headings than this give way to the condition's own name. */
const HEAD = 17;

/** @param report path of the HTML file */
export function resultsText(results: StudyResults, report: string): string {
  const traced = conditionsOf(results).filter(hasTraces);
  const lines = [
    '',
    `Findings of study ${results.study} (alpha 0.05, Holm over the findings)`,
    ...results.findings.flatMap(findingLines),
    ...undertrainedLines(results),
    '',
    ...planTables(results),
    ...traced.flatMap((condition) => ['', ...traceTable(results, condition)]),
    ...phaseLines(results),
    '',
    `Working time ${duration(results.seconds)} on ${results.hardware.cpu} (${results.hardware.threads} threads, ` +
      `${results.hardware.kernel_path}).`,
    `Report: ${report}`,
    `result ${results.result}`,
    '',
  ];
  return printable(lines.join('\n'));
}

function findingLines(finding: Finding): string[] {
  const { id, verdict, statement, effect, interval: bounds, p, p_holm, n, seeds, test, detail } = finding;
  const number =
    effect?.unit === 'points' ? signed : (value: number): string => value.toFixed(effect?.unit === 'r' ? 2 : 1);
  const size =
    effect === null
      ? []
      : [
          `${effect.unit === 'r' ? `r = ${number(effect.value)}` : `${number(effect.value)} ${effect.unit}`}${
            bounds ? ` [${number(bounds[0])}, ${number(bounds[1])}]` : ''
          }`,
        ];
  const chance = p === null ? [] : [`p ${equals(p)}${p_holm === null ? '' : `, after Holm ${equals(p_holm)}`}`];
  const facts = [
    ...size,
    ...chance,
    `n = ${integer(n)}`,
    `${seeds.length === 1 ? 'seed' : 'seeds'} ${seeds.length === 0 ? 'none' : seeds.join(', ')}`,
    test,
  ];
  const [head, ...rest] = wrap(`${verdict.toUpperCase()}  ${statement}`, WIDTH, 5);
  return [
    '',
    `${id.padEnd(5)}${head.trimStart()}`,
    ...rest,
    ...wrap(facts.join('; '), WIDTH, 5),
    ...wrap(detail, WIDTH, 5),
  ];
}

function undertrainedLines(results: StudyResults): string[] {
  const short = results.conditions.filter(({ training_verdict }) => training_verdict.undertrained);
  if (short.length === 0) return [];
  return [
    '',
    'Undertrained runs, which prove nothing:',
    ...short.flatMap(({ condition, seed, training_verdict }) =>
      wrap(`${condition}, seed ${seed}: ${training_verdict.reason}`, WIDTH, 2),
    ),
  ];
}

/** Plan validity of every condition on every distribution, as many conditions side by side as the terminal holds. */
function planTables(results: StudyResults): string[] {
  const conditions = conditionsOf(results);
  const blocks = Array.from({ length: Math.ceil(conditions.length / ABREAST) }, (_, i) =>
    conditions.slice(i * ABREAST, (i + 1) * ABREAST),
  );
  return [
    ...wrap(
      `Valid plans: % [95 % interval] of ${mazes(results)}${meanOver(results)}; seen: % of test ` +
        `${wordsOf(results).problems} whose walls occur in training`,
      WIDTH,
    ),
    ...blocks.flatMap((block, i) => [...(i === 0 ? [] : ['']), ...planTable(results, block)]),
  ];
}

function planTable(results: StudyResults, conditions: readonly Condition[]): string[] {
  const rows = distributionsOf(results).map((distribution) => [
    distributionLabel(distribution),
    ...conditions.map((condition) =>
      shown(estimateOf(results, condition, distribution, (summary) => summary.plan_valid)),
    ),
    seen(results, conditions, distribution),
  ]);
  return alignColumns([['', ...conditions.map(columnHead), 'seen'], ...rows]);
}

/** Trace validity of one condition: of all completions, and of those with a valid plan. */
function traceTable(results: StudyResults, condition: Condition): string[] {
  const pick = (distribution: GeneratorName, of: (summary: DistributionSummary) => Proportion): string =>
    shown(estimateOf(results, condition, distribution, of));
  const rows = distributionsOf(results).map((distribution) => [
    distributionLabel(distribution),
    pick(distribution, ({ trace_valid }) => trace_valid.strict),
    String(
      summariesOf(results, condition, distribution)
        .map(({ plan_valid }) => integer(plan_valid.count))
        .join('+'),
    ),
    pick(distribution, ({ trace_valid_given_plan }) => trace_valid_given_plan.strict),
    pick(distribution, ({ trace_valid_given_plan }) => trace_valid_given_plan.paper),
  ]);
  return [
    ...wrap(
      `Valid traces, ${lowerFirst(conditionLabel(condition))}: % [95 % interval] of ` +
        `${mazes(results)}${meanOver(results)}, and of the valid plans among them, at strict and paper level`,
      WIDTH,
    ),
    ...alignColumns([['', 'strict, all', 'valid plans', 'strict of them', 'paper of them'], ...rows]),
  ];
}

function phaseLines({ phase }: StudyResults): string[] {
  if (phase === undefined) return [];
  const tables = diagramsOf(phase).flatMap(({ condition, sizes, tokens, at }) => {
    const rows = sizes.map((size) => [
      sizeWords(size),
      ...tokens.map((count) => `${differenceWords(at(size, count))} ${intervalWords(at(size, count))}`),
    ]);
    return [
      ...wrap(
        `Phase diagram: ${lowerFirst(conditionLabel(condition))} minus solution-only, points of valid plans [95 ` +
          `% interval]; ${UNDERTRAINED_MARK} a model is undertrained`,
        WIDTH,
      ),
      ...alignColumns([['', ...tokens.map((count) => `${magnitude(count)} tokens`)], ...rows]),
    ];
  });
  return ['', ...tables, ...phaseSummary(phase).flatMap((line) => wrap(line, WIDTH))];
}

function columnHead(condition: Condition): string {
  const label = conditionLabel(condition);
  return label.length <= HEAD ? label : condition;
}

function shown(estimate: Estimate | null): string {
  return estimate === null || estimate.share === null
    ? '-'
    : `${percent(estimate.share)} ${interval(estimate.low, estimate.high)}`;
}

function seen(results: StudyResults, conditions: readonly Condition[], distribution: GeneratorName): string {
  const [summary] = conditions.flatMap((condition) => summariesOf(results, condition, distribution));
  return summary.n === 0 ? '-' : percent(summary.walls_seen.count / summary.n);
}

/** `1,000 mazes`, or each distribution's number where they differ. */
function mazes(results: StudyResults): string {
  const { problems } = wordsOf(results);
  const counts = new Map(
    results.conditions.flatMap(({ evaluation }) => evaluation.map(({ distribution, n }) => [distribution, n] as const)),
  );
  const different = [...new Set(counts.values())];
  if (different.length === 1) return `${integer(different[0])} ${problems} each`;
  return (
    `the ${problems} ` +
    `(${[...counts].map(([distribution, n]) => `${distributionLabel(distribution)} ${integer(n)}`).join(', ')})`
  );
}

function meanOver(results: StudyResults): string {
  const seeds = seedsOf(results);
  return seeds.length === 1 ? '' : `, mean over seeds ${list(seeds.map(String))}`;
}

function signed(value: number): string {
  return `${value > 0 ? '+' : ''}${value.toFixed(1)}`;
}

function equals(p: number): string {
  const text = pValue(p);
  return text.startsWith('<') ? text : `= ${text}`;
}
