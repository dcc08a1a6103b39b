// Which rule a completion breaks first: counts by distribution, of the plan and of the trace.
import { sum } from '../base/sum.ts';
import { conditionLabel, hasTraces } from '../domain/conditions/condition.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import type { DistributionSummary } from '../evaluation/types.ts';
import type { StudyResults } from '../study/results.ts';
import { numberCell, textCell } from './cells.ts';
import { distributionColumns, hasDistributions, layoutsSeenWords } from './distributions.ts';
import { conditionsOf, distributionsOf, summariesOf } from './estimate.ts';
import { lowerFirst } from './format.ts';
import { levelName, RULE_LEVELS } from './levels.ts';
import { wordsOf } from './names.ts';
import { ruleLabel } from './rules.ts';
import { tableId } from './table.ts';
import type { Group, Table } from './table.ts';

/** One table for each condition. */
export function firstErrors(results: StudyResults): Table[] {
  if (!hasDistributions(results)) return [];
  const { planErrors, traceRules } = wordsOf(results);
  return conditionsOf(results).map((condition) => ({
    id: tableId('first-errors', condition),
    title: `First broken rules: ${lowerFirst(conditionLabel(condition))}`,
    caption:
      'Number of completions by the first rule that they break, summed over seeds. A rule that no completion breaks ' +
      `first is left out.${layoutsSeenWords(results)}`,
    about: { condition },
    columns: distributionColumns(results, 'First broken rule'),
    groups: [
      {
        heading: '',
        about: { metric: 'completions' },
        rows: [[textCell('Completions'), ...countsOf(results, condition, ({ n }) => n).map(integerCell)]],
      },
      ruleGroup(results, condition, 'Plan', planErrors, { metric: 'first_error_plan' }, (s) => s.first_errors.plan),
      ...(hasTraces(condition) ? RULE_LEVELS : []).map((level) =>
        ruleGroup(
          results,
          condition,
          `Trace: ${levelName(level)}`,
          traceRules,
          { metric: 'first_error_trace', level },
          (s) => s.first_errors[level],
        ),
      ),
    ],
    compact: true,
  }));
}

/** @param meanings of the rules; the commonest rule comes first */
function ruleGroup(
  results: StudyResults,
  condition: Condition,
  heading: string,
  meanings: Readonly<Record<string, string>>,
  about: NonNullable<Group['about']>,
  pick: (summary: DistributionSummary) => Partial<Record<string, number>>,
): Group {
  const counted = Object.keys(meanings)
    .map((rule) => ({ rule, counts: countsOf(results, condition, (summary) => pick(summary)[rule] ?? 0) }))
    .map((each) => ({ ...each, total: sum(each.counts) }))
    .filter(({ total }) => total > 0)
    .sort((a, b) => b.total - a.total);
  const rows = counted.map(({ rule, counts }) => [
    textCell(ruleLabel(rule), { part: rule }, meanings[rule]),
    ...counts.map(integerCell),
  ]);
  return { heading, about, rows };
}

/** By distribution, over the seeds. */
function countsOf(
  results: StudyResults,
  condition: Condition,
  count: (summary: DistributionSummary) => number,
): number[] {
  return distributionsOf(results).map((name) => sum(summariesOf(results, condition, name).map(count)));
}

function integerCell(value: number) {
  return numberCell(value, 'integer');
}
