// The sweeps of an engine as the dashboard sees them: what its changes and its status say, by the engine in memory.
import { expect, it } from 'vitest';
import { EngineSource } from '../../src/dashboard/engine-source.ts';
import type { Claim, Engine, GraphReader, QueuedTask, WorkerIdentity } from '../../src/fleet/engine.ts';
import { graphOf, IDENTITY, submissionOf } from '../fleet/fleet.ts';
import { MemoryEngine } from '../fleet/memory-engine.ts';
import { simulatedKinds } from '../work/simulation/tasks.ts';

const WORKER: WorkerIdentity = { id: 'atlas-1', host: 'atlas', pid: 1, threads: 8, jobs: 2, identity: IDENTITY };

interface Watched {
  readonly engine: Engine;
  readonly source: EngineSource;
  /** Calls of changes() so far. */
  readonly looks: () => number;
  /** Lets time pass. */
  readonly pass: (seconds: number) => void;
  readonly states: () => Promise<Record<string, string>>;
}

async function watched(): Promise<Watched> {
  let seconds = 100;
  let looks = 0;
  const engine = new MemoryEngine(
    simulatedKinds(() => undefined),
    () => seconds,
  );
  const submission = submissionOf('tiny', graphOf({ a: { steps: 2 }, b: { steps: 2, needs: ['a'] }, c: { steps: 1 } }));
  await engine.submit(submission);
  await engine.greet(WORKER);
  const reader: Pick<Engine, 'changes' | 'status' | 'logs' | 'close'> & GraphReader = {
    changes: async (name, after) => {
      looks += 1;
      return engine.changes(name, after);
    },
    status: async () => engine.status(),
    logs: async (name, id) => engine.logs(name, id),
    close: async () => engine.close(),
    tasks: async (): Promise<readonly QueuedTask[]> => Promise.resolve(submission.tasks),
  };
  const clock = { now: () => new Date(0), seconds: () => seconds };
  const source = new EngineSource({ engine: reader, place: 'memory', clock });
  return {
    engine,
    source,
    looks: () => looks,
    pass: (more) => {
      seconds += more;
    },
    states: async () => {
      const [graph] = [...(await source.look()).graphs.values()];
      return Object.fromEntries(graph.shape.tasks.map(({ id }, place) => [id, graph.now[place].state]));
    },
  };
}

async function claimed(engine: Engine): Promise<Claim> {
  const claim = await engine.claim(WORKER);
  if (claim === undefined) throw new Error('nothing is ready');
  return claim;
}

it('tasks are ready, running with what they report, and set aside with what they block', async () => {
  const { engine, source, pass, states } = await watched();
  expect(await states()).toEqual({ a: 'ready', b: 'waiting', c: 'ready' });
  const claim = await claimed(engine);
  const detail = { step: 7, tokens: 7000, loss: 0.5, tokens_per_second: 1234.4 };
  const progress = { share: 0.25, tokens_per_second: 1234.4, seconds_left: 3, words: 'loss 0.500', detail };
  await engine.report(claim, 2, progress);
  pass(10);
  const { graphs, workers } = await source.look();
  const [{ now, shape, head }] = [...graphs.values()];
  const place = shape.tasks.findIndex(({ id }) => id === claim.id);
  expect(now[place]).toEqual({
    state: 'running',
    share: 0.25,
    rate: 1234,
    words: 'loss 0.500',
    worker: 'atlas-1',
    point: { step: 7, tokens: 7000, loss: 0.5, rate: 1234.4 },
  });
  expect(head.counts.running).toBe(1);
  expect(workers).toMatchObject([{ host: 'atlas', threads: 8, tasks: [claim.id], rate: 1234.4 }]);
  await engine.report(claim, 2, { ...progress, detail: { ...detail, step: 8, tokens: 8000, loss: 0.4 } });
  await source.look();
  expect((await source.detail(0, place))?.curve).toMatchObject({
    x: 'tokens',
    rows: [[7000], [8000]].map(([x]) => expect.arrayContaining([x]) as unknown),
  });
  await engine.fail(
    WORKER,
    claim,
    { code: 'X', message: 'error[X] no', exit_code: 2 },
    { final: true, headway: false, log: 'why' },
  );
  const after = await states();
  expect(after[claim.id]).toBe('set_aside');
  if (claim.id === 'a') expect(after.b).toBe('blocked');
  const failed = await source.detail(0, place);
  expect(failed?.failure).toBe('error[X] no');
  expect(failed?.log).toContain('why');
});

it('a sweep with nothing left to do is not asked for again', async () => {
  const { engine, looks, pass, states } = await watched();
  await states();
  await engine.cancel('tiny', false);
  pass(10);
  expect(await states()).toEqual({ a: 'cancelled', b: 'cancelled', c: 'cancelled' });
  const before = looks();
  await states();
  pass(10);
  await states();
  expect(looks()).toBe(before);
});

it('what there is not is not found', async () => {
  const { source } = await watched();
  await source.look();
  expect(await source.detail(0, 9)).toBeUndefined();
  expect(await source.detail(3, 0)).toBeUndefined();
  await expect(source.samplesPage()).resolves.toBeUndefined();
  await expect(source.reportPage()).resolves.toBeUndefined();
});
