// The place of what makes a JSON text wrong, also where the engine's message names none.
import { expect, it } from 'vitest';
import { jsonFault } from '../../src/base/json-fault.ts';

it.each([
  ['{"a": 1,}', 8],
  ['{"a": x}', 6],
  ['{"a": 1} 2', 9],
  ['{"a": tru!}', 9],
  ['{"a" 1}', 5],
  ['{"a": 1', 7],
  ['{"a": "b', 8],
  ['{', 1],
  ['{"prompt": "a", completion: "b"}', 16],
])('%s at %d', (text, index) => {
  expect(() => JSON.parse(text) as unknown).toThrow();
  expect(jsonFault(text)).toBe(index);
});

it('finds it in a long text', () => {
  const long = 'x'.repeat(100_000);
  expect(jsonFault(`{"a": "${long}", "b": ?}`)).toBe(long.length + 15);
});
