// The frame that the completions of all domains share: events, then `solution`, the plan and `end`.
import { quote, refusal } from './word-reader.ts';

/** The two halves of a gold completion: the events (empty for solution-only) and everything from `solution` on. */
export function splitCompletion(completion: string): { readonly trace: string; readonly solution: string } {
  if (completion.startsWith('solution ')) return { trace: '', solution: completion };
  const at = completion.indexOf(' solution ');
  if (at < 0) throw refusal('COMPLETION_SYNTAX', 'completion', 'no solution in it', 'events, then `solution plan X Y ... end`', quote(completion));
  return { trace: completion.slice(0, at), solution: completion.slice(at + 1) };
}

/** Puts a trace (possibly empty) before a solution; the inverse of splitCompletion. */
export function joinCompletion(trace: string, solution: string): string {
  return trace === '' ? solution : `${trace} ${solution}`;
}
