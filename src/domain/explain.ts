// A completion record by record, with the rules that each breaks, in any domain.
import type { Domain } from './domain.ts';
import type { Example, Verdict } from './types.ts';

/**
 * One record of a trace; the last step is the end of the trace, where it is judged as a whole.
 * @public
 */
export interface ExplainedStep {
  /** From 0; the number of records for the end of the trace. */
  readonly record: number;
  /** The record as it was written; empty at the end. Untrusted text. */
  readonly text: string;
  /** What it does, as a sentence; empty where the domain has no words for it. */
  readonly words: string;
  /** The rule that breaks here first, at the strict level and at the lenient one; null where none does. */
  readonly strict: string | null;
  readonly lenient: string | null;
}

/** Records of a completion with the rules that they break first; the last step is the end of the trace. */
export function explainedSteps(
  domain: Domain,
  example: Omit<Example, 'id'>,
  { strict, paper, records }: Verdict,
): ExplainedStep[] {
  const steps = domain.steps ? [...domain.steps(example)] : plainRecords(example.completion, records);
  const ruleAt = ({ valid, rule, record = 0 }: Verdict['strict'], at: number): string | null =>
    valid || record !== at ? null : (rule ?? null);
  return [...steps, { text: '', words: 'The trace has ended.' }].map(({ text, words }, record) => ({
    record,
    text,
    words,
    strict: ruleAt(strict, record),
    lenient: ruleAt(paper, record),
  }));
}

/** Records of a domain that has no words for them: each begins with `create` or `close`. */
function plainRecords(completion: string, records: number): { readonly text: string; readonly words: string }[] {
  const trace = completion.trim().split(/ ?\bsolution\b/, 1)[0];
  const texts = trace.split(/ (?=create\b|close\b)/).slice(0, records);
  return Array.from({ length: records }, (_, i) => ({ text: texts[i] ?? '', words: '' }));
}
