// Lost leases and preempted machines: the work stops, the task is tried again, and no failed try is counted.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SYSTEM_CLOCK } from '../../src/base/clock.ts';
import { TracelabError } from '../../src/base/errors.ts';
import type { TaskEvent } from '../../src/work/executor.ts';
import type { Kind } from '../../src/work/kind.ts';
import { outcomeOf } from '../../src/work/outcome.ts';
import type { Assignment, Outcome } from '../../src/work/performer.ts';
import { resolve } from '../../src/work/resolve.ts';
import { runGraph } from '../../src/work/runner.ts';
import type { LeaseWait, Store } from '../../src/work/store.ts';
import { countKind, TOY_CORE, TOY_KINDS, toyGraph, toyTask } from './toy-kinds.ts';
import { TWO } from './toy-run.ts';
import { toyStore } from './toy-store.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tracelab-interruptions-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const GRAPH = toyGraph(toyTask('a'));
const HOOKS = { watches: () => undefined, leased: () => undefined, progress: () => undefined, said: () => undefined };

/** One task whose work is `run`, in a cell whose lease is lost as soon as `run` says so. */
async function outcomeWith(run: (lose: () => void, signal: AbortSignal) => Promise<null>): Promise<Outcome> {
  const store = toyStore(root);
  let lose = (): void => undefined;
  const losing: Store = {
    ...store,
    lease: async (key, wait?: LeaseWait) => {
      lose = () => wait?.onLost?.();
      return await store.lease(key, wait);
    },
  };
  const kind: Kind = { ...(countKind as Kind), run: async ({ signal }) => await run(() => lose(), signal) };
  const [task] = GRAPH.tasks;
  const { key, needs } = resolve(task, GRAPH, new Map(), kind, TOY_CORE);
  const workplace = { kinds: new Map([['count', kind]]), store: losing, clock: SYSTEM_CLOCK };
  return await outcomeOf({ task, key, needs, threads: 1 }, workplace, HOOKS, new AbortController().signal);
}

test('who has lost the lease stops at the next safe point, as after a signal', async () => {
  const outcome = await outcomeWith(async (lose, signal) => {
    lose();
    expect(signal.aborted).toBe(true);
    return null;
  });
  expect(outcome).toMatchObject({ outcome: 'interrupted', failure: { code: 'CELL_LOST', exit_code: 4 } });
});

test('whatever else fails after the loss is the loss', async () => {
  const outcome = await outcomeWith(async (lose) => {
    lose();
    throw new TracelabError({
      code: 'FILE_MISSING',
      kind: 'refused_input',
      where: 'state',
      what: 'no such file',
      expected: 'a file',
      got: 'none',
      hint: 'none',
    });
  });
  expect(outcome).toMatchObject({ outcome: 'interrupted', failure: { code: 'CELL_LOST' } });
});

test.each<[string, Outcome]>([
  ['interruptions', { outcome: 'interrupted', failure: { code: 'LOST', message: 'lost', exit_code: 4 }, details: '' }],
  ['stops by others', { outcome: 'stopped' }],
])('any number of %s: the task is finished in the end', async (_, ending) => {
  let left = 7;
  const workplace = { kinds: TOY_KINDS, store: toyStore(root), clock: SYSTEM_CLOCK };
  const perform = (assignment: Assignment): { outcome: Promise<Outcome>; stop: () => void; kill: () => void } => {
    left -= 1;
    const { signal } = new AbortController();
    const outcome = left < 0 ? outcomeOf(assignment, workplace, HOOKS, signal) : Promise.resolve(ending);
    return { outcome, stop: () => undefined, kill: () => undefined };
  };
  const options = {
    kinds: TOY_KINDS,
    core: TOY_CORE,
    performer: () => ({ perform, endIdle: () => undefined, close: async () => undefined }),
    clock: SYSTEM_CLOCK,
    stopSeconds: 1,
    waitSeconds: 0,
  };
  const events: TaskEvent['event'][] = [];
  const { signal } = new AbortController();
  for await (const { event } of runGraph(options, GRAPH, toyStore(root), new Map(), TWO, signal)) events.push(event);
  expect(events).toEqual([...Array.from({ length: 7 }, () => 'retried'), 'finished']);
});
