// Which rule breaks first: counts per rule and distribution, for the plan and for the trace at paper and strict level.
import { conditionLabel, hasTraces } from '../domain/conditions/condition.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import type { GeneratorName } from '../domain/types.ts';
import type { DistributionSummary } from '../evaluation/types.ts';
import type { StudyResults } from '../study/results.ts';
import { conditionsOf, distributionsOf, summariesOf } from '../tables/estimate.ts';
import { integer } from '../tables/format.ts';
import { html, join } from '../render/markup.ts';
import type { Html } from '../render/markup.ts';
import { wordsOf } from '../tables/names.ts';
import { ruleLabel } from '../tables/rules.ts';
import { distributionHead, groupHead, scrollTable, wallsSeenWords } from './table.ts';

/** Each rule's counts per distribution; rules that never broke are left out, the commonest comes first. */
function rows(
  results: StudyResults,
  condition: Condition,
  meanings: Readonly<Record<string, string>>,
  pick: (summary: DistributionSummary) => Partial<Record<string, number>>,
): Html[] {
  const distributions = distributionsOf(results);
  const count = (rule: string, d: GeneratorName): number =>
    summariesOf(results, condition, d).reduce((sum, s) => sum + (pick(s)[rule] ?? 0), 0);
  return Object.keys(meanings)
    .map((rule) => ({ rule, counts: distributions.map((d) => count(rule, d)) }))
    .map((entry) => ({ ...entry, total: entry.counts.reduce((a, b) => a + b, 0) }))
    .filter(({ total }) => total > 0)
    .sort((a, b) => b.total - a.total)
    .map(
      ({ rule, counts }) =>
        html`<tr><th scope="row">${ruleLabel(rule)}<span class="note">${meanings[rule]}</span></th>${join(
          counts.map((c) => (c === 0 ? html`<td class="none">0</td>` : html`<td>${integer(c)}</td>`)),
        )}</tr>`,
    );
}

function conditionTable(results: StudyResults, condition: Condition): Html {
  const distributions = distributionsOf(results);
  const n = distributions.map(
    (d) => html`<td>${integer(summariesOf(results, condition, d).reduce((sum, s) => sum + s.n, 0))}</td>`,
  );
  const group = (title: string, body: readonly Html[]): Html =>
    body.length === 0
      ? html``
      : html`<tbody class="group">${groupHead(distributions.length + 1, title)}${join(body)}</tbody>`;
  const traced = hasTraces(condition);
  const { planErrors, traceRules } = wordsOf(results);
  return scrollTable(
    `First errors, ${conditionLabel(condition)}`,
    html`<table class="compact rules">
<caption><span><strong>${conditionLabel(
      condition,
    )}.</strong> Number of completions by the first rule that they break; seeds are summed. Rules that never broke first are left out.${wallsSeenWords(results)}</span></caption>
${distributionHead(results, 'First broken rule', distributions)}
<tbody><tr><th scope="row">Completions (n)</th>${join(n)}</tr></tbody>
${group(
  'Plan',
  rows(results, condition, planErrors, (s) => s.first_errors.plan),
)}
${
  traced
    ? group(
        'Trace, strict level',
        rows(results, condition, traceRules, (s) => s.first_errors.strict),
      )
    : ''
}
${
  traced
    ? group(
        'Trace, paper level',
        rows(results, condition, traceRules, (s) => s.first_errors.paper),
      )
    : ''
}
</table>`,
  );
}

/** One table per condition. */
export function firstErrorTables(results: StudyResults): Html {
  return join(conditionsOf(results).map((condition) => conditionTable(results, condition)));
}
