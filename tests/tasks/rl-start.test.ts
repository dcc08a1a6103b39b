// The choice of an early start, from learning curves made by hand; and what the tasks of a start are named by.
import { describe, expect, it } from 'vitest';
import { proportion } from '../../src/base/statistics.ts';
import { earlyStep, startCheckpoint, startsOf } from '../../src/tasks/rl-start.ts';
import { rlKind } from '../../src/tasks/rl.ts';
import { testKind } from '../../src/tasks/test.ts';
import type { Finished } from '../../src/work/task.ts';

/** Points of a learning curve: step, strictly valid traces, completions. */
const points = (...some: readonly (readonly [number, number, number])[]) =>
  some.map(([step, count, n]) => ({ step, trace_valid_strict: proportion(count, n) }));

describe('the early step', () => {
  it.each([
    ['between neighbours', points([100, 2, 200], [200, 96, 200], [300, 118, 200], [400, 190, 200]), 300],
    ['below every share', points([100, 130, 200], [200, 160, 200], [300, 190, 200]), 100],
    ['above every share', points([100, 0, 200], [200, 10, 200], [300, 60, 200]), 300],
    ['where the share falls again', points([100, 20, 200], [200, 190, 200], [300, 112, 200], [400, 180, 200]), 300],
    ['of a single checkpoint', points([7, 0, 30]), 7],
    // 0.55 - 0.5 and 0.6 - 0.55 differ as floating-point numbers: the second is smaller.
    ['of two that are equally near, the earlier', points([100, 100, 200], [200, 120, 200], [300, 200, 200]), 100],
    ['of two with the same share, the earlier', points([100, 0, 30], [200, 0, 30]), 100],
    ['by share, not by count', points([100, 55, 200], [200, 50, 100]), 200],
    ['in any order of the points', points([300, 120, 200], [200, 100, 200], [100, 0, 200]), 200],
  ])('%s', (_, curve, step) => {
    expect(earlyStep(curve)).toBe(step);
  });
});

describe('starts of a condition', () => {
  it('early for correct traces only', () => {
    expect(startsOf(['last', 'early'], 'correct')).toEqual(['last', 'early']);
    expect(startsOf(['last'], 'correct')).toEqual(['last']);
    expect(startsOf(['early'], 'correct')).toEqual(['early']);
    for (const condition of ['swapped', 'solution-only', 'bfs', 'thinned@0.1'] as const) {
      expect(startsOf(['last', 'early'], condition)).toEqual(['last']);
      expect(startsOf(['early'], condition)).toEqual([]);
    }
  });
});

const finished = (some: Partial<Finished>): Finished => ({
  hash: 'h',
  result: 'r',
  seconds: 1,
  outputs: {},
  summary: null,
  directory: '/cells/x',
  ...some,
});
const model = finished({
  outputs: {
    'checkpoints/step-100/model.safetensors': 'w100',
    'checkpoints/step-200/model.safetensors': 'w200',
    'checkpoints/step-300/model.safetensors': 'w300',
  },
  directory: '/cells/train',
});
const data = finished({ outputs: { 'train.jsonl': 't', 'test-wilson.jsonl': 'q' } });
const curve = finished({
  result: 'c',
  summary: { points: points([100, 3, 200], [200, 100, 200], [300, 190, 200]) },
});

describe('the checkpoint of a start', () => {
  it('is the last one, or with a learning curve the early one', () => {
    expect(startCheckpoint(model, undefined)).toMatchObject({ step: 300, sha256: 'w300' });
    expect(startCheckpoint(model, curve)).toEqual({
      step: 200,
      folder: '/cells/train/checkpoints/step-200',
      sha256: 'w200',
    });
  });

  it('is refused where it was not kept', () => {
    const other = finished({ summary: { points: points([150, 110, 200]) } });
    expect(() => startCheckpoint(model, other)).toThrow('the learning curve has step 150, of which no checkpoint');
  });

  it('names the cells: those of a last start as before there were others', () => {
    const rl = {} as Parameters<typeof rlKind.inputs>[0];
    const test = { distributions: ['wilson'] } as unknown as Parameters<typeof testKind.inputs>[0];
    expect(rlKind.inputs(rl, { data, model })).toEqual({ weights: 'w300', 'train.jsonl': 't' });
    expect(rlKind.inputs(rl, { data, model, curve })).toEqual({ weights: 'w200', 'train.jsonl': 't', curve: 'c' });
    const tested = { 'train.jsonl': 't', 'test-wilson.jsonl': 'q' };
    expect(testKind.inputs(test, { data, model })).toEqual({ ...tested, weights: 'w300' });
    expect(testKind.inputs(test, { data, model, curve })).toEqual({ ...tested, weights: 'w200' });
  });
});
