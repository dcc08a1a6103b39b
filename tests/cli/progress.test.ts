// What a running study shows: plain lines, a renewed line, JSON.
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createProgress } from '../../src/cli/progress.ts';
import type { Progress } from '../../src/cli/progress.ts';
import type { StudyEvent } from '../../src/study/events.ts';
import type { StudyPlan } from '../../src/study/plan.ts';

class Sink extends Writable {
  text = '';
  readonly isTTY: boolean;
  readonly columns: number;

  constructor(isTTY = false, columns = 80) {
    super();
    this.isTTY = isTTY;
    this.columns = columns;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }

  cursorTo(): boolean {
    return true;
  }
  clearLine(): boolean {
    return true;
  }
}

const CELL = { label: 'train-correct-seed1', index: 2, of: 4 };
const TEST = { label: 'test-correct-seed1', index: 4, of: 4 };

function training(step: number, loss = 1.25): StudyEvent {
  return {
    event: 'training',
    cell: CELL,
    progress: {
      step,
      steps: 6000,
      tokens: step * 100,
      total_tokens: 600_000,
      loss,
      trace_loss: 1,
      plan_loss: 1,
      lr: 1e-3,
      grad_norm: 1,
      tokens_per_second: 1000,
    },
  };
}

const evaluating = (done: number): StudyEvent => ({
  event: 'evaluating',
  cell: TEST,
  progress: { distribution: 'drunkard', done, total: 200, tokens: 1, tokens_per_second: 4321, share: done / 200 },
});

const PLAN = {
  event: 'plan',
  plan: {
    study: 's',
    parameters: 1,
    vocabulary: 56,
    threads: 2,
    training_tokens: 600_000,
    flops: 2e14,
    memory: { bytes: 1, parts: [] },
    seconds: 660,
    speeds: [],
    cells: [
      { label: 'data', kind: 'data', finished: true, tokens: 1, flops: 0, seconds: 0 },
      { label: 'train-correct-seed1', kind: 'train', finished: false, tokens: 1, flops: 1, seconds: 600 },
      { label: 'curve-correct-seed1', kind: 'curve', finished: false, tokens: 1, flops: 1, seconds: 40 },
      { label: 'test-correct-seed1', kind: 'test', finished: false, tokens: 1, flops: 1, seconds: 20 },
    ],
  } satisfies StudyPlan,
} as const;

function setUp(
  json: boolean,
  isTTY: boolean,
  columns?: number,
): { out: Sink; error: Sink; progress: Progress; wait: (seconds: number) => void } {
  let now = 100;
  const out = new Sink();
  const error = new Sink(isTTY, columns);
  return {
    out,
    error,
    progress: createProgress(json, { out, error, clock: () => now }),
    wait: (seconds) => {
      now += seconds;
    },
  };
}

describe('piped', () => {
  it('is a plain line when something happens and every few seconds, with step, loss, tokens/s and ETA of cell and study', () => {
    const { out, error, progress, wait } = setUp(false, false);
    progress.emit({ event: 'measuring' });
    progress.emit(PLAN);
    progress.emit({ event: 'cell_started', cell: CELL });
    for (let step = 1; step <= 100; step++) {
      progress.emit(training(step));
      wait(0.06);
    }
    progress.emit({ event: 'cell_finished', cell: CELL, seconds: 61, reused: false });
    expect(error.text).toBe(
      [
        'measuring this machine for a few seconds',
        'study s: about 11 min 00 s on 2 threads (3 of 4 cells left, 0.60 M training tokens, 0.20 PFLOP). Ctrl-C stops it; the same command goes on.',
        '[2/4] train-correct-seed1 0 %, step 1/6,000, loss 1.250, 1,000 tokens/s, ETA 10 min 00 s, study 11 min 00 s',
        '[2/4] train-correct-seed1 1 %, step 85/6,000, loss 1.250, 1,000 tokens/s, ETA 9 min 52 s, study 10 min 52 s',
        '[2/4] train-correct-seed1: done in 1 min 01 s',
        '',
      ].join('\n'),
    );
    expect(out.text).toBe('');
  });

  it('tells a distribution, its mazes, and an ETA from the time that they took', () => {
    const { error, progress, wait } = setUp(false, false);
    progress.emit({ event: 'cell_started', cell: TEST });
    progress.emit(evaluating(0));
    wait(6);
    progress.emit(evaluating(50));
    expect(error.text).toBe(
      '[4/4] test-correct-seed1 0 %, drunkard 0/200 mazes, 4,321 tokens/s, ETA ?\n[4/4] test-correct-seed1 25 %, drunkard 50/200 mazes, 4,321 tokens/s, ETA 18 s\n',
    );
  });
});

describe('on a terminal', () => {
  it('renews one line that fits 80 columns', () => {
    const { error, progress } = setUp(false, true, 80);
    progress.emit({ event: 'cell_started', cell: { ...CELL, label: 'train-solution-only-seed1' } });
    const event = training(2731, 2.745);
    progress.emit({ ...event, cell: { ...CELL, label: 'train-solution-only-seed1' } } as StudyEvent);
    const line = 'train-solution-only-seed1 step 2,731/6,000 loss 2.745 1,000 tok/s ETA 5m 27s';
    expect(error.text).toContain(line);
    expect(line.length).toBeLessThanOrEqual(80);
    progress.end();
  });

  it('shows a bar and the whole text on a wide one', () => {
    const { error, progress } = setUp(false, true, 140);
    progress.emit({ event: 'cell_started', cell: CELL });
    progress.emit(training(3000));
    expect(error.text).toContain(
      `[2/4] train-correct-seed1 ${'\u2588'.repeat(8)}${'\u2591'.repeat(8)} 50 %  step 3,000/6,000, loss 1.250, 1,000 tokens/s, ETA 5 min 00 s`,
    );
    progress.end();
  });

  it('gives the cursor back at the end', () => {
    const { error, progress } = setUp(false, true);
    progress.emit(training(1));
    expect(error.text).toContain('\u001b[?25l');
    progress.end();
    expect(error.text.lastIndexOf('\u001b[?25h')).toBeGreaterThan(error.text.lastIndexOf('\u001b[?25l'));
  });
});

describe('JSON', () => {
  it('is one document a line on stdout, at most one of a cell in a second', () => {
    const { out, progress, wait } = setUp(true, false);
    for (let step = 1; step <= 10; step++) {
      progress.emit(training(step));
      wait(0.25);
    }
    progress.emit({ event: 'finished', result: 'r', report: 'x', seconds: 1 });
    const events = out.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as StudyEvent);
    expect(events.map((event) => (event.event === 'training' ? event.progress.step : event.event))).toEqual([
      1,
      5,
      9,
      'finished',
    ]);
  });
});
