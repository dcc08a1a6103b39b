// The engine on PostgreSQL, with a server of the test's own: the contract of every engine.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DatabaseArtefacts } from '../../src/fleet/postgres/artefacts.ts';
import { connectionOf } from '../../src/fleet/postgres/connection.ts';
import { Database } from '../../src/fleet/postgres/database.ts';
import { PostgresEngine } from '../../src/fleet/postgres/engine.ts';
import { simulatedKinds } from '../work/simulation/tasks.ts';
import { expectedResults, graphOf, startWorker, submissionOf, type Steps } from './fleet.ts';
import { PostgresServer } from './postgres-server.ts';

let server: PostgresServer;
let folder: string;
beforeAll(async () => {
  server = await PostgresServer.start();
  folder = mkdtempSync(join(tmpdir(), 'tracelab-fleet-'));
}, 60_000);
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

const open = async (): Promise<Database> =>
  Database.open(connectionOf(server.url, false, () => ''), { supervise: true, heartbeatSeconds: 10 });

const DIAMOND: Steps = {
  root: { steps: 3 },
  left: { steps: 2, needs: ['root'] },
  right: { steps: 4, needs: ['root'] },
  end: { steps: 1, needs: ['left', 'right'] },
};

describe('engine on PostgreSQL', () => {
  test('two workers finish a graph; each task once, with the expected bytes', async () => {
    const database = await open();
    const engine = new PostgresEngine(database, simulatedKinds(() => undefined));
    const artefacts = new DatabaseArtefacts(database);
    await engine.submit(submissionOf('diamond', graphOf(DIAMOND)));
    const workers = ['one', 'two'].map((name) => startWorker(engine, artefacts, folder, name));
    for (const { end } of workers) expect(await end).toEqual({ end: 'empty' });
    const { changed } = await engine.changes('diamond', '');
    expect(changed.map(({ id, state }) => [id, state]).sort()).toEqual(
      Object.keys(DIAMOND)
        .sort()
        .map((id) => [id, 'finished']),
    );
    for (const { id, hash } of changed) {
      const record = JSON.parse((await engine.record(hash ?? '')) ?? '') as { result: string };
      expect(record.result).toBe(expectedResults(DIAMOND).get(id));
    }
    const finished = workers.flatMap(({ events }) => events.filter(({ event }) => event === 'finished'));
    expect(finished).toHaveLength(4);
    await database.close();
  });
});
