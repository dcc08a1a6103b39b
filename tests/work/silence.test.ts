// When a silent child is to blame.
import { expect, test } from 'vitest';
import { processorSeconds, Silence } from '../../src/work/silence.ts';

/** Ticks until the limit of 30 s. */
function ticks(used: (tick: number) => number | null): number {
  const silence = new Silence();
  for (let tick = 1; ; tick++) if (silence.tick(used(tick), 30)) return tick;
}

test('an endless loop ends after half a minute, and so does a child of which the system says nothing', () => {
  expect(ticks((tick) => tick)).toBe(31);
  // Four threads in a loop.
  expect(ticks((tick) => 4 * tick)).toBe(31);
  expect(ticks(() => null)).toBe(30);
});

test('a child that waits for a processor has more time, and one that is blocked for ever ends after five minutes', () => {
  expect(ticks((tick) => tick / 4)).toBeGreaterThan(115);
  expect(ticks(() => 0)).toBe(300);
});

test('whatever it sends begins the count anew', () => {
  const silence = new Silence();
  for (let tick = 0; tick < 29; tick++) expect(silence.tick(null, 30)).toBe(false);
  silence.heard();
  for (let tick = 0; tick < 29; tick++) expect(silence.tick(null, 30)).toBe(false);
  expect(silence.tick(null, 30)).toBe(true);
  expect(silence.seconds).toBe(30);
});

test.runIf(process.platform === 'linux')('processor time of a process', () => {
  const before = processorSeconds(process.pid) ?? NaN;
  const { user, system } = process.cpuUsage();
  expect(before).toBeGreaterThan(0);
  expect(Math.abs(before - (user + system) / 1e6)).toBeLessThan(1);
  expect(processorSeconds(undefined)).toBe(null);
  expect(processorSeconds(2 ** 30)).toBe(null);
});
