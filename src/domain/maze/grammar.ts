// The text of a problem and of its solution, both ways (docs/specification.md, section 3). Reading is strict here: this
// is for data, which must be right. What a model writes is read leniently by verdict/parse.ts.
import { LIMITS } from '../../base/limits.ts';
import { readCompletion } from '../completion.ts';
import { COSTS, NUMBERS } from '../number-words.ts';
import { refusal, WordReader } from '../word-reader.ts';
import { SIZE_HINT } from '../words.ts';
import type { Cell, Problem, TraceEvent } from './types.ts';

/** Largest grid: costs run to size * size - 1, and a number of the grammar has four digits at most. */
export const MAXIMUM_SIZE = LIMITS.mazeSide.most;

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

/**
 * `{ (close|create) X Y cG cH } solution { plan X Y } end`.
 * @param trace null = solution-only, no events
 */
export function completionText(trace: readonly TraceEvent[] | null, plan: readonly Cell[]): string {
  const words: string[] = [];
  for (const { operation, x, y, g, h } of trace ?? [])
    words.push(operation, NUMBERS[x], NUMBERS[y], COSTS[g], COSTS[h]);
  words.push('solution');
  for (const { x, y } of plan) words.push('plan', NUMBERS[x], NUMBERS[y]);
  words.push('end');
  return words.join(' ');
}

/**
 * Reads a prompt back. promptText(parsePrompt(text, ...)) is text with single spaces.
 * @param size cells per side, which the text does not hold
 * @param where named by the error, for example `train.jsonl:17`
 * @throws TracelabError PROMPT_SYNTAX at the first word that breaks the grammar: a number off the grid, walls out of
 * order or repeated, start or goal on a wall or equal
 */
export function parsePrompt(text: string, size: number, generator: string, where = 'prompt'): Problem {
  if (!Number.isInteger(size) || size < 1 || size > MAXIMUM_SIZE) {
    throw refusal(
      'PROMPT_SIZE',
      where,
      'impossible grid size',
      `an integer in 1..${MAXIMUM_SIZE}`,
      String(size),
      SIZE_HINT,
    );
  }
  const reader = new WordReader(text, where);
  reader.expect('query');
  reader.expect('start');
  const start = reader.cell(size);
  reader.expect('goal');
  const goal = reader.cell(size);
  const walls = reader.walls(size);
  reader.expect('reasoning');
  reader.expectEnd();
  for (const [name, { x, y }] of [
    ['start', start],
    ['goal', goal],
  ] as const) {
    if (walls[y * size + x] !== 0) reader.fail(`${name} on a wall`, 'a free cell', `${x} ${y}`);
  }
  if (start.x === goal.x && start.y === goal.y)
    reader.fail('start and goal are the same cell', 'two cells', `${start.x} ${start.y}`);
  return { generator, size, walls, start, goal };
}

/**
 * Reads a completion that must follow the grammar exactly; the inverse of completionText.
 * @returns trace is empty for solution-only
 * @throws TracelabError COMPLETION_SYNTAX
 */
export function parseCompletion(
  text: string,
  size: number,
  where = 'completion',
): { readonly trace: TraceEvent[]; readonly plan: Cell[] } {
  return readCompletion(text, size, where, (reader, operation) => ({
    operation,
    ...reader.cell(size),
    g: reader.cost(size * size),
    h: reader.cost(size * size),
  }));
}
