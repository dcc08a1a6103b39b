// Plan against trace: how many completions have both valid, one of them, or none, by distribution.
import { proportion } from '../base/statistics.ts';
import { sum } from '../base/sum.ts';
import { conditionLabel } from '../domain/conditions/condition.ts';
import type { GeneratorName } from '../domain/types.ts';
import type { DistributionSummary, Quadrants } from '../evaluation/types.ts';
import type { StudyResults } from '../study/results.ts';
import { exactCell, textCell } from './cells.ts';
import { distributionColumns, hasDistributions, layoutsSeenWords } from './distributions.ts';
import { distributionsOf, summariesOf } from './estimate.ts';
import { levelName, RULE_LEVELS } from './levels.ts';
import { tracedConditions } from './trace-validity.ts';
import type { Cell, Table } from './table.ts';

/** In the order of the picture: by row, from the upper left. */
const KINDS: readonly (readonly [kind: keyof Quadrants, label: string])[] = [
  ['both_valid', 'Plan and trace valid'],
  ['trace_only', 'Plan invalid, trace valid'],
  ['plan_only', 'Plan valid, trace invalid'],
  ['neither', 'Plan and trace invalid'],
];

/** The table of plan against trace; empty without a condition that has traces. */
export function quadrants(results: StudyResults): Table[] {
  if (!hasDistributions(results) || tracedConditions(results).length === 0) return [];
  return [
    {
      id: 'quadrants',
      title: 'Plan against trace',
      caption:
        'Test completions by validity of plan and trace: percent and count/n, summed over seeds. At the lenient ' +
        'level a plan of another length than the trace’s path makes the trace invalid. At the strict level the trace ' +
        'is judged alone.' +
        layoutsSeenWords(results),
      columns: distributionColumns(results, 'Completions'),
      groups: tracedConditions(results).flatMap((condition) => {
        const total = (name: GeneratorName, of: (summary: DistributionSummary) => number): number =>
          sum(summariesOf(results, condition, name).map(of));
        const shares = (of: (summary: DistributionSummary) => number): (Cell | null)[] =>
          distributionsOf(results).map((name) =>
            exactCell(
              proportion(
                total(name, of),
                total(name, ({ n }) => n),
              ),
            ),
          );
        return RULE_LEVELS.map((level) => ({
          heading: `${conditionLabel(condition)}: ${levelName(level)}`,
          about: { condition, level },
          rows: [
            ...KINDS.map(([kind, label]) => [
              textCell(label, { metric: `quadrant_${kind}` }),
              ...shares((summary) => summary.quadrants[level][kind]),
            ]),
          ],
        }));
      }),
      compact: true,
    },
  ];
}
