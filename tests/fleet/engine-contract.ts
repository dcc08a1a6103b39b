// What every engine must do, as tests: PostgreSQL, and the engine in memory that the simulation uses.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SYSTEM_CLOCK } from '../../src/base/clock.ts';
import type { Artefacts } from '../../src/fleet/artefacts.ts';
import type { Claim, Engine, TaskState } from '../../src/fleet/engine.ts';
import { fleetExecutor } from '../../src/fleet/executor.ts';
import type { TaskEvent, TaskFailure } from '../../src/work/executor.ts';
import { FolderStore } from '../../src/work/folder-store.ts';
import { inlinePerformer } from '../../src/work/inline-executor.ts';
import { simulatedKinds } from '../work/simulation/tasks.ts';
import { expectedResults, graphOf, IDENTITY, startWorker, submissionOf, workerIdentity, type Steps } from './fleet.ts';

export interface OpenedEngine {
  readonly engine: Engine;
  readonly artefacts: Artefacts;
}

const DIAMOND: Steps = {
  root: { steps: 3 },
  left: { steps: 2, needs: ['root'] },
  right: { steps: 4, needs: ['root'] },
  end: { steps: 1, needs: ['left', 'right'] },
};
const FAILURE: TaskFailure = { code: 'TRIED', message: 'error[TRIED] task: failed', exit_code: 70 };

/** @param open makes an engine without any graph */
export function contract(name: string, open: () => Promise<OpenedEngine>): void {
  describe(name, () => {
    let folder: string;
    let opened: OpenedEngine;
    let count = 0;
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'tracelab-fleet-'));
      opened = await open();
    });
    afterAll(async () => {
      await opened.engine.close();
      rmSync(folder, { recursive: true, force: true });
    });

    /** A graph whose keys no other test has. */
    const fresh = (tasks: Steps): { readonly name: string; readonly tasks: Steps; readonly prefix: string } => {
      count += 1;
      const prefix = `g${count}-`;
      const renamed = Object.entries(tasks).map(([id, { needs, ...task }]) => [
        prefix + id,
        { ...task, ...(needs && { needs: needs.map((need) => prefix + need) }) },
      ]);
      return { name: `graph-${count}`, tasks: Object.fromEntries(renamed) as Steps, prefix };
    };
    const submit = async (graph: { readonly name: string; readonly tasks: Steps }): Promise<void> =>
      opened.engine.submit(submissionOf(graph.name, graphOf(graph.tasks)));
    const statesOf = async (graph: {
      readonly name: string;
      readonly prefix: string;
    }): Promise<Record<string, TaskState>> => {
      const { changed } = await opened.engine.changes(graph.name, '');
      return Object.fromEntries(changed.map(({ id, state }) => [id.slice(graph.prefix.length), state]));
    };
    /** Claims all that is ready. */
    const claims = async (worker = workerIdentity('claimer')): Promise<Claim[]> => {
      const found: Claim[] = [];
      for (let claim = await opened.engine.claim(worker); claim; claim = await opened.engine.claim(worker))
        found.push(claim);
      return found;
    };
    const endOf = async (claim: Claim, result = 'a'.repeat(64), worker = workerIdentity('committer')) => {
      const { hash, key } = claim;
      const record = JSON.stringify({ format: 1, hash, key, result, seconds: 1, outputs: {}, summary: null });
      return opened.engine.commit(worker, claim, record, result);
    };

    test('two workers finish a graph; each task once, with the expected bytes', async () => {
      const graph = fresh(DIAMOND);
      await submit(graph);
      const workers = ['one', 'two'].map((each) => startWorker(opened.engine, opened.artefacts, folder, each));
      for (const { end } of workers) expect(await end).toEqual({ end: 'empty' });
      expect(await statesOf(graph)).toEqual({ root: 'finished', left: 'finished', right: 'finished', end: 'finished' });
      const { changed } = await opened.engine.changes(graph.name, '');
      for (const { id, hash } of changed) {
        const record = JSON.parse((await opened.engine.record(hash ?? '')) ?? '') as { result: string };
        expect(record.result).toBe(expectedResults(graph.tasks).get(id));
      }
      expect(workers.flatMap(({ events }) => events.filter(({ event }) => event === 'finished'))).toHaveLength(4);
    });

    test('a follower gets all cells into its own store, and reuses them', async () => {
      const graph = fresh(DIAMOND);
      const { tasks } = graphOf(graph.tasks);
      const store = new FolderStore(join(folder, 'follower'));
      const identity = IDENTITY;
      const config_hash = 'c'.repeat(64);
      const options = { ...opened, store, name: graph.name, config_hash, replace: false, identity };
      const executor = fleetExecutor({ ...options, lookSeconds: 0.05 });
      const slots = { threads: 1, jobs: 1, bytes: 1 };
      const signal = new AbortController().signal;
      const events: TaskEvent[] = [];
      const run = async (): Promise<void> => {
        const graphHere = { format: 1, tasks, given: {} } as const;
        for await (const event of executor.run(graphHere, store, new Map(), slots, signal)) events.push(event);
      };
      const following = run();
      const worker = startWorker(opened.engine, opened.artefacts, folder, 'three', { untilEmpty: false });
      await following;
      worker.stop.abort();
      await worker.end;
      const finished = events.filter((event) => event.event === 'finished');
      expect(finished.map(({ id, finished: { result } }) => [id, result])).toEqual(
        expect.arrayContaining([...expectedResults(graph.tasks)]),
      );
      for (const { finished: each } of finished) expect(each.directory.startsWith(store.root)).toBe(true);
      events.length = 0;
      await run();
      expect(events.map(({ event }) => event)).toEqual(['finished', 'finished', 'finished', 'finished']);
    });

    test('the longest chain goes first', async () => {
      const graph = fresh({
        short: { steps: 1, seconds: 1 },
        begin: { steps: 1, seconds: 1 },
        end: { steps: 9, seconds: 1, needs: ['begin'] },
      });
      await submit(graph);
      const [first, second] = await claims();
      expect([first.id, second.id]).toEqual([`${graph.prefix}begin`, `${graph.prefix}short`]);
      await endOf(first);
      expect((await opened.engine.claim(workerIdentity('next')))?.id).toBe(`${graph.prefix}end`);
      await opened.engine.cancel(graph.name, false);
    });

    test('equal keys of two graphs are computed once; what is finished is finished for a later graph at once', async () => {
      const graph = fresh(DIAMOND);
      const second = { ...graph, name: `${graph.name}-second` };
      await submit(graph);
      await submit(second);
      const held = await claims();
      expect(held.map(({ id }) => id)).toEqual([`${graph.prefix}root`]);
      await endOf(held[0]);
      expect(await statesOf(second)).toMatchObject({ root: 'finished', left: 'ready', right: 'ready' });
      const third = { ...graph, name: `${graph.name}-third` };
      await submit(third);
      expect(await statesOf(third)).toMatchObject({ root: 'finished', left: 'ready', right: 'ready' });
      for (const claim of await claims()) await endOf(claim);
      for (const claim of await claims()) await endOf(claim);
      expect(await statesOf(third)).toMatchObject({ end: 'finished' });
    });

    test('three failed tries without newer state set a task aside and block what needs it; a new submission tries again', async () => {
      const graph = fresh(DIAMOND);
      await submit(graph);
      const worker = workerIdentity('failing');
      const tried = { final: false, headway: false, log: 'why' };
      for (const expected of [false, false, true]) {
        const [claim] = await claims(worker);
        expect(await opened.engine.fail(worker, claim, FAILURE, tried)).toBe(expected);
      }
      expect(await statesOf(graph)).toEqual({ root: 'set_aside', left: 'blocked', right: 'blocked', end: 'blocked' });
      const { changed } = await opened.engine.changes(graph.name, '');
      expect(changed.find(({ state }) => state === 'set_aside')?.failure).toEqual(FAILURE);
      expect((await opened.engine.logs(graph.name, `${graph.prefix}root`)).map(({ text }) => text)).toEqual([
        'why',
        'why',
        'why',
      ]);
      expect(await claims(worker)).toEqual([]);
      await submit(graph);
      const [again] = await claims(worker);
      expect(again.id).toBe(`${graph.prefix}root`);
      await endOf(again);
      expect(await statesOf(graph)).toMatchObject({ root: 'finished', left: 'ready', right: 'ready', end: 'waiting' });
      await opened.engine.cancel(graph.name, false);
    });

    test('headway and what is handed back count as no failed tries; a final failure is the last', async () => {
      const graph = fresh({ only: { steps: 1 } });
      await submit(graph);
      const worker = workerIdentity('failing');
      for (const headway of [false, false, true, false, false]) {
        const [claim] = await claims(worker);
        expect(await opened.engine.fail(worker, claim, FAILURE, { final: false, headway, log: '' })).toBe(false);
      }
      for (let i = 0; i < 5; i++) {
        const [claim] = await claims(worker);
        await opened.engine.giveBack(claim);
      }
      const [claim] = await claims(worker);
      expect(await opened.engine.fail(worker, claim, FAILURE, { final: true, headway: true, log: '' })).toBe(true);
      expect(await statesOf(graph)).toEqual({ only: 'set_aside' });
    });

    test('a saved state goes with the cell to the next worker, and not after the cell was lost', async () => {
      const graph = fresh({ only: { steps: 1 } });
      await submit(graph);
      const [claim] = await claims();
      const state = { mark: 'm', files: { 'state.json': 'f'.repeat(64) } };
      expect(claim.state).toBeNull();
      expect(await opened.engine.saveState(claim, state)).toBe(true);
      await opened.engine.giveBack(claim);
      expect(await opened.engine.saveState(claim, { mark: 'late', files: {} })).toBe(false);
      const [next] = await claims();
      expect(next.state).toEqual(state);
      const worker = workerIdentity('renewing');
      expect(await opened.engine.renew(worker, [claim.attempt, next.attempt])).toEqual([claim.attempt]);
      // Late, but the same bytes: nothing happens.
      await endOf(next);
      expect(await endOf(claim)).toBeUndefined();
      expect(await opened.engine.renew(worker, [next.attempt])).toEqual([next.attempt]);
    });

    test('whoever commits first ends the other hold; other bytes raise an alarm that names both workers', async () => {
      const graph = fresh({ only: { steps: 1 }, more: { steps: 1, needs: ['only'] } });
      await submit(graph);
      const [late] = await claims();
      await opened.engine.giveBack(late);
      const [now] = await claims();
      const [first, second] = [workerIdentity('first'), workerIdentity('second')];
      expect(await endOf(late, 'a'.repeat(64), first)).toBeUndefined();
      expect(await opened.engine.renew(second, [now.attempt])).toEqual([now.attempt]);
      expect(await statesOf(graph)).toMatchObject({ only: 'finished', more: 'ready' });
      expect(await endOf(now, 'b'.repeat(64), second)).toEqual({ worker: first.id, result: 'a'.repeat(64) });
      const { alarms } = await opened.engine.changes(graph.name, '');
      expect(alarms).toHaveLength(1);
      expect(alarms[0]).toContain(first.id);
      expect(alarms[0]).toContain(second.id);
      expect((await opened.engine.status()).alarms).toEqual(alarms);
      await opened.engine.cancel(graph.name, false);
    });

    test('cancel stops what no other graph needs; draining lets running tasks end', async () => {
      const graph = fresh({ one: { steps: 1 }, two: { steps: 1 }, end: { steps: 1, needs: ['one', 'two'] } });
      const other = { ...graph, name: `${graph.name}-other` };
      await submit(graph);
      const worker = workerIdentity('working');
      const held = await opened.engine.claim(worker);
      if (!held) throw new Error('nothing is ready');
      await opened.engine.cancel(graph.name, true);
      expect(await opened.engine.renew(worker, [held.attempt])).toEqual([]);
      expect(await claims()).toEqual([]);
      await endOf(held);
      const states = await statesOf(graph);
      expect(Object.values(states).sort()).toEqual(['cancelled', 'cancelled', 'finished']);
      expect((await opened.engine.changes(graph.name, '')).cancelled).toBe(true);
      await submit(graph);
      await submit(other);
      const again = await opened.engine.claim(worker);
      if (!again) throw new Error('nothing is ready');
      await opened.engine.cancel(graph.name, false);
      expect(await opened.engine.renew(worker, [again.attempt])).toEqual([]);
      await opened.engine.cancel(other.name, false);
      expect(await opened.engine.renew(worker, [again.attempt])).toEqual([again.attempt]);
    });

    test('another configuration under the same name is refused, and so is an unknown sweep or task', async () => {
      const graph = fresh({ only: { steps: 1 } });
      await submit(graph);
      const other = submissionOf(graph.name, graphOf(graph.tasks), IDENTITY, 'd'.repeat(64));
      await expect(opened.engine.submit(other)).rejects.toMatchObject({ code: 'STUDY_OTHER' });
      const held = await claims();
      await opened.engine.submit({ ...other, tasks: [], replace: true });
      expect((await opened.engine.changes(graph.name, '')).changed).toEqual([]);
      expect(await opened.engine.renew(workerIdentity('replaced'), [held[0].attempt])).toEqual([held[0].attempt]);
      await expect(opened.engine.changes('nobody', '')).rejects.toMatchObject({ code: 'SWEEP_UNKNOWN' });
      await expect(opened.engine.cancel('nobody', false)).rejects.toMatchObject({ code: 'SWEEP_UNKNOWN' });
      await expect(opened.engine.logs(graph.name, 'nothing')).rejects.toMatchObject({ code: 'TASK_UNKNOWN' });
      await opened.engine.cancel(graph.name, false);
    });

    test('workers of another core see nothing of a graph; submitted by them it begins anew', async () => {
      const graph = fresh({ only: { steps: 1 } });
      await submit(graph);
      const other = { ...IDENTITY, core: { module_sha256: '1'.repeat(64), kernel_path: 'fused' } as const };
      const stranger = workerIdentity('stranger', 1, other);
      await opened.engine.greet(stranger);
      expect(await opened.engine.claim(stranger)).toBeUndefined();
      await opened.engine.submit(submissionOf(graph.name, graphOf(graph.tasks), other));
      expect((await opened.engine.claim(stranger))?.id).toBe(`${graph.prefix}only`);
      await opened.engine.cancel(graph.name, false);
    });

    test('a worker whose disk fails hands back and leaves; another one finishes', async () => {
      const graph = fresh({ only: { steps: 3 } });
      await submit(graph);
      const full = startWorker(opened.engine, opened.artefacts, folder, 'full', {
        trouble: () => {
          throw Object.assign(new Error('ENOSPC: no space left on device, write'), {
            code: 'ENOSPC',
            syscall: 'write',
          });
        },
      });
      expect(await full.end).toMatchObject({ end: 'unfit', failure: { exit_code: 4 } });
      const well = startWorker(opened.engine, opened.artefacts, folder, 'well');
      expect(await well.end).toEqual({ end: 'empty' });
      expect(await statesOf(graph)).toEqual({ only: 'finished' });
    });

    test('a stopped worker hands back with its state, from which the next one goes on', async () => {
      const graph = fresh({ only: { steps: 40, seconds: 0.02 } });
      await submit(graph);
      let done = 0;
      const first = startWorker(opened.engine, opened.artefacts, folder, 'first-half', {
        trouble: () => {
          if ((done += 1) === 10) first.stop.abort();
        },
      });
      expect(await first.end).toEqual({ end: 'stopped' });
      expect(first.events.at(-1)).toMatchObject({ event: 'handed_back' });
      let steps = 0;
      const second = startWorker(opened.engine, opened.artefacts, folder, 'second-half', {
        trouble: () => (steps += 1),
      });
      expect(await second.end).toEqual({ end: 'empty' });
      expect(second.events.some(({ event }) => event === 'resumed')).toBe(true);
      expect(steps).toBeLessThan(40);
      expect(await statesOf(graph)).toEqual({ only: 'finished' });
    });

    test('states that a newer one or the result has replaced are not kept; without its state a task begins anew', async () => {
      const graph = fresh({ only: { steps: 30, seconds: 0.03 } });
      await submit(graph);
      const removed: string[] = [];
      const kept: string[] = [];
      const artefacts: Artefacts = {
        missing: async (hashes) => opened.artefacts.missing(hashes),
        put: async (hash, path) => {
          kept.push(hash);
          return opened.artefacts.put(hash, path);
        },
        get: async (hash, path) => opened.artefacts.get(hash, path),
        remove: async (hashes) => {
          removed.push(...hashes);
          return opened.artefacts.remove(hashes);
        },
      };
      const first = startWorker(opened.engine, artefacts, folder, 'saving');
      await expect.poll(() => removed.length, { timeout: 20_000 }).toBeGreaterThan(1);
      first.stop.abort();
      await first.end;
      expect(await opened.artefacts.missing(removed)).toEqual(removed);
      // All that is kept now is lost by somebody's mistake.
      await opened.artefacts.remove(kept);
      const second = startWorker(opened.engine, opened.artefacts, folder, 'anew');
      expect(await second.end).toEqual({ end: 'empty' });
      expect(second.events.some((event) => event.event === 'said' && event.text.startsWith('begins anew'))).toBe(true);
      const { changed } = await opened.engine.changes(graph.name, '');
      const record = JSON.parse((await opened.engine.record(changed[0]?.hash ?? '')) ?? '') as { result: string };
      expect(record.result).toBe(expectedResults(graph.tasks).get(`${graph.prefix}only`));
    });

    test('no more tasks run side by side than jobs and memory allow', async () => {
      const names = ['a', 'b', 'c', 'd', 'e', 'f'];
      const graph = fresh(Object.fromEntries(names.map((each) => [each, { steps: 3 }])));
      await submit(graph);
      for (const [jobs, bytes, most] of [
        [3, 1e9, 3],
        [3, 2, 2],
      ]) {
        const kinds = simulatedKinds(() => undefined);
        const inner = inlinePerformer(kinds, SYSTEM_CLOCK);
        let [running, seen] = [0, 0];
        const worker = startWorker(opened.engine, opened.artefacts, folder, `wide-${bytes}`, {
          jobs,
          bytes,
          performer: (store) => {
            const performer = inner(store);
            return {
              ...performer,
              perform: (assignment, hooks) => {
                seen = Math.max(seen, (running += 1));
                const attempt = performer.perform(assignment, hooks);
                void attempt.outcome.then(() => (running -= 1));
                return attempt;
              },
            };
          },
        });
        expect(await worker.end).toEqual({ end: 'empty' });
        expect(seen).toBe(most);
        const again = fresh(Object.fromEntries(names.map((each) => [each, { steps: 3 }])));
        await submit(again);
      }
      for (const claim of await claims()) await endOf(claim);
    });
  });
}
