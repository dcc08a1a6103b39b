// JSON files that carry their own hash: any change of a value, a key, their order or the hash itself is seen; blanks
// are no content.
import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { brokenSeal, sealed } from '../../src/base/sealed.ts';

const VALUE = { b: [1, { c: 'ü' }], a: null, left_out: undefined, rounded: NaN };

it('the hash is that of all other keys, without blanks', () => {
  const text = '{"b":[1,{"c":"ü"}],"a":null,"rounded":null}';
  expect(sealed(VALUE)).toEqual({ ...JSON.parse(text), sha256: createHash('sha256').update(text).digest('hex') });
});

it('is whole after a way through a file', () => {
  const text = JSON.stringify(sealed(VALUE), null, 2);
  const found = JSON.parse(text) as Record<string, unknown>;
  expect(brokenSeal(found)).toBeNull();
});

it.each([
  ['a value', (found: Record<string, unknown>) => ({ ...found, b: [2, { c: 'ü' }] })],
  ['a key more', (found: Record<string, unknown>) => ({ ...found, c: 1 })],
  ['a key less', (found: Record<string, unknown>) => ({ ...found, a: undefined })],
  ['the order of keys', (found: Record<string, unknown>) => Object.fromEntries(Object.entries(found).reverse())],
  ['the hash', (found: Record<string, unknown>) => ({ ...found, sha256: '0'.repeat(64) })],
  ['a hash of another type', (found: Record<string, unknown>) => ({ ...found, sha256: null })],
  ['no hash', (found: Record<string, unknown>) => ({ ...found, sha256: undefined })],
])('sees a change of %s', (_, change) => {
  const broken = brokenSeal(change(JSON.parse(JSON.stringify(sealed(VALUE))) as Record<string, unknown>));
  expect(broken).toMatchObject({ got: expect.stringMatching(/^[0-9a-f]{16}$/) as string });
});

it('takes a number beyond all bounds for damage', () => {
  expect(brokenSeal(JSON.parse('{"a": [1e999], "sha256": "0"}') as object)).toEqual({
    expected: 'sha256 0',
    got: 'a number beyond all bounds',
  });
});
