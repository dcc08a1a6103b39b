// Threads that stay between calls: the same ones again, all at once whatever the calls before, and new ones after a
// failure.
import { afterEach, expect, it } from 'vitest';
import { BARRIER_WORDS } from '../../src/core/barrier.ts';
import { ThreadPool } from '../../src/core/thread-pool.ts';
import type { FailingShared } from './failing-thread.ts';
import type { PostingShared } from './posting-thread.ts';

const POSTING = new URL('./posting-thread.ts', import.meta.url);
const FAILING = new URL('./failing-thread.ts', import.meta.url);
/** Of a barrier, and a word of headway a thread. */
const words = (): Int32Array<SharedArrayBuffer> => new Int32Array(new SharedArrayBuffer(4 * (BARRIER_WORDS + 3)));

const pools: ThreadPool[] = [];
afterEach(async () => {
  for (const pool of pools.splice(0)) await pool.close();
});
function createPool(threads: number): ThreadPool {
  const pool = new ThreadPool(threads);
  pools.push(pool);
  return pool;
}

/** Workers that a call ran on, ascending. */
async function workersOf(pool: ThreadPool, threads: number): Promise<number[]> {
  const workers: number[] = [];
  const shared: PostingShared = { words: words() };
  await pool.run(POSTING, threads, shared, (worker: number) => workers.push(worker));
  return workers.sort((a, b) => a - b);
}

it('runs every call on the workers of the one before, each on a worker of its own', async () => {
  const pool = createPool(3);
  const [one] = await workersOf(pool, 1);
  const three = await workersOf(pool, 3);
  expect(new Set(three).size).toBe(3);
  expect(three).toContain(one);
  expect(await workersOf(pool, 3)).toEqual(three);
  expect(three).toEqual(expect.arrayContaining(await workersOf(pool, 2)));
});

it('starts new workers after it was closed', async () => {
  const pool = createPool(2);
  const before = await workersOf(pool, 2);
  await pool.close();
  const after = await workersOf(pool, 2);
  expect(after.filter((worker) => before.includes(worker))).toEqual([]);
});

it.each([
  ['error', { name: 'RangeError', message: 'the real cause' }],
  ['refusal', { code: 'REFUSED', exitCode: 2 }],
  ['exit', { message: 'worker exited with code: 1' }],
] as const)('throws what a thread failed with (%s), and serves the next call', async (way, error) => {
  const pool = createPool(2);
  const shared: FailingShared = { words: words(), way };
  await expect(pool.run(FAILING, 2, shared, () => undefined)).rejects.toMatchObject(error);
  expect(await workersOf(pool, 2)).toHaveLength(2);
});

it('takes one call at a time, of no more threads than it has', async () => {
  const pool = createPool(1);
  const first = workersOf(pool, 1);
  await expect(workersOf(pool, 1)).rejects.toThrow('two calls');
  expect(await first).toHaveLength(1);
  await expect(workersOf(pool, 2)).rejects.toThrow('2 threads of 1');
  expect(await workersOf(pool, 1)).toHaveLength(1);
});
