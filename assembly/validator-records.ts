// Words of a completion to records, and the boolean `format`.
import { CLOSE, COST, CREATE, END, JUNK, NUMBER, PLAN, RECORD_BYTES, SOLUTION, records, width } from './validator-scratch';

/** Records of the completion; the body ends where the final run of plan records begins. */
export let recordCount: u32 = 0;
export let bodyCount: u32 = 0;

// Phases of a completion in the required format; 0 while events are read.
const END_OF_EVENTS: u32 = 1;
const AFTER_END: u32 = 2;

/**
 * Words to records, as leniently as the study asks: `solution` and `end` are dropped wherever they stand, a record ends early at the
 * next keyword, a word outside a record is a junk record. Beside it, `format`: events, one `solution`, plan records, one `end`.
 * Sets recordCount and bodyCount. @returns format
 */
export function read_records(from: usize, to: usize): bool {
  let phase: u32 = 0;
  let wellFormed = true;
  let planLength: u32 = 0;
  let runLength: u32 = 0;
  recordCount = 0;
  let at = from;
  while (at < to) {
    const word = load<u32>(at);
    const kind = word >> 16;
    at += 4;
    if (kind == SOLUTION) {
      wellFormed = wellFormed && phase == 0;
      phase = END_OF_EVENTS;
      continue;
    }
    if (kind == END) {
      wellFormed = wellFormed && phase == END_OF_EVENTS && planLength > 0;
      phase = AFTER_END;
      continue;
    }
    const record = records + <usize>recordCount * RECORD_BYTES;
    recordCount++;
    store<u32>(record, JUNK, 0);
    if (kind != CREATE && kind != CLOSE && kind != PLAN) {
      wellFormed = false;
      runLength = 0;
      continue;
    }

    const arity: u32 = kind == PLAN ? 2 : 4;
    let taken: u32 = 0;
    let readable = true;
    let x: u32 = 0, y: u32 = 0, cost: u32 = 0;
    while (taken < arity && at < to) {
      const argument = load<u32>(at);
      const argumentKind = argument >> 16;
      if (argumentKind == CREATE || argumentKind == CLOSE || argumentKind == PLAN) break;
      at += 4;
      if (argumentKind == SOLUTION || argumentKind == END) {
        wellFormed = false;
        continue;
      }
      readable = readable && argumentKind == (taken < 2 ? NUMBER : COST);
      const value = argument & 0xffff;
      if (taken == 0) x = value;
      else if (taken == 1) y = value;
      else cost = (cost << 16) | value;
      taken++;
    }
    if (taken < arity || !readable) {
      wellFormed = false;
      runLength = 0;
      continue;
    }
    const size = width - 2;
    store<u32>(record, kind, 0);
    store<u32>(record, x < size && y < size ? (y + 1) * width + x + 1 : 0, 4);
    store<u32>(record, cost, 8);
    if (kind == PLAN) {
      wellFormed = wellFormed && phase == END_OF_EVENTS;
      planLength++;
      runLength++;
    } else {
      wellFormed = wellFormed && phase == 0;
      runLength = 0;
    }
  }
  bodyCount = recordCount - runLength;
  return wellFormed && phase == AFTER_END;
}
