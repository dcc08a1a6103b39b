// Lengths of texts in words, as a dataset's manifest and card state them.

/** Of the texts of one file; 0 without texts. */
export interface WordLengths {
  readonly mean: number;
  readonly min: number;
  readonly max: number;
}

/** Words of a text of our own, which single spaces separate; none in an empty one. */
export function countWords(text: string): number {
  if (text === '') return 0;
  let words = 1;
  for (let at = text.indexOf(' '); at >= 0; at = text.indexOf(' ', at + 1)) words += 1;
  return words;
}

/** Mean, smallest and largest of numbers of words. */
export class Lengths {
  private count = 0;
  private sum = 0;
  private min = Infinity;
  private max = 0;

  /** Counts a text with this number of words. */
  add(words: number): void {
    this.count += 1;
    this.sum += words;
    this.min = Math.min(this.min, words);
    this.max = Math.max(this.max, words);
  }

  /** Summary of all texts so far; zeros without texts. */
  summary(): WordLengths {
    return this.count === 0
      ? { mean: 0, min: 0, max: 0 }
      : { mean: this.sum / this.count, min: this.min, max: this.max };
  }
}
