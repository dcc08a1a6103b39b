// The two main tables: plan validity and trace validity by condition and distribution, beside the paper's shape.
import { conditionLabel, conditionMeaning, hasTraces, searchOf } from '../domain/conditions/condition.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import type { GeneratorName } from '../domain/types.ts';
import { TRACE_LEVELS } from '../evaluation/types.ts';
import type { DistributionSummary, TraceLevel } from '../evaluation/types.ts';
import { proportion } from '../base/statistics.ts';
import type { Proportion } from '../base/statistics.ts';
import type { StudyResults } from '../study/results.ts';
import { conditionsOf, distributionsOf, estimateOf } from './estimate.ts';
import { upperFirst } from './format.ts';
import { EMPTY, html, join } from './html.ts';
import type { Html } from './html.ts';
import { wordsOf } from './names.ts';
import { hasPaperNumbers, PAPER_LABEL, paperPlanValid, PAPER_TRACE_VALID_GIVEN_PLAN } from './paper.ts';
import {
  distributionHead,
  estimateCell,
  groupHead,
  intervalWords,
  paperCell,
  scrollTable,
  wallsSeenGroup,
  wallsSeenWords,
} from './table.ts';

export const LEVEL_LABELS: Readonly<Record<TraceLevel, string>> = {
  paper: 'Paper level',
  strict: 'Strict level',
  exact: 'Exact',
};

const LEVEL_MEANINGS: Readonly<Record<TraceLevel, string>> = {
  paper: 'tied to the plan',
  strict: 'a faithful A* run for some order of ties and neighbours',
  exact: 'equal to the deterministic A* trace',
};

const OWN_SEARCH_MEANING = 'a faithful run of the search that it was trained on, for some order of ties and neighbours';

const NOTHING_COUNTED = proportion(0, 0);

/** Conditions whose completions hold a trace. */
export function tracedConditions(results: StudyResults): Condition[] {
  return conditionsOf(results).filter(hasTraces);
}

function row(
  results: StudyResults,
  heading: Html,
  condition: Condition,
  pick: (summary: DistributionSummary) => Proportion,
  distributions: readonly GeneratorName[] = distributionsOf(results),
): Html {
  return html`<tr>${heading}${join(
    distributions.map((d) => estimateCell(estimateOf(results, condition, d, pick))),
  )}</tr>`;
}

/** Plan validity per condition and distribution, the optimal share below it, the paper's shape, walls seen. */
export function planTable(results: StudyResults): Html {
  const distributions = distributionsOf(results);
  const conditions = conditionsOf(results);
  const columns = distributions.length + 1;
  const words = wordsOf(results);
  const ours = conditions.map((c) =>
    row(
      results,
      html`<th scope="row">${conditionLabel(c)}<span class="note">${conditionMeaning(c, words.problem)}</span></th>`,
      c,
      (s) => s.plan_valid,
    ),
  );
  const optimal = conditions.map((c) =>
    row(results, html`<th scope="row">${conditionLabel(c)}</th>`, c, (s) => s.plan_optimal),
  );
  const paper = conditions.flatMap((c) => {
    const values = paperPlanValid(c);
    return values === null || !hasPaperNumbers(distributions)
      ? []
      : [
          html`<tr class="paper"><th scope="row">${conditionLabel(c)}</th>${join(
            distributions.map((d) => paperCell(values[d])),
          )}</tr>`,
        ];
  });
  return scrollTable(
    'Plan validity',
    html`<table>
<caption><span><strong>Plan validity.</strong> Share of test ${words.problems} whose ${words.planClause}: ${intervalWords(results)}. Optimal plans are valid and as long as A*’s.</span></caption>
${distributionHead(results, 'Trained on', distributions)}
<tbody class="group">${groupHead(columns, 'Valid plans, this study')}${join(ours)}</tbody>
<tbody class="group">${groupHead(columns, 'Optimal plans, this study')}${join(optimal)}</tbody>
${
  paper.length === 0
    ? EMPTY
    : html`<tbody class="group">${groupHead(columns, `Valid plans, ${PAPER_LABEL}`)}${join(paper)}</tbody>`
}
${wallsSeenGroup(results, distributions)}
</table>`,
  );
}

/** Valid plans of some conditions on some distributions, beside the paper's: what one finding is about. */
export function planExcerpt(
  results: StudyResults,
  conditions: readonly Condition[],
  distributions: readonly GeneratorName[],
): Html {
  const columns = distributions.length + 1;
  const ours = conditions.map((c) =>
    row(results, html`<th scope="row">${conditionLabel(c)}</th>`, c, (s) => s.plan_valid, distributions),
  );
  const paper = conditions.flatMap((c) => {
    const values = paperPlanValid(c);
    return values === null || !hasPaperNumbers(distributions)
      ? []
      : [
          html`<tr class="paper"><th scope="row">${conditionLabel(c)}</th>${join(
            distributions.map((d) => paperCell(values[d])),
          )}</tr>`,
        ];
  });
  return scrollTable(
    'Plan validity',
    html`<table>
${distributionHead(results, 'Valid plans', distributions)}
<tbody class="group">${join(ours)}</tbody>
${
  paper.length === 0
    ? EMPTY
    : html`<tbody class="group">${groupHead(columns, `Valid plans, ${PAPER_LABEL}`)}${join(paper)}</tbody>`
}
${wallsSeenGroup(results, distributions)}
</table>`,
  );
}

/** Trace validity at the three levels, over all completions and over those with a valid plan. */
export function traceTable(results: StudyResults): Html {
  const distributions = distributionsOf(results);
  const columns = distributions.length + 1;
  const paper = html`<tbody class="group">${groupHead(
    columns,
    `${conditionLabel('correct')}: valid traces among completions with a valid plan, ${PAPER_LABEL}`,
  )}
<tr class="paper"><th scope="row">${LEVEL_LABELS.paper}</th>${join(
    distributions.map((d) => paperCell(PAPER_TRACE_VALID_GIVEN_PLAN[d])),
  )}</tr></tbody>`;
  const groups = tracedConditions(results).flatMap((condition) => {
    const rows = (
      pick: (summary: DistributionSummary, level: TraceLevel) => Proportion,
      own: (summary: DistributionSummary) => Proportion | undefined,
    ): Html =>
      join([
        ...TRACE_LEVELS.map((level) =>
          row(results, html`<th scope="row">${LEVEL_LABELS[level]}</th>`, condition, (s) => pick(s, level)),
        ),
        ...(searchOf(condition)
          ? [
              row(
                results,
                html`<th scope="row">Own search<span class="note">${OWN_SEARCH_MEANING}</span></th>`,
                condition,
                (s) => own(s) ?? NOTHING_COUNTED,
              ),
            ]
          : []),
      ]);
    return [
      html`<tbody class="group">${groupHead(
        columns,
        `${conditionLabel(condition)}: valid traces among all completions`,
      )}${rows(
        (s, level) => s.trace_valid[level],
        (s) => s.own_search_valid?.all,
      )}</tbody>`,
      html`<tbody class="group">${groupHead(
        columns,
        `${conditionLabel(condition)}: valid traces among completions with a valid plan`,
      )}${rows(
        (s, level) => s.trace_valid_given_plan[level],
        (s) => s.own_search_valid?.given_plan,
      )}</tbody>`,
      condition === 'correct' && hasPaperNumbers(distributions) ? paper : EMPTY,
    ];
  });
  const levels = TRACE_LEVELS.map(
    (level) =>
      `${LEVEL_LABELS[level]}: ${level === 'paper' ? `${wordsOf(results).paperLevel}; ` : ''}${LEVEL_MEANINGS[level]}`,
  );
  return scrollTable(
    'Trace validity',
    html`<table>
<caption><span><strong>Trace validity.</strong> ${upperFirst(
      intervalWords(results),
    )}. ${levels.join('; ')}. A dash: nothing to count. Solution-only completions hold no trace and are left out.</span></caption>
${distributionHead(results, 'Level', distributions)}
${join(groups)}
${wallsSeenGroup(results, distributions)}
</table>`,
  );
}

/** Form of the completions: exact format, truncation, length. */
export function formTable(results: StudyResults): Html {
  const distributions = distributionsOf(results);
  const groups = conditionsOf(results).map(
    (condition) => html`<tbody class="group">${groupHead(distributions.length + 1, conditionLabel(condition))}
${row(results, html`<th scope="row">Exact format</th>`, condition, (s) => s.format)}
${row(
  results,
  html`<th scope="row">Truncated<span class="note">cut off at the cap</span></th>`,
  condition,
  (s) => s.truncated,
)}
<tr><th scope="row">Words<span class="note">mean, longest</span></th>${join(
      distributions.map((d) => wordsCell(results, condition, d)),
    )}</tr></tbody>`,
  );
  return scrollTable(
    'Form of the completions',
    html`<table>
<caption><span><strong>Form of the completions.</strong> Exact format: events, one <code>solution</code>, at least one plan record, one <code>end</code>, nothing else.${wallsSeenWords(results)}</span></caption>
${distributionHead(results, 'Trained on', distributions)}${join(groups)}</table>`,
  );
}

function wordsCell(
  results: StudyResults,
  condition: Condition,
  distribution: DistributionSummary['distribution'],
): Html {
  const summaries = results.conditions
    .filter((run) => run.condition === condition)
    .flatMap((run) => run.evaluation.filter((s) => s.distribution === distribution));
  if (summaries.length === 0) return html`<td class="none">–</td>`;
  return html`<td>${join(
    summaries.map((s) => html`<span class="i">${s.completion_words.mean.toFixed(0)}, ${s.completion_words.max}</span>`),
  )}</td>`;
}
