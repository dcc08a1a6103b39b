// The frame that the completions of all domains share: events, then `solution`, the plan and `end`.
import type { GridCell } from './types.ts';
import { quote, refusal, WordReader } from './word-reader.ts';

/** The two halves of a gold completion: the events (empty for solution-only) and everything from `solution` on. */
export function splitCompletion(completion: string): { readonly trace: string; readonly solution: string } {
  if (completion.startsWith('solution ')) return { trace: '', solution: completion };
  const at = completion.indexOf(' solution ');
  if (at < 0)
    throw refusal(
      'COMPLETION_SYNTAX',
      'completion',
      'no solution in it',
      'events, then `solution plan X Y ... end`',
      quote(completion),
    );
  return { trace: completion.slice(0, at), solution: completion.slice(at + 1) };
}

/** Puts a trace (possibly empty) before a solution; the inverse of splitCompletion. */
export function joinCompletion(trace: string, solution: string): string {
  return trace === '' ? solution : `${trace} ${solution}`;
}

/**
 * Reads a completion that must follow the grammar exactly: events, `solution`, plan records, `end`.
 * @param event reads the words after `create` or `close`
 * @returns trace is empty for solution-only
 * @throws TracelabError COMPLETION_SYNTAX
 */
export function readCompletion<Event>(
  text: string,
  size: number,
  where: string,
  event: (reader: WordReader, operation: 'create' | 'close') => Event,
): { readonly trace: Event[]; readonly plan: GridCell[] } {
  const reader = new WordReader(text, where, 'COMPLETION_SYNTAX');
  const trace: Event[] = [];
  for (let word = reader.peek(); word === 'create' || word === 'close'; word = reader.peek()) {
    reader.expect(word);
    trace.push(event(reader, word));
  }
  reader.expect('solution');
  const plan: GridCell[] = [];
  do {
    reader.expect('plan');
    plan.push(reader.cell(size));
  } while (reader.peek() === 'plan');
  reader.expect('end');
  reader.expectEnd();
  return { trace, plan };
}
