// Plan validity by condition and distribution, optimal plans, and the published shape.
import { conditionLabel, conditionMeaning } from '../domain/conditions/condition.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import type { GeneratorName } from '../domain/types.ts';
import type { StudyResults } from '../study/results.ts';
import { textCell } from './cells.ts';
import {
  distributionColumns,
  distributionRow,
  farOf,
  nearOf,
  hasDistributions,
  intervalWords,
  layoutsSeenGroup,
} from './distributions.ts';
import { conditionsOf, distributionsOf } from './estimate.ts';
import { distributionLabel } from './format.ts';
import { wordsOf } from './names.ts';
import { publishedGroup, publishedPlanValid, publishedWords } from './published.ts';
import type { Group, Table } from './table.ts';

/** The table of plan validity; empty without test distributions. */
export function planValidity(results: StudyResults): Table[] {
  if (!hasDistributions(results)) return [];
  const words = wordsOf(results);
  const conditions = conditionsOf(results);
  const distributions = distributionsOf(results);
  return [
    {
      id: 'plan-validity',
      title: 'Plan validity',
      caption:
        `Share of test ${words.problems} whose ${words.planClause}: ${intervalWords(results)}. Optimal plans are ` +
        `valid and as long as ${words.search}’s. ${words.near}.${publishedWords(distributions)}`,
      columns: distributionColumns(results, 'Trained on'),
      groups: [
        {
          heading: 'Valid plans, this study',
          about: { metric: 'plan_valid' },
          rows: conditions.map((condition) => {
            const heading = textCell(conditionLabel(condition), undefined, conditionMeaning(condition, words));
            return distributionRow(results, heading, condition, ({ plan_valid }) => plan_valid);
          }),
        },
        {
          heading: 'Optimal plans, this study',
          about: { metric: 'plan_optimal' },
          rows: conditions.map((condition) =>
            distributionRow(results, textCell(conditionLabel(condition)), condition, (s) => s.plan_optimal),
          ),
        },
        publishedPlans(conditions, distributions),
        layoutsSeenGroup(results),
      ],
    },
  ];
}

/** What F2 and F3 compare. */
const COMPARED: readonly Condition[] = ['correct', 'swapped'];

/** The conditions that F2 and F3 compare, where they were run. */
export function comparedConditions(results: StudyResults): Condition[] {
  return COMPARED.filter((condition) => conditionsOf(results).includes(condition));
}

/** Valid plans of the conditions that F2 compares. */
export function comparedNear(results: StudyResults): Table[] {
  return excerpt(results, 'compared-near', 'Valid plans in and near the training distribution', nearOf(results));
}

/** Valid plans of the conditions that F3 compares. */
export function comparedFar(results: StudyResults): Table[] {
  return excerpt(
    results,
    'compared-far',
    'Valid plans out of distribution',
    farOf(results),
    promptLengthWords(results),
  );
}

/** The confound of docs/specification.md, for a caption, with a blank before it. */
function promptLengthWords(results: StudyResults): string {
  const { data, train } = results.config;
  const { wall_jitter = 0 } = data;
  const { farPrompts } = wordsOf(results);
  if (farPrompts === undefined) return '';
  const lengths = ` Prompts have other lengths than those of ${distributionLabel(data.generator)}: ${farPrompts}.`;
  const controls = [
    ...(wall_jitter > 0 ? [` Training prompts have several lengths (\`data.wall_jitter\` ${wall_jitter}).`] : []),
    ...(train.position_offset > 0
      ? [
          ` In training, completions began up to ${train.position_offset} positions further from their prompts ` +
            `(\`train.position_offset\` ${train.position_offset}).`,
        ]
      : []),
  ];
  return controls.length > 0
    ? lengths + controls.join('')
    : `${lengths} A model has seen \`reasoning\` at few positions only, so a difference here is partly about ` +
        'positions.';
}

function excerpt(
  results: StudyResults,
  id: string,
  title: string,
  distributions: readonly GeneratorName[],
  note = '',
): Table[] {
  const conditions = comparedConditions(results);
  if (conditions.length === 0 || distributions.length === 0) return [];
  return [
    {
      id,
      title,
      caption:
        `Share of test ${wordsOf(results).problems}: ${intervalWords(results)}.${note}` + publishedWords(distributions),
      columns: distributionColumns(results, 'Trained on', distributions),
      groups: [
        {
          heading: '',
          about: { metric: 'plan_valid' },
          rows: conditions.map((condition) =>
            distributionRow(results, textCell(conditionLabel(condition)), condition, (s) => s.plan_valid, {
              distributions,
            }),
          ),
        },
        publishedPlans(conditions, distributions),
        layoutsSeenGroup(results, distributions),
      ],
    },
  ];
}

function publishedPlans(conditions: readonly Condition[], distributions: readonly GeneratorName[]): Group {
  const rows = conditions.flatMap((condition) => {
    const values = publishedPlanValid(condition);
    return values === null ? [] : [[conditionLabel(condition), values] as const];
  });
  return publishedGroup('Valid plans', rows, distributions);
}
