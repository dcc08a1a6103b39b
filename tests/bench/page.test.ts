// The benchmark's page and tables: one point a kernel under the roof, labels that can be read, every number in its
// table, nothing from outside.
import { describe, expect, it } from 'vitest';
import { placeLabels } from '../../bench/labels.ts';
import { renderBenchPage } from '../../bench/page.ts';
import { roofPoints } from '../../bench/roofline.ts';
import { scalingPanels } from '../../bench/scaling-figure.ts';
import { benchTables } from '../../bench/tables.ts';
import { benchText } from '../../src/cli/bench-text.ts';
import { RESULTS } from './results-fixture.ts';

describe('roofPoints', () => {
  it('is one point a kernel: at `small` the call with the most work, elsewhere where it was measured', () => {
    const points = roofPoints(RESULTS);
    expect(points.map(({ kernel, preset }) => `${kernel} ${preset}`)).toEqual([
      'gemm NT small',
      'rope small',
      'adamw small',
      'rmsnorm forward small',
      'softmax base',
    ]);
    expect(points[0].gflops).toBe(80);
  });

  it('says which part of the roof is above it', () => {
    // The bend is at 10 operations a byte.
    expect(roofPoints(RESULTS).map(({ bound }) => bound)).toEqual([
      'arithmetic',
      'memory',
      'memory',
      'memory',
      'arithmetic',
    ]);
  });
});

describe('placeLabels', () => {
  const overlaps = (a: { x: number; y: number; text: string }, b: { x: number; y: number; text: string }): boolean =>
    Math.abs(a.x - b.x) < (6.5 * (a.text.length + b.text.length)) / 2 && Math.abs(a.y - b.y) < 13;

  it('no label covers another or leaves the chart, even where points crowd', () => {
    const points = Array.from({ length: 12 }, (_, i) => ({
      x: 60 + 9 * (i % 4),
      y: 200 + 8 * (i % 3),
      text: 'rmsnorm backward',
    }));
    const labels = placeLabels(points, 720, 420).map((place, i) => ({ ...place, text: points[i].text }));
    for (const [i, a] of labels.entries()) {
      expect(a.x - 6.5 * 8 >= 0 && a.y >= 6 && a.y <= 414).toBe(true);
      for (const b of labels.slice(i + 1))
        expect(overlaps(a, b), `${JSON.stringify(a)} and ${JSON.stringify(b)}`).toBe(false);
    }
    // The outer ones are led to their points by a line.
    expect(labels.some(({ led }) => led)).toBe(true);
  });

  it('a label that has room stands right of its point without a line', () => {
    const [{ x, y, led }] = placeLabels([{ x: 100, y: 50, text: 'rope' }], 300, 100);
    expect(x).toBeCloseTo(100 + 6.5 * 2 + 9, 9);
    expect([y, led]).toEqual([50, false]);
  });
});

describe('the page', () => {
  it('draws each kernel once in each of its two sizes, and names it', async () => {
    const page = await renderBenchPage(RESULTS);
    const drawings = page.split('<svg').slice(1);
    // The roof twice, then two panels of scaling.
    expect(drawings).toHaveLength(4);
    for (const drawing of drawings.slice(0, 2))
      expect([...drawing.matchAll(/<path[^>]*(?:fill="#1d5d9b"|fill="#c8590a")/g)]).toHaveLength(5);
    for (const { kernel } of roofPoints(RESULTS)) expect(drawings[0]).toContain(`>${kernel}</text>`);
  });

  it('is self-contained and escapes what the machine says of itself', async () => {
    const page = await renderBenchPage(RESULTS);
    expect(page).not.toMatch(/<script|https?:|src=|<link|@import|url\(/);
    expect(page).toContain('CPU &lt;b&gt;');
    expect(page).not.toContain('CPU <b>');
    expect(page).toContain('other programs use 25 % of the cores');
  });

  it('draws the efficiency of threads, one line and one point shape a workload', async () => {
    expect(scalingPanels(RESULTS).map(({ title, rows }) => [title, rows.length])).toEqual([
      ['Training step', 3],
      ['Decoding and small tasks', 2],
    ]);
    const page = await renderBenchPage(RESULTS);
    const [, , steps, others] = page.split('<svg').slice(1);
    for (const name of ['training step, nano', 'training step, quick']) expect(steps).toContain(`>${name}</text>`);
    for (const name of ['small tasks, quick', 'greedy decoding, quick']) expect(others).toContain(`>${name}</text>`);
    expect(page).toContain('training step, nano, 2 threads: 95 %');
  });

  it('without kernels there is no roof, and an idle machine is not warned about', async () => {
    const page = await renderBenchPage({ ...RESULTS, kernels: [], scaling: [], warnings: [] });
    expect(page).not.toContain('<svg');
    expect(page).not.toContain('not idle');
  });
});

describe('tables', () => {
  it('hold every row, and leave out what was not measured', () => {
    expect(benchTables(RESULTS).map(({ rows }) => rows.length)).toEqual([8, 2, 1, 1, 4, 5, 1, 1, 1]);
    const some = { ...RESULTS, kernels: [], decode: [], memory: null, lanes: [], scaling: [], skipped: [] };
    expect(benchTables(some).map(({ title }) => title)).toEqual([
      'Training step',
      'Validator and generator, one thread',
    ]);
  });

  it('report the best, the median and the slowest round, shares and scaling', () => {
    const [kernels, training, , lanes, efficiency, scaling] = benchTables(RESULTS);
    expect(kernels.rows[1]).toEqual([
      'gemm NT',
      'small',
      'call',
      '8x8',
      '80.0',
      '64.0',
      '51.2',
      '80.0',
      '2.0',
      '12.50 ms',
    ]);
    expect(training.rows[1]).toEqual([
      'nano',
      '2',
      '0.86 M',
      '8,192',
      '16,384',
      '13,107',
      '10,486',
      '98.0',
      '49.0',
      '1.88 times',
    ]);
    expect(training.rows[0].at(-1)).toBe('-');
    expect(lanes.rows[0].slice(-5)).toEqual(['40.0', '36.0', '70.0', '63.0', '1.75']);
    expect([efficiency.head, ...efficiency.rows]).toEqual([
      ['threads', '1', '2'],
      ['training step, nano', '100.0', '95.0'],
      ['training step, quick', '-', '90.0'],
      ['small tasks, quick', '-', '80.0'],
      ['greedy decoding, quick', '-', '97.0'],
    ]);
    expect(scaling.rows[1]).toEqual([
      'training step, nano',
      '2',
      '2',
      '19,000',
      '17,100',
      '15,200',
      '20,000',
      '95.0',
      '85.5 to 104.5',
    ]);
    for (const { head, rows } of benchTables(RESULTS)) for (const row of rows) expect(row).toHaveLength(head.length);
  });

  it('have the load line in every note', () => {
    for (const { note } of benchTables(RESULTS))
      expect(note).toContain(
        'Load before: average 0.10, other programs 1.0 %, host 0.0 %; while measuring: average 2.00, other programs ' +
          '25.0 %, host 0.0 %; peak drift 5.0 %.',
      );
  });

  it('line up on the terminal', () => {
    const lines = benchText(RESULTS).split('\n');
    const at = lines.findIndex((line) => line.startsWith('kernel '));
    expect(new Set(lines.slice(at, at + 9).map((line) => line.length)).size).toBe(1);
  });

  it('fit a terminal of 80 columns', () => {
    const lines = benchText(RESULTS, 80).split('\n');
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    expect(lines.find((line) => line.startsWith('kernel '))).toMatch(/^kernel +preset +call +shape$/);
  });
});
