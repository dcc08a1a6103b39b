// Differences of settings: paths and both values.
import { expect, it } from 'vitest';
import { differences } from '../../src/base/differences.ts';

it('are the paths of values that differ, with both values; an array is one value', () => {
  const a = { lr: 0.1, seeds: [1, 2], model: { layers: 2, heads: 2 }, old: null };
  const b = { lr: 0.1, seeds: [1, 3], model: { layers: 4, heads: 2 }, new: 'x' };
  expect(differences(a, b)).toEqual([
    { path: 'seeds', a: [1, 2], b: [1, 3] },
    { path: 'model.layers', a: 2, b: 4 },
    { path: 'old', a: null, b: undefined },
    { path: 'new', a: undefined, b: 'x' },
  ]);
  expect(differences(a, structuredClone(a))).toEqual([]);
});

it('of an object and another value are the value as a whole', () => {
  expect(differences({ key: { deep: 1 } }, { key: 1 })).toEqual([{ path: 'key', a: { deep: 1 }, b: 1 }]);
  expect(differences('a', 'b')).toEqual([{ path: '', a: 'a', b: 'b' }]);
});
