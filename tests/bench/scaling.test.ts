// Scaling over threads and lanes: the proofs come first and fail when bits differ, ratios are of what was measured in
// the same turns, and every row fits the schema of the document.
import { describe, expect, it } from 'vitest';
import type { LaneAnswer, LaneRequest } from '../../bench/lane-messages.ts';
import { compareLanes, type Lane, laneRequests } from '../../bench/lanes.ts';
import { usefulThreads } from '../../bench/presets.ts';
import { BENCH_SCHEMA, type LaneRow } from '../../bench/results.ts';
import {
  compared,
  measureDecodeScaling,
  measureStepScaling,
  type ScalingSink,
  threadCounts,
} from '../../bench/scaling.ts';
import { TINY } from './tiny-preset.ts';

describe('threadCounts', () => {
  it('doubles up to all threads, which come last', () => {
    expect([1, 2, 3, 8, 12].map(threadCounts)).toEqual([[1], [1, 2], [1, 2, 3], [1, 2, 4, 8], [1, 2, 4, 8, 12]]);
  });
});

describe('compared', () => {
  it('divides best by best, and each round by the mean reference of its turn', () => {
    expect(
      compared(
        [[8], [10]],
        [
          [10, 10],
          [20, 30],
        ],
      ),
    ).toMatchObject({ efficiency: 10 / 30, lowest: 0.4, highest: 0.8, speed: { best: 10 }, reference: { best: 30 } });
  });

  it('is 1 against itself', () => {
    const turns = [[3], [4]];
    expect(compared(turns, turns)).toMatchObject({ efficiency: 1, lowest: 1, highest: 1 });
  });
});

const sink = (): ScalingSink => ({ rows: [], skipped: [] });

describe('scaling', () => {
  it('measures steps and small tasks with the bits of one thread', async () => {
    const seen: number[] = [];
    const { rows, skipped } = sink();
    await measureStepScaling(TINY, [1, 2, 3], [1, 2], { rows, skipped }, (threads) => seen.push(threads));
    expect([seen, skipped]).toEqual([[1, 2, 3], []]);
    expect(rows.map(({ workload, threads, used_threads }) => [workload, threads, used_threads])).toEqual([
      ['step', 1, 1],
      ['tasks', 1, 1],
      ['step', 2, 2],
      ['tasks', 2, 2],
      ['step', 3, usefulThreads(TINY, 3)],
      ['tasks', 3, 3],
    ]);
    for (const row of rows) {
      expect(BENCH_SCHEMA.shape.scaling.element.parse(row)).toEqual(row);
      expect([row.speed.samples.length, row.reference.samples.length]).toEqual([3, 3]);
      expect(row.efficiency).toBeCloseTo(row.speed.best / row.reference.best, 12);
      expect(row.sha256).toBe(rows[0].sha256);
    }
  });

  it('skips what does not fit the memory, with the reason', async () => {
    const { rows, skipped } = sink();
    await measureStepScaling(TINY, [1, 100_000_000], [1], { rows, skipped }, () => undefined);
    expect(rows.map(({ threads }) => threads)).toEqual([1, 1]);
    expect(skipped).toEqual([
      {
        what: 'scaling: nano, 100000000 threads',
        reason: expect.stringMatching(/^100000000 memories need [\d.]+ GiB, free are [\d.]+ GiB$/) as string,
      },
    ]);
  });

  it('decodes the prompts of T threads as T models do', async () => {
    const decoder = { ...TINY, model: { ...TINY.model, context: 256 } };
    const { rows } = sink();
    await measureDecodeScaling(decoder, 6, [1, 2], [1], rows);
    expect(rows.map(({ workload, threads }) => [workload, threads])).toEqual([
      ['decode', 1],
      ['decode', 2],
    ]);
    expect(rows[0].sha256).not.toBe(rows[1].sha256);
    for (const row of rows) expect(BENCH_SCHEMA.shape.scaling.element.parse(row)).toEqual(row);
  });
});

describe('lanes', () => {
  const asked: string[] = [];
  const lane = (name: string, rate: number, sha256: string): Lane => ({
    ask: async ({ what }: LaneRequest): Promise<LaneAnswer> => {
      asked.push(`${name} ${what}`);
      const rows = what === 'proof' ? [] : [{ kernel: what, what: '', shape: '', unit: 'GFLOP/s' as const, rate }];
      return {
        rows,
        sha256: what === 'proof' || what === 'decode' ? sha256 : null,
        revectorized: false,
        why: '',
        seconds: 1,
      };
    },
  });
  const requests: LaneRequest[] = [
    { what: 'peak', preset: 'quick' },
    { what: 'step', preset: 'nano' },
  ];

  it('proves equal bits, then asks both in turns', async () => {
    asked.length = 0;
    const rows: LaneRow[] = [];
    await compareLanes(lane('a', 20, 'x'), lane('b', 50, 'x'), requests, 2, (row) => rows.push(row));
    expect(asked).toEqual([
      ...['a proof', 'b proof'],
      ...['a peak', 'b peak', 'a peak', 'b peak'],
      ...['a step', 'b step', 'a step', 'b step'],
    ]);
    expect(rows.map(({ kernel, preset, ratio }) => [kernel, preset, ratio])).toEqual([
      ['peak', '', 2.5],
      ['step', 'nano', 2.5],
    ]);
    for (const row of rows) expect(BENCH_SCHEMA.shape.lanes.element.parse(row)).toEqual(row);
  });

  it.each([['step'], ['decode']] as const)('other bits in a %s end the benchmark before it is timed', async (what) => {
    asked.length = 0;
    const compared = compareLanes(
      lane('a', 20, 'x'),
      lane('b', 50, 'y'),
      [{ what, preset: 'quick' }],
      2,
      () => undefined,
    );
    await expect(compared).rejects.toThrow(
      expect.objectContaining({ code: 'BENCH_CHECK', exitCode: 70, where: 'bench lanes' }),
    );
    expect(asked).toHaveLength(2);
  });

  it('asks for nothing of a preset that was not chosen', () => {
    expect(laneRequests(['base']).map(({ what }) => what)).toEqual(['peak']);
    expect(laneRequests(['quick']).map(({ what }) => what)).toEqual(['peak', 'step', 'decode']);
  });
});
