// Words of a completion to records, and the boolean `format`.
import {
  CLOSE, COST, CREATE, END, JUNK, NUMBER, OPERATION_BITS, PLAN, RECORD_BYTES, SOLUTION, records, width,
} from './validator-scratch';

/** Records of the completion; the body ends where the final run of plan records begins. */
export let recordCount: u32;
export let bodyCount: u32;

// The position of the reader.
/** Phases of a completion in the required format. */
const EVENTS: u32 = 0;
const PLAN_RECORDS: u32 = 1;
const AFTER_END: u32 = 2;
let phase: u32;
let wellFormed: bool;
/** Plan records so far, and those of the run that is not broken yet. */
let planLength: u32;
let runLength: u32;

/**
 * Words to records, as leniently as the study asks: `solution` and `end` are dropped wherever they are, a record ends
 * early at the next keyword, a word outside a record is a junk record. Also decides `format`: events, one `solution`,
 * plan records, one `end`. Sets recordCount and bodyCount.
 * @returns format
 */
export function read_records(from: usize, to: usize): bool {
  phase = EVENTS;
  wellFormed = true;
  planLength = 0;
  runLength = 0;
  recordCount = 0;
  let at = from;
  while (at < to) {
    const next = read_events(at, to);
    if (next != at) {
      wellFormed = wellFormed && phase == EVENTS;
      runLength = 0;
    }
    at = next < to ? read_any(next, to) : next;
  }
  bodyCount = recordCount - runLength;
  return wellFormed && phase == AFTER_END;
}

// The kinds of two words at once.
const KINDS: u64 = 0xffff0000_ffff0000;
const TWO_NUMBERS: u64 = (<u64>NUMBER << 48) | (<u64>NUMBER << 16);
const TWO_COSTS: u64 = (<u64>COST << 48) | (<u64>COST << 16);
const EVENT_WORDS_BYTES: usize = 20;

/**
 * Reads complete events for as long as they follow each other.
 * @returns address of the first word that is not part of one
 */
export function read_events(from: usize, to: usize): usize {
  const rowCells = width;
  let record = records + <usize>recordCount * RECORD_BYTES;
  let at = from;
  while (at + EVENT_WORDS_BYTES <= to) {
    const operation = load<u32>(at) >> 16;
    const place = load<u64>(at, 4);
    const cost = load<u64>(at, 12);
    // CLOSE follows CREATE.
    if (operation - CREATE > 1 || (place & KINDS) != TWO_NUMBERS || (cost & KINDS) != TWO_COSTS) break;
    store<u32>(
      record, (cell_of(<u32>place & 0xffff, <u32>(place >> 32) & 0xffff, rowCells) << OPERATION_BITS) | operation, 0,
    );
    store<u32>(record, (<u32>cost << 16) | (<u32>(cost >> 32) & 0xffff), 4);
    record += RECORD_BYTES;
    at += EVENT_WORDS_BYTES;
  }
  recordCount = <u32>((record - records) / RECORD_BYTES);
  return at;
}

/** Index in the bordered grid of `rowCells` cells a row; 0 when off the grid. */
// @ts-ignore: decorator
@inline
function cell_of(x: u32, y: u32, rowCells: u32): u32 {
  const size = rowCells - 2;
  return x < size && y < size ? (y + 1) * rowCells + x + 1 : 0;
}

/**
 * Reads one word outside an event, or one record of any kind.
 * @returns address of the next word
 */
function read_any(from: usize, to: usize): usize {
  const kind = load<u32>(from) >> 16;
  const at = from + 4;
  if (kind == SOLUTION) {
    wellFormed = wellFormed && phase == EVENTS;
    phase = PLAN_RECORDS;
    return at;
  }
  if (kind == END) {
    wellFormed = wellFormed && phase == PLAN_RECORDS && planLength > 0;
    phase = AFTER_END;
    return at;
  }
  const record = records + <usize>recordCount * RECORD_BYTES;
  recordCount++;
  if (kind == CREATE || kind == CLOSE || kind == PLAN) return read_record(kind, record, at, to);
  junk(record);
  return at;
}

function junk(record: usize): void {
  store<u32>(record, JUNK, 0);
  wellFormed = false;
  runLength = 0;
}

/**
 * Reads the arguments of a keyword, as many as there are.
 * @returns address of the next word
 */
function read_record(kind: u32, record: usize, from: usize, to: usize): usize {
  const arity: u32 = kind == PLAN ? 2 : 4;
  let at = from;
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
    junk(record);
    return at;
  }
  store<u32>(record, (cell_of(x, y, width) << OPERATION_BITS) | kind, 0);
  store<u32>(record, cost, 4);
  if (kind == PLAN) {
    wellFormed = wellFormed && phase == PLAN_RECORDS;
    planLength++;
    runLength++;
  } else {
    // An event comes here only with a `solution` or `end` inside: the format is broken already.
    runLength = 0;
  }
  return at;
}
