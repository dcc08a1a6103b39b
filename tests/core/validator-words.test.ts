// Words and their codes: the host's reading, and the core's of the same texts as bytes.
import { describe, expect, it } from 'vitest';
import { RandomSequence } from '../../src/base/random.ts';
import { encodeWords, wordCodes } from '../../src/core/validator.ts';
import { createVocabulary } from '../../src/domain/maze/vocabulary.ts';
import { GARBAGE } from './damage.ts';
import { makeRegion } from './validator-region.ts';

describe('encodeWords', () => {
  it('codes words, numbers and costs', () => {
    expect([...encodeWords('create 0 7 c12 c9999 close plan solution end')]).toEqual([
      3 << 16,
      1 << 16,
      (1 << 16) | 7,
      (2 << 16) | 12,
      (2 << 16) | 9999,
      4 << 16,
      5 << 16,
      6 << 16,
      7 << 16,
    ]);
  });

  it.each([
    '00',
    '01',
    '10000',
    '99999999999999999999',
    '-1',
    '+1',
    '1.0',
    '1e3',
    '0x1',
    'c',
    'cc1',
    'c01',
    'c-1',
    'C1',
    'c10000',
    'Plan',
    'plan.',
    'closed',
    '<eos>',
    'constructor',
    '__proto__',
    'toString',
    '\u0661',
    '\uff11',
    'c\uff11',
    '\ud800',
    '\0',
    '1\0',
    'wall',
    'reasoning',
  ])('junk: %j', (word) => {
    expect([...encodeWords(word)]).toEqual([0]);
  });

  it('separates words at ASCII blanks only', () => {
    expect([...encodeWords(' \t1\n2\v3\f4\r5 \r\n')]).toEqual([1, 2, 3, 4, 5].map((value) => (1 << 16) | value));
    expect([...encodeWords('1\u00a02')]).toEqual([0]);
    expect([...encodeWords('1\u20282 3\u3000')]).toEqual([0, 0]);
    expect([...encodeWords('1\u001f2')]).toEqual([0]);
    expect(encodeWords('')).toHaveLength(0);
    expect(encodeWords(' \n ')).toHaveLength(0);
  });
});

it('the codes of a vocabulary are those of its words', () => {
  const { words } = createVocabulary(30);
  expect([...wordCodes(words)]).toEqual(words.map((word) => encodeWords(word)[0]));
  expect([...wordCodes(['c7', '7', 'end', 'wall', '<pad>'])]).toEqual([(2 << 16) | 7, (1 << 16) | 7, 7 << 16, 0, 0]);
});

describe.each(['portable', 'fused'])('words_of_text of the %s module', (name) => {
  const { exports, memory } = makeRegion(name);
  const TEXT = 65_536;
  const WORDS = 131_072 * 2;
  const LETTERS = [' ', '0', '1', '5', '9', 'c', '\t', '\n', '/', ':', ';', 'p', 'e', '\0', '\u00a0', '\u3000'];
  const bytes = new Uint8Array(memory.buffer);

  /** @param shift bytes between an aligned address and the text */
  function codesOf(text: string, shift = 0): number[] {
    const encoded = Buffer.from(text);
    // Around the text are bytes that would change its first and last words.
    bytes.fill(0x39, TEXT, TEXT + encoded.length + 256);
    bytes.set(encoded, TEXT + 64 + shift);
    const end = exports.validator_words_of_text(TEXT + 64 + shift, TEXT + 64 + shift + encoded.length, WORDS);
    return [...new Uint32Array(memory.buffer, WORDS, (end - WORDS) / 4)];
  }

  it('reads every number and cost, and none beyond four digits', () => {
    for (let from = 0; from < 11_000; from += 500) {
      const numbers = Array.from({ length: 500 }, (_, i) => from + i);
      const text = numbers.map((number) => `${number} c${number} 0${number} c0${number} ${number}0000`).join(' ');
      expect(codesOf(text)).toEqual([...encodeWords(text)]);
    }
  });

  it.each(['', ' ', 'x', 'solution', 'create', 'c', ...GARBAGE])(
    'reads %j alone, between blanks and between words',
    (word) => {
      for (const text of [word, ` ${word}`, `${word} `, `1 ${word} c2`, `\n${word}\tplan`, `${word} ${word}`])
        expect(codesOf(text), text).toEqual([...encodeWords(text)]);
    },
  );

  it('takes no word for a keyword because it ends like one, nor because its length does so in a byte', () => {
    for (const keyword of ['create', 'close', 'plan', 'solution', 'end', '12', 'c7']) {
      for (const before of [1, 2, 3, 4, 8, 16, 250, 256, 512, 65_536])
        expect(codesOf(`${'x'.repeat(before)}${keyword}`), `${before} letters, ${keyword}`).toEqual([0]);
    }
  });

  it('every single byte, as a word, inside a number and inside a keyword', () => {
    for (let code = 0; code < 0x180; code++) {
      const letter = String.fromCodePoint(code);
      for (const text of [
        letter,
        `1${letter}2`,
        `${letter}12`,
        `12${letter}`,
        `c${letter}`,
        `cl${letter}se`,
        `close${letter}`,
        `${letter}end`,
      ]) {
        expect(codesOf(text), JSON.stringify(text)).toEqual([...encodeWords(text)]);
      }
    }
  });

  it.each(['create 12 3 c144 c7 ', 'close 0 29 c9999 c0 ', 'close 9999 1234 c1 c10 ', 'plan 7 12 ', 'plan 0 9999 '])(
    'reads %j and every text one letter away from it',
    (record) => {
      const frames = [
        (text: string) => text,
        (text: string) => `${text}close 1 2 c3 c4 plan 5 6 ${'end '.repeat(12)}`,
        (text: string) => `solution ${text}${text}7`,
      ];
      for (let at = 0; at <= record.length; at++) {
        const texts = [record.slice(0, at), record.slice(at), record.slice(0, at) + record.slice(at + 1)];
        for (const letter of LETTERS)
          texts.push(
            record.slice(0, at) + letter + record.slice(at),
            record.slice(0, at) + letter + record.slice(at + 1),
          );
        for (const text of texts) {
          for (const frame of frames) expect(codesOf(frame(text)), frame(text)).toEqual([...encodeWords(frame(text))]);
        }
      }
    },
  );

  it('reads events and plan records as they are written whole, not word by word', () => {
    const numbers = ['0', '7', '10', '99', '100', '345', '1000', '9999'];
    const draw = (random: RandomSequence): string => numbers[random.below(numbers.length)];
    const check = (record: string, reader: 'validator_words_of_event' | 'validator_words_of_plan'): void => {
      for (const behind of ['close 1 2 c3 c4 ', '  ', '\u00e9', '0000', 'x'.repeat(40)]) {
        bytes.fill(0x39, TEXT, TEXT + 256);
        bytes.set(Buffer.from(record + behind), TEXT + 64);
        expect(
          exports[reader](TEXT + 64, new DataView(memory.buffer).getBigUint64(TEXT + 64, true), WORDS),
          record,
        ).toBe(TEXT + 64 + record.length);
        const codes = encodeWords(record);
        expect([...new Uint32Array(memory.buffer, WORDS, codes.length)], record).toEqual([...codes]);
      }
    };
    for (let i = 0; i < 1000; i++) {
      const random = new RandomSequence(8, 0, i);
      check(
        `${i % 2 === 0 ? 'create' : 'close'} ${draw(random)} ${draw(random)} c${draw(random)} c${draw(random)} `,
        'validator_words_of_event',
      );
      check(`plan ${draw(random)} ${draw(random)} `, 'validator_words_of_plan');
    }
  });

  it.each(['create 12 3 c144 c7 close', 'plan 7 12 plan 7 13 end '])(
    'ends where the text ends, though %j goes on behind it',
    (whole) => {
      bytes.set(Buffer.from(whole), TEXT);
      for (let length = 0; length <= whole.length; length++) {
        const end = exports.validator_words_of_text(TEXT, TEXT + length, WORDS);
        expect([...new Uint32Array(memory.buffer, WORDS, (end - WORDS) / 4)]).toEqual([
          ...encodeWords(whole.slice(0, length)),
        ]);
      }
    },
  );

  it('finds words of any length at any place of a block', () => {
    for (let length = 1; length <= 200; length++) {
      for (const text of [
        `${'9'.repeat(length)} plan`,
        `${' '.repeat(length)}plan 12`,
        `plan ${' '.repeat(length)}c12`,
        `${'1 '.repeat(length)}`,
        `${'x'.repeat(length)} 1 ${'y'.repeat(length)}`,
      ]) {
        expect(codesOf(text, length % 16), text).toEqual([...encodeWords(text)]);
      }
    }
  });

  it('reads random texts as the host does', () => {
    const letters = [
      ' ',
      ' ',
      '\n',
      '\t',
      '0',
      '1',
      '9',
      'c',
      'c',
      'plan',
      'create',
      'close',
      'end',
      'solution',
      'c1',
      '\0',
      '\u00e9',
      '\u3000',
    ];
    for (let i = 0; i < 3000; i++) {
      const random = new RandomSequence(7, 0, i);
      const text = Array.from({ length: random.below(120) }, () => letters[random.below(letters.length)]).join('');
      expect(codesOf(text, random.below(64))).toEqual([...encodeWords(text)]);
    }
  });
});
