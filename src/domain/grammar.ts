// The text of a problem and of its solution, both ways (study.md section 3). Reading is strict here: this is for data, which must be
// right. What a model writes is read leniently by verdict/parse.ts.
import { TracelabError } from '../base/errors.ts';
import type { Cell, GeneratorName, Problem, TraceEvent } from './types.ts';

/** Largest grid: costs run to size * size - 1, and a number of the grammar has four digits at most. */
export const MAXIMUM_SIZE = 100;

/** The word of every number and cost of the grammar, 0..9999: a text joins words that exist already, instead of making them anew. */
const NUMBERS = Array.from({ length: 10_000 }, (_, number) => String(number));
const COSTS = NUMBERS.map((number) => `c${number}`);

/** `query start X Y goal X Y { wall X Y } reasoning`, walls row-major. */
export function promptText({ size, walls, start, goal }: Problem): string {
  const words = ['query', 'start', NUMBERS[start.x], NUMBERS[start.y], 'goal', NUMBERS[goal.x], NUMBERS[goal.y]];
  for (let y = 0, at = 0; y < size; y++) {
    for (let x = 0; x < size; x++, at++) {
      if (walls[at] !== 0) words.push('wall', NUMBERS[x], NUMBERS[y]);
    }
  }
  words.push('reasoning');
  return words.join(' ');
}

/** `{ (close|create) X Y cG cH } solution { plan X Y } end`. @param trace null = solution-only, no events */
export function completionText(trace: readonly TraceEvent[] | null, plan: readonly Cell[]): string {
  const words: string[] = [];
  for (const { operation, x, y, g, h } of trace ?? []) words.push(operation, NUMBERS[x], NUMBERS[y], COSTS[g], COSTS[h]);
  words.push('solution');
  for (const { x, y } of plan) words.push('plan', NUMBERS[x], NUMBERS[y]);
  words.push('end');
  return words.join(' ');
}

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

/**
 * Reads a prompt back. promptText(parsePrompt(text, ...)) is text with single spaces.
 * @param size cells per side, which the text does not tell
 * @param where named by the error, for example `train.jsonl:17`
 * @throws TracelabError PROMPT_SYNTAX at the first word that breaks the grammar: a number off the grid, walls out of order or repeated,
 * start or goal on a wall or equal
 */
export function parsePrompt(text: string, size: number, generator: GeneratorName, where = 'prompt'): Problem {
  if (!Number.isInteger(size) || size < 1 || size > MAXIMUM_SIZE) {
    throw refusal('PROMPT_SIZE', where, 'impossible grid size', `an integer in 1..${MAXIMUM_SIZE}`, String(size));
  }
  const reader = new WordReader(text, where);
  reader.expect('query');
  reader.expect('start');
  const start = reader.cell(size);
  reader.expect('goal');
  const goal = reader.cell(size);
  const walls = new Uint8Array(size * size);
  let previous = -1;
  while (reader.peek() === 'wall') {
    reader.expect('wall');
    const { x, y } = reader.cell(size);
    const index = y * size + x;
    if (index <= previous) reader.fail('walls out of order', 'walls row by row, each once', `wall ${x} ${y} after wall ${previous % size} ${Math.floor(previous / size)}`);
    walls[index] = 1;
    previous = index;
  }
  reader.expect('reasoning');
  reader.expectEnd();
  for (const [name, { x, y }] of [['start', start], ['goal', goal]] as const) {
    if (walls[y * size + x] !== 0) reader.fail(`${name} on a wall`, 'a free cell', `${x} ${y}`);
  }
  if (start.x === goal.x && start.y === goal.y) reader.fail('start and goal are the same cell', 'two cells', `${start.x} ${start.y}`);
  return { generator, size, walls, start, goal };
}

/**
 * Reads a completion that must follow the grammar exactly; the inverse of completionText.
 * @returns trace is empty for solution-only @throws TracelabError COMPLETION_SYNTAX
 */
export function parseCompletion(text: string, size: number, where = 'completion'): { readonly trace: TraceEvent[]; readonly plan: Cell[] } {
  const reader = new WordReader(text, where, 'COMPLETION_SYNTAX');
  const trace: TraceEvent[] = [];
  for (let word = reader.peek(); word === 'create' || word === 'close'; word = reader.peek()) {
    reader.expect(word);
    trace.push({ operation: word, ...reader.cell(size), g: reader.cost(size), h: reader.cost(size) });
  }
  reader.expect('solution');
  const plan: Cell[] = [];
  do {
    reader.expect('plan');
    plan.push(reader.cell(size));
  } while (reader.peek() === 'plan');
  reader.expect('end');
  reader.expectEnd();
  return { trace, plan };
}

class WordReader {
  private readonly words: readonly string[];
  private readonly where: string;
  private readonly code: string;
  private at = 0;

  constructor(text: string, where: string, code = 'PROMPT_SYNTAX') {
    this.words = text.split(/[ \t\n\v\f\r]+/).filter((word) => word !== '');
    this.where = where;
    this.code = code;
  }

  peek(): string | undefined {
    return this.words[this.at];
  }

  expect(word: string): void {
    if (this.peek() !== word) this.fail('unexpected word', `\`${word}\``, quote(this.peek()));
    this.at += 1;
  }

  expectEnd(): void {
    if (this.at < this.words.length) this.fail('words after the last one', 'the end of the text', quote(this.peek()));
  }

  cell(size: number): Cell {
    return { x: this.number('', size), y: this.number('', size) };
  }

  cost(size: number): number {
    return this.number('c', size * size);
  }

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

function quote(word: string | undefined): string {
  return word === undefined ? 'the end of the text' : `\`${word.length > 40 ? `${word.slice(0, 40)}...` : word}\``;
}

function refusal(code: string, where: string, what: string, expected: string, got: string): TracelabError {
  return new TracelabError({ code, kind: 'refused_input', where, what, expected, got });
}
