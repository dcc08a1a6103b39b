// The trace levels strict (some faithful A* run) and exact (the deterministic one), in one walk.
import {
  ABSENT, CLOSE, CLOSE_NOT_IN_OPEN_LIST, CLOSE_NOT_LOWEST_F_VALUE, CREATE, CREATE_ALREADY_CLOSED, CREATE_CLOSE_WALL,
  CREATE_NON_NEIGHBOR, CREATE_NOT_CHEAPER, EVENT_AFTER_GOAL, EXPANSION_INCOMPLETE, FIRST_CREATE_NOT_LAST_CLOSED,
  GOAL_NOT_REACHED, INVALID_COORDINATES, NONE, OPERATION_BITS, OPERATION_MASK, OPERATION_SYNTAX_ERROR, RECORD_BYTES,
  WALL, WRONG_COST, WRONG_HEURISTIC, are_neighbors, costs, f_limit, fill_states, firsts, get, goal, heuristics, lasts,
  nexts, previous, ranks, records, set, start, width,
} from './validator-scratch';
import { bodyCount } from './validator-records';

/** Cost at which the goal was closed, which is the length of a shortest path; ABSENT when it was not. */
export let goalCost: u32;

/**
 * Writes rule, record and exact (i32 each) to `verdict` and sets goalCost. Strict is a faithful A* run for some tie
 * order and neighbour order; it is the deterministic one (`exact`) when each expansion goes up, right, down, left and
 * each close takes the cell of least f that entered the open list first. f never falls along a faithful run (the
 * heuristic is consistent), so the least f is found by moving up only.
 */
export function walk_strict(verdict: usize): void {
  let exact = true;
  goalCost = ABSENT;
  const limit = <u32>f_limit(width - 2);
  fill_states(costs, 0);
  memory.fill(firsts, 0, <usize>limit << 2);
  let lowest = get(heuristics, start);
  // A start inside a wall is refused at its first record; the lists cannot hold it.
  if (lowest != WALL) {
    set(ranks, start, 0);
    set(costs, start, 1);
    enlist(start, lowest);
  }
  let entered: u32 = 1;
  let lastClosed: u32 = 0;
  let lastCost: u32 = 0;
  let owed: u32 = 0;
  let lastDirection: u32 = 0;

  for (let i: u32 = 0; i < bodyCount; i++) {
    const record = records + <usize>i * RECORD_BYTES;
    const operation = load<u32>(record, 0) & OPERATION_MASK;
    const cell = load<u32>(record, 0) >> OPERATION_BITS;
    const g = load<u32>(record, 4) >> 16;
    const h = load<u32>(record, 4) & 0xffff;
    const heuristic = get(heuristics, cell);
    let broken = NONE;
    if (operation != CREATE && operation != CLOSE) broken = OPERATION_SYNTAX_ERROR;
    else if (goalCost != ABSENT) broken = EVENT_AFTER_GOAL;
    else if (heuristic == WALL) broken = cell == 0 ? INVALID_COORDINATES : CREATE_CLOSE_WALL;
    else {
      const stored = get(costs, cell);
      if (operation == CREATE) {
        if (lastClosed == 0) broken = FIRST_CREATE_NOT_LAST_CLOSED;
        else if (!are_neighbors(cell, lastClosed, width)) broken = CREATE_NON_NEIGHBOR;
        else if (stored == 0) broken = CREATE_ALREADY_CLOSED;
        else if (h != heuristic) broken = WRONG_HEURISTIC;
        else if (g != lastCost + 1) broken = WRONG_COST;
        else if (g + 1 >= stored) broken = CREATE_NOT_CHEAPER;
        else {
          if (stored == ABSENT) set(ranks, cell, entered++);
          else delist(cell, stored - 1 + heuristic);
          set(costs, cell, g + 1);
          enlist(cell, g + heuristic);
          owed--;
          const direction = direction_of(lastClosed, cell);
          if (direction <= lastDirection) exact = false;
          lastDirection = direction;
        }
      } else if (owed > 0) broken = EXPANSION_INCOMPLETE;
      else if (stored == ABSENT || stored == 0) broken = CLOSE_NOT_IN_OPEN_LIST;
      else if (h != heuristic) broken = WRONG_HEURISTIC;
      else if (g + 1 != stored) broken = WRONG_COST;
      else {
        while (get(firsts, lowest) == 0) lowest++;
        if (g + heuristic != lowest) broken = CLOSE_NOT_LOWEST_F_VALUE;
        else {
          if (get(firsts, lowest) != cell) exact = false;
          delist(cell, lowest);
          set(costs, cell, 0);
          lastClosed = cell;
          lastCost = g;
          lastDirection = 0;
          if (cell == goal) goalCost = g;
          else owed = is_owed(cell - width, g) + is_owed(cell + 1, g) + is_owed(cell + width, g) + is_owed(cell - 1, g);
        }
      }
    }
    if (broken != NONE) {
      write(verdict, broken, i, false);
      return;
    }
  }
  if (goalCost != ABSENT) {
    write(verdict, NONE, NONE, exact);
    return;
  }
  // Where the goal cannot be reached the deterministic trace ends with an empty open list.
  while (lowest < limit && get(firsts, lowest) == 0) lowest++;
  write(verdict, GOAL_NOT_REACHED, bodyCount, exact && owed == 0 && lowest == limit);
}

function write(verdict: usize, rule: i32, record: i32, exact: bool): void {
  store<i32>(verdict, rule, 0);
  store<i32>(verdict, record, 4);
  store<i32>(verdict, exact ? 1 : 0, 8);
}

/**
 * 1 when closing a cell at cost g must be followed by a create of this neighbour: free, not closed, and cheaper than
 * stored (0 of walls).
 */
// @ts-ignore: decorator
@inline
function is_owed(neighbor: u32, g: u32): u32 {
  return g + 2 < get(costs, neighbor) ? 1 : 0;
}

/** 1 up, 2 right, 3 down, 4 left. */
// @ts-ignore: decorator
@inline
function direction_of(from: u32, to: u32): u32 {
  if (to < from) return from - to == width ? 1 : 4;
  return to - from == 1 ? 2 : 3;
}

/**
 * Puts an open cell into the list of its f, by rank. New cells have the highest rank: they stop at the end of the list.
 */
function enlist(cell: u32, f: u32): void {
  const first = get(firsts, f);
  const rank = get(ranks, cell);
  let before = first == 0 ? 0 : get(lasts, f);
  while (before != 0 && get(ranks, before) > rank) before = get(previous, before);
  const after = before == 0 ? first : get(nexts, before);
  set(previous, cell, before);
  set(nexts, cell, after);
  if (before == 0) set(firsts, f, cell);
  else set(nexts, before, cell);
  if (after == 0) set(lasts, f, cell);
  else set(previous, after, cell);
}

function delist(cell: u32, f: u32): void {
  const before = get(previous, cell);
  const after = get(nexts, cell);
  if (before == 0) set(firsts, f, after);
  else set(nexts, before, after);
  if (after == 0) set(lasts, f, before);
  else set(previous, after, before);
}
