// The two main tables: plan validity and trace validity by condition and distribution, beside the paper's shape.
import { conditionLabel } from '../domain/conditions/condition.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import type { GeneratorName } from '../domain/types.ts';
import type { DistributionSummary } from '../evaluation/types.ts';
import type { Proportion } from '../base/statistics.ts';
import type { StudyResults } from '../study/results.ts';
import { conditionsOf, distributionsOf, estimateOf } from '../tables/estimate.ts';
import { html, join } from '../render/markup.ts';
import type { Html } from '../render/markup.ts';
import { distributionHead, estimateCell, groupHead, scrollTable, wallsSeenWords } from './table.ts';

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
