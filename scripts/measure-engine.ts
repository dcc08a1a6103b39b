// What an engine on PostgreSQL costs, on a server of its own on this machine: adding a large graph, a look at it, the
// operations of one task, and how much of the time of two workers is work.
// Usage: npm run measure-engine -- [trials, default 10000] [tasks of one second, default 200]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseArtefacts } from '../src/fleet/postgres/artefacts.ts';
import { connectionOf } from '../src/fleet/postgres/connection.ts';
import { Database } from '../src/fleet/postgres/database.ts';
import { PostgresEngine } from '../src/fleet/postgres/engine.ts';
import type { Json } from '../src/work/task.ts';
import { graphOf, startWorker, submissionOf, workerIdentity, type Steps } from '../tests/fleet/fleet.ts';
import { PostgresServer } from '../tests/fleet/postgres-server.ts';
import { simulatedKinds } from '../tests/work/simulation/tasks.ts';

const [trials = 10_000, short = 200] = process.argv.slice(2).map(Number);
/** A trial of `quick` without reinforcement learning and one condition has about as many. */
const TESTS = 10;
/** Bytes of the settings of a task: about those of a training. */
const SETTINGS = 'x'.repeat(700);
const SAMPLES = 200;

const seconds = (since: number): number => (performance.now() - since) / 1000;
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

const server = await PostgresServer.start();
const open = async (): Promise<Database> =>
  Database.open(
    connectionOf(server.url, false, () => ''),
    { supervise: true },
  );
const kinds = simulatedKinds(() => undefined);
const database = await open();
const engine = new PostgresEngine(database, kinds);

const tasks: Record<string, { steps: number; needs?: readonly string[] }> = { data: { steps: 1 } };
for (let trial = 0; trial < trials; trial++) {
  tasks[`train-${trial}`] = { steps: 1, needs: ['data'] };
  for (let test = 0; test < TESTS; test++) tasks[`test-${trial}-${test}`] = { steps: 1, needs: [`train-${trial}`] };
}
const graph = graphOf(tasks);
const large = {
  ...graph,
  tasks: graph.tasks.map((task) => ({ ...task, config: { ...(task.config as Record<string, Json>), SETTINGS } })),
};
const submission = submissionOf('large', large);
let since = performance.now();
await engine.submit(submission);
console.log(`adding ${trials} trials, ${submission.tasks.length} tasks: ${seconds(since).toFixed(2)} s`);
since = performance.now();
await engine.status();
console.log(`status: ${seconds(since).toFixed(3)} s`);

const worker = workerIdentity('measured');
const costs: Record<'claim' | 'renew' | 'commit', number[]> = { claim: [], renew: [], commit: [] };
for (let i = 0; i <= SAMPLES; i++) {
  const begin = performance.now();
  const claim = await engine.claim(worker);
  if (!claim) break;
  const claimed = performance.now();
  await engine.renew(worker, [claim.attempt]);
  const renewed = performance.now();
  const { hash, key } = claim;
  const result = 'a'.repeat(64);
  const record = JSON.stringify({ hash, key, result, outputs: {}, summary: null, seconds: 1 });
  await engine.commit(worker, claim, record, result);
  // The first one makes a task of every trial ready.
  if (i === 0) {
    console.log(`the commit that makes ${trials} tasks ready: ${seconds(renewed).toFixed(2)} s`);
    continue;
  }
  costs.claim.push(claimed - begin);
  costs.renew.push(renewed - claimed);
  costs.commit.push(performance.now() - renewed);
}
for (const [name, values] of Object.entries(costs)) console.log(`${name}: ${median(values).toFixed(2)} ms (median)`);
since = performance.now();
const { changed } = await engine.changes('large', '');
console.log(`a look at ${changed.length} changed tasks: ${seconds(since).toFixed(3)} s`);
await engine.cancel('large', false);

const folder = mkdtempSync(join(tmpdir(), 'tracelab-measure-'));
const each: Steps = Object.fromEntries(
  Array.from({ length: short }, (_, i) => [`short-${i}`, { steps: 1, seconds: 1 }]),
);
await engine.submit(submissionOf('short', graphOf(each)));
const artefacts = new DatabaseArtefacts(database);
const limits = {};
since = performance.now();
const workers = ['one', 'two'].map((name) => startWorker(engine, artefacts, folder, name, { limits }));
// The time in which workers then find that nothing is left is none of the tasks.
const isOpen = async (): Promise<boolean> =>
  (await engine.status()).graphs.some(({ name, states }) => name === 'short' && states.finished < short);
while (await isOpen()) await new Promise((resolve) => setTimeout(resolve, 50));
const wall = seconds(since);
await Promise.all(workers.map(async ({ end }) => end));
const { changed: ended } = await engine.changes('short', '');
let run = 0;
for (const { hash } of ended)
  run += (JSON.parse((await engine.record(hash ?? '')) ?? '{}') as { seconds: number }).seconds;
console.log(
  `${ended.length} tasks of one second on two workers: ${run.toFixed(1)} s of work in ${wall.toFixed(1)} s, ` +
    `efficiency ${(run / wall / 2).toFixed(3)}`,
);
rmSync(folder, { recursive: true, force: true });
await database.close();
await server.stop();
