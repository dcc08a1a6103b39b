// The words of the grammar and their ids: order, lookups, and both directions of text.
import { describe, expect, it } from 'vitest';
import { createVocabulary } from '../../src/domain/maze/vocabulary.ts';

describe('createVocabulary', () => {
  it('has the 944 words of the paper at 30x30', () => {
    const vocabulary = createVocabulary(30);
    expect(vocabulary.length).toBe(944);
    expect(new Set(vocabulary.words).size).toBe(944);
  });

  it('orders costs, coordinates, keywords, special words', () => {
    expect(createVocabulary(2).words).toEqual([
      'c0',
      'c1',
      'c2',
      'c3',
      '0',
      '1',
      'start',
      'goal',
      'wall',
      'create',
      'close',
      'plan',
      'query',
      'reasoning',
      'solution',
      'end',
      '<pad>',
      '<unk>',
      '<bos>',
      '<eos>',
    ]);
  });

  it('finds ids, and <unk> for what it does not know', () => {
    const vocabulary = createVocabulary(6);
    vocabulary.words.forEach((word, id) => expect(vocabulary.idOf(word)).toBe(id));
    for (const word of ['c36', '6', 'Plan', '', 'toString', '__proto__'])
      expect(vocabulary.idOf(word)).toBe(vocabulary.unk);
    expect([vocabulary.pad, vocabulary.unk, vocabulary.bos, vocabulary.eos].map((id) => vocabulary.words[id])).toEqual([
      '<pad>',
      '<unk>',
      '<bos>',
      '<eos>',
    ]);
  });

  it('encodes and decodes texts, whatever their blanks', () => {
    const vocabulary = createVocabulary(6);
    const text = 'close 0 5 c0 c35 solution plan 0 5 end';
    expect(vocabulary.decode(vocabulary.encode(text))).toBe(text);
    expect([...vocabulary.encode(` \t${text.replaceAll(' ', ' \n')}\r\n`)]).toEqual([...vocabulary.encode(text)]);
    expect(vocabulary.encode('')).toHaveLength(0);
    expect(vocabulary.encode('plan 1')[0]).toBe(vocabulary.idOf('plan'));
    // A no-break space joins words instead of separating them.
    expect([...vocabulary.encode('plan\u00a01')]).toEqual([vocabulary.unk]);
  });

  it('refuses to decode an id that it does not have', () => {
    expect(() => createVocabulary(6).decode([56])).toThrow(new RangeError('id 56 outside the vocabulary of 56 words'));
  });

  it.each([1, 2, 10, 11, 100])(
    'encodes every word as idOf does, numbers of other grids and look-alikes included: size %d',
    (size) => {
      const vocabulary = createVocabulary(size);
      const numbers = Array.from({ length: 10_050 }, (_, i) => String(i));
      const words = [
        ...vocabulary.words,
        ...numbers,
        ...numbers.map((number) => `c${number}`),
        '00',
        '01',
        'c00',
        'c007',
        '12345',
        'c',
        'cc',
        '-1',
        '+1',
        '1.0',
        '1e2',
        '0x1',
        'c-1',
        'c 1'.replace(' ', '\u00a0'),
        '\u0661',
        '\uff11',
        'creat',
        'ends',
        '<unk',
        '\ud800',
      ];
      expect([...vocabulary.encode(words.join(' '))]).toEqual(words.map((word) => vocabulary.idOf(word)));
    },
  );
});
