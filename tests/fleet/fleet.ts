// What tests of fleets are made of: tasks that count in steps, a graph, and workers of this process on a folder each.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { SYSTEM_CLOCK } from '../../src/base/clock.ts';
import { canonicalJson, sha256 } from '../../src/base/hash.ts';
import type { Artefacts } from '../../src/fleet/artefacts.ts';
import type { Engine, FleetIdentity, Submission, WorkerIdentity } from '../../src/fleet/engine.ts';
import { queuedTasks } from '../../src/fleet/executor.ts';
import type { WorkerEvent } from '../../src/fleet/holding.ts';
import { work, type WorkerEnd, type WorkerOptions } from '../../src/fleet/worker.ts';
import { FolderStore } from '../../src/work/folder-store.ts';
import { inlinePerformer } from '../../src/work/inline-executor.ts';
import type { Estimate, Kinds } from '../../src/work/kind.ts';
import type { Graph, Task } from '../../src/work/task.ts';
import { simulatedKinds } from '../work/simulation/tasks.ts';

const CORE = { module_sha256: '0'.repeat(64), kernel_path: 'portable' } as const;
export const IDENTITY: FleetIdentity = { version: '1.2.3', numeric_version: 1, core: CORE };

/** Tasks by name: how many steps, how long a step takes, what it needs. */
export type Steps = Readonly<
  Record<
    string,
    { readonly steps: number; readonly seconds?: number; readonly needs?: readonly string[]; readonly refused?: true }
  >
>;

export function graphOf(tasks: Steps): Graph {
  return {
    format: 1,
    given: {},
    tasks: Object.entries(tasks).map(([id, { steps, seconds = 0.01, needs = [], refused = false }]): Task => ({
      id,
      kind: 'steps',
      config: { name: id, steps, seconds, refused },
      needs: Object.fromEntries(needs.map((need, i) => ['ab'[i], need])),
    })),
  };
}

/** The result of each task that can be finished, computed without any engine. */
export function expectedResults(tasks: Steps): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  const results = new Map<string, string>();
  for (const [id, { steps, needs = [], refused }] of Object.entries(tasks)) {
    if (refused || needs.some((need) => !values.has(need))) continue;
    let value = [id, ...needs.map((need) => values.get(need))].join();
    for (let step = 0; step < steps; step++) value = sha256(value);
    values.set(id, value);
    results.set(id, sha256(canonicalJson([['value.txt', sha256(value)]])));
  }
  return results;
}

export function submissionOf(
  name: string,
  graph: Graph,
  identity = IDENTITY,
  config_hash = 'c'.repeat(64),
): Submission {
  const estimates = new Map<string, Estimate>();
  for (const { id, config } of graph.tasks) {
    const { steps, seconds } = config as { steps: number; seconds: number };
    estimates.set(id, { tokens: 0, flops: 0, seconds: steps * seconds, threads: [1], bytes: () => 1 });
  }
  return { name, config_hash, replace: false, identity, tasks: queuedTasks(graph, estimates) };
}

export function workerIdentity(name: string, jobs = 1, identity = IDENTITY): WorkerIdentity {
  return { id: `${name}-${randomUUID().slice(0, 8)}`, host: name, pid: process.pid, threads: jobs, jobs, identity };
}

export interface TestWorker {
  readonly worker: WorkerIdentity;
  readonly store: FolderStore;
  readonly events: WorkerEvent[];
  readonly stop: AbortController;
  readonly end: Promise<WorkerEnd>;
}

/** Quick looks, so that tests do not wait. */
const QUICK = { renewSeconds: 1, stateSeconds: 0.1, idleSeconds: 0.02, mostIdleSeconds: 0.1 };

/** @param folder in which the worker has its own store */
export function startWorker(
  engine: Engine,
  artefacts: Artefacts,
  folder: string,
  name: string,
  options: Partial<WorkerOptions> & { readonly jobs?: number; readonly trouble?: () => void } = {},
): TestWorker {
  const { jobs = 1, trouble = () => undefined, ...others } = options;
  const kinds: Kinds = simulatedKinds(trouble);
  const store = new FolderStore(join(folder, name));
  const events: WorkerEvent[] = [];
  const stop = new AbortController();
  const worker = workerIdentity(name, jobs);
  const end = work(
    {
      engine,
      artefacts,
      store,
      kinds,
      performer: inlinePerformer(kinds, SYSTEM_CLOCK),
      worker,
      bytes: 1e9,
      clock: SYSTEM_CLOCK,
      emit: (event) => events.push(event),
      untilEmpty: true,
      limits: QUICK,
      ...others,
    },
    stop.signal,
  );
  return { worker, store, events, stop, end };
}
