// When threads count as stuck: looks in a row that find nothing new, more of them after a long standstill that ended by
// itself.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { TracelabError } from '../../src/base/errors.ts';
import { watchProgress } from '../../src/core/thread-watch.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A watch over two words, and what it reported. */
function watch(factor: number) {
  const progress = new Int32Array(new SharedArrayBuffer(8));
  const told: TracelabError[] = [];
  const patience = { lookSeconds: 5, looks: 4, factor };
  const end = watchProgress({ progress, release: () => undefined, patience }, (error) => told.push(error));
  const looks = (count: number): void => {
    vi.advanceTimersByTime(5000 * count);
  };
  return { progress, told, end, looks };
}

it('tells once, after as many looks as it is told to take', () => {
  const { told, looks } = watch(1);
  looks(3);
  expect(told).toEqual([]);
  looks(100);
  expect(told.map(({ message }) => message)).toEqual([
    'error[THREAD_STUCK] 2 threads: no headway for 20 s; expected progress, got none (hint: start it again: it resumes from its last saved state)',
  ]);
});

it('begins to count again when any thread has done something, also past the largest number', () => {
  const { progress, told, looks } = watch(1);
  progress.fill(2 ** 31 - 1);
  for (let i = 0; i < 10; i++) {
    looks(3);
    Atomics.add(progress, i % 2, 1);
  }
  expect(told).toEqual([]);
  looks(4 + 1);
  expect(told).toHaveLength(1);
});

it('takes more looks after a long standstill that ended by itself', () => {
  const { progress, told, looks } = watch(50);
  looks(2);
  Atomics.add(progress, 0, 1);
  looks(1 + 99);
  expect(told).toEqual([]);
  looks(1);
  expect(told).toHaveLength(1);
});

it('tells nothing once it is ended', () => {
  const { told, end, looks } = watch(1);
  end();
  looks(100);
  expect(told).toEqual([]);
});
