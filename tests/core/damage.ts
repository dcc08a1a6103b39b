// Damage to completions: edits of words, of records, of numbers, of the plan, and splices of two completions. Each
// draws what it changes.
import type { RandomSequence } from '../../src/base/random.ts';

/** What an edit may look at. */
interface Surroundings {
  /** Cells per side. */
  readonly size: number;
  readonly random: RandomSequence;
  /** Another completion. */
  readonly other: readonly string[];
}

/** Words that look like others, are no words of the grammar, or are in a wrong place. */
export const GARBAGE: readonly string[] = [
  'create',
  'close',
  'plan',
  'solution',
  'end',
  'c0',
  'c1',
  'c9999',
  'c10000',
  'c',
  'cc1',
  'c00',
  'c-1',
  '0',
  '00',
  '1',
  '3',
  '01',
  '9999',
  '10000',
  '4294967297',
  'c4294967296',
  '99999999999999999999',
  '-1',
  '+1',
  '1.0',
  '1e3',
  '0x1',
  '<eos>',
  '<pad>',
  'wall',
  'reasoning',
  'query',
  'x',
  'Plan',
  'plan.',
  'plans',
  'lose',
  'creat',
  'creates',
  'solutions',
  'constructor',
  '__proto__',
  'end\0',
  'plan\0',
  'close\0',
  'create\0',
  '\0',
  '\0plan',
  '1\0',
  '\u00011',
  '1\u001f2',
  '1\u00a02',
  '\u3000',
  '\u0661',
  'c\uff11',
  'pl\u0430n',
  '\ud83d\ude00',
  '\ud800',
  '\u00ff\u00fe',
  '\u007f',
  `${'9'.repeat(70)}`,
  `close${'\u2003'}0`,
];

type Edit = (words: string[], surroundings: Surroundings) => string[];

/** A record of the completion with its words; none when there is no keyword. */
function drawRecord(
  words: readonly string[],
  random: RandomSequence,
  only?: string,
): { at: number; length: number } | undefined {
  const starts = words.flatMap((word, i) =>
    (only === undefined ? word === 'create' || word === 'close' || word === 'plan' : word === only) ? [i] : [],
  );
  if (starts.length === 0) return undefined;
  const at = starts[random.below(starts.length)];
  return { at, length: words[at] === 'plan' ? 3 : 5 };
}

const draw = <T>(items: readonly T[], random: RandomSequence): T => items[random.below(items.length)];

/** Puts a word at a place of an event. */
function inEvent(place: number, word: (old: string, surroundings: Surroundings) => string): Edit {
  return (words, surroundings) => {
    const record = drawRecord(words, surroundings.random, draw(['create', 'close'], surroundings.random));
    if (record !== undefined && record.at + place < words.length)
      words[record.at + place] = word(words[record.at + place], surroundings);
    return words;
  };
}

const coordinate = (_: string, { size, random }: Surroundings): string => String(random.below(size + 2));
const cost = (_: string, { size, random }: Surroundings): string => `c${random.below(2 * size)}`;
/** The number in a word one or two higher or lower. */
const nudged = (old: string, { random }: Surroundings): string =>
  old.replace(/\d+$/, (digits) => String(Math.abs(Number(digits) + draw([-2, -1, 1, 2], random))));

export const EDITS: Readonly<Record<string, Edit>> = {
  'delete a word': (words, { random }) => words.toSpliced(random.below(words.length), 1),
  'insert garbage': (words, { random }) => words.toSpliced(random.below(words.length + 1), 0, draw(GARBAGE, random)),
  'garble a word': (words, { random }) => words.with(random.below(words.length), draw(GARBAGE, random)),
  'copy a word over another': (words, { random }) => words.with(random.below(words.length), draw(words, random)),
  'swap two words': (words, { random }) => {
    const one = random.below(words.length),
      two = random.below(words.length);
    return words.with(one, words[two]).with(two, words[one]);
  },
  'repeat a word': (words, { random }) => {
    const at = random.below(words.length);
    return words.toSpliced(at, 0, words[at]);
  },
  'cut the end': (words, { random }) => words.slice(0, 1 + random.below(words.length)),
  'cut the beginning': (words, { random }) => words.slice(random.below(words.length)),
  'delete a record': (words, { random }) => {
    const record = drawRecord(words, random);
    return record === undefined ? words : words.toSpliced(record.at, record.length);
  },
  'repeat a record elsewhere': (words, { random }) => {
    const from = drawRecord(words, random),
      to = drawRecord(words, random);
    return from === undefined || to === undefined
      ? words
      : words.toSpliced(to.at, 0, ...words.slice(from.at, from.at + from.length));
  },
  'swap two events': (words, { random }) => {
    const one = drawRecord(words, random, 'create'),
      two = drawRecord(words, random, 'close');
    if (
      one === undefined ||
      two === undefined ||
      Math.abs(one.at - two.at) < 5 ||
      Math.max(one.at, two.at) + 5 > words.length
    )
      return words;
    const swapped = words.toSpliced(one.at, 5, ...words.slice(two.at, two.at + 5));
    return swapped.toSpliced(two.at, 5, ...words.slice(one.at, one.at + 5));
  },
  'turn a close into a create or back': (words, { random }) => {
    const record = drawRecord(words, random, draw(['create', 'close'], random));
    return record === undefined ? words : words.with(record.at, words[record.at] === 'create' ? 'close' : 'create');
  },
  'another x': inEvent(1, coordinate),
  'another y': inEvent(2, coordinate),
  'another g': inEvent(3, cost),
  'another h': inEvent(4, cost),
  'a g a little off': inEvent(3, nudged),
  'an h a little off': inEvent(4, nudged),
  'a coordinate a little off': (words, surroundings) =>
    inEvent(1 + surroundings.random.below(2), nudged)(words, surroundings),
  'any number a little off': (words, surroundings) => {
    const at = surroundings.random.below(words.length);
    return words.with(at, nudged(words[at], surroundings));
  },
  'another plan cell': (words, surroundings) => {
    const record = drawRecord(words, surroundings.random, 'plan');
    return record === undefined
      ? words
      : words.toSpliced(record.at + 1 + surroundings.random.below(2), 1, coordinate('', surroundings));
  },
  'drop a plan cell': (words, { random }) => {
    const record = drawRecord(words, random, 'plan');
    return record === undefined ? words : words.toSpliced(record.at, 3);
  },
  'step back and forth in the plan': (words, { random }) => {
    const record = drawRecord(words, random, 'plan');
    return record === undefined ? words : words.toSpliced(record.at, 0, ...words.slice(record.at, record.at + 6));
  },
  'the plan twice': (words) => {
    const plan = words.slice(words.indexOf('solution'));
    return [...words, ...plan];
  },
  'the other plan': (words, { other }) => [
    ...words.slice(0, words.indexOf('solution')),
    ...other.slice(other.indexOf('solution')),
  ],
  'events after the plan': (words, { random }) => {
    const record = drawRecord(words, random, 'close');
    return record === undefined ? words : [...words, ...words.slice(record.at, record.at + 5)];
  },
  'splice two completions': (words, { other, random }) => [
    ...words.slice(0, random.below(words.length + 1)),
    ...other.slice(random.below(other.length)),
  ],
};

const EDIT_LIST = Object.values(EDITS);

/**
 * One to four random edits.
 * @param text words with single spaces between them
 * @param other another completion, to splice with
 */
export function damage(text: string, other: string, size: number, random: RandomSequence): string {
  let words = text.split(' ');
  const surroundings = { size, random, other: other.split(' ') };
  for (let edits = 1 + random.below(4); edits > 0 && words.length > 0; edits--)
    words = draw(EDIT_LIST, random)(words, surroundings);
  if (random.below(8) > 0) return words.join(' ');
  // Blanks of all kinds, also where none is needed.
  return words
    .map(
      (word) => draw(['', '', '\n', ' \t'], random) + word + draw([' ', '\t', '\n', '\v', '\f', '\r\n', '  '], random),
    )
    .join('');
}
