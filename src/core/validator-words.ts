// Word codes, the form in which the fast validator reads completions. Its twin assembly/validator-words.ts makes them
// from bytes in the core; this one makes the table of a vocabulary, and is what the twin is tested against.

const NUMBER = 1;
const COST = 2;
const KEYWORDS: Readonly<Record<string, number>> = { create: 3, close: 4, plan: 5, solution: 6, end: 7 };

/** The code of each word of a vocabulary, by token id: completions of token ids are judged without becoming text. */
export function wordCodes(words: readonly string[]): Uint32Array {
  return Uint32Array.from(words, (word) => encodeWord(word, 0, word.length));
}

/**
 * Word codes of a completion, kind << 16 | value: 0 any other word, 1 number, 2 cost, 3 create, 4 close, 5 plan, 6
 * solution, 7 end. Words are separated by ASCII blanks only (space, \t, \n, \v, \f, \r); numbers are `0` or
 * `[1-9][0-9]{0,3}`, costs have `c` before.
 */
export function encodeWords(text: string): Uint32Array {
  const codes = new Uint32Array((text.length + 1) >> 1);
  let count = 0;
  let at = 0;
  while (at < text.length) {
    while (at < text.length && isBlank(text.charCodeAt(at))) at += 1;
    const from = at;
    while (at < text.length && !isBlank(text.charCodeAt(at))) at += 1;
    if (at > from) codes[count++] = encodeWord(text, from, at);
  }
  return codes.slice(0, count);
}

function isBlank(unit: number): boolean {
  return unit === 0x20 || (unit >= 0x09 && unit <= 0x0d);
}

function encodeWord(text: string, from: number, to: number): number {
  const isCost = text.charCodeAt(from) === 0x63;
  const value = readNumber(text, isCost ? from + 1 : from, to);
  if (value >= 0) return ((isCost ? COST : NUMBER) << 16) | value;
  const word = text.slice(from, to);
  return Object.hasOwn(KEYWORDS, word) ? KEYWORDS[word] << 16 : 0;
}

/** Value of text[from, to), or -1 when it is not `0` or `[1-9][0-9]{0,3}`. */
function readNumber(text: string, from: number, to: number): number {
  if (to - from < 1 || to - from > 4) return -1;
  let value = 0;
  for (let at = from; at < to; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    if (digit === 0 && at === from && to - from > 1) return -1;
    value = 10 * value + digit;
  }
  return value;
}
