// `tracelab worker --engine FOLDER`: a worker on a folder that all machines share.
import { join } from 'node:path';
import { workShared } from '../fleet/shared/worker.ts';
import type { FleetIdentity } from '../fleet/engine.ts';
import { KINDS } from '../tasks/kinds.ts';
import type { TaskEvent } from '../work/executor.ts';
import { FolderStore } from '../work/folder-store.ts';
import { otherWorker } from './other-worker.ts';
import type { StopRequest } from './signals.ts';
import { studyExecutor } from './study-executor.ts';
import { slotsOf } from './workshop.ts';

export interface SharedWorkerCommand {
  readonly threads: number;
  readonly jobs?: number;
  readonly drain?: boolean;
  readonly json?: boolean;
}

/**
 * @param root absolute path of the folder
 * @returns the exit code
 * @throws TracelabError WORKER_OTHER (refused input)
 */
export async function workOnFolder(
  root: string,
  { threads, jobs = threads, drain = false, json = false }: SharedWorkerCommand,
  identity: FleetIdentity,
  {
    stop,
    killed,
    say,
  }: { readonly stop: StopRequest; readonly killed: AbortSignal; readonly say: (text: string) => void },
): Promise<number> {
  const end = await workShared(
    {
      root,
      store: new FolderStore(root),
      kinds: KINDS,
      identity,
      slots: await slotsOf(threads, jobs),
      executor: (folder) => studyExecutor({ graphFile: join(folder, 'graph.json'), killed }),
      emit: (sweep, event) => {
        if (json) process.stdout.write(`${JSON.stringify({ sweep, ...event })}\n`);
        else tell(sweep, event, say);
      },
      untilEmpty: drain,
    },
    stop.signal,
  );
  if (end.end === 'other') throw otherWorker(root, end.sweep, end.identity, identity);
  return stop.exitCode();
}

function tell(sweep: string, event: TaskEvent, say: (text: string) => void): void {
  switch (event.event) {
    case 'started':
    case 'stopped':
      say(`${sweep}: ${event.id} ${event.event}`);
      break;
    case 'finished':
      if (!event.reused) say(`${sweep}: ${event.id} finished`);
      break;
    case 'retried':
    case 'set_aside':
      say(`${sweep}: ${event.failure.message}`);
      break;
    case 'said':
      say(`${sweep}: ${event.id}: ${event.text}`);
      break;
    case 'progress':
    case 'waiting':
      break;
    default:
      event satisfies never;
  }
}
