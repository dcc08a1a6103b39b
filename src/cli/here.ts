// Runs a graph of few tasks in this process, for commands that do one thing: display, signals, exit codes, and a folder that a refusal made goes again.
import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { EXIT_CODES } from '../base/errors.ts';
import { SYSTEM_CLOCK } from '../base/clock.ts';
import { describeCore } from '../tasks/core.ts';
import { KINDS } from '../tasks/kinds.ts';
import type { TaskFailure } from '../work/executor.ts';
import { inlineExecutor } from '../work/inline-executor.ts';
import type { Store } from '../work/store.ts';
import type { Finished, Graph } from '../work/task.ts';
import { chooseMode, createDisplay } from './display/create-display.ts';
import { STOPPED, STOPPING, listenForStop } from './signals.ts';

export interface HereOptions {
  readonly graph: Graph;
  readonly store: Store;
  /** What the user named with --out. */
  readonly out: string;
  readonly threads: number;
  readonly json: boolean;
}

export type HereOutcome =
  | { readonly finished: ReadonlyMap<string, Finished> }
  /** What was to be said is said. */
  | { readonly exitCode: number };

/** @returns the finished tasks by id, or the exit code after a stop or a failure */
export async function runHere({ graph, store, out, threads, json }: HereOptions): Promise<HereOutcome> {
  const before = existsSync(out);
  const stream = json ? process.stdout : process.stderr;
  const display = createDisplay({
    mode: chooseMode(json, stream),
    out: stream,
    now: SYSTEM_CLOCK.seconds,
    total: graph.tasks.length,
    estimates: new Map(),
  });
  const stop = listenForStop(() => {
    display.say(STOPPING);
  });
  const finished = new Map<string, Finished>();
  let failure: TaskFailure | undefined;
  try {
    const executor = inlineExecutor({ kinds: KINDS, core: describeCore() });
    const slots = { threads, jobs: 1, bytes: Infinity };
    for await (const event of executor.run(graph, store, new Map(), slots, stop.signal)) {
      display.event(event);
      if (event.event === 'finished') finished.set(event.id, event.finished);
      if (event.event === 'set_aside') failure ??= event.failure;
    }
    display.end();
    if (failure) {
      display.say(failure.message);
      if (!before && failure.exit_code === EXIT_CODES.refused_input) await removeEmpty(out);
      return { exitCode: failure.exit_code };
    }
    if (finished.size === graph.tasks.length) return { finished };
    display.say(STOPPED);
    return { exitCode: stop.exitCode() };
  } finally {
    display.end();
    stop.dispose();
  }
}

/** A folder in which nothing was worked for. */
async function removeEmpty(folder: string): Promise<void> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  if (!names.some((name) => /(?:done\.json|metrics\.jsonl|\.key)$/.test(name)))
    await rm(folder, { recursive: true, force: true });
}
