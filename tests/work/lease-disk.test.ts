// A lease on a disk that fails for a moment: it is neither lost nor kept too long. The simulation found each of these.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { installPort, NODE_PORT } from '../../src/base/file-port.ts';
import { FolderStore } from '../../src/work/folder-store.ts';
import type { CellKey } from '../../src/work/key.ts';
import { takeLease } from '../../src/work/lease.ts';
import { type Operation, type OperationName, watchedPort } from '../ports/watched-port.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-lease-disk-'));
});
afterEach(() => {
  installPort(NODE_PORT);
  rmSync(folder, { recursive: true, force: true });
});

/** The next operation of that name fails once, or takes effect and its answer is lost. */
function failing(name: OperationName, when: 'before' | 'after' = 'before'): void {
  let isDone = false;
  const fail = (operation: Operation): undefined => {
    if (isDone || operation.name !== name) return undefined;
    isDone = true;
    throw Object.assign(new Error('EIO'), { code: 'EIO', syscall: name });
  };
  installPort(watchedPort({ [when]: fail }));
}
const textOf = (name: string): string => readFileSync(join(folder, name), 'utf8');

test('a lease that cannot be read at the moment is not given up: its owner still works', async () => {
  let lost = 0;
  const lease = await takeLease(folder, { onLost: () => (lost += 1) });
  failing('readFolder');
  expect([lease.held(), lease.isOver(), lost]).toEqual([false, false, 0]);
  expect(textOf('.lease-1')).toContain('\nbeat');
  expect(lease.held()).toBe(true);
  lease.release();
});

test('a cell whose lease cannot be read is not committed, and can be later', async () => {
  const key: CellKey = { kind: 'toy', version: 1, config: {}, inputs: {}, core: null, numeric_version: 1 };
  const lease = await new FolderStore(folder).lease(key);
  failing('readFolder');
  await expect(lease.commit([], [], null, 1)).rejects.toMatchObject({ code: 'FILE_READ', exitCode: 4 });
  expect((await lease.commit([], [], null, 1)).outputs).toEqual({});
  lease.release();
});

test('a lease whose taker failed half-way is given back: its process lives on', async () => {
  failing('link', 'after');
  await expect(takeLease(folder)).rejects.toMatchObject({ code: 'FILE_WRITE' });
  const next = await takeLease(folder, { patienceSeconds: 0 });
  expect(next.generation).toBe(2);
  next.release();
});

test.each(['write', 'close'] as const)(
  'a lease that could not be given back is given back later: the %s fails, and nobody is disturbed',
  async (name) => {
    const lease = await takeLease(folder);
    failing(name);
    lease.release();
    await vi.waitFor(() => expect(textOf('.lease-1')).toContain('\nfree'));
  },
);

test('a taker that cannot read what became of its lease leaves no file open', async () => {
  const open = new Map<number, string>();
  let isLinked = false;
  const fail = (code: string, syscall: string): never => {
    throw Object.assign(new Error(code), { code, syscall });
  };
  const port = watchedPort({
    before: ({ name, args, path }) => {
      if (name === 'close') open.delete(args[0] as number);
      if (name === 'open' && isLinked && path.endsWith('.lease-1')) {
        isLinked = false;
        fail('EIO', 'open');
      }
      return undefined;
    },
    after: ({ name, path }, result) => {
      if (name === 'open') open.set(result as number, path);
      if (name !== 'link') return;
      isLinked = true;
      fail('EEXIST', 'link');
    },
  });
  installPort(port);
  await expect(takeLease(folder)).rejects.toMatchObject({ code: 'FILE_WRITE' });
  expect([...open.values()]).toEqual([]);
  expect(textOf('.lease-1')).toContain('\nfree');
});
