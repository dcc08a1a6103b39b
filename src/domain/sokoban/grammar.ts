// The text of a board and of its solution, both ways. Reading is strict here: this is for data, which must be right.
// What a model writes is read leniently by verdict/parse.ts.
//
// Words as in Searchformer's `with-box` datasets (worker, box, dock, wall), in this project's frame. Theirs leaves the
// boxes on docks out of an event; with two docks an event of this kind does not determine its state. So here both boxes
// are always named, and no word marks a box on a dock: the prompt names the docks.
import { readCompletion } from '../completion.ts';
import { COSTS, NUMBERS } from '../number-words.ts';
import type { GridCell } from '../types.ts';
import { refusal, WordReader } from '../word-reader.ts';
import { SIZE_HINT } from '../words.ts';
import { LARGEST } from './generate.ts';
import type { Board, State, StateEvent } from './types.ts';

/** c0..c99: a trace that is short enough to be drawn has no larger cost (generate.ts). */
export const COST_WORDS = 100;

/** Words of an event. */
export const EVENT_WORDS = 12;

function cellWords(name: string, { x, y }: GridCell): string {
  return `${name} ${NUMBERS[x]} ${NUMBERS[y]}`;
}

function stateWords({ worker, boxes }: State): string {
  return `${cellWords('worker', worker)} ${cellWords('box', boxes[0])} ${cellWords('box', boxes[1])}`;
}

/**
 * `query worker X Y box X Y box X Y dock X Y dock X Y { wall X Y } reasoning`; boxes, docks and walls row-major, border
 * walls included.
 */
export function promptText(board: Board): string {
  const walls = [...board.walls.keys()]
    .filter((cell) => board.walls[cell] !== 0)
    .map((cell) => cellWords('wall', { x: cell % board.size, y: Math.floor(cell / board.size) }));
  return [
    'query',
    stateWords(board),
    ...board.docks.map((dock) => cellWords('dock', dock)),
    ...walls,
    'reasoning',
  ].join(' ');
}

/** `(create|close) worker X Y box X Y box X Y cG cH`. */
export function eventText({ operation, g, h, ...state }: StateEvent): string {
  return `${operation} ${stateWords(state)} ${COSTS[g]} ${COSTS[h]}`;
}

/** `{ event } solution { plan X Y } end`. */
export function completionText(trace: readonly StateEvent[], plan: readonly GridCell[]): string {
  return [...trace.map(eventText), 'solution', ...plan.map((cell) => cellWords('plan', cell)), 'end'].join(' ');
}

/**
 * Reads a prompt back.
 * @param size cells per side, which the text does not hold
 * @param where named by the error, for example `train.jsonl:17`
 * @throws TracelabError PROMPT_SIZE; PROMPT_SYNTAX at the first word that breaks the grammar: a number off the board,
 * boxes, docks or walls out of order or repeated, a gap in the border, two things on one cell
 */
export function parsePrompt(text: string, size: number, where = 'prompt'): Board {
  if (!Number.isInteger(size) || size < 3 || size > LARGEST)
    throw refusal(
      'PROMPT_SIZE',
      where,
      'impossible board size',
      `an integer in 3..${LARGEST}`,
      String(size),
      SIZE_HINT,
    );
  const reader = new WordReader(text, where);
  reader.expect('query');
  const worker = named(reader, 'worker', size);
  const boxes = pair(reader, 'box', size);
  const docks = pair(reader, 'dock', size);
  const walls = reader.walls(size);
  reader.expect('reasoning');
  reader.expectEnd();
  const gap = [...walls.keys()].find(
    (cell) =>
      walls[cell] === 0 && (cell < size || cell >= size * (size - 1) || cell % size === 0 || cell % size === size - 1),
  );
  if (gap !== undefined)
    reader.fail('a gap in the border', 'walls all around', `no wall ${gap % size} ${Math.floor(gap / size)}`);
  const taken = new Map<number, string>();
  for (const [name, { x, y }] of [
    ['worker', worker],
    ['box', boxes[0]],
    ['box', boxes[1]],
    ['dock', docks[0]],
    ['dock', docks[1]],
  ] as const) {
    const index = y * size + x;
    const other = walls[index] === 0 ? taken.get(index) : 'wall';
    if (other !== undefined) reader.fail(`${name} on the cell of a ${other}`, 'different cells', `${x} ${y}`);
    taken.set(index, name);
  }
  return { size, walls, worker, boxes, docks };
}

/**
 * Reads a completion that must follow the grammar exactly; the inverse of completionText.
 * @throws TracelabError COMPLETION_SYNTAX
 */
export function parseCompletion(
  text: string,
  size: number,
  where = 'completion',
): { readonly trace: StateEvent[]; readonly plan: GridCell[] } {
  return readCompletion(text, size, where, (reader, operation) => ({
    operation,
    worker: named(reader, 'worker', size),
    boxes: pair(reader, 'box', size),
    g: reader.cost(COST_WORDS),
    h: reader.cost(COST_WORDS),
  }));
}

function named(reader: WordReader, name: string, size: number): GridCell {
  reader.expect(name);
  return reader.cell(size);
}

/** Two of a kind, row-major. */
function pair(reader: WordReader, name: string, size: number): [GridCell, GridCell] {
  const first = named(reader, name, size);
  const second = named(reader, name, size);
  if (second.y * size + second.x <= first.y * size + first.x)
    reader.fail(
      `${name} out of order`,
      `the two row by row`,
      `${name} ${second.x} ${second.y} after ${name} ${first.x} ${first.y}`,
    );
  return [first, second];
}
