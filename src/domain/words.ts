// Words of a text as all grammars here separate them: by ASCII blanks (space, \t, \n, \v, \f, \r) and nothing else.

/** Is this UTF-16 unit an ASCII blank? */
export function isBlank(unit: number): boolean {
  return unit === 0x20 || (unit >= 0x09 && unit <= 0x0d);
}

/** Index of the first letter of `text` from `at` on that is no blank; the length of the text when there is none. */
export function skipBlanks(text: string, at = 0): number {
  let index = at;
  while (index < text.length && isBlank(text.charCodeAt(index))) index++;
  return index;
}

/** Index behind the last letter of `text` that is no blank; 0 when there is none. */
export function contentEnd(text: string): number {
  let end = text.length;
  while (end > 0 && isBlank(text.charCodeAt(end - 1))) end--;
  return end;
}

/**
 * Takes these words, with any blanks before each.
 * @param at where to begin
 * @returns the index behind the last of them, or -1 when other words are there
 */
export function takeWords(text: string, at: number, words: readonly string[]): number {
  let index = at;
  for (const word of words) {
    index = skipBlanks(text, index);
    if (!text.startsWith(word, index)) return -1;
    index += word.length;
    if (index < text.length && !isBlank(text.charCodeAt(index))) return -1;
  }
  return index;
}

/** The last word of a text, empty when it has none. */
export function lastWord(text: string): string {
  const end = contentEnd(text);
  let begin = end;
  while (begin > 0 && !isBlank(text.charCodeAt(begin - 1))) begin--;
  return text.slice(begin, end);
}

/** The same words with single spaces between them. The text itself where it has that form. */
export function singleSpaced(text: string): string {
  return /^[ \t\n\v\f\r]|[\t\n\v\f\r]| {2}| $/.test(text)
    ? text
        .split(/[ \t\n\v\f\r]+/)
        .filter((word) => word !== '')
        .join(' ')
    : text;
}

/** Words of tokenizers, which no text of a maze holds. */
export const SPECIAL_WORDS: ReadonlySet<string> = new Set([
  '<pad>',
  '<bos>',
  '<eos>',
  '<s>',
  '</s>',
  '[PAD]',
  '[BOS]',
  '[EOS]',
  '<|endoftext|>',
  '<|end_of_text|>',
  '<|im_end|>',
  '<|eot_id|>',
]);

/** The way out of an impossible grid size. */
export const SIZE_HINT = '--size and `size` are cells per side';

/** The way out where a text holds one of them. */
export const DECODING_HINT = 'decode with skip_special_tokens=True, or remove these words';
