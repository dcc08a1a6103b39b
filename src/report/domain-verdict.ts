// A verdict, and the steps of a completion, in the words of any domain: for the samples of a report, and for
// `tracelab explain` where a domain is no maze.
import type { Domain } from '../domain/domain.ts';
import type { ExplainedStep } from '../domain/explain.ts';
import type { Verdict } from '../domain/types.ts';
import { scrollTable } from '../render/html.ts';
import { html, join } from '../render/markup.ts';
import type { Html } from '../render/markup.ts';
import { ruleLabel } from '../tables/rules.ts';

export interface VerdictWords {
  readonly subject: string;
  readonly words: string;
  readonly broken: boolean;
}

/** `wrong result: the result is wrong`. */
function meaning(meanings: Readonly<Record<string, string>>, rule: string | undefined): string {
  return rule === undefined ? '' : `${ruleLabel(rule)}: ${meanings[rule] ?? 'no rule of this version'}`;
}

/** Whether the plan is right, and what breaks it first. */
export function planWords({ words }: Domain, { plan }: Verdict): VerdictWords {
  return {
    subject: 'Plan',
    words: plan.valid
      ? `valid${plan.optimal ? ', optimal' : ', longer than needed'}`
      : meaning(words.planErrors, plan.error),
    broken: !plan.valid,
  };
}

/** Both levels of the trace, with the place of the first broken rule. */
export function traceWords({ words }: Domain, { strict, paper, exact, records }: Verdict): VerdictWords[] {
  const place = (record = 0): string =>
    record < records ? `at event ${record + 1} of ${records}, ` : 'at the end of the trace, ';
  const same = !strict.valid && !paper.valid && paper.rule === strict.rule && paper.record === strict.record;
  return [
    {
      subject: 'Strict trace',
      words: strict.valid
        ? `valid, ${records} events${exact ? `, equal to the deterministic ${words.search} trace` : ''}`
        : place(strict.record) + meaning(words.traceRules, strict.rule),
      broken: !strict.valid,
    },
    {
      subject: 'Lenient trace',
      words: paper.valid ? 'valid' : same ? 'the same' : place(paper.record) + meaning(words.traceRules, paper.rule),
      broken: !paper.valid,
    },
  ];
}

/** What breaks at a step; empty where nothing does. */
export function stepFaults({ words }: Domain, { strict, lenient }: ExplainedStep): string[] {
  if (strict !== null && strict === lenient) return [`strict and lenient: ${meaning(words.traceRules, strict)}`];
  return [
    ...(strict === null ? [] : [`strict: ${meaning(words.traceRules, strict)}`]),
    ...(lenient === null ? [] : [`lenient: ${meaning(words.traceRules, lenient)}`]),
  ];
}

/** Every record with what it does and what breaks there. */
export function stepsTable(domain: Domain, steps: readonly ExplainedStep[]): Html {
  const rows = steps.map((step) => {
    const faults = stepFaults(domain, step);
    const said = faults.length > 0 ? html`<td class="text broken-word">${faults.join('; ')}</td>` : html`<td></td>`;
    const place = step.text === '' ? 'end' : String(step.record + 1);
    return html`<tr><th scope="row">${place}</th><td><code>${step.text}</code></td><td>${step.words}</td>${said}</tr>`;
  });
  return scrollTable(
    'Event by event',
    html`<table><thead><tr><th scope="col">Event</th><th scope="col">Record</th><th scope="col">What it does</th><th scope="col">First broken rule</th></tr></thead><tbody>
${join(rows, '\n')}
</tbody></table>`,
  );
}
