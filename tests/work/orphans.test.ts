// A parent that is killed: its children save, end by themselves, and the next run finishes with the same result.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import type { TaskEvent } from '../../src/work/executor.ts';
import { toyGraph, toyTask } from './toy-kinds.ts';
import { alive } from './toy-store.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tracelab-orphans-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const PARENT = new URL('toy-parent.ts', import.meta.url).pathname;

/** Runs the graph in a process of its own; `on` may kill it. */
async function run(
  graph: string,
  on: (event: TaskEvent, parent: ChildProcess) => void = () => undefined,
): Promise<{ readonly events: TaskEvent[]; readonly pids: number[]; readonly code: number | null }> {
  const parent = spawn(process.execPath, [PARENT, root, graph], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<number | null>((resolve) => {
    parent.once('exit', resolve);
  });
  const events: TaskEvent[] = [];
  for await (const line of createInterface({ input: parent.stdout })) {
    const event = JSON.parse(line) as TaskEvent;
    events.push(event);
    on(event, parent);
  }
  const pids = new Set(
    events.flatMap((each) => (each.event === 'progress' ? [(each.progress.detail as { pid: number }).pid] : [])),
  );
  return { events, pids: [...pids], code: await ended };
}

function results(events: readonly TaskEvent[]): Record<string, string> {
  return Object.fromEntries(
    events.flatMap((each) => (each.event === 'finished' ? [[each.id, each.finished.result] as const] : [])),
  );
}

/** Of the unfinished cells. */
function steps(): number[] {
  return readdirSync(root)
    .filter((name) => name.startsWith('count-'))
    .flatMap((name) => {
      const cell = join(root, name);
      if (!readdirSync(cell).includes('state.json')) return [];
      return [(JSON.parse(readFileSync(join(cell, 'state.json'), 'utf8')) as { step: number }).step];
    });
}

test.each(['SIGKILL', 'SIGTERM'] as const)('%s to the parent', async (name) => {
  // How long a step takes is no part of a key.
  const [slow, fast] = [20, 0].map((milliseconds) => {
    const graph = join(root, `${milliseconds}.json`);
    const tasks = [0, 1].map((i) => toyTask(`t${i}`, { steps: 200, milliseconds }));
    writeFileSync(graph, JSON.stringify(toyGraph(...tasks, toyTask('done', {}, { a: 't0', b: 't1' }))));
    return graph;
  });
  const seen = new Set<string>();
  const killed = await run(slow, ({ event, id }, parent) => {
    if (event === 'progress') seen.add(id);
    if (seen.size === 2) parent.kill(name);
  });
  expect(results(killed.events)).toEqual({});
  expect(killed.pids).toHaveLength(2);
  if (name === 'SIGTERM') {
    expect(killed.events.filter(({ event }) => event === 'stopped')).toHaveLength(2);
    expect(killed.code).toBe(0);
  }
  // They end by themselves, long before their 200 steps, and give their cells back.
  while (killed.pids.some(alive)) await sleep(20);
  expect(steps()).toHaveLength(2);
  expect(Math.max(...steps())).toBeLessThan(200);
  expect(readdirSync(root, { recursive: true }).filter((file) => String(file).endsWith('owner'))).toEqual([]);

  const again = await run(fast);
  expect(again.events.filter((each) => each.event === 'said').map(({ text }) => text.slice(0, 15))).toEqual([
    'resumes at step',
    'resumes at step',
  ]);
  for (const cell of readdirSync(root).filter((each) => each.startsWith('count-'))) {
    rmSync(join(root, cell), { recursive: true });
  }
  const whole = await run(fast);
  expect(Object.keys(results(whole.events)).sort()).toEqual(['done', 't0', 't1']);
  expect(results(again.events)).toEqual(results(whole.events));
});

test('SIGKILL to the parent ends a child whose main thread is in an endless loop', async () => {
  const graph = join(root, 'loop.json');
  const trouble = { what: 'spin', tries: 9, after: 1, scratch: root } as const;
  writeFileSync(graph, JSON.stringify(toyGraph(toyTask('loop', { trouble }))));
  const { pids, code } = await run(graph, ({ event }, parent) => {
    if (event === 'progress') parent.kill('SIGKILL');
  });
  onTestFinished(() => {
    for (const pid of pids.filter(alive)) process.kill(pid, 'SIGKILL');
  });
  expect([pids.length, code]).toEqual([1, null]);
  while (pids.some(alive)) await sleep(20);
  expect(steps()).toEqual([1]);
});
