// `tracelab bench` as a user meets it: one JSON document, a page, and exit code 70 with one line when a check fails.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Comparison } from '../../bench/compare.ts';
import { machineRow } from '../../bench/compare-tables.ts';
import { parseBenchDocument } from '../../bench/document.ts';
import { benchJsonSchema } from '../../bench/results.ts';
import { RESULTS } from '../bench/results-fixture.ts';
import { main } from '../../src/cli/main.ts';
import { runCli } from './run-cli.ts';

vi.setConfig({ testTimeout: 120_000 });

type Mutable<T> = { -readonly [Key in keyof T]: Mutable<T[Key]> };

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
  const results = parseBenchDocument(JSON.parse(out), 'stdout');
  expect(Object.keys(results)).toEqual([
    'format',
    'version',
    'started',
    'seconds',
    'quick',
    'machine',
    'noise',
    'warnings',
    'peaks',
    'kernels',
    'training',
    'decode',
    'scaling',
    'lanes',
    'rates',
    'memory',
    'skipped',
  ]);
  expect(results.kernels.map(({ kernel, preset }) => [kernel, preset])).toEqual(
    ['quick', 'nano'].map((preset) => ['rope', preset]),
  );
  expect(results.memory?.plans.map(({ preset }) => preset)).toEqual(['quick', 'nano']);
  for (const { gflops, share_of_peak } of results.kernels)
    expect(share_of_peak).toBeCloseTo(gflops / results.peaks.fma_gflops, 12);
  expect([results.format, results.quick, results.training, results.machine.node]).toEqual([
    2,
    true,
    [],
    process.versions.node,
  ]);
  expect(readFileSync(join(folder, 'bench.html'), 'utf8')).toMatch(/^<!doctype html>/);
});

it.each([
  ['SIGTERM', 'training-step', 143, [], ['training-step: quick', 'training-step: nano', 'lanes', 'memory']],
  ['SIGINT', 'lanes', 130, ['quick', 'nano'], ['lanes: 128-bit against 256-bit', 'memory']],
] as const)('%s at %s prints what was measured, the rest is skipped', async (signal, at, exit, trained, rest) => {
  const { code, out, error } = await runStopped(signal, `measuring ${at}\n`);
  expect(code, error).toBe(exit);
  expect(error).toContain('stopping; what was measured is printed; Ctrl-C again stops at once\n');
  const { kernels, training, memory, skipped } = parseBenchDocument(JSON.parse(out), 'stdout');
  expect(kernels.map(({ kernel, preset }) => [kernel, preset])).toEqual([
    ['rope', 'quick'],
    ['rope', 'nano'],
  ]);
  expect(training.map(({ preset }) => preset)).toEqual(trained);
  expect(memory).toBeNull();
  expect(skipped).toEqual(rest.map((what) => ({ what, reason: 'stopped' })));
});

/** A real process, which gets the signal once it has printed `text` on standard error. */
async function runStopped(
  signal: NodeJS.Signals,
  text: string,
): Promise<{ readonly code: number | null; readonly out: string; readonly error: string }> {
  const bin = join(import.meta.dirname, '../../src/cli/bin.ts');
  const args = ['bench', '--quick', '--only', 'rope,training-step,lanes,memory', '--threads', '1', '--json'];
  const child = spawn(process.execPath, [bin, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '',
    error = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    out += part;
  });
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    if (!error.includes(text) && (error + part).includes(text)) child.kill(signal);
    error += part;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, error };
}

it('--schema prints the schema of the document and measures nothing', async () => {
  const { code, out, error } = await runCli(['bench', '--schema'], folder);
  expect([code, error]).toEqual([0, '']);
  expect(JSON.parse(out)).toEqual(benchJsonSchema());
});

describe('documents of earlier runs', () => {
  beforeAll(() => {
    const faster = structuredClone(RESULTS) as Mutable<typeof RESULTS>;
    faster.machine.cpu = 'Other CPU';
    faster.training[0].timing = structuredClone(RESULTS.training[1].timing) as Mutable<
      (typeof RESULTS.training)[0]['timing']
    >;
    for (const [name, document] of [
      ['a.json', RESULTS],
      ['b.json', faster],
      ['old.json', { ...RESULTS, format: 1 }],
      ['broken.json', { ...RESULTS, peaks: null }],
    ] as const)
      writeFileSync(join(folder, name), JSON.stringify(document));
    writeFileSync(join(folder, 'cut.json'), '{"format": 2');
  });

  it('compare names both machines, and calls a difference one that exceeds the noise', async () => {
    const { code, out, error } = await runCli(['bench', 'compare', 'a.json', 'b.json'], folder);
    expect([code, error]).toEqual([0, '']);
    expect(out).toMatch(/^A +CPU <b>, 2 cores; tracelab 0\.0\.0, Node 26\.0\.0/m);
    expect(out).toMatch(/^B +Other CPU, 2 cores/m);
    expect(out).toMatch(/^training step, nano, 1 thread +tokens\/s +8,192 +16,384 +2\.00 +faster$/m);
    expect(out).toMatch(/^training step, nano, 2 threads +tokens\/s +16,384 +16,384 +1\.00 +within noise$/m);
  });

  it('compare --json prints one document', async () => {
    const { code, out } = await runCli(['bench', 'compare', 'b.json', 'a.json', '--json'], folder);
    const { rows, a } = JSON.parse(out) as Comparison;
    expect([code, a.machine.cpu]).toEqual([0, 'Other CPU']);
    expect(rows.find(({ name }) => name === 'training step, nano, 1 thread')).toEqual({
      name: 'training step, nano, 1 thread',
      unit: 'tokens/s',
      a: 16_384,
      b: 8192,
      ratio: 0.5,
      verdict: 'slower',
    });
  });

  it('row prints one row of the table of machines', async () => {
    const { code, out } = await runCli(['bench', 'row', 'a.json'], folder);
    expect(code).toBe(0);
    expect(out).toBe(`${machineRow(RESULTS)}\n`);
  });

  it.each([
    [
      'old.json',
      2,
      'error[BENCH_FORMAT] old.json: was written by another version of tracelab bench; expected format 2, got format 1 ',
    ],
    ['broken.json', 3, 'error[BENCH_DOCUMENT] broken.json: is no document of tracelab bench --json; expected what '],
    ['cut.json', 3, 'error[JSON_SYNTAX] cut.json'],
    ['none.json', 2, 'error[FILE_MISSING] none.json'],
  ])('%s is refused with one line', async (file, expected, message) => {
    for (const args of [
      ['compare', 'a.json', file],
      ['compare', file, 'a.json'],
      ['row', file],
    ]) {
      const { code, out, error } = await runCli(['bench', ...args], folder);
      expect([code, out]).toEqual([expected, '']);
      expect(error.startsWith(message), error).toBe(true);
      expect(error.trimEnd().split('\n')).toHaveLength(1);
    }
  });
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
