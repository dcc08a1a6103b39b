// The dashboard on a real database: tasks with their needs, the state of each, a task that runs.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SYSTEM_CLOCK } from '../../src/base/clock.ts';
import { EngineSource } from '../../src/dashboard/engine-source.ts';
import { connectionOf } from '../../src/fleet/postgres/connection.ts';
import { Database } from '../../src/fleet/postgres/database.ts';
import { PostgresEngine } from '../../src/fleet/postgres/engine.ts';
import { graphOf, IDENTITY, submissionOf } from '../fleet/fleet.ts';
import { PostgresServer } from '../fleet/postgres-server.ts';
import { simulatedKinds } from '../work/simulation/tasks.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await PostgresServer.start();
}, 60_000);
afterAll(async () => server.stop());

it('shows a sweep of an engine on PostgreSQL', async () => {
  const database = await Database.open(
    connectionOf(server.url, false, () => ''),
    { supervise: false },
  );
  const engine = new PostgresEngine(
    database,
    simulatedKinds(() => undefined),
  );
  const source = new EngineSource({ engine, place: 'a database', clock: SYSTEM_CLOCK });
  try {
    expect((await source.look()).graphs.size).toBe(0);
    const { tasks } = submissionOf('tiny', graphOf({ a: { steps: 2 }, b: { steps: 2, needs: ['a'] } }));
    await engine.submit(submissionOf('tiny', graphOf({ a: { steps: 2 }, b: { steps: 2, needs: ['a'] } })));
    expect(await engine.tasks('tiny')).toEqual(
      tasks.map(({ id, kind, config, needs }) => ({ id, kind, config, needs })),
    );
    const worker = { id: 'atlas-1', host: 'atlas', pid: 1, threads: 8, jobs: 2, identity: IDENTITY };
    await engine.greet(worker);
    const claim = await engine.claim(worker);
    expect(claim?.id).toBe('a');
    const progress = {
      share: 0.5,
      tokens_per_second: 100,
      seconds_left: 1,
      words: 'step 1',
      detail: { step: 1, loss: 0.5 },
    };
    if (claim) await engine.report(claim, 1, progress);
    // Sweeps are asked for now and then.
    const later = new EngineSource({ engine, place: 'a database', clock: SYSTEM_CLOCK });
    const { graphs, workers } = await later.look();
    const [{ shape, now, head }] = [...graphs.values()];
    expect(shape.tasks.map(({ id, needs }) => [id, needs])).toEqual([
      ['a', []],
      ['b', [0]],
    ]);
    expect(now).toMatchObject([{ state: 'running', share: 0.5, worker: 'atlas-1' }, { state: 'waiting' }]);
    expect([head.name, head.counts.running, head.counts.waiting]).toEqual(['tiny', 1, 1]);
    expect(workers).toMatchObject([{ host: 'atlas', pid: 1, threads: 8, tasks: ['a'], rate: 100 }]);
    expect((await later.detail(0, 0))?.curve?.rows).toEqual([[1, 0.5]]);
  } finally {
    await source.close();
  }
}, 60_000);
