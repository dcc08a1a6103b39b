// The fast validator: verdicts of whole batches of completions at the three trace levels of the study. Written from the
// rules alone; shares nothing with the readable validator or with the A* that writes traces. Never allocates: the host
// passes every address.
import {
  ABSENT, ILLEGAL_MOVE, ILLEGAL_START, NONE, OPERATION_BITS, PLAN_GOAL_NOT_REACHED, PLAN_SYNTAX_ERROR, PROBLEM_BYTES,
  RECORD_BYTES, WALL, are_neighbors, cells, codes_address, entries, get, goal, heuristics, open_scratch, parents,
  records, set, set_problem, start, width,
} from './validator-scratch';
import { bodyCount, read_records, recordCount } from './validator-records';
import { words_of_ids, words_of_text } from './validator-words';
import { walk_paper } from './validator-paper';
import { goalCost, walk_strict } from './validator-strict';

export { validator_scratch_bytes } from './validator-scratch';
export { words_of_text as validator_words_of_text } from './validator-words';
// What they refuse the slower ways read, with the same result: only a test that asks them alone sees a refusal that
// should not be.
export {
  words_of_event as validator_words_of_event, words_of_plan as validator_words_of_plan,
} from './validator-words';
export { read_events as validator_read_events } from './validator-records';

/**
 * Bytes of a verdict: 9 i32 (format, records, paper rule and record, plan error, strict rule and record, exact,
 * optimal).
 */
const VERDICT_BYTES: usize = 36;

// Forms of a completion; the order is that of FORMS in src/core/validator.ts.
/** u32 word codes, kind << 16 | value (kinds: NUMBER to END, 0 = any other word). */
const CODES: u32 = 0;
/** u16 token ids, whose codes are in the table. */
const IDS: u32 = 1;
/** UTF-8 bytes otherwise. */

/**
 * Judges a batch. Completion i is source[offsets[i] .. offsets[i + 1]) and answers problem i.
 * @param form of all completions: CODES, IDS or text
 * @param source elements of that form; 8 bytes before them and 48 after them may be read
 * @param offsets u32[count + 1], in elements
 * @param table u32[tableLength], the word code of each token id; read for IDS only
 * @param problems count x 4 u32: size, address of the walls (u8[size * size], 1 = wall), start and goal as y * size +
 * x. Up to 3 bytes after the walls may be read. Neighbours with equal fields share one set-up
 * @param verdicts count x 9 i32, overwritten: format, records, paper rule and record, plan error, strict rule and
 * record, exact, optimal
 * @param scratch validator_scratch_bytes of the largest grid and of the most words, which text may have (bytes + 1) / 2
 * of; 8-aligned, overwritten
 * @param all 0: paper level and plan only; the last four fields are left as they are
 */
export function validator_judge(
  count: u32, form: u32, source: usize, offsets: usize, table: usize, tableLength: u32, problems: usize,
  verdicts: usize, scratch: usize, all: u32,
): void {
  open_scratch(scratch);
  for (let i: u32 = 0; i < count; i++) {
    set_problem(problems + <usize>i * PROBLEM_BYTES);
    const first = <usize>load<u32>(offsets + (<usize>i << 2));
    const past = <usize>load<u32>(offsets + (<usize>i << 2) + 4);
    const verdict = verdicts + <usize>i * VERDICT_BYTES;
    if (form == CODES) {
      judge_completion(source + (first << 2), source + (past << 2), verdict, all);
    } else if (form == IDS) {
      const codes = codes_address(<u32>(past - first));
      judge_completion(
        codes, words_of_ids(source + (first << 1), source + (past << 1), table, tableLength, codes), verdict, all,
      );
    } else {
      const codes = codes_address(<u32>((past - first + 1) >> 1));
      judge_completion(codes, words_of_text(source + first, source + past, codes), verdict, all);
    }
  }
}

function judge_completion(from: usize, to: usize, verdict: usize, all: u32): void {
  const format = read_records(from, to);
  store<i32>(verdict, format ? 1 : 0, 0);
  store<i32>(verdict, bodyCount, 4);
  walk_paper(verdict + 8);
  const planError = check_plan();
  store<i32>(verdict, planError, 16);
  if (all == 0) return;
  walk_strict(verdict + 20);
  const optimal = planError == NONE && recordCount - bodyCount == shortest_path() + 1;
  store<i32>(verdict, optimal ? 1 : 0, 32);
}

/** Plan: starts at the start, moves between free neighbours, ends at the goal. Returns the first error or NONE. */
function check_plan(): i32 {
  if (recordCount == bodyCount) return PLAN_SYNTAX_ERROR;
  const first = records + <usize>bodyCount * RECORD_BYTES;
  const past = records + <usize>recordCount * RECORD_BYTES;
  let cell = load<u32>(first) >> OPERATION_BITS;
  if (cell != start) return ILLEGAL_START;
  for (let record = first + RECORD_BYTES; record < past; record += RECORD_BYTES) {
    const next = load<u32>(record) >> OPERATION_BITS;
    // Index 0 is off the grid, and the border of the map is a wall.
    if (get(heuristics, next) == WALL || !are_neighbors(cell, next, width)) return ILLEGAL_MOVE;
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
