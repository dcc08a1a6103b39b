// What changed between two looks, what of it a page gets, and what a page gets at first.
import { describe, expect, it } from 'vitest';
import { changesBetween, deltaFor, snapshotFor } from '../../src/dashboard/changes.ts';
import type { Batch } from '../../src/dashboard/changes.ts';
import type { ShownState, Worker } from '../../src/dashboard/protocol.ts';
import { shapeOf } from '../../src/dashboard/shape.ts';
import { countStates, onlyState } from '../../src/dashboard/source.ts';
import type { GraphLook, Look } from '../../src/dashboard/source.ts';

const SHAPE = shapeOf(['a', 'b', 'c'].map((id) => ({ id, kind: 'steps', config: {}, needs: {} })));
const graph = (key: number, states: readonly ShownState[], shape = SHAPE): GraphLook => {
  const now = states.map(onlyState);
  return { head: { key, name: `graph-${key}`, counts: countStates(now), hasReport: false }, shape, now };
};
const WORKER: Worker = {
  id: 'w',
  host: 'atlas',
  pid: 1,
  threads: null,
  silent: 0,
  tasks: [],
  rate: null,
  rates: [],
};
const look = (graphs: readonly GraphLook[], rest: Partial<Look> = {}): Look => ({
  graphs: new Map(graphs.map((each) => [each.head.key, each])),
  workers: [],
  alarms: [],
  ...rest,
});
const between = (before: Look, after: Look): Batch => {
  const batch = changesBetween(before, after);
  if (batch === undefined) throw new Error('nothing changed');
  return batch;
};

const BEFORE = graph(1, ['finished', 'running', 'waiting']);

describe('changes', () => {
  it('are none between equal looks, even if the values are others', () => {
    const again = graph(1, ['finished', 'running', 'waiting']);
    expect(changesBetween(look([BEFORE]), look([again]))).toBeUndefined();
    expect(changesBetween(look([], { workers: [WORKER] }), look([], { workers: [{ ...WORKER }] }))).toBeUndefined();
  });

  it('are the tasks that changed, for pages of their graph alone', () => {
    const batch = between(
      look([BEFORE, graph(2, [])]),
      look([graph(1, ['finished', 'finished', 'ready']), graph(2, [])]),
    );
    expect(deltaFor(batch, 1)).toEqual({
      event: 'delta',
      graphs: [
        expect.objectContaining({ key: 1, counts: expect.objectContaining({ finished: 2, ready: 1 }) as unknown }),
      ],
      now: [
        [1, onlyState('finished')],
        [2, onlyState('ready')],
      ],
    });
    expect(deltaFor(batch, 2)).not.toHaveProperty('now');
  });

  it('of one graph are nothing for pages of another if no head changed', () => {
    const running = (words: string): GraphLook => ({
      ...BEFORE,
      now: [{ ...BEFORE.now[1], words }, ...BEFORE.now.slice(1)],
    });
    const batch = between(look([running('step 1')]), look([running('step 2')]));
    expect(deltaFor(batch, 1)).toMatchObject({ now: [[0, { words: 'step 2' }]] });
    expect(deltaFor(batch, 2)).toBeUndefined();
  });

  it('of workers and alarms are for all pages', () => {
    const batch = between(look([]), look([], { workers: [WORKER], alarms: ['no'] }));
    expect(deltaFor(batch, 7)).toEqual({ event: 'delta', workers: [WORKER], alarms: ['no'] });
    expect(deltaFor(batch, null)).toEqual({ event: 'delta', workers: [WORKER], alarms: ['no'] });
  });

  it('of the tasks themselves, and the end of a graph, need a snapshot', () => {
    const other = shapeOf([{ id: 'z', kind: 'steps', config: {}, needs: {} }]);
    const reshaped = between(look([BEFORE]), look([graph(1, ['ready'], other)]));
    expect([deltaFor(reshaped, 1), deltaFor(reshaped, 2)]).toEqual([null, expect.anything()]);
    const gone = between(look([BEFORE]), look([]));
    expect([deltaFor(gone, 1), deltaFor(gone, 2)]).toEqual([null, { event: 'delta', gone: [1] }]);
  });

  it('that bring the first graph give it to a page without one', () => {
    expect(deltaFor(between(look([]), look([BEFORE])), null)).toBeNull();
  });
});

describe('a snapshot', () => {
  const done = graph(1, ['finished', 'finished', 'finished']);
  const ready = graph(2, ['ready', 'waiting', 'waiting']);
  const running = graph(3, ['running', 'waiting', 'waiting']);
  const keyOf = (graphs: readonly GraphLook[], asked: number | null): number | undefined =>
    snapshotFor(look(graphs), 'runs', asked).graph?.key;

  it('has the graph that was asked for', () => {
    expect(keyOf([done, ready, running], 1)).toBe(1);
  });

  it('has one that runs, or is ready, or the first, where none was asked for or it is gone', () => {
    expect(keyOf([done, ready, running], null)).toBe(3);
    expect(keyOf([done, ready], 9)).toBe(2);
    expect(keyOf([done], null)).toBe(1);
    expect(keyOf([], null)).toBeUndefined();
  });
});
