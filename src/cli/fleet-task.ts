// `tracelab task --fleet`: a task of a sweep that was submitted, computed as a worker would.
import { TracelabError } from '../base/errors.ts';
import { describeIdentity } from '../fleet/engine.ts';
import { isCancelled, readFleet, writeFailure } from '../fleet/shared/fleet-file.ts';
import { KINDS } from '../tasks/kinds.ts';
import { appendCellApart } from '../work/cells-journal.ts';
import type { TaskFailure } from '../work/executor.ts';
import { hashOf } from '../work/key.ts';
import { resolve } from '../work/resolve.ts';
import type { Finished, Graph, Task } from '../work/task.ts';
import { identityHere } from './engine.ts';
import { otherWorker } from './other-worker.ts';

/** What a task owes the sweep. */
export interface FleetTask {
  /** Names its cell, so that nobody sweeps it. All that it needs is finished. */
  readonly name: (task: Task, graph: Graph, finished: ReadonlyMap<string, Finished>) => Promise<void>;
  readonly fail: (id: string, failure: TaskFailure) => Promise<void>;
}

/**
 * @param folder of the sweep
 * @throws TracelabError FLEET_NONE, WORKER_OTHER, SWEEP_CANCELLED (refused input), FLEET_FILE (damaged artefact)
 */
export async function fleetTask(folder: string): Promise<FleetTask> {
  const sweep = await readFleet(folder);
  if (!sweep)
    throw new TracelabError({
      code: 'FLEET_NONE',
      kind: 'refused_input',
      where: folder,
      what: 'was not submitted to a fleet',
      expected: 'the graph of a sweep that was submitted with --engine',
      got: 'no fleet.json',
      hint: 'leave --fleet out',
    });
  const identity = await identityHere();
  if (describeIdentity(sweep.identity) !== describeIdentity(identity))
    throw otherWorker('task --fleet', folder, sweep.identity, identity);
  if (isCancelled(folder))
    throw new TracelabError({
      code: 'SWEEP_CANCELLED',
      kind: 'refused_input',
      where: folder,
      what: 'this sweep was cancelled',
      expected: 'a sweep whose tasks are wanted',
      got: 'cancelled.json',
      hint: 'submit the sweep again',
    });
  return {
    name: async (task, graph, finished) => {
      const kind = KINDS.get(task.kind);
      if (!kind) throw new Error(`no kind ${task.kind}`);
      const { key } = resolve(task, graph, finished, kind, identity.core);
      await appendCellApart(folder, sweep.config_hash, task.id, hashOf(key));
    },
    fail: async (id, failure) => writeFailure(folder, id, failure),
  };
}
