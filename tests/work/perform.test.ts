// Performing one task: the lease is held for as long as it works and given back whatever happens, and its time is
// remembered.
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { failedBy } from '../../src/work/failure.ts';
import { type CellKey, keyOf } from '../../src/work/key.ts';
import type { Kind, Work } from '../../src/work/kind.ts';
import { perform, type Performance, type Performed } from '../../src/work/perform.ts';
import type { Store } from '../../src/work/store.ts';
import type { Finished } from '../../src/work/task.ts';
import { countKind, toyTask, TOY_CORE } from './toy-kinds.ts';
import { toyStore } from './toy-store.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tracelab-perform-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const KEY: CellKey = keyOf(toyTask('a'), countKind, {}, TOY_CORE);

/** A clock that advances by a second whenever it is read. */
function ticking(): Performance['clock'] {
  let seconds = 0;
  return { now: () => new Date(0), seconds: () => seconds++ };
}

async function performed(run: Kind['run'], change: Partial<Performance> = {}): Promise<Performed> {
  return perform({
    kind: { ...(countKind as Kind), run },
    config: {},
    key: KEY,
    needs: {},
    store: toyStore(root),
    threads: 3,
    signal: new AbortController().signal,
    hooks: { watches: () => undefined, leased: () => undefined, progress: () => undefined, said: () => undefined },
    clock: ticking(),
    ...change,
  });
}

/** Fails while somebody has the cell. */
async function free(): Promise<void> {
  (await toyStore(root).lease(KEY)).release();
}

test('the lease is held during the work and given back after it', async () => {
  let held: unknown;
  const result = await performed(async ({ threads }) => {
    held = await free().catch((error: unknown) => error);
    return { threads };
  });
  expect(held).toMatchObject({ code: 'CELL_IN_USE' });
  expect(result).toMatchObject({ reused: false, finished: { summary: { threads: 3 }, seconds: 1 } });
  await free();
});

test('what another process finished before the lease was ours is taken, and the kind does not run', async () => {
  const theirs: Finished = { hash: 'h', result: 'r', seconds: 1, outputs: {}, summary: null, directory: root };
  const store: Store = { ...toyStore(root), finished: async () => theirs as never };
  const result = await performed(async () => Promise.reject(new Error('ran')), { store });
  expect(result).toEqual({ finished: theirs, reused: true });
  await free();
});

test('working time of a stopped start counts in the record', async () => {
  const controller = new AbortController();
  const stopped = await performed(
    async () => {
      controller.abort();
      return null;
    },
    { signal: controller.signal },
  );
  expect(stopped).toEqual({ stopped: true });
  expect(await performed(async () => ({}))).toMatchObject({ finished: { seconds: 2 } });
});

test('a signal that came before the lease: the kind does not run', async () => {
  const run = async (): Promise<never> => Promise.reject(new Error('ran'));
  expect(await performed(run, { signal: AbortSignal.abort() })).toEqual({ stopped: true });
  await free();
});

test('a failure gives the cell back', async () => {
  await expect(performed(async () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  await free();
});

test('a kind that ends without a summary and without a signal is a bug', async () => {
  await expect(performed(async () => null)).rejects.toMatchObject({ code: 'TASK_ENDED_EARLY', kind: 'bug' });
  await free();
});

test('needs by role', async () => {
  const a: Finished = { hash: 'h', result: 'r', seconds: 1, outputs: {}, summary: null, directory: root };
  const asked = async (ask: (work: Work<unknown>) => unknown): Promise<unknown> => {
    let answer: unknown;
    await performed(
      async (work) => {
        answer = ask(work);
        return {};
      },
      { needs: { a }, store: { ...toyStore(root), finished: async () => undefined } },
    );
    return answer;
  };
  expect(await asked(({ need }) => need('a'))).toBe(a);
  expect(await asked(({ needIfAny }) => needIfAny('toString'))).toBeUndefined();
  const error = await asked(({ need }) => need('b')).catch((thrown: unknown) => thrown);
  expect(failedBy(error)).toMatchObject({ failure: { code: 'NEED_MISSING', exit_code: 2 }, final: true });
});

/** A finished cell with one file, and a task that reads it. */
function needOf(text: string): Finished {
  const directory = mkdtempSync(join(root, 'need-'));
  writeFileSync(join(directory, 'rows.jsonl'), text);
  const outputs = { 'rows.jsonl': createHash('sha256').update(text).digest('hex') };
  return { hash: 'h', result: 'r', seconds: 1, outputs, summary: null, directory };
}

test('a need that is not what its hash says is refused before the kind runs', async () => {
  const a = needOf('1\n');
  writeFileSync(join(a.directory, 'rows.jsonl'), '2\n');
  const run = async (): Promise<never> => Promise.reject(new Error('ran'));
  await expect(performed(run, { needs: { a } })).rejects.toMatchObject({
    code: 'CELL_DAMAGED',
    where: join(a.directory, 'rows.jsonl'),
  });
  await free();
});

test('a need that changes while the kind reads it makes no result', async () => {
  const a = needOf('1\n');
  const change = async (): Promise<object> => {
    writeFileSync(join(a.directory, 'rows.jsonl'), '2\n');
    return {};
  };
  await expect(performed(change, { needs: { a } })).rejects.toMatchObject({ code: 'CELL_DAMAGED' });
  expect(await toyStore(root).finished(KEY)).toBeUndefined();
  const given = { ...needOf('1\n'), elsewhere: {} };
  const changeGiven = async (): Promise<object> => {
    rmSync(join(given.directory, 'rows.jsonl'));
    return {};
  };
  await expect(performed(changeGiven, { needs: { given } })).rejects.toMatchObject({
    code: 'FILE_CHANGED',
    exitCode: 3,
    details: { got: 'no file', hint: 'give the command again when nothing writes to the file' },
  });
});
