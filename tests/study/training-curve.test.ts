// Reading and thinning the metrics of a training run.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readCurve, thinCurve } from '../../src/tasks/training-curve.ts';
import type { CurvePoint } from '../../src/study/results.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-metrics-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const point = (step: number, loss = step): CurvePoint => ({
  step,
  tokens: 10 * step,
  loss,
  trace_loss: null,
  plan_loss: loss,
  lr: 0.1,
});

function write(rows: readonly unknown[]): string {
  const path = join(folder, 'metrics.jsonl');
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return path;
}

it('counts steps that a resumed run repeated once, as last written', async () => {
  const rows = [point(1), point(2), point(3), point(2, 20), point(3, 30), point(4)].map((row) => ({
    ...row,
    seconds: 1,
  }));
  expect(await readCurve(write(rows))).toEqual([point(1), point(2, 20), point(3, 30), point(4)]);
});

it('names the line of a row that is none', async () => {
  const path = write([point(1), { step: 2, loss: null }]);
  await expect(readCurve(path)).rejects.toThrow(
    `error[METRICS_ROW] ${path}:2: not a row of metrics; expected numbers step, tokens, loss, plan_loss, lr, got {"step":2,"loss":null}`,
  );
});

it('thins to means of windows that carry their last step, and leaves a short curve as it is', () => {
  const points = Array.from({ length: 10 }, (_, i) => point(i + 1));
  expect(thinCurve(points, 4).map(({ step, tokens, loss }) => [step, tokens, loss])).toEqual([
    [3, 30, 2],
    [6, 60, 5],
    [9, 90, 8],
    [10, 100, 10],
  ]);
  expect(thinCurve(points)).toEqual(points);
  expect(
    thinCurve(
      [
        { ...point(1), trace_loss: 2 },
        { ...point(2), trace_loss: null },
      ],
      1,
    )[0].trace_loss,
  ).toBe(2);
});
