// Executors whose task is another process's at the moment: it is waited for, its result is taken, a stop ends the wait.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SYSTEM_CLOCK } from '../../src/base/clock.ts';
import type { Executor } from '../../src/work/executor.ts';
import { inlineExecutor, inlinePerformer } from '../../src/work/inline-executor.ts';
import { hashOf } from '../../src/work/key.ts';
import { resolve } from '../../src/work/resolve.ts';
import { runGraph } from '../../src/work/runner.ts';
import type { Store } from '../../src/work/store.ts';
import type { Finished } from '../../src/work/task.ts';
import { countKind, TOY_CORE, TOY_KINDS, toyEstimate, toyGraph, toyTask } from './toy-kinds.ts';
import { runToys, toyExecutor } from './toy-run.ts';
import { toyStore } from './toy-store.ts';

let root = '';
/** Of the cell of the task `taken`. */
let directory = '';
const TAKEN = toyGraph(toyTask('taken'));
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tracelab-executor-'));
  directory = toyStore(root).path(resolve(TAKEN.tasks[0], TAKEN, new Map(), countKind, TOY_CORE).key);
  mkdirSync(directory, { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe.each([
  ['in this process', (): Executor => inlineExecutor({ kinds: TOY_KINDS, core: TOY_CORE })],
  ['in children', (): Executor => toyExecutor(root)],
])('an executor %s', (_, make) => {
  test('a cell of another process is waited for, meanwhile others run', async () => {
    const graph = toyGraph(toyTask('taken'), toyTask('free'));
    // A process that lives: the one of this test.
    writeFileSync(join(directory, 'owner'), String(process.pid));
    // Whichever comes first: a child may be done with the free one before another has looked at the taken one.
    const seen = new Set<string>();
    const { of, ids } = await runToys(root, graph, {
      executor: make(),
      on: ({ event, id }) => {
        if (event === 'waiting' || (event === 'finished' && id === 'free')) seen.add(event);
        if (seen.size === 2) rmSync(join(directory, 'owner'), { force: true });
      },
    });
    expect(of('waiting').map(({ owner }) => owner)).toEqual([`process ${process.pid}`]);
    expect(ids('retried')).toEqual([]);
    expect(ids('finished')).toEqual(['free', 'taken']);
  });

  test('an owner on another host that may be dead is named while its lease lasts', async () => {
    writeFileSync(join(directory, 'watched'), 'process 7 on atlas');
    const { events } = await runToys(root, TAKEN, {
      executor: make(),
      on: ({ event }) => {
        if (event === 'waiting') rmSync(join(directory, 'watched'));
      },
    });
    expect(events.filter(({ event }) => event !== 'progress')).toMatchObject([
      { event: 'waiting', id: 'taken', owner: 'process 7 on atlas' },
      { event: 'started', id: 'taken', attempt: 1 },
      { event: 'finished', id: 'taken', reused: false },
    ]);
  });

  test('a stop ends the waiting for such an owner', async () => {
    writeFileSync(join(directory, 'watched'), 'process 7 on atlas');
    const stop = new AbortController();
    const { events } = await runToys(root, TAKEN, {
      executor: make(),
      signal: stop.signal,
      on: ({ event }) => {
        if (event === 'waiting') stop.abort();
      },
    });
    expect(events.map(({ event }) => event)).toEqual(['waiting']);
  });

  test('a record that another process made meanwhile is taken', async () => {
    writeFileSync(join(directory, 'owner'), String(process.pid));
    const theirs: Finished = { hash: 'h', result: 'theirs', seconds: 1, outputs: {}, summary: null, directory };
    const { of, ids } = await runToys(root, TAKEN, {
      executor: make(),
      on: ({ event }) => {
        if (event === 'waiting') writeFileSync(join(directory, 'record.json'), JSON.stringify(theirs));
      },
    });
    expect(of('finished')).toEqual([{ event: 'finished', id: 'taken', finished: theirs, reused: true }]);
    expect(ids('started')).toEqual([]);
  });
});

test('a cell of another process is looked at without a try, which would take a thread from others', async () => {
  writeFileSync(join(directory, 'owner'), String(process.pid));
  let performed = 0;
  const store = toyStore(root);
  let looks = 0;
  const watched: Store = {
    ...store,
    owner: async (key) => {
      looks += 1;
      if (looks === 5) rmSync(join(directory, 'owner'));
      return store.owner(key);
    },
  };
  const performerOf = inlinePerformer(TOY_KINDS, SYSTEM_CLOCK);
  const events: string[] = [];
  const run = runGraph(
    {
      kinds: TOY_KINDS,
      core: TOY_CORE,
      performer: (each) => {
        const performer = performerOf(each);
        return {
          ...performer,
          perform: (assignment, hooks) => {
            performed += 1;
            return performer.perform(assignment, hooks);
          },
        };
      },
      clock: SYSTEM_CLOCK,
      stopSeconds: 1,
      waitSeconds: 0.02,
    },
    TAKEN,
    watched,
    new Map(),
    { threads: 1, jobs: 1, bytes: 1 },
    new AbortController().signal,
  );
  for await (const { event } of run) if (event !== 'progress') events.push(event);
  expect(looks).toBe(5);
  expect(performed).toBe(1);
  expect(events).toEqual(['waiting', 'started', 'finished']);
});

test('the task with the longest path starts first, however long its look takes', async () => {
  const graph = toyGraph(
    toyTask('short'),
    toyTask('long', { steps: 9 }),
    toyTask('behind', { steps: 9 }, { a: 'long' }),
  );
  const store = toyStore(root);
  const slow = resolve(graph.tasks[1], graph, new Map(), countKind, TOY_CORE).key;
  const watched: Store = {
    ...store,
    finished: async (key) => {
      if (hashOf(key) === hashOf(slow)) await sleep(50);
      return store.finished(key);
    },
  };
  const estimates = new Map(graph.tasks.map(({ id }) => [id, toyEstimate(id === 'short' ? 1 : 9)]));
  const run = inlineExecutor({ kinds: TOY_KINDS, core: TOY_CORE }).run(
    graph,
    watched,
    estimates,
    { threads: 1, jobs: 1, bytes: 2 ** 40 },
    new AbortController().signal,
  );
  const started: string[] = [];
  for await (const event of run) if (event.event === 'started') started.push(event.id);
  expect(started).toEqual(['long', 'behind', 'short']);
});
