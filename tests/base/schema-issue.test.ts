// What a schema found wrong with JSON, as a clause of a message.
import { expect, it } from 'vitest';
import * as z from 'zod';
import { issueText } from '../../src/base/schema-issue.ts';

const SCHEMA = z.strictObject({
  name: z.enum(['a', 'b']),
  count: z.int().min(1).max(9).optional(),
  part: z.object({ sizes: z.array(z.number()).min(1), on: z.boolean() }).optional(),
  one: z.literal(7).optional(),
  pair: z.tuple([z.number(), z.number()]).optional(),
  by: z.record(z.string(), z.string()).optional(),
  text: z
    .string()
    .regex(/^[a-z]+$/)
    .optional(),
  either: z.union([z.string(), z.number()]).optional(),
});

const issueOf = (value: unknown, root?: string): string => {
  const { error } = SCHEMA.safeParse(value);
  if (error === undefined) throw new Error('nothing is wrong');
  return issueText(error, root);
};

it.each([
  ['a missing key', {}, 'name is not "a" or "b"'],
  ['a missing key of a part', { name: 'a', part: { sizes: [1] } }, 'part.on is missing'],
  ['another type', { name: 'a', part: [] }, 'part is a list where an object is expected'],
  [
    'an item of a list',
    { name: 'a', part: { sizes: [1, 'x'], on: true } },
    'part.sizes.1 is a string where a number is expected',
  ],
  ['null', { name: 'a', part: null }, 'part is null where an object is expected'],
  ['true for a number', { name: 'a', count: true }, 'count is true or false where a number is expected'],
  [
    'a number for true or false',
    { name: 'a', part: { sizes: [1], on: 1 } },
    'part.on is a number where true or false is expected',
  ],
  ['a fraction', { name: 'a', count: 1.5 }, 'count is a number where a whole number is expected'],
  [
    'not a number',
    { name: 'a', part: { sizes: [NaN], on: true } },
    'part.sizes.0 is no number where a number is expected',
  ],
  ['too small', { name: 'a', count: 0 }, 'count is too small'],
  ['too large', { name: 'a', count: 10 }, 'count is too large'],
  ['too short a list', { name: 'a', part: { sizes: [], on: true } }, 'part.sizes is too small'],
  ['another name', { name: 'c' }, 'name is not "a" or "b"'],
  ['another constant', { name: 'a', one: 8 }, 'one is not 7'],
  ['an object for a pair', { name: 'a', pair: {} }, 'pair is an object where a list is expected'],
  ['a list for an object', { name: 'a', by: [] }, 'by is a list where an object is expected'],
  ['another form of a text', { name: 'a', text: 'A' }, 'text has another form'],
  ['none of several types', { name: 'a', either: true }, 'either has another form'],
])('%s', (_, value, text) => {
  expect(issueOf(value)).toBe(text);
});

it('names the whole value, by default the content', () => {
  expect(issueOf(7)).toBe('the content is a number where an object is expected');
  expect(issueOf(null, 'the row')).toBe('the row is null where an object is expected');
  expect(issueOf({ name: 'a', more: 1 }, 'the row')).toBe('the row has the unknown key more');
});

it('reports the first issue', () => {
  expect(issueOf({ name: 'c', count: 0 })).toBe('name is not "a" or "b"');
});
