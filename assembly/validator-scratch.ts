// What the parts of the validator share: codes, the scratch regions of the problem at hand, and its geometry.
// Cells are indices into a grid with a border of walls, (y + 1) * (size + 2) + x + 1, so that a neighbour is a cell at distance 1 or
// size + 2 and index 0 can mean "none".

export const NUMBER: u32 = 1;
export const COST: u32 = 2;
export const CREATE: u32 = 3;
export const CLOSE: u32 = 4;
export const PLAN: u32 = 5;
export const SOLUTION: u32 = 6;
export const END: u32 = 7;

// Broken rules; the order is that of TRACE_RULES and PLAN_ERRORS in src/core/validator.ts. NONE = valid.
export const NONE: i32 = -1;
export const OPERATION_SYNTAX_ERROR: i32 = 0;
export const INVALID_COORDINATES: i32 = 1;
export const CREATE_CLOSE_WALL: i32 = 2;
export const FIRST_CREATE_NOT_LAST_CLOSED: i32 = 3;
export const CREATE_NON_NEIGHBOR: i32 = 4;
export const CREATE_ALREADY_CLOSED: i32 = 5;
export const CLOSE_NOT_IN_OPEN_LIST: i32 = 6;
export const CLOSE_NOT_LOWEST_F_VALUE: i32 = 7;
export const GOAL_NOT_REACHED: i32 = 8;
export const PLAN_EXTRACTION_ERROR: i32 = 9;
export const PLAN_LENGTH_MISMATCH: i32 = 10;
export const EVENT_AFTER_GOAL: i32 = 11;
export const WRONG_HEURISTIC: i32 = 12;
export const WRONG_COST: i32 = 13;
export const CREATE_NOT_CHEAPER: i32 = 14;
export const EXPANSION_INCOMPLETE: i32 = 15;

export const PLAN_SYNTAX_ERROR: i32 = 0;
export const ILLEGAL_START: i32 = 1;
export const ILLEGAL_MOVE: i32 = 2;
export const PLAN_GOAL_NOT_REACHED: i32 = 3;

/** Bytes of a record: operation u32, cell u32 (0 when off the grid), cost u32 (g << 16 | h). JUNK marks what no rule can read. */
export const RECORD_BYTES: usize = 12;
export const JUNK: u32 = 0;
export const PROBLEM_BYTES: usize = 16;

/** In the heuristic map: a wall, or the border. */
export const WALL: u32 = 0xffff;
/** In the cost maps. Greater than every cost, so that "cheaper than stored" needs no extra case. */
export const ABSENT: u32 = 0xffffffff;
export const CLOSED: u32 = 0xfffffffe;

/** Largest grid: every distance still has 4 digits. */
const LARGEST_SIZE: u32 = 5000;
/** Numbers have at most 4 digits, so f = g + h of any readable record is at most 19,998. */
export const LARGEST_NUMBER: u32 = 9999;
export const F_VALUES: u32 = 2 * LARGEST_NUMBER + 1;
export const F_WORDS: u32 = (F_VALUES + 63) >> 6;

// Scratch regions; each starts where the previous one ends. One entry a cell unless a length is given.
/** u32: Manhattan distance to the goal, or WALL. */
export let heuristics: usize = 0;
/** u32, paper level: g << 16 | h of an open cell, ABSENT or CLOSED. The distances of the breadth-first search later. */
export let entries: usize = 0;
/** u32, paper level: the cell from which this one was created. The queue of the breadth-first search later. */
export let parents: usize = 0;
/** u32, strict level: g + 1 of an open cell, 0 of a closed one, ABSENT. */
export let costs: usize = 0;
/** u32, strict level: when the cell entered the open list (0, 1, 2, ...). */
export let ranks: usize = 0;
/** u32, strict level: neighbours in the list of open cells of equal f, ascending rank; 0 ends it. */
export let nexts: usize = 0;
export let previous: usize = 0;
/** u32[f_limit], strict level: first and last of the list of each f; the last is meaningful only when there is a first. */
export let firsts: usize = 0;
export let lasts: usize = 0;
/** u32[F_VALUES], paper level: open cells of each f, and u64[F_WORDS]: bit f is set when there is one. All 0 between completions. */
export let counts: usize = 0;
export let present: usize = 0;
/** RECORD_BYTES a word at most. */
export let records: usize = 0;

// The problem at hand.
/** Cells in a row of the bordered grid, and in all of it. */
export let width: u32 = 0;
export let cells: u32 = 0;
export let start: u32 = 0;
export let goal: u32 = 0;

export function f_limit(size: u64): u64 {
  // Strict costs are counted up from the start, one a closed cell; the heuristic is below 2 * size.
  return min<u64>(size * size, <u64>LARGEST_NUMBER + 1) + 2 * size;
}

/** Bytes of scratch for completions of at most `maxWords` words on grids of at most `size` x `size`; 0 when that cannot be held. */
export function validator_scratch_bytes(size: u32, maxWords: u32): usize {
  if (size == 0 || size > LARGEST_SIZE) return 0;
  const area = (<u64>size + 2) * (<u64>size + 2);
  const lists = f_limit(size);
  const bytes = <u64>F_WORDS * 8 + area * 4 * 7 + lists * 4 * 2 + <u64>F_VALUES * 4 + <u64>maxWords * RECORD_BYTES;
  return bytes > 0xfffffff0 ? 0 : <usize>bytes;
}

/** The part of the scratch that keeps its meaning from one completion to the next: the paper level's counts of f, all 0. */
export function clear_counts(scratch: usize): void {
  present = scratch;
  counts = present + <usize>F_WORDS * 8;
  memory.fill(present, 0, <usize>F_WORDS * 8 + <usize>F_VALUES * 4);
}

/** Lays out the rest of the scratch for one problem and fills the heuristic map. */
export function set_problem(problem: usize): void {
  const size = load<u32>(problem, 0);
  const walls = <usize>load<u32>(problem, 4);
  const startCell = load<u32>(problem, 8);
  const goalCell = load<u32>(problem, 12);
  width = size + 2;
  cells = width * width;
  start = (startCell / size + 1) * width + startCell % size + 1;
  goal = (goalCell / size + 1) * width + goalCell % size + 1;

  const perCell = <usize>cells << 2;
  const perF = <usize>f_limit(size) << 2;
  heuristics = counts + <usize>F_VALUES * 4;
  entries = heuristics + perCell;
  parents = entries + perCell;
  costs = parents + perCell;
  ranks = costs + perCell;
  nexts = ranks + perCell;
  previous = nexts + perCell;
  firsts = previous + perCell;
  lasts = firsts + perF;
  records = lasts + perF;

  const goalX = <i32>(goalCell % size);
  const goalY = <i32>(goalCell / size);
  for (let cell: u32 = 0; cell < width; cell++) {
    set(heuristics, cell, WALL);
    set(heuristics, cells - 1 - cell, WALL);
  }
  for (let y: u32 = 0; y < size; y++) {
    const row = (y + 1) * width;
    const vertical = <u32>abs(<i32>y - goalY);
    set(heuristics, row, WALL);
    set(heuristics, row + width - 1, WALL);
    for (let x: u32 = 0; x < size; x++) {
      const isWall = load<u8>(walls + <usize>(y * size + x)) != 0;
      set(heuristics, row + x + 1, isWall ? WALL : vertical + <u32>abs(<i32>x - goalX));
    }
  }
}

/** What every level asks of a record before its own rules. */
// @ts-ignore: decorator
@inline
export function readable_rule(operation: u32): i32 {
  return operation == CREATE || operation == CLOSE ? NONE : OPERATION_SYNTAX_ERROR;
}

// @ts-ignore: decorator
@inline
export function place_rule(cell: u32): i32 {
  if (cell == 0) return INVALID_COORDINATES;
  return get(heuristics, cell) == WALL ? CREATE_CLOSE_WALL : NONE;
}

// @ts-ignore: decorator
@inline
export function are_neighbors(a: u32, b: u32): bool {
  const distance = a > b ? a - b : b - a;
  return distance == 1 || distance == width;
}

// @ts-ignore: decorator
@inline
export function get(array: usize, index: u32): u32 {
  return load<u32>(array + (<usize>index << 2));
}

// @ts-ignore: decorator
@inline
export function set(array: usize, index: u32, value: u32): void {
  store<u32>(array + (<usize>index << 2), value);
}
