// Runs a graph of few tasks in this process, for commands that do one thing: display, signals and exit codes. A folder
// that a refused command made is removed again.
import { resolve } from 'node:path';
import { SYSTEM_CLOCK } from '../base/clock.ts';
import { entriesBelow, existsSync, removeTree } from '../base/disk.ts';
import { domainModule } from '../data/domain-module.ts';
import { describeCore } from '../tasks/core.ts';
import { KINDS } from '../tasks/kinds.ts';
import { CELL_FILE } from '../work/cell-record.ts';
import type { TaskEvent, TaskFailure } from '../work/executor.ts';
import { inlineExecutor } from '../work/inline-executor.ts';
import type { Estimate } from '../work/kind.ts';
import { LEASE_PREFIX } from '../work/lease-file.ts';
import { UNKNOWN_ESTIMATE } from '../work/paths.ts';
import type { Store } from '../work/store.ts';
import type { Finished, Graph } from '../work/task.ts';
import { chooseMode, createDisplay } from './display/create-display.ts';
import type { EventLog, EventLogOptions } from './event-log.ts';
import { printFailure } from './print-error.ts';
import { withOriginals } from './scratch.ts';
import { STOPPED, STOPPING, listenForStop } from './signals.ts';

export interface HereOptions {
  readonly graph: Graph;
  readonly store: Store;
  /** What the user named with --out. */
  readonly out: string;
  readonly threads: number;
  readonly json: boolean;
  /** Event files of the task with metrics.jsonl, which has `out` as its folder. */
  readonly log?: 'tensorboard';
}

export type HereOutcome =
  | { readonly finished: ReadonlyMap<string, Finished> }
  /** What was to be said is said. */
  | { readonly exitCode: number; /** Undefined after a stop. */ readonly failure?: TaskFailure };

/** @returns the finished tasks by id, or the exit code after a stop or a failure */
export async function runHere({ graph: given, store, out, threads, json, log }: HereOptions): Promise<HereOutcome> {
  const domain = given.domain ?? domainModule();
  const graph: Graph = { ...given, ...(domain && { domain }) };
  const before = existsSync(out);
  const stream = json ? process.stdout : process.stderr;
  const display = createDisplay({
    mode: chooseMode(json, stream),
    out: stream,
    now: SYSTEM_CLOCK.seconds,
    ids: graph.tasks.map(({ id }) => id),
    estimates: new Map(),
  });
  const stop = listenForStop(() => {
    display.say(STOPPING);
  });
  const failed = new AbortController();
  const show = json ? display.event : shownLate(display.event);
  const logged =
    log === undefined
      ? undefined
      : await startEventLog({
          directoryOf: (id) => Promise.resolve(id === graph.tasks[0].id ? out : undefined),
          logOf: (_, directory) => directory,
          warn: display.say,
        });
  const finished = new Map<string, Finished>();
  let failure: TaskFailure | undefined;
  try {
    const executor = inlineExecutor({ kinds: KINDS, core: describeCore() });
    const slots = { threads, jobs: 1, bytes: Infinity };
    const signal = AbortSignal.any([stop.signal, failed.signal]);
    for await (const event of executor.run(graph, store, allThreads(graph, threads), slots, signal)) {
      show(event);
      logged?.event(event);
      if (event.event === 'finished') finished.set(event.id, event.finished);
      if (event.event === 'set_aside') {
        failure ??= event.failure;
        // A command does one thing: without this task, the others are worth nothing.
        failed.abort();
      }
    }
    await logged?.close();
    display.end();
    if (failure) {
      printFailure(withOriginals(failure.message.replaceAll(resolve(out), out)));
      if (!before) await removeEmpty(out);
      return { exitCode: failure.exit_code, failure };
    }
    if (finished.size === graph.tasks.length) return { finished };
    display.say(STOPPED);
    return { exitCode: stop.exitCode() };
  } finally {
    display.end();
    stop.dispose();
  }
}

/** @param warn called once with the reason why event files are not whole */
export async function startEventLog({
  warn,
  ...options
}: Pick<EventLogOptions, 'directoryOf' | 'logOf'> & { readonly warn: (text: string) => void }): Promise<EventLog> {
  const { EventLog } = await import('./event-log.ts');
  return new EventLog({
    ...options,
    seconds: SYSTEM_CLOCK.seconds,
    failed: (message) => {
      warn(`warning: no more event files for TensorBoard: ${message}`);
    },
  });
}

/** Every task may have all threads: one runs at a time. Only the core has threads. */
function allThreads({ tasks }: Graph, threads: number): ReadonlyMap<string, Estimate> {
  const useful = (kind: string): readonly number[] => (KINDS.get(kind)?.usesCore ? [...new Set([1, threads])] : [1]);
  return new Map(tasks.map(({ id, kind }) => [id, { ...UNKNOWN_ESTIMATE, threads: useful(kind) }] as const));
}

/**
 * For people, a refusal is one line: a start is shown with the task's next event, and neither the start of a failed
 * task nor what happens after a failure.
 */
function shownLate(show: (event: TaskEvent) => void): (event: TaskEvent) => void {
  const starts = new Map<string, TaskEvent>();
  let failed = false;
  return (event) => {
    const start = starts.get(event.id);
    starts.delete(event.id);
    failed ||= event.event === 'set_aside';
    if (failed) return;
    if (event.event === 'started') {
      starts.set(event.id, event);
      return;
    }
    if (start) show(start);
    show(event);
  };
}

/** Removes a folder that holds no work; the failure itself was reported. */
async function removeEmpty(folder: string): Promise<void> {
  const entries = await entriesBelow(folder).catch(() => []);
  const files = entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
  if (files.every((name) => name === CELL_FILE || name.startsWith(LEASE_PREFIX)))
    await removeTree(folder).catch(() => undefined);
}
