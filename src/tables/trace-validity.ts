// Trace validity at the three levels, over all completions and over those with a valid plan.
import { conditionLabel, hasTraces, searchOf } from '../domain/conditions/condition.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import type { Proportion } from '../base/statistics.ts';
import type { DistributionSummary, TraceLevel } from '../evaluation/types.ts';
import type { StudyResults } from '../study/results.ts';
import { textCell } from './cells.ts';
import {
  distributionColumns,
  distributionRow,
  hasDistributions,
  intervalWords,
  layoutsSeenGroup,
  NOTHING_COUNTED,
} from './distributions.ts';
import { conditionsOf, distributionsOf } from './estimate.ts';
import { upperFirst } from './format.ts';
import { levelName, LEVELS, levelWords } from './levels.ts';
import { wordsOf } from './names.ts';
import { PUBLISHED_TRACE_VALID_GIVEN_PLAN, publishedGroup, publishedWords } from './published.ts';
import type { Group, Table } from './table.ts';

const OWN_SEARCH_MEANING = 'a faithful run of the search that it was trained on, for some order of ties and neighbours';

/** Conditions whose completions contain a trace. */
export function tracedConditions(results: StudyResults): Condition[] {
  return conditionsOf(results).filter(hasTraces);
}

/** The table of trace validity; empty without a condition that has traces. */
export function traceValidity(results: StudyResults): Table[] {
  if (!hasDistributions(results) || tracedConditions(results).length === 0) return [];
  return [
    {
      id: 'trace-validity',
      title: 'Trace validity',
      caption:
        `${upperFirst(intervalWords(results))}. ${levelWords(wordsOf(results))}. Solution-only ` +
        `completions contain no trace and are left out.${publishedWords(distributionsOf(results))}`,
      dash: 'nothing to count',
      columns: distributionColumns(results, 'Level'),
      groups: [
        ...tracedConditions(results).flatMap((condition) => groupsOf(results, condition)),
        layoutsSeenGroup(results),
      ],
    },
  ];
}

function groupsOf(results: StudyResults, condition: Condition): Group[] {
  const group = (
    of: string,
    metric: string,
    pick: (summary: DistributionSummary, level: TraceLevel) => Proportion,
    own: (summary: DistributionSummary) => Proportion | undefined,
  ): Group => ({
    heading: `${conditionLabel(condition)}: valid traces among ${of}`,
    about: { metric },
    rows: [
      ...LEVELS.map((level) =>
        distributionRow(results, textCell(upperFirst(levelName(level)), { level }), condition, (s) => pick(s, level)),
      ),
      ...(searchOf(condition)
        ? [
            distributionRow(
              results,
              textCell('Own search', { level: 'own-search' }, OWN_SEARCH_MEANING),
              condition,
              (s) => own(s) ?? NOTHING_COUNTED,
            ),
          ]
        : []),
    ],
  });
  const given = 'completions with a valid plan';
  return [
    group(
      'all completions',
      'trace_valid',
      (s, level) => s.trace_valid[level],
      (s) => s.own_search_valid?.all,
    ),
    group(
      given,
      'trace_valid_given_plan',
      (s, level) => s.trace_valid_given_plan[level],
      (s) => s.own_search_valid?.given_plan,
    ),
    ...(condition === 'correct'
      ? [
          publishedGroup(
            `${conditionLabel(condition)}: valid traces among ${given}`,
            [[upperFirst(levelName('paper')), PUBLISHED_TRACE_VALID_GIVEN_PLAN]],
            distributionsOf(results),
          ),
        ]
      : []),
  ];
}
