// Reads a text of a grammar word by word and refuses the first word that breaks it. For data, which must be right; what
// a model writes is read leniently by each domain's validator, which does not use this.
import { TracelabError } from '../base/errors.ts';
import type { GridCell } from './types.ts';

/** Reads a text word by word; every refusal names the place of the word. */
export class WordReader {
  private readonly words: readonly string[];
  private readonly where: string;
  private readonly code: string;
  private at = 0;

  constructor(text: string, where: string, code = 'PROMPT_SYNTAX') {
    this.words = text.split(/[ \t\n\v\f\r]+/).filter((word) => word !== '');
    this.where = where;
    this.code = code;
  }

  /** The next word; undefined at the end. */
  peek(): string | undefined {
    return this.words[this.at];
  }

  /** Reads this word. Throws for any other. */
  expect(word: string): void {
    if (this.peek() !== word) this.fail('unexpected word', `\`${word}\``, quote(this.peek()));
    this.at += 1;
  }

  /** Throws if a word is left. */
  expectEnd(): void {
    if (this.at < this.words.length) this.fail('words after the last one', 'the end of the text', quote(this.peek()));
  }

  /** Reads two numbers, x and y, each below `size`. */
  cell(size: number): GridCell {
    return { x: this.number('', size), y: this.number('', size) };
  }

  /**
   * `{ wall X Y }`, row by row, each once.
   * @returns [size * size], row-major, 1 = wall
   */
  walls(size: number): Uint8Array {
    const walls = new Uint8Array(size * size);
    let previous = -1;
    while (this.peek() === 'wall') {
      this.expect('wall');
      const { x, y } = this.cell(size);
      const index = y * size + x;
      if (index <= previous)
        this.fail(
          'walls out of order',
          'walls row by row, each once',
          `wall ${x} ${y} after wall ${previous % size} ${Math.floor(previous / size)}`,
        );
      walls[index] = 1;
      previous = index;
    }
    return walls;
  }

  /** @param limit costs are below it */
  cost(limit: number): number {
    return this.number('c', limit);
  }

  /** Throws an error (refused input) at the next word. */
  fail(what: string, expected: string, got: string): never {
    throw refusal(this.code, `${this.where}, word ${Math.min(this.at, this.words.length) + 1}`, what, expected, got);
  }

  private number(prefix: string, limit: number): number {
    const word = this.peek();
    const digits = word?.startsWith(prefix) ? word.slice(prefix.length) : '';
    if (!/^(?:0|[1-9][0-9]{0,3})$/.test(digits) || Number(digits) >= limit) {
      this.fail('not a number of this grid', `${prefix}0..${prefix}${limit - 1}`, quote(word));
    }
    this.at += 1;
    return Number(digits);
  }
}

/** A word for a message: in backticks, at most 40 characters; undefined is the end of the text. */
export function quote(word: string | undefined): string {
  return word === undefined ? 'the end of the text' : `\`${word.length > 40 ? `${word.slice(0, 40)}...` : word}\``;
}

/** The error for a text that does not follow the grammar: `code`, exit code 2. */
export function refusal(
  code: string,
  where: string,
  what: string,
  expected: string,
  got: string,
  hint = 'write it as docs/specification.md says, or leave the row out',
): TracelabError {
  return new TracelabError({ code, kind: 'refused_input', where, what, expected, got, hint });
}
