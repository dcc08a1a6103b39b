// Which record each word belongs to, and which words can be judged while more are to come.
import { describe, expect, it } from 'vitest';
import { parseCompletionLeniently, recordOfWords, wholeRecords } from '../../src/domain/maze/verdict/parse.ts';

const words = (text: string): string[] => text.split(' ');

describe('the record of each word', () => {
  it('is counted as verdicts count records', () => {
    const text = 'close 0 0 c0 c1 junk create 1 0 c1 solution plan 0 0 end plan 0 1';
    expect(recordOfWords(words(text))).toEqual([0, 0, 0, 0, 0, 1, 2, 2, 2, 2, -1, 3, 3, 3, -1, 4, 4, 4]);
    const { words: records } = parseCompletionLeniently(text);
    expect(records.map((record) => record.join(' '))).toEqual(['close 0 0 c0 c1', 'junk', 'create 1 0 c1']);
  });
});

describe('whole records', () => {
  it.each([
    ['', ''],
    ['close', ''],
    ['close 0 0 c0', ''],
    ['close 0 0 c0 c1', 'close 0 0 c0 c1'],
    ['close 0 0 c0 c1 create 1', 'close 0 0 c0 c1'],
    ['close 0 0 c0 c1 solution', 'close 0 0 c0 c1 solution'],
    ['close 0 0 c0 c1 solution plan 0', 'close 0 0 c0 c1 solution'],
    ['solution plan 0 0', 'solution plan 0 0'],
    ['junk', 'junk'],
  ])('of %s', (text, whole) => {
    expect(wholeRecords(text === '' ? [] : words(text)).join(' ')).toBe(whole);
  });
});
