// Words and their ids. The order is part of the data format: costs, coordinates, keywords, special words (study.md section 3).

const KEYWORDS = ['start', 'goal', 'wall', 'create', 'close', 'plan', 'query', 'reasoning', 'solution', 'end'] as const;
const SPECIAL = ['<pad>', '<unk>', '<bos>', '<eos>'] as const;

export interface Vocabulary {
  /** Cells per side of the grid. */
  readonly size: number;
  /** Words in the order of their ids. */
  readonly words: readonly string[];
  /** Number of words: size^2 + size + 14; 944 at 30x30. */
  readonly length: number;
  readonly pad: number;
  readonly unk: number;
  readonly bos: number;
  readonly eos: number;
  /** The id of a word, or `unk`. */
  idOf(word: string): number;
  /** Ids of the words of a text, which ASCII blanks separate. Adds no <bos> or <eos>. */
  encode(text: string): Uint16Array;
  /** The words of ids, joined by single spaces. @throws RangeError on an id outside the vocabulary */
  decode(ids: ArrayLike<number>): string;
}

/** @param size cells per side of the grid, 1..100 */
export function createVocabulary(size: number): Vocabulary {
  const words: string[] = [];
  for (let cost = 0; cost < size * size; cost++) words.push(`c${cost}`);
  for (let coordinate = 0; coordinate < size; coordinate++) words.push(String(coordinate));
  words.push(...KEYWORDS, ...SPECIAL);
  const ids = new Map(words.map((word, id) => [word, id]));
  const [pad, unk, bos, eos] = SPECIAL.map((word) => words.indexOf(word));
  const idOf = (word: string): number => ids.get(word) ?? unk;

  return {
    size, words, length: words.length, pad, unk, bos, eos, idOf,
    encode(text) {
      const parts = text.split(/[ \t\n\v\f\r]+/);
      return Uint16Array.from(parts.filter((word) => word !== ''), idOf);
    },
    decode(tokens) {
      return Array.from(tokens, (id) => {
        const word = words.at(id);
        if (word === undefined || id < 0) throw new RangeError(`id ${id} outside the vocabulary of ${words.length} words`);
        return word;
      }).join(' ');
    },
  };
}
