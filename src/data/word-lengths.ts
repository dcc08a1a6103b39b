// Lengths of texts in words, as a dataset's manifest and card tell them.

/** Of the texts of one file; 0 without texts. */
export interface WordLengths {
  readonly mean: number;
  readonly max: number;
}

/** Words of a text of our own, which single spaces separate; none in an empty one. */
export function countWords(text: string): number {
  if (text === '') return 0;
  let words = 1;
  for (let at = text.indexOf(' '); at >= 0; at = text.indexOf(' ', at + 1)) words += 1;
  return words;
}

export class Lengths {
  private count = 0;
  private sum = 0;
  private max = 0;

  add(words: number): void {
    this.count += 1;
    this.sum += words;
    this.max = Math.max(this.max, words);
  }

  summary(): WordLengths {
    return { mean: this.count === 0 ? 0 : this.sum / this.count, max: this.max };
  }
}
