// Form of the completions: exact format, truncation, length.
import { conditionLabel } from '../domain/conditions/condition.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import type { DistributionSummary } from '../evaluation/types.ts';
import type { StudyResults } from '../study/results.ts';
import { numberCell, textCell } from './cells.ts';
import {
  distributionColumns,
  distributionRow,
  hasDistributions,
  intervalWords,
  layoutsSeenWords,
} from './distributions.ts';
import { conditionsOf, distributionsOf } from './estimate.ts';
import { upperFirst } from './format.ts';
import type { Cell, Table } from './table.ts';

/** The table on the form of completions; empty without test distributions. */
export function completionForm(results: StudyResults): Table[] {
  if (!hasDistributions(results)) return [];
  return [
    {
      id: 'completion-form',
      title: 'Form of the completions',
      caption:
        `${upperFirst(intervalWords(results))}. Exact format: events, one \`solution\`, at least one plan record, ` +
        `one \`end\`, nothing else.${layoutsSeenWords(results)}`,
      columns: distributionColumns(results, 'Trained on'),
      groups: conditionsOf(results).map((condition) => ({
        heading: conditionLabel(condition),
        about: { condition },
        rows: [
          distributionRow(results, textCell('Exact format'), condition, ({ format }) => format, {
            about: { metric: 'format' },
          }),
          distributionRow(
            results,
            textCell('Truncated', undefined, 'cut off at the cap'),
            condition,
            ({ truncated }) => truncated,
            { about: { metric: 'truncated' } },
          ),
          ...wordRows(results, condition, 'Mean words', 'words_mean', ({ mean }) => mean),
          ...wordRows(results, condition, 'Most words', 'words_max', ({ max }) => max),
        ],
      })),
    },
  ];
}

/** One row for each seed. */
function wordRows(
  results: StudyResults,
  condition: Condition,
  label: string,
  metric: string,
  pick: (words: DistributionSummary['completion_words']) => number,
): (Cell | null)[][] {
  const runs = results.conditions.filter((run) => run.condition === condition);
  return runs.map(({ seed, evaluation }) => [
    textCell(runs.length > 1 ? `${label}, seed ${seed}` : label, { metric, seed }),
    ...distributionsOf(results).map((name) => {
      const found = evaluation.find(({ distribution }) => distribution === name);
      return numberCell(found === undefined ? null : pick(found.completion_words), 'integer');
    }),
  ]);
}
