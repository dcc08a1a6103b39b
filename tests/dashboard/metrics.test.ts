// Rows of metrics as points: what is read of a file that grows, lines that are torn, rows that are none.
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LIMITS } from '../../src/base/limits.ts';
import { MetricsFollower, MetricsTail, pointOf, Points } from '../../src/dashboard/metrics.ts';

let folder = '';
let file = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-dashboard-metrics-'));
  file = join(folder, 'metrics.jsonl');
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const row = (step: number): object => ({
  step,
  tokens: 1000 * step,
  loss: 1 / step,
  trace_loss: null,
  plan_loss: 2 / step,
  lr: 0.1,
  grad_norm: 1,
  seconds: 0.5,
});
const text = (...steps: number[]): string => steps.map((step) => `${JSON.stringify(row(step))}\n`).join('');

describe('a point', () => {
  it('has the speed of its step from the tokens of the row before', () => {
    expect(pointOf(row(3) as never, row(2) as never)).toEqual({
      step: 3,
      tokens: 3000,
      loss: 1 / 3,
      plan_loss: 2 / 3,
      lr: 0.1,
      grad_norm: 1,
      rate: 2000,
    });
  });

  it('of reinforcement learning has shares, and tokens of its own step are no place', () => {
    const found = pointOf({
      step: 2,
      reward: 0.5,
      completions: 8,
      plan_valid: 4,
      trace_valid: { paper: 3, strict: 2, exact: 1 },
      tokens: 600,
      seconds: { total: 3, rollouts: 1 },
      kl: null,
    });
    expect(found).toEqual({ step: 2, reward: 0.5, plans: 0.5, traces: 0.25, rate: 200 });
  });

  it('leaves out what is no finite number', () => {
    expect(pointOf({ step: 1, loss: 'NaN', lr: null, reward: Infinity, entropy: 0 })).toEqual({ step: 1, entropy: 0 });
  });
});

describe('the end of a file', () => {
  it('is read when the file has grown, without the line that is torn', async () => {
    const tail = new MetricsTail(file);
    expect(await tail.look()).toBeNull();
    writeFileSync(file, `${text(1, 2)}{"step":3,"tok`);
    expect(await tail.look()).toMatchObject({ step: 2, rate: 2000 });
    appendFileSync(file, 'ens":3000,"loss":0.25,"seconds":0.25}\n');
    expect(await tail.look()).toMatchObject({ step: 3, loss: 0.25, rate: 3000 });
  });

  it('of a long file begins with a cut line, which is left out', async () => {
    writeFileSync(file, text(...Array.from({ length: 2000 }, (_, i) => i + 1)));
    expect(await new MetricsTail(file).look()).toMatchObject({ step: 2000, rate: 2000 });
  });

  it('with rows that are none is as before', async () => {
    const tail = new MetricsTail(file);
    writeFileSync(file, text(1));
    await tail.look();
    writeFileSync(file, 'null\n[1]\n"x"\nnot json\n');
    expect(await tail.look()).toMatchObject({ step: 1 });
  });
});

describe('a whole file', () => {
  it('is read from where the last reading stopped', async () => {
    const follower = new MetricsFollower(file);
    expect(await follower.curve()).toBeNull();
    writeFileSync(file, `${text(1, 2)}{"step":3,`);
    expect((await follower.curve())?.rows.map(([x]) => x)).toEqual([1000, 2000]);
    // What was read is not read again: another content there changes nothing.
    writeFileSync(file, `${' '.repeat(text(1, 2).length)}${text(3)}`);
    const curve = await follower.curve();
    expect(curve?.x).toBe('tokens');
    expect(curve?.rows.map(([x]) => x)).toEqual([1000, 2000, 3000]);
    expect(curve?.rows[2][curve.names.indexOf('rate') + 1]).toBe(2000);
  });

  it('that became shorter is read from its beginning', async () => {
    const follower = new MetricsFollower(file);
    writeFileSync(file, text(1, 2, 3));
    await follower.curve();
    writeFileSync(file, text(1));
    expect((await follower.curve())?.rows).toHaveLength(1);
  });
});

describe('points', () => {
  const { most } = LIMITS.dashboardCurve;
  const curveOf = (count: number): (number | null)[][] => {
    const points = new Points();
    for (let step = 1; step <= count; step++) points.add({ step, loss: step });
    return (points.curve()?.rows ?? []) as (number | null)[][];
  };

  it('are all there up to the limit', () => {
    expect(curveOf(most)).toHaveLength(most);
  });

  it.each([1, 2, 3, 1000, 12_345])('are means of their windows with %i more, and none is lost', (more) => {
    const rows = curveOf(most + more);
    expect(rows.length).toBeLessThanOrEqual(most);
    expect(rows.length).toBeGreaterThan(most / 4);
    for (const [x, loss] of rows) expect(loss).toBe(x);
    const xs = rows.map(([x]) => x ?? NaN);
    expect(xs).toEqual(xs.toSorted((a, b) => a - b));
    const windows = xs.map((x, i) => (i + 1 < xs.length ? xs[i + 1] - x : 0));
    expect(Math.max(...windows)).toBeLessThan((8 * (most + more)) / most);
  });

  it('of a step that is known are left out', () => {
    const points = new Points();
    points.add({ step: 1, loss: 1 });
    points.add({ step: 1, loss: 2 });
    expect(points.curve()?.rows).toEqual([[1, 1]]);
  });
});
