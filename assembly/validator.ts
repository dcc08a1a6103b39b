// The fast validator: verdicts of whole batches of completions at the three trace levels of the study. Written from the rules alone;
// shares nothing with the readable validator or with the A* that writes traces. Never allocates: the host passes every address.
import {
  ABSENT, ILLEGAL_MOVE, ILLEGAL_START, NONE, PLAN_GOAL_NOT_REACHED, PLAN_SYNTAX_ERROR, PROBLEM_BYTES, RECORD_BYTES, WALL,
  are_neighbors, cells, clear_counts, entries, get, goal, heuristics, parents, records, set, set_problem, start, width,
} from './validator-scratch';
import { bodyCount, read_records, recordCount } from './validator-records';
import { walk_paper } from './validator-paper';
import { goalCost, walk_strict } from './validator-strict';

export { validator_scratch_bytes } from './validator-scratch';

/** Bytes of a verdict: 9 i32 (format, records, paper rule and record, strict rule and record, exact, plan error, optimal). */
const VERDICT_BYTES: usize = 36;

/**
 * Judges a batch. Completion i is words[offsets[i] .. offsets[i + 1]) of problem i.
 * @param words u32 word codes, kind << 16 | value (kinds: NUMBER to END, 0 = any other word)
 * @param offsets u32[count + 1], in words
 * @param problems count x 4 u32: size, address of the walls (u8[size * size], 1 = wall), start and goal as y * size + x
 * @param verdicts count x 9 i32, overwritten: format, records, paper rule and record, strict rule and record, exact, plan error, optimal
 * @param scratch validator_scratch_bytes of the largest, 8-aligned, overwritten
 */
export function validator_judge(count: u32, words: usize, offsets: usize, problems: usize, verdicts: usize, scratch: usize): void {
  clear_counts(scratch);
  for (let i: u32 = 0; i < count; i++) {
    const from = words + (<usize>load<u32>(offsets + (<usize>i << 2)) << 2);
    const to = words + (<usize>load<u32>(offsets + (<usize>i << 2) + 4) << 2);
    set_problem(problems + <usize>i * PROBLEM_BYTES);
    judge_completion(from, to, verdicts + <usize>i * VERDICT_BYTES);
  }
}

function judge_completion(from: usize, to: usize, verdict: usize): void {
  const format = read_records(from, to);
  store<i32>(verdict, format ? 1 : 0, 0);
  store<i32>(verdict, bodyCount, 4);
  walk_paper(verdict + 8);
  walk_strict(verdict + 16);
  const planError = check_plan();
  store<i32>(verdict, planError, 28);
  const optimal = planError == NONE && recordCount - bodyCount == shortest_path() + 1;
  store<i32>(verdict, optimal ? 1 : 0, 32);
}

/** Plan: starts at the start, moves between free neighbours, ends at the goal. Returns the first error or NONE. */
function check_plan(): i32 {
  if (recordCount == bodyCount) return PLAN_SYNTAX_ERROR;
  const first = records + <usize>bodyCount * RECORD_BYTES;
  const past = records + <usize>recordCount * RECORD_BYTES;
  let cell = load<u32>(first, 4);
  if (cell != start) return ILLEGAL_START;
  for (let record = first + RECORD_BYTES; record < past; record += RECORD_BYTES) {
    const next = load<u32>(record, 4);
    // Index 0 is off the grid, and the border of the map is a wall.
    if (get(heuristics, next) == WALL || !are_neighbors(cell, next)) return ILLEGAL_MOVE;
    cell = next;
  }
  return cell == goal ? NONE : PLAN_GOAL_NOT_REACHED;
}

/** Moves of a shortest path from start to goal; ABSENT when there is none. A faithful trace has found it already. */
function shortest_path(): u32 {
  if (goalCost != ABSENT) return goalCost;
  const distances = entries;
  const queue = parents;
  memory.fill(distances, 0xff, <usize>cells << 2);
  set(distances, start, 0);
  set(queue, 0, start);
  let taken: u32 = 0;
  let queued: u32 = 1;
  while (taken < queued) {
    const cell = get(queue, taken++);
    if (cell == goal) break;
    const distance = get(distances, cell) + 1;
    queued = visit(cell - width, distance, queued);
    queued = visit(cell + 1, distance, queued);
    queued = visit(cell + width, distance, queued);
    queued = visit(cell - 1, distance, queued);
  }
  return get(distances, goal);
}

// @ts-ignore: decorator
@inline
function visit(cell: u32, distance: u32, queued: u32): u32 {
  if (get(heuristics, cell) == WALL || get(entries, cell) != ABSENT) return queued;
  set(entries, cell, distance);
  set(parents, queued, cell);
  return queued + 1;
}
