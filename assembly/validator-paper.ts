// The trace level that the paper reports.
import {
  ABSENT, CLOSE, CLOSED, CLOSE_NOT_IN_OPEN_LIST, CLOSE_NOT_LOWEST_F_VALUE, CREATE, CREATE_ALREADY_CLOSED,
  CREATE_CLOSE_WALL, CREATE_NON_NEIGHBOR, FIRST_CREATE_NOT_LAST_CLOSED, F_WORDS, GOAL_NOT_REACHED, INVALID_COORDINATES,
  NONE, OPERATION_BITS, OPERATION_MASK, OPERATION_SYNTAX_ERROR, PLAN_EXTRACTION_ERROR, PLAN_LENGTH_MISMATCH,
  RECORD_BYTES, WALL, are_neighbors, cells, counts, entries, fill_states, get, goal, heuristics, parents, present,
  records, set, start, width,
} from './validator-scratch';
import { bodyCount, recordCount } from './validator-records';

/**
 * Writes rule and record (i32 each) to `verdict`. The first broken rule names the verdict, so the walk may stop there.
 * Each cell has one state, so a good record is one load and two comparisons; which rule a bad one breaks is asked once.
 * Open cells are counted by f, and one bit for each value of f marks the values that occur.
 */
export function walk_paper(verdict: usize): void {
  const states = entries, origins = parents, tallies = counts, bits = present, rowCells = width;
  fill_states(states, WALL);
  let lowestWord: u32 = F_WORDS;
  let highest: u32 = 0;
  let lastClosed: u32 = 0;
  // A start inside a wall is refused at its first record; its cost would not be a number.
  if (get(states, start) == ABSENT) {
    highest = get(heuristics, start);
    lowestWord = highest >> 6;
    set(states, start, highest);
    add_open(tallies, bits, highest);
  }

  let rule = NONE;
  let at = records;
  const end = at + <usize>bodyCount * RECORD_BYTES;
  for (; at < end; at += RECORD_BYTES) {
    const record = load<u32>(at, 0);
    const cost = load<u32>(at, 4);
    const operation = record & OPERATION_MASK;
    const cell = record >> OPERATION_BITS;
    const state = get(states, cell);
    if (operation == CREATE) {
      if (!are_neighbors(cell, lastClosed, rowCells) || state == WALL || state == CLOSED) {
        rule = rule_of_create(cell, state, lastClosed);
        break;
      }
      if (cost >> 16 < state >> 16) {
        const f = f_value(cost);
        if (state != ABSENT) remove_open(tallies, bits, f_value(state));
        add_open(tallies, bits, f);
        set(states, cell, cost);
        set(origins, cell, lastClosed);
        lowestWord = min(lowestWord, f >> 6);
        highest = max(highest, f);
      }
    } else if (operation == CLOSE && state == cost) {
      const f = f_value(cost);
      while (load<u64>(bits + (<usize>lowestWord << 3)) == 0) lowestWord++;
      if (f != (lowestWord << 6) + <u32>ctz(load<u64>(bits + (<usize>lowestWord << 3)))) {
        rule = CLOSE_NOT_LOWEST_F_VALUE;
        break;
      }
      remove_open(tallies, bits, f);
      set(states, cell, CLOSED);
      lastClosed = cell;
    } else {
      rule = rule_of_other(operation, cell, state);
      break;
    }
  }
  if (rule == NONE) rule = end_rule();
  store<i32>(verdict, rule, 0);
  store<i32>(verdict, rule == NONE ? NONE : <i32>((at - records) / RECORD_BYTES), 4);
  memory.fill(tallies, 0, (<usize>highest + 1) << 2);
  memory.fill(bits, 0, (<usize>(highest >> 6) + 1) << 3);
}

/** The rule that a create breaks, which breaks one. */
function rule_of_create(cell: u32, state: u32, lastClosed: u32): i32 {
  if (cell == 0) return INVALID_COORDINATES;
  if (state == WALL) return CREATE_CLOSE_WALL;
  if (lastClosed == 0) return FIRST_CREATE_NOT_LAST_CLOSED;
  return are_neighbors(cell, lastClosed, width) ? CREATE_ALREADY_CLOSED : CREATE_NON_NEIGHBOR;
}

/** The rule that a close of anything but an open entry breaks, or a record that is neither create nor close. */
function rule_of_other(operation: u32, cell: u32, state: u32): i32 {
  if (operation != CLOSE) return OPERATION_SYNTAX_ERROR;
  if (cell == 0) return INVALID_COORDINATES;
  return state == WALL ? CREATE_CLOSE_WALL : CLOSE_NOT_IN_OPEN_LIST;
}

/** Rules of the end: goal closed, parents lead to the start, and as long as the plan where there is one. */
function end_rule(): i32 {
  if (get(entries, goal) != CLOSED) return GOAL_NOT_REACHED;
  let length: u32 = 1;
  let cell = goal;
  while (cell != start && cell != 0 && length <= cells) {
    cell = get(parents, cell);
    length++;
  }
  if (cell != start) return PLAN_EXTRACTION_ERROR;
  const plan = recordCount - bodyCount;
  return plan > 0 && plan != length ? PLAN_LENGTH_MISMATCH : NONE;
}

// @ts-ignore: decorator
@inline
function f_value(cost: u32): u32 {
  return (cost >> 16) + (cost & 0xffff);
}

// @ts-ignore: decorator
@inline
function add_open(tallies: usize, bits: usize, f: u32): void {
  const word = bits + (<usize>(f >> 6) << 3);
  set(tallies, f, get(tallies, f) + 1);
  store<u64>(word, load<u64>(word) | (<u64>1 << <u64>(f & 63)));
}

/** Without a branch: whether a cell was the last of its f cannot be predicted. */
// @ts-ignore: decorator
@inline
function remove_open(tallies: usize, bits: usize, f: u32): void {
  const word = bits + (<usize>(f >> 6) << 3);
  const left = get(tallies, f) - 1;
  set(tallies, f, left);
  store<u64>(word, load<u64>(word) & ~(<u64>(left == 0) << <u64>(f & 63)));
}
