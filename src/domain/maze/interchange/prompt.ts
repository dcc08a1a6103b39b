// Reads prompts that came from elsewhere, as fast as completions are judged: one pass over the letters, no words made.
// It accepts variants of a prompt that do not change the maze (walls in any order, no `query` or `reasoning`), and
// reports the place of an error. Our own data are read by grammar.ts.
import { TracelabError } from '../../../base/errors.ts';
import { DECODING_HINT, isBlank, SIZE_HINT, SPECIAL_WORDS } from '../../words.ts';
import { MAXIMUM_SIZE } from '../grammar.ts';
import type { Cell, Problem } from '../types.ts';

/** A problem of unknown origin. */
export type ForeignProblem = Omit<Problem, 'generator'>;

export interface ReadPrompt {
  readonly problem: ForeignProblem;
  /** Index of the first letter behind the prompt: the length of the text when nothing follows. */
  readonly end: number;
  /** Neither `query` before nor `reasoning` behind it: the words are in Searchformer's order. */
  readonly isSearchformer: boolean;
}

const GRAMMAR_HINT = 'a prompt is `query start X Y goal X Y { wall X Y } reasoning`, or that of Searchformer';
/** Tokens of maze-dataset. */
const LATTICE_HINT = 'write mazes of maze-dataset as pictures, with as_ascii()';
const MAZE_HINT = 'leave the row out, or correct its maze';

/** Words with which a completion can begin where no `reasoning` ends the prompt. */
const COMPLETION_WORDS = new Set(['create', 'close', 'plan', 'solution', 'end']);

/**
 * Reads `[query] start X Y goal X Y { wall X Y } [reasoning]` at the beginning of a text, or Searchformer's
 * `[bos] start X Y goal X Y { wall X Y } [eos [bos]]`.
 * @param size cells per side, which the text does not hold
 * @param place where an index of the text is, for errors: `file:line:column`
 * @throws TracelabError PROMPT_SIZE, or PROMPT_SYNTAX at the first word that breaks the grammar: a number off the grid,
 * a wall named twice, start or goal on a wall or equal, and without `reasoning` a word that begins no completion
 */
export function readPrompt(text: string, size: number, place: (index: number) => string): ReadPrompt {
  if (!Number.isInteger(size) || size < 1 || size > MAXIMUM_SIZE) {
    throw new TracelabError({
      code: 'PROMPT_SIZE',
      kind: 'refused_input',
      where: place(0),
      what: 'impossible grid size',
      expected: `an integer in 1..${MAXIMUM_SIZE}`,
      got: String(size),
      hint: SIZE_HINT,
    });
  }
  const reader = new PromptReader(text, size, place);
  // Words that Searchformer's tokenizer puts around a sequence.
  const hasBos = reader.takes('bos');
  const hasQuery = !hasBos && reader.takes('query');
  if (!reader.takes('start'))
    reader.refuse(
      'not a prompt',
      hasQuery ? '`start`' : '`query` or `start`',
      reader.word() === '<ADJLIST_START>' ? LATTICE_HINT : GRAMMAR_HINT,
    );
  const start = reader.cell();
  if (!reader.takes('goal')) reader.refuse('unexpected word', '`goal`', GRAMMAR_HINT);
  const goal = reader.cell();
  if (start.x === goal.x && start.y === goal.y)
    reader.refuse('start and goal are the same cell', 'two cells', MAZE_HINT, `${start.x} ${start.y}`);
  const walls = new Uint8Array(size * size);
  walls[start.y * size + start.x] = START;
  walls[goal.y * size + goal.x] = GOAL;
  while (reader.takes('wall')) {
    const { x, y } = reader.cell();
    const held = walls[y * size + x];
    if (held !== 0) reader.refuse(HELD[held], 'each wall once, on a free cell', MAZE_HINT, `wall ${x} ${y}`);
    walls[y * size + x] = 1;
  }
  walls[start.y * size + start.x] = 0;
  walls[goal.y * size + goal.x] = 0;
  const hasReasoning = !hasBos && reader.takes('reasoning');
  if (!hasQuery && !hasReasoning && reader.takes('eos')) reader.takes('bos');
  if (!hasReasoning && !reader.atEnd && !COMPLETION_WORDS.has(reader.word()))
    reader.refuse('unexpected word', '`wall`, `reasoning` or a completion', GRAMMAR_HINT);
  return { problem: { size, walls, start, goal }, end: reader.end, isSearchformer: !hasQuery && !hasReasoning };
}

/** What a cell holds already, while walls are read: 1 wall, 2 start, 3 goal. */
const START = 2;
const GOAL = 3;
const HELD = ['', 'wall named twice', 'start on a wall', 'goal on a wall'] as const;

class PromptReader {
  private readonly text: string;
  private readonly size: number;
  private readonly place: (index: number) => string;
  /** The word at hand: text[from .. to), empty at the end of the text. */
  private from = 0;
  private to = 0;
  /** The word before it: text[beforeFrom .. beforeTo). */
  private beforeFrom = 0;
  private beforeTo = 0;

  constructor(text: string, size: number, place: (index: number) => string) {
    this.text = text;
    this.size = size;
    this.place = place;
    this.advance();
  }

  get atEnd(): boolean {
    return this.from === this.to;
  }

  /** Index of the letter behind the last word that was taken, or the length of the text when only blanks follow. */
  get end(): number {
    return this.atEnd ? this.text.length : this.beforeTo;
  }

  word(): string {
    return this.text.slice(this.from, this.to);
  }

  /** Takes the word at hand when it is this one. */
  takes(word: string): boolean {
    if (this.to - this.from !== word.length || !this.text.startsWith(word, this.from)) return false;
    this.advance();
    return true;
  }

  cell(): Cell {
    const x = this.coordinate();
    return { x, y: this.coordinate() };
  }

  /** @param got what is there, where it is not the word at hand: then the place is that of the word before */
  refuse(what: string, expected: string, hint: string, got?: string): never {
    const word = this.word();
    throw new TracelabError({
      code: 'PROMPT_SYNTAX',
      kind: 'refused_input',
      where: this.place(got === undefined ? this.from : this.beforeFrom),
      what,
      expected,
      got: got ?? (word === '' ? 'the end of the text' : `\`${word.length > 40 ? `${word.slice(0, 40)}...` : word}\``),
      hint: SPECIAL_WORDS.has(word) ? DECODING_HINT : hint,
    });
  }

  /** `0` or `[1-9][0-9]{0,3}` below the size. */
  private coordinate(): number {
    const { text, from, to, size } = this;
    let value = to > from && to - from <= 4 && (to - from === 1 || text.charCodeAt(from) !== 0x30) ? 0 : size;
    for (let at = from; at < to && value < size; at++) {
      const digit = text.charCodeAt(at) - 0x30;
      value = digit >= 0 && digit <= 9 ? 10 * value + digit : size;
    }
    if (value >= size) this.refuse('not a coordinate of this grid', `0..${size - 1}`, SIZE_HINT);
    this.advance();
    return value;
  }

  private advance(): void {
    const { text } = this;
    this.beforeFrom = this.from;
    this.beforeTo = this.to;
    let at = this.to;
    while (at < text.length && isBlank(text.charCodeAt(at))) at++;
    this.from = at;
    while (at < text.length && !isBlank(text.charCodeAt(at))) at++;
    this.to = at;
  }
}
