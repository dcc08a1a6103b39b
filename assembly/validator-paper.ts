// The trace level that the paper reports.
import {
  ABSENT, CLOSED, CLOSE_NOT_IN_OPEN_LIST, CLOSE_NOT_LOWEST_F_VALUE, CREATE, CREATE_ALREADY_CLOSED, CREATE_NON_NEIGHBOR, FIRST_CREATE_NOT_LAST_CLOSED,
  F_WORDS, GOAL_NOT_REACHED, NONE, PLAN_EXTRACTION_ERROR, PLAN_LENGTH_MISMATCH, RECORD_BYTES, WALL,
  are_neighbors, cells, counts, entries, get, goal, heuristics, parents, place_rule, present, readable_rule, records, set, start,
} from './validator-scratch';
import { bodyCount, recordCount } from './validator-records';

/** Writes rule and record (i32 each) to `verdict`. The first broken rule names the verdict, so the walk may stop there. */
export function walk_paper(verdict: usize): void {
  let rule = NONE;
  let ruleRecord = NONE;
  memory.fill(entries, 0xff, <usize>cells << 2);
  let lowestWord: u32 = F_WORDS;
  let lastClosed: u32 = 0;
  set(parents, start, 0);
  // A start inside a wall is refused at its first record; its cost would not be a number.
  if (get(heuristics, start) != WALL) {
    set(entries, start, get(heuristics, start));
    lowestWord = add_open(get(entries, start), lowestWord);
  }

  for (let i: u32 = 0; i < bodyCount; i++) {
    const record = records + <usize>i * RECORD_BYTES;
    const operation = load<u32>(record, 0);
    const cell = load<u32>(record, 4);
    const cost = load<u32>(record, 8);
    let broken = readable_rule(operation);
    if (broken == NONE) broken = place_rule(cell);
    if (broken == NONE) {
      const entry = get(entries, cell);
      if (operation == CREATE) {
        if (lastClosed == 0) broken = FIRST_CREATE_NOT_LAST_CLOSED;
        else if (!are_neighbors(cell, lastClosed)) broken = CREATE_NON_NEIGHBOR;
        else if (entry == CLOSED) broken = CREATE_ALREADY_CLOSED;
        else if (entry == ABSENT || cost >> 16 < entry >> 16) {
          if (entry != ABSENT) remove_open(entry);
          set(entries, cell, cost);
          set(parents, cell, lastClosed);
          lowestWord = add_open(cost, lowestWord);
        }
      } else if (entry != cost) {
        broken = CLOSE_NOT_IN_OPEN_LIST;
      } else {
        while (load<u64>(present + (<usize>lowestWord << 3)) == 0) lowestWord++;
        const lowest = (lowestWord << 6) + <u32>ctz(load<u64>(present + (<usize>lowestWord << 3)));
        if (f_value(cost) != lowest) broken = CLOSE_NOT_LOWEST_F_VALUE;
        else {
          remove_open(cost);
          set(entries, cell, CLOSED);
          lastClosed = cell;
        }
      }
    }
    if (broken != NONE) {
      rule = broken;
      ruleRecord = i;
      break;
    }
  }
  if (rule == NONE) {
    rule = end_rule();
    if (rule != NONE) ruleRecord = bodyCount;
  }
  store<i32>(verdict, rule, 0);
  store<i32>(verdict, ruleRecord, 4);
  for (let cell: u32 = 0; cell < cells; cell++) {
    const entry = get(entries, cell);
    if (entry < CLOSED) remove_open(entry);
  }
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

/** Counts an open cell; returns the first word of `present` that may have a bit. */
function add_open(cost: u32, lowestWord: u32): u32 {
  const f = f_value(cost);
  const word = f >> 6;
  const address = present + (<usize>word << 3);
  set(counts, f, get(counts, f) + 1);
  store<u64>(address, load<u64>(address) | (<u64>1 << (f & 63)));
  return min(word, lowestWord);
}

function remove_open(cost: u32): void {
  const f = f_value(cost);
  const left = get(counts, f) - 1;
  set(counts, f, left);
  if (left != 0) return;
  const address = present + (<usize>(f >> 6) << 3);
  store<u64>(address, load<u64>(address) & ~(<u64>1 << (f & 63)));
}
