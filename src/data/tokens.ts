// Examples as token ids, one after the other in one shared array: <bos> prompt completion <eos>, and where the counted
// targets begin.
import { TracelabError } from '../base/errors.ts';
import type { Example } from '../domain/types.ts';
import type { Vocabulary } from '../domain/vocabulary.ts';

export interface TokenizedExamples {
  readonly count: number;
  /** All ids. */
  readonly ids: Uint16Array<SharedArrayBuffer>;
  /** [count + 1] where each example begins in `ids`. */
  readonly starts: Uint32Array<SharedArrayBuffer>;
  /** [count] position of `reasoning` within its example: the first position whose next token is counted. */
  readonly reasoning: Uint32Array<SharedArrayBuffer>;
  /** [count] position of `solution`: targets from here on are plan loss, earlier ones trace loss. */
  readonly solution: Uint32Array<SharedArrayBuffer>;
}

/** Tokens of the longest example, <bos> and <eos> included. */
export function longestExample({ count, starts }: TokenizedExamples): number {
  let longest = 0;
  for (let i = 0; i < count; i++) longest = Math.max(longest, starts[i + 1] - starts[i]);
  return longest;
}

/**
 * Why an example cannot become a training sequence; null when it can.
 * @param words ids of its prompt and completion
 * @param where names the example
 */
function sequenceFault(
  { prompt, completion }: Example,
  words: Uint16Array,
  vocabulary: Vocabulary,
  where: string,
): TracelabError | null {
  const unknown = words.indexOf(vocabulary.unk);
  if (unknown >= 0) {
    const word = `${prompt} ${completion}`.split(/[ \t\n\v\f\r]+/).filter((part) => part !== '')[unknown];
    return new TracelabError({
      code: 'EXAMPLE_WORD',
      kind: 'refused_input',
      where: `${where}, word ${unknown + 1}`,
      what: 'not in the vocabulary',
      expected: `a word of the ${vocabulary.size}x${vocabulary.size} vocabulary`,
      got: JSON.stringify(word),
      hint: 'is the size of the grid right?',
    });
  }
  const first = words.indexOf(vocabulary.idOf('reasoning'));
  if (first >= 0 && words.indexOf(vocabulary.idOf('solution')) > first) return null;
  return new TracelabError({
    code: 'EXAMPLE_FORM',
    kind: 'refused_input',
    where,
    what: 'no `reasoning` before `solution`',
    expected: 'query ... reasoning ... solution ... end',
    got: completion === '' ? 'an empty completion' : JSON.stringify(completion.slice(-40)),
    hint: 'leave the row out',
  });
}

/**
 * Refuses an example that cannot become a training sequence.
 * @param where `file:line` of the example
 * @throws TracelabError EXAMPLE_WORD, EXAMPLE_FORM
 */
export function checkSequence(example: Example, vocabulary: Vocabulary, where: string): void {
  const words = vocabulary.encode(`${example.prompt} ${example.completion}`);
  const fault = sequenceFault(example, words, vocabulary, `${where}, example ${example.id}`);
  if (fault !== null) throw fault;
}

/**
 * @throws TracelabError EXAMPLE_WORD for a word outside the vocabulary, EXAMPLE_FORM when `reasoning` or `solution` is
 * missing
 */
export function tokenizeExamples(examples: readonly Example[], vocabulary: Vocabulary): TokenizedExamples {
  const encoded = examples.map((example) => vocabulary.encode(`${example.prompt} ${example.completion}`));
  const total = encoded.reduce((sum, ids) => sum + ids.length + 2, 0);
  const ids = new Uint16Array(new SharedArrayBuffer(2 * total));
  const starts = new Uint32Array(new SharedArrayBuffer(4 * (examples.length + 1)));
  const reasoning = new Uint32Array(new SharedArrayBuffer(4 * examples.length));
  const solution = new Uint32Array(new SharedArrayBuffer(4 * examples.length));
  const reasoningId = vocabulary.idOf('reasoning'),
    solutionId = vocabulary.idOf('solution');
  let at = 0;
  for (const [i, words] of encoded.entries()) {
    const fault = sequenceFault(examples[i], words, vocabulary, `example ${examples[i].id}`);
    if (fault !== null) throw fault;
    ids[at] = vocabulary.bos;
    ids.set(words, at + 1);
    ids[at + words.length + 1] = vocabulary.eos;
    reasoning[i] = words.indexOf(reasoningId) + 1;
    solution[i] = words.indexOf(solutionId) + 1;
    at += words.length + 2;
    starts[i + 1] = at;
  }
  return { count: examples.length, ids, starts, reasoning, solution };
}
