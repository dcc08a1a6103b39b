// A completion of a domain that is no maze, record by record: as text, as JSON lines, as a page.
import { domainOf } from '../domain/domains.ts';
import { explainedSteps } from '../domain/explain.ts';
import type { Verdict } from '../domain/types.ts';
import { printable, wrap } from '../render/terminal-text.ts';
import { planWords, stepFaults, traceWords } from '../report/domain-verdict.ts';
import type { OtherExplainedRow } from './explain-source.ts';
import { isShown, type StepRange } from './explain-text.ts';
import { asciiJsonLine } from './explain-json.ts';

/** Piece by piece. */
export function* otherText(
  row: OtherExplainedRow,
  verdict: Verdict,
  ranges: readonly StepRange[],
  width: number,
): Generator<string> {
  const { example, place } = row;
  const domain = domainOf(example.domain);
  const line = (text: string): string => `${wrap(printable(text), width).join('\n')}\n`;
  yield line(`${example.id}; ${place}; ${domain.words.problem} of size ${example.size}; ${verdict.records} events`);
  yield line(example.prompt);
  for (const step of explainedSteps(domain, example, verdict)) {
    if (!isShown(ranges, step.record + 1)) continue;
    const title = step.text === '' ? 'End of the trace' : `Event ${step.record + 1} of ${verdict.records}`;
    yield `\n${line(step.text === '' ? title : `${title}  ${step.text}`)}`;
    if (step.text !== '' && step.words !== '') yield line(step.words);
    for (const fault of stepFaults(domain, step)) yield line(fault);
  }
  yield '\nVerdict\n';
  for (const { subject, words } of [...traceWords(domain, verdict), planWords(domain, verdict)])
    yield line(`${subject}: ${words}`);
}

/** One `example`, the steps, one `verdict`, distinguished by `type`; `step` counts from 1, `record` from 0. */
export function* otherJson(
  { example, place }: OtherExplainedRow,
  verdict: Verdict,
  ranges: readonly StepRange[],
): Generator<string> {
  yield asciiJsonLine({ type: 'example', place, ...example });
  for (const step of explainedSteps(domainOf(example.domain), example, verdict)) {
    if (!isShown(ranges, step.record + 1)) continue;
    yield asciiJsonLine({ type: 'step', step: step.record + 1, ...step });
  }
  yield asciiJsonLine({ type: 'verdict', ...verdict });
}
