// Words and their ids, for any domain. The order is part of the data format: costs, coordinates, keywords, special
// words (docs/specification.md, section 3).
import { isBlank } from './words.ts';

const SPECIAL = ['<pad>', '<unk>', '<bos>', '<eos>'] as const;

/** @public */
export interface Vocabulary {
  /** Cells per side of the grid. */
  readonly size: number;
  /** Words in the order of their ids. */
  readonly words: readonly string[];
  /** Number of words. */
  readonly length: number;
  readonly pad: number;
  readonly unk: number;
  readonly bos: number;
  readonly eos: number;
  /** The id of a word, or `unk`. */
  idOf(word: string): number;
  /** Ids of the words of a text, which ASCII blanks separate. Adds no <bos> or <eos>. */
  encode(text: string): Uint16Array;
  /**
   * The words of ids, joined by single spaces.
   * @throws RangeError on an id outside the vocabulary
   */
  decode(ids: ArrayLike<number>): string;
}

/**
 * @param size cells per side of the grid, 1..100; as many coordinates
 * @param costs words c0..c(costs - 1)
 * @param keywords of the domain's grammar, in the order of their ids
 * @param numbers how many words 0, 1, ... there are, where they are not as many as coordinates; at most 10,000
 * @public
 */
export function vocabularyOf(
  size: number,
  costs: number,
  keywords: readonly string[],
  numbers: number = size,
): Vocabulary {
  const words: string[] = [];
  for (let cost = 0; cost < costs; cost++) words.push(`c${cost}`);
  for (let number = 0; number < numbers; number++) words.push(String(number));
  words.push(...keywords, ...SPECIAL);
  const ids = new Map(words.map((word, id) => [word, id]));
  const [pad, unk, bos, eos] = SPECIAL.map((word) => words.indexOf(word));
  const idOf = (word: string): number => ids.get(word) ?? unk;
  // Most words are numbers, and their ids follow from their values: no string needs to be made and looked up.
  const idOfPart = (text: string, from: number, to: number): number => {
    const isCost = text.charCodeAt(from) === LETTER_C;
    const value = numberOf(text, isCost ? from + 1 : from, to);
    if (value < 0) return idOf(text.slice(from, to));
    if (isCost) return value < costs ? value : unk;
    return value < numbers ? costs + value : unk;
  };

  return {
    size,
    words,
    length: words.length,
    pad,
    unk,
    bos,
    eos,
    idOf,
    encode(text) {
      const encoded = new Uint16Array((text.length + 1) >> 1);
      let count = 0;
      for (let at = 0; at < text.length;) {
        if (isBlank(text.charCodeAt(at))) {
          at += 1;
          continue;
        }
        const from = at;
        do at += 1;
        while (at < text.length && !isBlank(text.charCodeAt(at)));
        encoded[count++] = idOfPart(text, from, at);
      }
      return encoded.slice(0, count);
    },
    decode(tokens) {
      return Array.from(tokens, (id) => {
        const word = words.at(id);
        if (word === undefined || id < 0)
          throw new RangeError(`id ${id} outside the vocabulary of ${words.length} words`);
        return word;
      }).join(' ');
    },
  };
}

const LETTER_C = 0x63;

/** Value of text[from .. to) when it is `0` or `[1-9][0-9]{0,3}`, else -1. */
function numberOf(text: string, from: number, to: number): number {
  if (to - from < 1 || to - from > 4) return -1;
  const first = text.charCodeAt(from) - 0x30;
  if (first === 0 && to - from > 1) return -1;
  let value = 0;
  for (let at = from; at < to; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = 10 * value + digit;
  }
  return value;
}
