// A process that runs a graph with the local executor and prints its events, for tests that kill it: toy-parent.ts ROOT
// GRAPH.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { localExecutor } from '../../src/work/local-executor.ts';
import type { Graph } from '../../src/work/task.ts';
import { TOY_CORE, TOY_KINDS } from './toy-kinds.ts';
import { toyStore } from './toy-store.ts';

const [root, file] = process.argv.slice(2);
const graph = JSON.parse(readFileSync(file, 'utf8')) as Graph;
const executor = localExecutor({
  kinds: TOY_KINDS,
  core: TOY_CORE,
  entry: new URL('toy-child.ts', import.meta.url),
  init: { root },
  logOf: (id) => join(root, 'logs', `${id}.log`),
});
const slots = { threads: 2, jobs: 2, bytes: 2 ** 40 };
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());
for await (const event of executor.run(graph, toyStore(root), new Map(), slots, stop.signal)) {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}
