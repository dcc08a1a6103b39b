// What the parts of the validator share: codes, the scratch regions of the problem at hand, and its geometry. Cells are
// indices into a grid with a border of walls, (y + 1) * (size + 2) + x + 1, so that a neighbour is a cell at distance 1
// or size + 2 and index 0 can mean "none".

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

/** Bytes of a record: u32 cell << OPERATION_BITS | operation (cell 0 when off the grid), u32 cost (g << 16 | h). */
export const RECORD_BYTES: usize = 8;
export const OPERATION_BITS: u32 = 3;
export const OPERATION_MASK: u32 = 7;
/** Operation of what no rule can read. */
export const JUNK: u32 = 0;
export const PROBLEM_BYTES: usize = 16;

// States of a cell that is not open. Greater than every cost, so that "cheaper than stored" needs no extra case.
/** A wall or the border; in the heuristic map too. */
export const WALL: u32 = 0xfffffffd;
export const CLOSED: u32 = 0xfffffffe;
export const ABSENT: u32 = 0xffffffff;

/** Largest grid: every distance still has 4 digits. */
const LARGEST_SIZE: u32 = 5000;
/** Numbers have at most 4 digits, so f = g + h of any readable record is at most 19,998. */
export const LARGEST_NUMBER: u32 = 9999;
export const F_VALUES: u32 = 2 * LARGEST_NUMBER + 1;
export const F_WORDS: u32 = (F_VALUES + 63) >> 6;

// Scratch regions; each starts where the previous one ends. One entry a cell unless a length is given.
/**
 * u64[F_WORDS] and u32[F_VALUES], paper level: bit f is set when a cell of that f is open; how many are. All 0 between
 * completions.
 */
export let present: usize;
export let counts: usize;
/** u32: Manhattan distance to the goal, or WALL. */
export let heuristics: usize;
/**
 * u32, paper level: g << 16 | h of an open cell, WALL, CLOSED or ABSENT. The distances of the breadth-first search
 * later.
 */
export let entries: usize;
/** u32, paper level: the cell from which this one was created. The queue of the breadth-first search later. */
export let parents: usize;
/** u32, strict level: g + 1 of an open cell, 0 of a closed one and of a wall, ABSENT. */
export let costs: usize;
/** u32, strict level: when the cell entered the open list (0, 1, 2, ...). */
export let ranks: usize;
/** u32, strict level: neighbours in the list of open cells of equal f, ascending rank; 0 ends it. */
export let nexts: usize;
export let previous: usize;
/**
 * u32[f_limit], strict level: first and last of the list of each f; the last is meaningful only when there is a first.
 */
export let firsts: usize;
export let lasts: usize;
/** RECORD_BYTES a word at most; behind them u32 a word, the codes of a completion that is not given as codes. */
export let records: usize;

// The problem at hand.
/** Cells in a row of the bordered grid, and in all of it. */
export let width: u32;
export let cells: u32;
export let start: u32;
export let goal: u32;
// As the host gave it.
let heldSize: u32;
let heldWalls: u32;
let heldStart: u32;
let heldGoal: u32;

export function f_limit(size: u64): u64 {
  // Strict costs are counted up from the start, one a closed cell; the heuristic is below 2 * size.
  return min<u64>(size * size, <u64>LARGEST_NUMBER + 1) + 2 * size;
}

/**
 * Bytes of scratch for completions of at most `maxWords` words on grids of at most `size` x `size`; 0 when that cannot
 * be held.
 */
export function validator_scratch_bytes(size: u32, maxWords: u32): usize {
  if (size == 0 || size > LARGEST_SIZE) return 0;
  const area = (<u64>size + 2) * (<u64>size + 2);
  const lists = f_limit(size);
  const bytes =
    <u64>F_WORDS * 8 + area * 4 * 7 + lists * 4 * 2 + <u64>F_VALUES * 4 + <u64>maxWords * (RECORD_BYTES + 4);
  return bytes > 0xfffffff0 ? 0 : <usize>bytes;
}

/**
 * Forgets the problem at hand, and clears the part of the scratch that keeps its meaning from one completion to the
 * next.
 */
export function open_scratch(scratch: usize): void {
  heldSize = 0;
  present = scratch;
  counts = present + <usize>F_WORDS * 8;
  memory.fill(present, 0, <usize>F_WORDS * 8 + <usize>F_VALUES * 4);
}

/** Where the codes of a completion of `wordCount` words at most may be written. */
export function codes_address(wordCount: u32): usize {
  return records + <usize>wordCount * RECORD_BYTES;
}

/**
 * Lays out the rest of the scratch for one problem and fills the heuristic map; nothing when it is the problem at hand.
 */
export function set_problem(problem: usize): void {
  const size = load<u32>(problem, 0);
  const walls = load<u32>(problem, 4);
  const startCell = load<u32>(problem, 8);
  const goalCell = load<u32>(problem, 12);
  if (size == heldSize && walls == heldWalls && startCell == heldStart && goalCell == heldGoal) return;
  heldSize = size;
  heldWalls = walls;
  heldStart = startCell;
  heldGoal = goalCell;
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
  fill_heuristics(size, <usize>walls, <i32>(goalCell % size), <i32>(goalCell / size));
}

/** Four cells at a time; what a row writes past its end, the next row and the lower border write again. */
function fill_heuristics(size: u32, walls: usize, goalX: i32, goalY: i32): void {
  const map = heuristics;
  const rowBytes = <usize>width << 2;
  const wall = i32x4.splat(WALL);
  const firstDistances = i32x4.sub(i32x4(0, 1, 2, 3), i32x4.splat(goalX));
  for (let y: u32 = 0; y < size; y++) {
    const row = map + <usize>(y + 1) * rowBytes;
    const rowWalls = walls + <usize>(y * size);
    const vertical = i32x4.splat(abs(<i32>y - goalY));
    let distances = firstDistances;
    store<u32>(row, WALL);
    for (let x: u32 = 0; x < size; x += 4) {
      const isFree = i32x4.eq(
        i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(rowWalls + <usize>x))), i32x4.splat(0),
      );
      v128.store(row + (<usize>(x + 1) << 2), v128.bitselect(i32x4.add(i32x4.abs(distances), vertical), wall, isFree));
      distances = i32x4.add(distances, i32x4.splat(4));
    }
    store<u32>(row + rowBytes - 4, WALL);
  }
  for (let cell: u32 = 0; cell < width; cell++) {
    set(map, cell, WALL);
    set(map, cells - 1 - cell, WALL);
  }
}

/**
 * One state a cell, from the heuristic map: `ofWalls` for walls and the border, ABSENT for the others. Writes up to 12
 * bytes past the map.
 */
export function fill_states(states: usize, ofWalls: u32): void {
  const map = heuristics;
  const wall = i32x4.splat(WALL);
  const state = i32x4.splat(ofWalls);
  const bytes = <usize>cells << 2;
  for (let at: usize = 0; at < bytes; at += 16) {
    v128.store(states + at, v128.or(state, v128.not(i32x4.eq(v128.load(map + at), wall))));
  }
}

// @ts-ignore: decorator
@inline
export function are_neighbors(a: u32, b: u32, rowCells: u32): bool {
  const distance = <u32>abs(<i32>a - <i32>b);
  return distance == 1 || distance == rowCells;
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
