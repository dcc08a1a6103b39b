// How much of its slots the local executor uses: sum of run seconds over wall seconds times slots, for many short
// tasks. executor-efficiency.ts [tasks=200] [seconds=1] [slots=2] [sleep|busy]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { usableCores } from '../src/host/machine.ts';
import { serveTasks } from '../src/work/child.ts';
import type { Kind } from '../src/work/kind.ts';
import { localExecutor } from '../src/work/local-executor.ts';
import type { Graph } from '../src/work/task.ts';
import { nodesOf } from '../src/work/nodes.ts';
import { toyStore } from '../tests/work/toy-store.ts';

interface Config {
  readonly name: string;
  readonly seconds: number;
  readonly busy: boolean;
}

const kind: Kind<Config, { readonly name: string }> = {
  name: 'pause',
  version: 1,
  usesCore: false,
  unit: 'problems',
  outputs: [],
  state: [],
  inputs: () => ({}),
  estimate: ({ task: { config } }) => ({
    tokens: 0,
    flops: 0,
    seconds: (config as unknown as Config).seconds,
    threads: [1],
    bytes: () => 1,
  }),
  run: async ({ config: { name, seconds, busy } }) => {
    if (busy) for (const end = performance.now() + seconds * 1000; performance.now() < end;);
    else await sleep(seconds * 1000);
    return { name };
  },
};
const kinds = new Map([[kind.name, kind]]);

if (process.send) {
  await serveTasks(async (root) => ({ kinds, store: toyStore(root as string) }));
  process.exit(0);
}

const [tasks = '200', seconds = '1', slots = '2', how = 'sleep'] = process.argv.slice(2);
const graph: Graph = {
  format: 1,
  tasks: Array.from({ length: Number(tasks) }, (_, i) => ({
    id: `t${i}`,
    kind: kind.name,
    config: { name: `t${i}`, seconds: Number(seconds), busy: how === 'busy' },
    needs: {},
  })),
  given: {},
};
const root = mkdtempSync(join(tmpdir(), 'tracelab-efficiency-'));
try {
  const count = Number(slots);
  const estimates = new Map(nodesOf(graph).map((node) => [node.task.id, kind.estimate(node, undefined)]));
  const executor = localExecutor({
    kinds,
    core: { module_sha256: '', kernel_path: 'portable' },
    entry: new URL(import.meta.url),
    init: root,
  });
  const start = performance.now();
  let run = 0;
  const all = { threads: count, jobs: count, bytes: 2 ** 40 };
  for await (const event of executor.run(graph, toyStore(root), estimates, all, new AbortController().signal)) {
    if (event.event === 'finished') run += event.finished.seconds;
    if (event.event === 'set_aside') throw new Error(event.failure.message);
  }
  const wall = (performance.now() - start) / 1000;
  console.log(
    `${tasks} tasks of ${seconds} s (${how}) on ${count} slots, ${usableCores().count} cores: ` +
      `${run.toFixed(1)} s of work in ${wall.toFixed(1)} s, efficiency ${(run / (wall * count)).toFixed(3)}`,
  );
} finally {
  rmSync(root, { recursive: true });
}
