// A completion in any of its forms to word codes, kind << 16 | value: from token ids by a table, from UTF-8 bytes by their letters.
import { CLOSE, CREATE, END, NUMBER, PLAN, SOLUTION } from './validator-scratch';

/** Words of token ids u16[from .. to): codes of `table` (u32[ids]); an id beyond it is any other word. @returns end of the codes */
export function words_of_ids(from: usize, to: usize, table: usize, ids: u32, words: usize): usize {
  let word = words;
  for (let at = from; at < to; at += 2) {
    const id = <u32>load<u16>(at);
    store<u32>(word, id < ids ? load<u32>(table + (<usize>id << 2)) : 0);
    word += 4;
  }
  return word;
}

const BLOCK: usize = 64;

/**
 * Words of UTF-8 bytes u8[from .. to), which ASCII blanks separate. A bit a byte tells blanks from letters, so the ends of words are
 * found without looking at single bytes. May read 8 bytes before `from` and BLOCK after `to`. @returns end of the codes
 */
export function words_of_text(from: usize, to: usize, words: usize): usize {
  let word = words;
  let first = from;
  // 1 when the byte before the block is part of a word, which began at `first`.
  let inside: u64 = 0;
  for (let block = from; block < to; block += BLOCK) {
    let blanks = blanks_of(block) | (blanks_of(block + 16) << 16) | (blanks_of(block + 32) << 32) | (blanks_of(block + 48) << 48);
    if (to - block < BLOCK) blanks |= ~(<u64>0) << <u64>(to - block);
    const afterLetter = (~blanks << 1) | inside;
    let starts = ~blanks & ~afterLetter;
    let ends = blanks & afterLetter;
    if (inside == 0 && starts != 0) {
      first = block + <usize>ctz(starts);
      starts &= starts - 1;
    }
    while (ends != 0) {
      store<u32>(word, code_of(first, block + <usize>ctz(ends)));
      word += 4;
      ends &= ends - 1;
      // Without another start in this block the value is not read.
      first = block + <usize>ctz(starts);
      starts &= starts - 1;
    }
    inside = ~blanks >> 63;
  }
  if (inside != 0) {
    store<u32>(word, code_of(first, to));
    word += 4;
  }
  return word;
}

/** Bit i: byte i is a space, \t, \n, \v, \f or \r. */
// @ts-ignore: decorator
@inline
function blanks_of(at: usize): u64 {
  const bytes = v128.load(at);
  const controls = i8x16.le_u(i8x16.sub(bytes, i8x16.splat(9)), i8x16.splat(4));
  return <u64><u32>i8x16.bitmask(v128.or(controls, i8x16.eq(bytes, i8x16.splat(0x20))));
}

/** Code of the word u8[from .. to), at least one byte: numbers are `0` or `[1-9][0-9]{0,3}`, costs have `c` before. */
// @ts-ignore: decorator
@inline
function code_of(from: usize, to: usize): u32 {
  const length = <u32>(to - from);
  const isCost = <u32>(load<u8>(from) == 0x63);
  const digits = length - isCost;
  if (digits - 1 >= 4) return keyword_of(to, length);
  // The last four bytes of the word; those before its digits become 0. A digit is then 0..9, anything else sets a high bit.
  const shift = 32 - (digits << 3);
  const figures = ((load<u32>(to - 4) ^ 0x30303030) >> shift) << shift;
  if ((((figures + 0x76767676) | figures) & 0x80808080) != 0) return keyword_of(to, length);
  if (digits > 1 && load<u8>(to - <usize>digits) == 0x30) return 0;
  // Pairs of figures in bytes 0 and 2: tens and ones of each.
  const pairs = figures * 10 + (figures >> 8);
  // COST follows NUMBER.
  return ((NUMBER + isCost) << 16) | ((pairs & 0xff) * 100 + ((pairs >> 16) & 0xff));
}

// Letters of each keyword as a little-endian number, and the length in byte 7: else a word with zero bytes behind it would look the same.
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
  return (<u32>(key == CREATE_LETTERS) * CREATE + <u32>(key == CLOSE_LETTERS) * CLOSE + <u32>(key == PLAN_LETTERS) * PLAN + <u32>(key == END_LETTERS) * END) << 16;
}
