// `tracelab worker`: computes tasks of a fleet on this machine.
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { SYSTEM_CLOCK } from '../../base/clock.ts';
import { EXIT_CODES, TracelabError } from '../../base/errors.ts';
import type { Engine, FleetIdentity, WorkerIdentity } from '../../fleet/engine.ts';
import type { WorkerEvent } from '../../fleet/holding.ts';
import type { WorkerEnd } from '../../fleet/worker.ts';
import { artefactsOption, engineOption, identityHere, neededAddress, openEngine } from '../engine.ts';
import type { Address, EngineOptions } from '../engine.ts';
import { print } from '../fit.ts';
import { jobsOption, jsonOption, threadsOption } from '../options.ts';
import { listenForStop } from '../signals.ts';
import type { StopRequest } from '../signals.ts';
import { counted } from '../../render/terminal-text.ts';

interface WorkerCommandOptions extends EngineOptions {
  readonly threads: number;
  readonly jobs?: number;
  readonly runsDir: string;
  readonly drain?: boolean;
  readonly json?: boolean;
}

/** Adds the command `worker` to the program. */
export function addWorker(program: Command, setExitCode: (code: number) => void): void {
  program
    .command('worker')
    .description('compute tasks of a fleet on this machine')
    .addOption(engineOption('the engine of the fleet'))
    .addOption(artefactsOption())
    .addOption(threadsOption())
    .addOption(jobsOption())
    .option('--drain', 'end when no task is ready or running any more')
    .option('--runs-dir <folder>', 'folder on this machine for the cells that it computes and reads', 'runs')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Takes tasks that \`tracelab sweep --engine\` submitted, as many at a time as
--jobs says. Ctrl-C or SIGTERM saves what runs, hands it back, and ends within
30 s. When a worker dies, another one goes on from its last saved state.

Workers of another version, core or kernel path than the sweep's are refused.

Examples:
  PGPASSWORD=... tracelab worker --engine postgres://lab@db.example.org/lab
  tracelab worker --jobs 2 --threads 4 --drain`,
    )
    .action(async (options: WorkerCommandOptions) => {
      setExitCode(await runWorker(options));
    });
}

async function runWorker(options: WorkerCommandOptions): Promise<number> {
  const address = await neededAddress(options);
  const identity = await identityHere();
  const say = (text: string): void => {
    print(`${text}\n`, process.stderr);
  };
  const killed = new AbortController();
  const stop = listenForStop(
    () => {
      say('saving what runs and handing it back (at most 30 s); Ctrl-C again stops at once');
    },
    () => {
      killed.abort();
    },
  );
  try {
    if (address.kind === 'postgres') return await workOnDatabase(address, options, identity, stop, say);
    if (address.kind === 'slurm') throw workerOfSlurm();
    const { workOnFolder } = await import('../shared-worker.ts');
    return await workOnFolder(address.path, options, identity, { stop, killed: killed.signal, say });
  } finally {
    stop.dispose();
  }
}

function workerOfSlurm(): TracelabError {
  return new TracelabError({
    code: 'ENGINE_ADDRESS',
    kind: 'refused_input',
    where: '--engine',
    what: 'Slurm starts the tasks of a sweep itself',
    expected: 'a database or a folder',
    got: 'slurm',
    hint: 'tracelab sweep CONFIG --engine slurm needs no workers',
  });
}

async function workOnDatabase(
  address: Extract<Address, { kind: 'postgres' }>,
  { threads, jobs = threads, runsDir, drain = false, json = false, artefacts: folder }: WorkerCommandOptions,
  identity: FleetIdentity,
  stop: StopRequest,
  say: (text: string) => void,
): Promise<number> {
  const { KINDS } = await import('../../tasks/kinds.ts');
  const { FolderStore } = await import('../../work/folder-store.ts');
  const { usableMemory } = await import('../../host/machine.ts');
  const { work } = await import('../../fleet/worker.ts');
  const { childrenOf } = await import('../study-executor.ts');
  const { engine, artefacts, shown } = await openEngine(address, folder, true);
  try {
    await checkIdentity(engine, identity, shown, say);
    const host = hostname();
    const id = `${host}-${process.pid}-${randomUUID().slice(0, 8)}`;
    const worker: WorkerIdentity = { id, host, pid: process.pid, threads, jobs, identity };
    await engine.greet(worker);
    if (!json)
      say(`worker ${id} of ${shown}: ${counted(jobs, 'task')} at a time, ${counted(threads, 'thread')} in all`);
    const store = new FolderStore(resolve(runsDir));
    const end = await work(
      {
        engine,
        artefacts,
        store,
        kinds: KINDS,
        performer: childrenOf(store.root),
        worker,
        bytes: usableMemory().bytes,
        clock: SYSTEM_CLOCK,
        emit: (event) => {
          if (json) process.stdout.write(`${JSON.stringify(event)}\n`);
          else tell(event, say);
        },
        untilEmpty: drain,
      },
      stop.signal,
    );
    return exitCodeOf(end, stop.exitCode());
  } finally {
    await engine.close();
  }
}

/** A line for each event that a person wants to see. */
function tell(event: WorkerEvent, say: (text: string) => void): void {
  switch (event.event) {
    case 'claimed':
      break;
    case 'started':
      say(`${event.id} started`);
      break;
    case 'resumed':
      say(`${event.id} goes on from a saved state`);
      break;
    case 'handed_back':
      say(`${event.id} handed back`);
      break;
    case 'lost':
      say(`${event.id} is another worker's now, or was cancelled`);
      break;
    case 'finished':
      say(`${event.id} finished`);
      break;
    case 'failed':
      say(`${event.failure.message}\n${event.id} ${event.setAside ? 'was set aside' : 'will be tried again'}`);
      break;
    case 'alarm':
      say(`alarm: ${event.text}`);
      break;
    case 'said':
      say(`${event.id}: ${event.text}`);
      break;
    case 'gone':
      say(`${event.text}\nwaiting for it`);
      break;
    default:
      event satisfies never;
  }
}

function exitCodeOf(end: WorkerEnd, signalled: number): number {
  switch (end.end) {
    case 'unfit':
      throw unfit(end.failure.message, end.failure.exit_code);
    case 'alarm':
      throw new TracelabError({
        code: 'CELL_DIFFERS',
        kind: 'damaged_artifact',
        where: 'worker',
        what: 'this machine computed other bytes than another one',
        expected: 'equal bytes',
        got: end.text,
        hint: 'run `tracelab doctor` on both machines',
      });
    case 'stopped':
      return signalled;
    case 'empty':
      return 0;
    default:
      return end satisfies never;
  }
}

/** The failure has its own line already; what is added is what became of the tasks. */
function unfit(message: string, code: number): TracelabError {
  return new TracelabError({
    code: 'WORKER_UNFIT',
    kind: code === EXIT_CODES.environment ? 'environment' : 'bug',
    where: 'worker',
    what: 'this machine cannot go on; its tasks were handed back',
    expected: 'disk, memory and an engine that answers',
    got: message,
    hint: 'mend it and start the worker again; other workers go on',
  });
}

/**
 * Refuses a worker whose code or core is not that of any sweep that waits.
 * @throws TracelabError WORKER_OTHER (refused input)
 */
async function checkIdentity(
  engine: Engine,
  identity: FleetIdentity,
  shown: string,
  say: (text: string) => void,
): Promise<void> {
  const { describeIdentity } = await import('../../fleet/engine.ts');
  const { graphs } = await engine.status();
  const own = describeIdentity(identity);
  const waiting = graphs.filter(({ cancelled, states }) => !cancelled && states.waiting + states.ready > 0);
  const others = waiting.filter((graph) => describeIdentity(graph.identity) !== own);
  if (others.length === 0) return;
  const [{ name, identity: other }] = others;
  if (others.length < waiting.length) {
    say(`note: ${name} is left to workers with ${describeIdentity(other)}; this one has ${own}`);
    return;
  }
  const { otherWorker } = await import('../other-worker.ts');
  throw otherWorker(shown, name, other, identity);
}
