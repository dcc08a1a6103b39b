// Two documents row by row: verdicts on made-up rounds, names that machines share, the row of a table of machines, and
// documents that are refused.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compareResults, speedRows, verdictOf } from '../../bench/compare.ts';
import { comparisonFacts, MACHINE_HEAD, machineRow, markdownRow } from '../../bench/compare-tables.ts';
import { parseBenchDocument } from '../../bench/document.ts';
import { BENCH_SCHEMA, type BenchResults, benchJsonSchema } from '../../bench/results.ts';
import { summarizeRates } from '../../bench/timing.ts';
import { RESULTS } from './results-fixture.ts';

describe('verdictOf', () => {
  const verdict = (a: readonly number[], b: readonly number[], noise = 0.03) =>
    verdictOf(summarizeRates(a), summarizeRates(b), noise);

  it('is a difference when no rounds overlap and the best ones differ by more than the peak moved', () => {
    expect(verdict([10, 11, 10, 11, 10], [12, 13, 12, 12, 13])).toBe('faster');
    expect(verdict([12, 13, 12, 12, 13], [10, 11, 10, 11, 10])).toBe('slower');
  });

  it('is within noise when one round of the faster run is as slow as the other run', () => {
    expect(verdict([10, 11, 10, 11, 10], [12, 13, 12, 12, 11])).toBe('within noise');
    expect(verdict([10, 10, 10, 10], [10, 10, 10, 10])).toBe('within noise');
  });

  it('is within noise when the peak of a machine moved as much', () => {
    expect(verdict([10, 10, 10, 10], [10.2, 10.2, 10.2, 10.2])).toBe('within noise');
    expect(verdict([10, 10, 10, 10], [10.2, 10.2, 10.2, 10.2], 0.01)).toBe('faster');
    expect(verdict([10, 10, 10, 10], [9.8, 9.8, 9.8, 9.8], 0.01)).toBe('slower');
  });

  it('is unclear with fewer than four rounds', () => {
    expect(verdict([1, 1, 1], [9, 9, 9, 9, 9])).toBe('unclear');
  });
});

describe('compareResults', () => {
  it('compares common rows, counts the others, and takes the larger drift as noise', () => {
    const other: BenchResults = {
      ...RESULTS,
      kernels: RESULTS.kernels.slice(1),
      noise: { ...RESULTS.noise, peak_drift: 0.2 },
      decode: RESULTS.decode.map((row) => ({ ...row, threads: 8 })),
    };
    const { rows, only_a, only_b, noise } = compareResults(RESULTS, other);
    expect([only_a, only_b, noise]).toEqual([2, 1, 0.2]);
    expect(rows).toHaveLength(speedRows(RESULTS).length - 2);
    for (const { ratio, verdict } of rows) expect([ratio, verdict]).toEqual([1, 'within noise']);
  });

  it('every speed has a name of its own', () => {
    const names = speedRows(RESULTS).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain('128-bit lanes: gemm NT, small, gate and up, 8x8');
    expect(names).toContain('scaling: step, nano, 2 threads');
  });

  it('best speeds are those of the document', () => {
    const best = new Map(speedRows(RESULTS).map(({ name, rates }) => [name, rates.best]));
    expect(best.get('multiply-add peak')).toBeCloseTo(100, 9);
    expect(best.get('training step, nano, 2 threads')).toBeCloseTo(16_384, 6);
    expect(best.get('gemm NT, large, call, 8x8')).toBeCloseTo(90, 9);
  });

  it('names machine, versions and noise of both', () => {
    const facts = comparisonFacts(compareResults(RESULTS, RESULTS));
    expect(facts.map(([name]) => name)).toEqual(['A', 'load of A', 'B', 'load of B', 'noise', 'rows of one only']);
    expect(facts[0][1]).toBe(
      'CPU <b>, 2 cores; tracelab 0.0.0, Node 26.0.0, V8 14.0; fused + revectorised (256-bit), module 0123456789ab; ' +
        '2026-01-02 03:04 UTC',
    );
    expect(facts[4][1]).toContain('more than 5.0 %');
  });
});

describe('machineRow', () => {
  it('is a row under the head of docs/speed.md', () => {
    const cells = machineRow(RESULTS).slice(2, -2).split(' | ');
    expect(cells).toEqual([
      'CPU <b>, 2 cores',
      '2026-01-02, tracelab 0.0.0, Node 26.0.0',
      '100.0, fused + revectorised (256-bit)',
      '-, 8,192 (49 %), -, -',
      '-, 16,384 x2, -, -',
      '40,000, -',
      'step nano 95, step quick 90, tasks quick 80, decode quick 97',
      'average 2.00, other programs 25.0 %, host 0.0 %; peak drift 5.0 %',
    ]);
    expect(cells).toHaveLength(MACHINE_HEAD.length);
    const page = readFileSync(new URL('../../docs/speed.md', import.meta.url), 'utf8');
    expect(page).toContain(`\n${markdownRow(MACHINE_HEAD)}\n`);
  });

  it('no name of a machine ends a cell or a line', () => {
    expect(markdownRow(['a|b\nc', 'd'])).toBe('| a\\|b c | d |');
  });
});

describe('the document', () => {
  it('is what its schema describes', () => {
    expect(parseBenchDocument(JSON.parse(JSON.stringify(RESULTS)), 'here')).toEqual(RESULTS);
    const { properties, required } = benchJsonSchema() as { properties: object; required: string[] };
    expect(Object.keys(properties)).toEqual(Object.keys(BENCH_SCHEMA.shape));
    expect(required).toEqual(Object.keys(BENCH_SCHEMA.shape));
  });

  it.each([
    ['another format', { ...RESULTS, format: 1 }, 'BENCH_FORMAT', 2, 'format 1'],
    ['the results of a study', { format: 6, study: 'quick' }, 'BENCH_FORMAT', 2, 'format 6'],
    ['a missing part', { ...RESULTS, peaks: undefined }, 'BENCH_DOCUMENT', 3, 'got peaks is missing '],
    ['an unknown key', { ...RESULTS, extra: 1 }, 'BENCH_DOCUMENT', 3, 'got the document has the unknown key extra '],
    ['a hash of another length', withHash('ab'), 'BENCH_DOCUMENT', 3, 'training.0.parameters_sha256'],
    ['no object', [1], 'BENCH_DOCUMENT', 3, 'got the document is a list where an object is expected '],
    ['null', null, 'BENCH_DOCUMENT', 3, 'got the document is null where an object is expected '],
  ])('%s is refused', (_, value, code, exitCode, got) => {
    expect(() => parseBenchDocument(value, 'a.json')).toThrow(
      expect.objectContaining({
        code,
        exitCode,
        where: 'a.json',
        message: expect.stringContaining(got) as string,
      }),
    );
  });

  function withHash(parameters_sha256: string): unknown {
    return { ...RESULTS, training: RESULTS.training.map((row) => ({ ...row, parameters_sha256 })) };
  }
});
