// `tracelab bench` as a user meets it: one JSON document, a page, and exit code 70 with one line when a check fails.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { BenchResults } from '../../bench/results.ts';
import { main } from '../../src/cli/main.ts';
import { runCli } from './run-cli.ts';

vi.setConfig({ testTimeout: 120_000 });

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-bench-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

it('prints one JSON document with what was asked for, and writes the page', async () => {
  const { code, out, error } = await runCli(
    ['bench', '--quick', '--only', 'memory,rope', '--json', '--html', 'bench.html'],
    folder,
  );
  expect([code, error.replace(/^warning: .*\n/gm, '')]).toEqual([
    0,
    'measuring peaks\nmeasuring rope\nmeasuring memory\npage bench.html\n',
  ]);
  const results = JSON.parse(out) as BenchResults;
  expect(Object.keys(results)).toEqual([
    'format',
    'version',
    'started',
    'seconds',
    'quick',
    'machine',
    'load',
    'warnings',
    'peaks',
    'kernels',
    'training',
    'scaling',
    'decode',
    'rates',
    'memory',
  ]);
  expect(results.kernels.map(({ kernel, preset }) => [kernel, preset])).toEqual(
    ['quick', 'nano'].map((preset) => ['rope', preset]),
  );
  expect(results.memory?.plans.map(({ preset }) => preset)).toEqual(['quick', 'nano']);
  for (const { gflops, share_of_peak } of results.kernels)
    expect(share_of_peak).toBeCloseTo(gflops / results.peaks.fma_gflops, 12);
  expect([results.format, results.quick, results.training, results.machine.node]).toEqual([
    1,
    true,
    [],
    process.versions.node,
  ]);
  expect(readFileSync(join(folder, 'bench.html'), 'utf8')).toMatch(/^<!doctype html>/);
});

describe('a failing check', () => {
  afterEach(() => {
    vi.restoreAllMocks();
    vi.doUnmock('../../bench/rope.ts');
  });

  it('ends the command with exit code 70 and one line, before any table or page', async () => {
    vi.doMock('../../bench/rope.ts', async () => {
      const { checkNear } = await import('../../bench/check.ts');
      return {
        measureRope: () => {
          checkNear('bench rope', 'row 0, 1', NaN, 1, 1e-6);
        },
      };
    });
    const written: string[] = [],
      said: string[] = [];
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      written.push(String(text));
      return true;
    });
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      said.push(String(text));
      return true;
    });
    const page = join(folder, 'none.html');
    const code = await main(['bench', '--quick', '--only', 'rope', '--html', page]);
    vi.restoreAllMocks();
    expect(code).toBe(70);
    expect(written).toEqual([]);
    expect(said.at(-1)).toMatch(
      /^error\[BENCH_CHECK\] bench rope: wrong result, not timed: row 0, 1; expected 1 \+- 0\.0000010, got NaN \(hint: [^\n]*\)\n$/,
    );
    expect(existsSync(page)).toBe(false);
  });
});
