// What is said on stderr about the rows of a file: those that could not be read, by reason, and completions that hold
// words of a tokenizer.
import { PARTLY_FAILED, TracelabError } from '../base/errors.ts';
import { DECODING_HINT } from '../domain/words.ts';
import type { Refusal } from '../evaluation/refusals.ts';
import { printable } from '../render/terminal-text.ts';
import { print } from './fit.ts';

const grouped = (count: number): string => count.toLocaleString('en-US');
const rows = (count: number): string => `${grouped(count)} ${count === 1 ? 'row' : 'rows'}`;

/**
 * One line a reason.
 * @returns exit code: 0 when no row was refused
 */
export function sayRefused(refused: readonly Refusal[]): number {
  for (const { count, first } of refused) {
    const { message } = new TracelabError(first);
    say(count === 1 ? message : `${message}; ${rows(count)} refused for this reason, this is the first`);
  }
  if (refused.length === 0) return 0;
  const count = refused.reduce((sum, each) => sum + each.count, 0);
  say(`${rows(count)} refused, all others are read (--strict stops at the first)`);
  return PARTLY_FAILED;
}

/** Warns once of completions that end in words of a tokenizer. */
export function saySpecial({ count, n }: { readonly count: number; readonly n: number }): void {
  if (count === 0) return;
  say(
    `warning: ${grouped(count)} of ${grouped(n)} completions end in a word such as <eos> or <pad>, which no valid ` +
      `completion has (hint: ${DECODING_HINT})`,
  );
}

function say(line: string): void {
  print(`${printable(line)}\n`, process.stderr);
}
