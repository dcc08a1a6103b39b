// Executors, in this process and in children: order, reuse, equal results, failed tries, crashes, silence, stops,
// memory. Nothing asserts on time. Cells of other processes: executor-waits.test.ts.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Executor, Slots, TaskEvent } from '../../src/work/executor.ts';
import { inlineExecutor } from '../../src/work/inline-executor.ts';
import type { LocalOptions } from '../../src/work/local-executor.ts';
import type { Graph } from '../../src/work/task.ts';
import { type CountConfig, TOY_CORE, TOY_KINDS, toyEstimate, toyGraph, toyTask } from './toy-kinds.ts';
import { type Ran, type RunOptions, runToys, toyExecutor, toyLog, TWO } from './toy-run.ts';
import { alive, toyStore } from './toy-store.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tracelab-executor-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const jobs = (count: number): Slots => ({ threads: count, jobs: count, bytes: 2 ** 40 });
const logOf = (id: string): string => toyLog(root, id);
const local = (options: Partial<LocalOptions> = {}): Executor => toyExecutor(root, options);
const ran = async (graph: Graph, options: RunOptions = {}): Promise<Ran> => runToys(root, graph, options);

/** Settings of a task that gets into trouble. */
const trouble = (
  what: NonNullable<CountConfig['trouble']>['what'],
  tries: number,
  after = 0,
): Partial<CountConfig> => ({
  trouble: { what, tries, after, scratch: root },
});

const DIAMOND = toyGraph(
  toyTask('top'),
  toyTask('left', {}, { a: 'top' }),
  toyTask('right', { steps: 5 }, { a: 'top' }),
  toyTask('bottom', {}, { a: 'left', b: 'right' }),
  toyTask('alone'),
);

describe.each([
  ['in this process', (): Executor => inlineExecutor({ kinds: TOY_KINDS, core: TOY_CORE, logOf })],
  ['in children', (): Executor => local()],
])('an executor %s', (_, make) => {
  test('runs each task after its needs, and reuses what is finished', async () => {
    const first = await ran(DIAMOND, { executor: make() });
    const at = (event: TaskEvent['event'], id: string): number =>
      first.events.findIndex((each) => each.event === event && each.id === id);
    for (const { id, needs } of DIAMOND.tasks) {
      expect(at('finished', id)).toBeGreaterThan(at('started', id));
      for (const need of Object.values(needs)) expect(at('started', id)).toBeGreaterThan(at('finished', need));
    }
    expect(first.of('finished').every(({ reused }) => !reused)).toBe(true);
    const again = await ran(DIAMOND, { executor: make() });
    expect(new Set(again.events.map(({ event }) => event))).toEqual(new Set(['finished']));
    expect(again.of('finished').every(({ reused }) => reused)).toBe(true);
    expect(again.results).toEqual(first.results);
    expect(Object.keys(again.results)).toHaveLength(5);
  });

  test('sets aside at once what no other try can help, and runs the rest', async () => {
    const graph = toyGraph(
      toyTask('bad', trouble('refuse', 99)),
      toyTask('next', {}, { a: 'bad' }),
      toyTask('last', {}, { a: 'next' }),
      toyTask('good'),
    );
    const { of, ids } = await ran(graph, { executor: make() });
    expect(of('set_aside')).toEqual([
      {
        event: 'set_aside',
        id: 'bad',
        failure: {
          code: 'TOY_REFUSED',
          message: 'error[TOY_REFUSED] bad: is refused; expected a good toy, got a bad one (hint: take another)',
          exit_code: 2,
        },
        log: logOf('bad'),
        blocked: ['next', 'last'],
      },
    ]);
    expect(ids('retried')).toEqual([]);
    expect(ids('finished')).toEqual(['good']);
    expect(readFileSync(logOf('bad'), 'utf8')).toContain('error[TOY_REFUSED] bad: is refused');
  });

  test('sets aside after three tries without newer state, each in the log', async () => {
    const { of } = await ran(toyGraph(toyTask('bad', trouble('throw', 99))), { executor: make() });
    expect(of('started').map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(of('retried').map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect(of('set_aside')[0].failure).toEqual({
      code: 'BUG',
      message: 'error[BUG] task: bad is broken',
      exit_code: 70,
    });
    const log = readFileSync(logOf('bad'), 'utf8');
    expect(log.match(/^try \d/gm)).toEqual(['try 1', 'try 2', 'try 3']);
    expect(log).toContain('second line');
    expect(log).toContain('toy-kinds.ts');
  });

  test('a try that saved newer state does not count', async () => {
    const whole = await ran(toyGraph(toyTask('whole', { name: 'same', steps: 8 })), { executor: make() });
    rmSync(whole.of('finished')[0].finished.directory, { recursive: true });
    const graph = toyGraph(toyTask('part', { name: 'same', steps: 8, ...trouble('throw', 6, 1) }));
    const { of, results } = await ran(graph, { executor: make() });
    expect(of('retried')).toHaveLength(6);
    expect(of('said').map(({ text }) => text)).toEqual([1, 2, 3, 4, 5, 6].map((step) => `resumes at step ${step}`));
    expect(results.part).toBe(whole.results.whole);
  });

  test('stops at a safe point and resumes with the same result', async () => {
    const whole = await ran(toyGraph(toyTask('whole', { name: 'same', steps: 20 })), { executor: make() });
    rmSync(whole.of('finished')[0].finished.directory, { recursive: true });
    const graph = toyGraph(
      toyTask('part', { name: 'same', steps: 20, milliseconds: 20 }),
      toyTask('never', {}, { a: 'part' }),
    );
    const stop = new AbortController();
    const on = ({ event }: TaskEvent): void => {
      if (event === 'progress') stop.abort();
    };
    const stopped = await ran(graph, { executor: make(), signal: stop.signal, on });
    expect(stopped.ids('stopped')).toEqual(['part']);
    expect(stopped.ids('finished')).toEqual([]);
    const { results, of } = await ran(toyGraph(graph.tasks[0]), { executor: make() });
    expect(of('said')[0].text).toMatch(/^resumes at step \d+$/);
    expect(results.part).toBe(whole.results.whole);
  });

  test('a signal that came before: nothing runs, what is finished is told', async () => {
    await ran(toyGraph(DIAMOND.tasks[0]), { executor: make() });
    const { events } = await ran(DIAMOND, { executor: make(), signal: AbortSignal.abort() });
    expect(events.map(({ event, id }) => `${event} ${id}`)).toEqual(['finished top']);
  });
});

describe('children', () => {
  test('1, 2 and 4 jobs give the same results, within the slots', async () => {
    const tasks = Array.from({ length: 12 }, (_, i) =>
      toyTask(`t${i}`, {}, i < 4 ? {} : { a: `t${i - 4}`, b: `t${i % 3}` }),
    );
    const all: Record<string, string>[] = [];
    for (const count of [1, 2, 4]) {
      rmSync(root, { recursive: true });
      const running = new Set<string>();
      let most = 0;
      const { results, pids } = await ran(toyGraph(...tasks), {
        slots: jobs(count),
        on: ({ event, id }) => {
          if (event === 'started') running.add(id);
          if (event === 'finished') running.delete(id);
          most = Math.max(most, running.size);
        },
      });
      expect(most).toBeLessThanOrEqual(count);
      expect(pids.length).toBeLessThanOrEqual(count);
      all.push(results);
    }
    expect(Object.keys(all[0])).toHaveLength(12);
    expect(all[1]).toEqual(all[0]);
    expect(all[2]).toEqual(all[0]);
  });

  test('are reused, and gone when the run is over', async () => {
    const tasks = Array.from({ length: 10 }, (_, i) => toyTask(`t${i}`));
    const { pids, ids } = await ran(toyGraph(...tasks));
    expect(ids('finished')).toHaveLength(10);
    expect(pids.length).toBeLessThanOrEqual(2);
    expect(pids.filter(alive)).toEqual([]);
  });

  test('memory and threads: what starts together fits', async () => {
    const tasks = Array.from({ length: 6 }, (_, i) => toyTask(`t${i}`, { milliseconds: 5 }));
    const estimates = new Map(tasks.map(({ id }) => [id, toyEstimate(10, [1, 2], 40)] as const));
    const running = new Map<string, number>();
    const bytes: number[] = [];
    const { ids } = await ran(toyGraph(...tasks), {
      slots: { threads: 4, jobs: 4, bytes: 100 },
      estimates,
      on: (event) => {
        if (event.event === 'started') running.set(event.id, event.threads);
        if (event.event === 'finished') running.delete(event.id);
        bytes.push([...running.values()].reduce((sum, threads) => sum + 40 * threads, 0));
      },
    });
    expect(ids('finished')).toHaveLength(6);
    expect(Math.max(...bytes)).toBeLessThanOrEqual(100);
  });

  test('an idle one ends when a task needs its memory', async () => {
    const big = toyTask('big', { steps: 400, milliseconds: 20 }, { a: 'a', b: 'b' });
    const bytes = 2 ** 30;
    const stop = new AbortController();
    const pids = new Map<string, number>();
    // What it leaves is less than any process holds.
    const estimates = new Map([['big', toyEstimate(10, [1], bytes - 2 ** 20)]]);
    const { ids } = await ran(toyGraph(toyTask('a', { milliseconds: 20 }), toyTask('b', { milliseconds: 20 }), big), {
      slots: { threads: 2, jobs: 2, bytes },
      estimates,
      signal: stop.signal,
      on: (event) => {
        if (event.event === 'progress') pids.set(event.id, (event.progress.detail as { pid: number }).pid);
        const others = [...pids.values()].filter((pid) => pid !== pids.get('big'));
        if (event.id === 'big' && others.length === 1 && !others.some(alive)) stop.abort();
      },
    });
    expect(new Set([pids.get('a'), pids.get('b')]).size).toBe(2);
    expect(ids('stopped')).toEqual(['big']);
  });

  test('that have grown are replaced', async () => {
    const tasks = [0, 1, 2].map((i) => toyTask(`t${i}`, trouble('bloat', 1)));
    const grown = await ran(toyGraph(...tasks), {
      slots: jobs(1),
      executor: local({ limits: { residentBytes: 1 } }),
    });
    expect(grown.pids).toHaveLength(3);
    expect(grown.ids('retried')).toEqual([]);
    expect(grown.ids('finished')).toHaveLength(3);
    expect(grown.pids.filter(alive)).toEqual([]);
  });

  test.each([
    ['leaves', 'exit', 'exit code 7', 70],
    ['aborts', 'abort', 'signal SIGABRT', 4],
  ] as const)('a child that %s is a try, and others do not notice', async (_, what, end, exit_code) => {
    const graph = toyGraph(toyTask('bad', trouble(what, 99)), ...[0, 1, 2, 3].map((i) => toyTask(`t${i}`)));
    const { of, ids } = await ran(graph);
    expect(of('started').filter(({ id }) => id === 'bad')).toHaveLength(3);
    expect(of('set_aside').map(({ id, failure }) => [id, failure.code, failure.exit_code])).toEqual([
      ['bad', 'TASK_CRASHED', exit_code],
    ]);
    expect(of('set_aside')[0].failure.message).toContain(end);
    expect(ids('finished').sort()).toEqual(['t0', 't1', 't2', 't3']);
    if (what === 'exit') expect(readFileSync(logOf('bad'), 'utf8').match(/bad leaves/g)).toHaveLength(3);
    expect(existsSync(logOf('t0'))).toBe(false);
  });

  test('a crash after newer state does not count', async () => {
    const { of, ids } = await ran(toyGraph(toyTask('bad', { steps: 6, ...trouble('exit', 5, 1) })));
    expect(of('retried')).toHaveLength(5);
    expect(ids('finished')).toEqual(['bad']);
  });

  test('an endless loop is ended, whoever else runs', async () => {
    const graph = toyGraph(toyTask('loop', trouble('spin', 1)), toyTask('good'));
    const { of, ids } = await ran(graph, { executor: local({ limits: { silenceSeconds: 5 } }) });
    expect(of('retried').map(({ id, failure }) => [id, failure.code])).toEqual([['loop', 'TASK_SILENT']]);
    expect(ids('finished').sort()).toEqual(['good', 'loop']);
  });

  test('a stop ends those that do not listen, too', async () => {
    const stop = new AbortController();
    const graph = toyGraph(toyTask('deaf', trouble('deaf', 9, 1)), toyTask('loop', trouble('spin', 9, 1)));
    const seen = new Set<string>();
    const { ids, pids } = await ran(graph, {
      executor: local({ limits: { stopSeconds: 0.2 } }),
      signal: stop.signal,
      on: ({ event, id }) => {
        if (event === 'started') seen.add(id);
        if (seen.size === 2) stop.abort();
      },
    });
    expect(ids('stopped').sort()).toEqual(['deaf', 'loop']);
    expect(ids('retried')).toEqual([]);
    expect(pids.filter(alive)).toEqual([]);
  });

  test('the second signal ends all at once', async () => {
    const stop = new AbortController();
    const killed = new AbortController();
    const { ids, pids } = await ran(toyGraph(toyTask('deaf', trouble('deaf', 9, 1))), {
      executor: local({ killed: killed.signal, limits: { stopSeconds: 1e6 } }),
      signal: stop.signal,
      on: ({ event }) => {
        if (event !== 'progress') return;
        stop.abort();
        killed.abort();
      },
    });
    expect(ids('stopped')).toEqual(['deaf']);
    expect(pids.length).toBe(1);
    expect(pids.filter(alive)).toEqual([]);
  });

  test('a reader that leaves early leaves no process', async () => {
    const { signal } = new AbortController();
    const graph = toyGraph(toyTask('deaf', trouble('deaf', 9, 1)));
    let pid = 0;
    for await (const event of local().run(graph, toyStore(root), new Map(), TWO, signal)) {
      if (event.event !== 'progress') continue;
      ({ pid } = event.progress.detail as { pid: number });
      break;
    }
    expect(pid).toBeGreaterThan(0);
    expect(alive(pid)).toBe(false);
  });

  test('SIGTERM to a child that then ends without its task: no failed try, however often', async () => {
    const hit = new Set<number>();
    const { of, ids } = await ran(toyGraph(toyTask('gone', trouble('go', 4))), {
      on: (event) => {
        if (event.event !== 'said' || event.text.startsWith('resumes')) return;
        const pid = Number(event.text);
        if (hit.size < 4) process.kill(pid, 'SIGTERM');
        hit.add(pid);
      },
    });
    // More often than a task may fail without newer state.
    expect(of('retried').map(({ failure }) => failure.code)).toEqual(Array.from({ length: 4 }, () => 'TASK_STOPPED'));
    expect(ids('finished')).toEqual(['gone']);
  });

  test('SIGTERM to a child: its task saves, and is tried again', async () => {
    const hit = new Set<number>();
    const { of, ids } = await ran(toyGraph(toyTask('long', { steps: 30, milliseconds: 20 })), {
      on: (event) => {
        if (event.event !== 'progress' || hit.size > 0) return;
        const { pid } = event.progress.detail as { pid: number };
        hit.add(pid);
        process.kill(pid, 'SIGTERM');
      },
    });
    expect(of('retried').map(({ failure }) => failure.code)).toEqual(['TASK_STOPPED']);
    expect(ids('finished')).toEqual(['long']);
  });

  test('an entry that does not exist: three tries, then set aside', async () => {
    const { of } = await ran(toyGraph(toyTask('a')), { executor: local({ entry: new URL('no.ts', import.meta.url) }) });
    expect(of('set_aside').map(({ failure }) => failure.code)).toEqual(['TASK_CRASHED']);
    expect(readFileSync(logOf('a'), 'utf8')).toContain('no.ts');
  });

  test('20 random kills: the same results', async () => {
    const tasks = Array.from({ length: 8 }, (_, i) =>
      toyTask(`t${i}`, { steps: 15, milliseconds: 15 }, i < 3 ? {} : { a: `t${i - 3}` }),
    );
    const { results } = await ran(toyGraph(...tasks));
    rmSync(root, { recursive: true });
    let kills = 0;
    let draw = 7;
    const steps = new Map<string, string>();
    const killing = await ran(toyGraph(...tasks), {
      executor: local({ args: ['every-step'] }),
      on: (event) => {
        if (event.event !== 'progress' || kills >= 20) return;
        draw = (draw * 1103515245 + 12345) % 2 ** 31;
        // Only after newer state than at the last kill, so that no try is in vain.
        if (draw % 3 === 0 || steps.get(event.id) === event.progress.words) return;
        steps.set(event.id, event.progress.words);
        kills++;
        const { pid } = event.progress.detail as { pid: number };
        if (alive(pid)) process.kill(pid, 'SIGKILL');
      },
    });
    expect(kills).toBe(20);
    expect(killing.ids('set_aside')).toEqual([]);
    expect(killing.of('retried').length).toBeGreaterThan(5);
    expect(killing.results).toEqual(results);
    expect(killing.pids.filter(alive)).toEqual([]);
  });
});
