// A costly value is computed again only after fifty times the time that it took.
import { expect, it } from 'vitest';
import { paced } from '../../../src/cli/display/paced.ts';

it('gives the last value again until its cost is 2 % of the time', () => {
  let time = 0;
  const double = paced(
    (value: number) => {
      time += 0.5;
      return 2 * value;
    },
    () => time,
  );
  expect(double(1)).toBe(2);
  time = 25.25;
  expect(double(2)).toBe(2);
  time = 25.5;
  expect(double(3)).toBe(6);
  expect(time).toBe(26);
});

it('of a function that takes no time is computed at every call', () => {
  const same = paced(
    (value: number) => value,
    () => 7,
  );
  expect([same(1), same(2)]).toEqual([1, 2]);
});
