// The engine on PostgreSQL, with a server of the test's own: the contract of every engine, and what is its own.
import { afterAll, beforeAll } from 'vitest';
import { DatabaseArtefacts } from '../../src/fleet/postgres/artefacts.ts';
import { connectionOf } from '../../src/fleet/postgres/connection.ts';
import { Database } from '../../src/fleet/postgres/database.ts';
import { PostgresEngine } from '../../src/fleet/postgres/engine.ts';
import { simulatedKinds } from '../work/simulation/tasks.ts';
import { contract } from './engine-contract.ts';
import { PostgresServer } from './postgres-server.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await PostgresServer.start();
});
afterAll(async () => server.stop());

const open = async (): Promise<Database> =>
  Database.open(
    connectionOf(server.url, false, () => ''),
    { supervise: true, heartbeatSeconds: 10 },
  );

contract('engine on PostgreSQL', async () => {
  const database = await open();
  return {
    engine: new PostgresEngine(
      database,
      simulatedKinds(() => undefined),
    ),
    artefacts: new DatabaseArtefacts(database),
  };
});
