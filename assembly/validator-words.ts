// A completion in any of its forms to word codes, kind << 16 | value: from token ids by a table, from UTF-8 bytes by
// their letters.
import { CLOSE, COST, CREATE, END, NUMBER, PLAN, SOLUTION } from './validator-scratch';

/**
 * Words of token ids u16[from .. to): codes of `table` (u32[ids]); an id beyond it is any other word.
 * @returns end of the codes
 */
export function words_of_ids(from: usize, to: usize, table: usize, ids: u32, words: usize): usize {
  let word = words;
  for (let at = from; at < to; at += 2) {
    const id = <u32>load<u16>(at);
    store<u32>(word, id < ids ? load<u32>(table + (<usize>id << 2)) : 0);
    word += 4;
  }
  return word;
}

/**
 * Words of UTF-8 bytes u8[from .. to), which ASCII blanks separate. Events and plan records as they are written, with
 * single spaces, are read whole; all else word by word. Reads up to 8 bytes before `from` and 48 after `to`.
 * @returns end of the codes
 */
export function words_of_text(from: usize, to: usize, words: usize): usize {
  let word = words;
  let at = from;
  while (at < to) {
    const keyword = load<u64>(at);
    const afterEvent = words_of_event(at, keyword, word);
    if (afterEvent != 0 && afterEvent <= to) {
      at = afterEvent;
      word += 20;
      continue;
    }
    const afterPlan = words_of_plan(at, keyword, word);
    if (afterPlan != 0 && afterPlan <= to) {
      at = afterPlan;
      word += 12;
      continue;
    }
    const isLetter = ~blanks_of(at) & 0xffff;
    if (isLetter == 0) {
      at += 16;
      continue;
    }
    at += <usize>ctz(isLetter);
    if (at >= to) break;
    const end = end_of_word(at, to);
    store<u32>(word, code_of(at, end));
    word += 4;
    // The blank behind it, or beyond the text.
    at = end + 1;
  }
  return word;
}

/** Bit i: byte i of 16 is a space, \t, \n, \v, \f or \r. */
// @ts-ignore: decorator
@inline
function blanks_of(at: usize): u32 {
  const bytes = v128.load(at);
  const controls = i8x16.le_u(i8x16.sub(bytes, i8x16.splat(9)), i8x16.splat(4));
  return i8x16.bitmask(v128.or(controls, i8x16.eq(bytes, i8x16.splat(0x20))));
}

/** Address of the first blank after `at`, or `to`. */
// @ts-ignore: decorator
@inline
function end_of_word(at: usize, to: usize): usize {
  let end = at;
  while (end < to) {
    const blanks = blanks_of(end);
    if (blanks != 0) return min(end + <usize>ctz(blanks), to);
    end += 16;
  }
  return to;
}

// "create ", "close " and "plan " as little-endian numbers, and the bytes that they fill.
const CREATE_SPACE: u64 = 0x20_65_74_61_65_72_63;
const CREATE_SPACE_BYTES: u64 = 0xff_ff_ff_ff_ff_ff_ff;
const CLOSE_SPACE: u64 = 0x20_65_73_6f_6c_63;
const CLOSE_SPACE_BYTES: u64 = 0xff_ff_ff_ff_ff_ff;
const PLAN_SPACE: u64 = 0x20_6e_61_6c_70;
const PLAN_SPACE_BYTES: u64 = 0xff_ff_ff_ff_ff;

/**
 * Writes the five codes of an event that begins at `at` when it is written `create X Y cG cH `, with single spaces and
 * good numbers. Bits distinguish the bytes of the four arguments, so all of them are checked at once; then all four
 * numbers are computed at once.
 * @returns address after the last space; 0 when anything else is here
 */
// @ts-ignore: decorator
@inline
export function words_of_event(at: usize, keyword: u64, word: usize): usize {
  const isCreate = <u32>((keyword & CREATE_SPACE_BYTES) == CREATE_SPACE);
  const isClose = <u32>((keyword & CLOSE_SPACE_BYTES) == CLOSE_SPACE);
  if ((isCreate | isClose) == 0) return 0;
  const first = at + 6 + <usize>isCreate;

  const low = v128.load(first, 0);
  const high = v128.load(first, 16);
  const spaces = bits_of(i8x16.eq(low, i8x16.splat(0x20)), i8x16.eq(high, i8x16.splat(0x20)));
  const zeros = bits_of(i8x16.eq(low, i8x16.splat(0x30)), i8x16.eq(high, i8x16.splat(0x30)));
  const digits = bits_of(
    i8x16.le_u(i8x16.sub(low, i8x16.splat(0x30)), i8x16.splat(9)),
    i8x16.le_u(i8x16.sub(high, i8x16.splat(0x30)), i8x16.splat(9)),
  );
  // The spaces without the first one, two and three.
  const after1 = spaces & (spaces - 1);
  const after2 = after1 & (after1 - 1);
  const after3 = after2 & (after2 - 1);
  const end1 = <usize>ctz(spaces), end2 = <usize>ctz(after1), end3 = <usize>ctz(after2), end4 = <usize>ctz(after3);
  const within = (after3 & (0 - after3)) - 1;
  // Where the letters of the two costs must be, and the first digit of each number.
  const letters = (after1 ^ after3) << 1;
  const starts = 1 | ((spaces ^ after1) << 1) | (letters << 1);
  const strangers = (~(spaces | digits) & within) ^ letters;
  const leadingZeros = starts & zeros & (digits >> 1);
  const fifthDigits = digits & (digits >> 1) & (digits >> 2) & (digits >> 3) & (digits >> 4) & within;
  const notC = (<u32>load<u8>(first + end2, 1) ^ 0x63) | (<u32>load<u8>(first + end3, 1) ^ 0x63);
  if ((strangers | (starts & ~digits) | leadingZeros | fifthDigits | notC | <u32>(after3 == 0)) != 0) return 0;

  let windows = v128.load32_zero(first + end1 - 4);
  windows = v128.load32_lane(first + end2 - 4, windows, 1);
  windows = v128.load32_lane(first + end3 - 4, windows, 2);
  windows = v128.load32_lane(first + end4 - 4, windows, 3);
  // CLOSE follows CREATE.
  store<u32>(word, (CLOSE - isCreate) << 16);
  v128.store(word, v128.or(values_of(windows), i32x4(NUMBER << 16, NUMBER << 16, COST << 16, COST << 16)), 4);
  return first + end4 + 1;
}

/**
 * Writes the three codes of a plan record that is written `plan X Y `, as words_of_event does those of an event.
 * @returns the same
 */
// @ts-ignore: decorator
@inline
export function words_of_plan(at: usize, keyword: u64, word: usize): usize {
  if ((keyword & PLAN_SPACE_BYTES) != PLAN_SPACE) return 0;
  const first = at + 5;
  const bytes = v128.load(first);
  const spaces = i8x16.bitmask(i8x16.eq(bytes, i8x16.splat(0x20)));
  const zeros = i8x16.bitmask(i8x16.eq(bytes, i8x16.splat(0x30)));
  const digits = i8x16.bitmask(i8x16.le_u(i8x16.sub(bytes, i8x16.splat(0x30)), i8x16.splat(9)));
  const after1 = spaces & (spaces - 1);
  const within = (after1 & (0 - after1)) - 1;
  const starts = 1 | ((spaces ^ after1) << 1);
  const strangers = ~(spaces | digits) & within;
  const leadingZeros = starts & zeros & (digits >> 1);
  const fifthDigits = digits & (digits >> 1) & (digits >> 2) & (digits >> 3) & (digits >> 4) & within;
  if ((strangers | (starts & ~digits) | leadingZeros | fifthDigits | <u32>(after1 == 0)) != 0) return 0;

  const end2 = <usize>ctz(after1);
  const windows = v128.load32_lane(first + end2 - 4, v128.load32_zero(first + <usize>ctz(spaces) - 4), 1);
  store<u32>(word, PLAN << 16);
  v128.store64_lane(word, v128.or(values_of(windows), i32x4.splat(NUMBER << 16)), 0, 4);
  return first + end2 + 1;
}

/**
 * Numbers of up to four digits, one a lane, from the last four bytes of each; what precedes the digits, which is no
 * digit, is cleared.
 */
// @ts-ignore: decorator
@inline
function values_of(windows: v128): v128 {
  const unchecked = v128.xor(windows, i8x16.splat(0x30));
  let before = i8x16.gt_u(unchecked, i8x16.splat(9));
  before = v128.or(before, i32x4.shr_u(before, 8));
  before = v128.or(before, i32x4.shr_u(before, 16));
  const figures = v128.andnot(unchecked, before);
  const pairs = i16x8.add(i16x8.mul(v128.and(figures, i16x8.splat(0xff)), i16x8.splat(10)), i16x8.shr_u(figures, 8));
  return i32x4.dot_i16x8_s(pairs, i16x8(100, 1, 100, 1, 100, 1, 100, 1));
}

// @ts-ignore: decorator
@inline
function bits_of(low: v128, high: v128): u32 {
  return i8x16.bitmask(low) | (i8x16.bitmask(high) << 16);
}

/** Code of the word u8[from .. to), at least one byte: numbers are `0` or `[1-9][0-9]{0,3}`, costs have `c` before. */
// @ts-ignore: decorator
@inline
function code_of(from: usize, to: usize): u32 {
  const length = <u32>(to - from);
  const isCost = <u32>(load<u8>(from) == 0x63);
  const digits = length - isCost;
  // The last four bytes of the word; those before its digits become 0. A digit is then 0..9, anything else sets a high
  // bit.
  const shift = 32 - (digits << 3);
  const figures = ((load<u32>(to - 4) ^ 0x30303030) >> shift) << shift;
  // One branch for all that makes it no number: neither create or close nor one digit or two can be predicted.
  const wrongLength = <u32>(digits - 1 > 3);
  const leadingZero = <u32>((figures >> shift) << 24 == 0) & <u32>(digits > 1);
  if (((((figures + 0x76767676) | figures) & 0x80808080) | wrongLength | leadingZero) != 0)
    return keyword_of(to, length);
  // Pairs of figures in bytes 0 and 2: tens and ones of each.
  const pairs = figures * 10 + (figures >> 8);
  // COST follows NUMBER.
  return ((NUMBER + isCost) << 16) | ((pairs & 0xff) * 100 + ((pairs >> 16) & 0xff));
}

// Letters of each keyword as a little-endian number, and the length in byte 7: else a word with zero bytes behind it
// would look the same.
const CREATE_LETTERS: u64 = 0x06_00_65_74_61_65_72_63;
const CLOSE_LETTERS: u64 = 0x05_00_00_65_73_6f_6c_63;
const PLAN_LETTERS: u64 = 0x04_00_00_00_6e_61_6c_70;
const END_LETTERS: u64 = 0x03_00_00_00_00_64_6e_65;
/** All eight bytes are letters. */
const SOLUTION_LETTERS: u64 = 0x6e_6f_69_74_75_6c_6f_73;

/** Code of a word of `length` bytes that ends at `to`; 0 when it is no keyword. */
// @ts-ignore: decorator
@inline
function keyword_of(to: usize, length: u32): u32 {
  if (length > 8) return 0;
  const letters = load<u64>(to - 8) >> <u64>(64 - (length << 3));
  if (length == 8) return letters == SOLUTION_LETTERS ? SOLUTION << 16 : 0;
  const key = letters | (<u64>length << 56);
  // Sums instead of branches: whether an event creates or closes cannot be predicted.
  return (
    <u32>(key == CREATE_LETTERS) * CREATE + <u32>(key == CLOSE_LETTERS) * CLOSE + <u32>(key == PLAN_LETTERS) * PLAN
    + <u32>(key == END_LETTERS) * END
  ) << 16;
}
