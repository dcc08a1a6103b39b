// A lease on a disk that fails for a moment: it is neither lost nor kept for ever. The simulation found each of these.
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FolderStore } from '../../src/work/folder-store.ts';
import type { CellKey } from '../../src/work/key.ts';
import { takeLease } from '../../src/work/lease.ts';

vi.mock('node:fs', async (load) => {
  const real = await load<typeof fs>();
  const { openSync, readdirSync, writeSync } = real;
  return { ...real, openSync: vi.fn(openSync), readdirSync: vi.fn(readdirSync), writeSync: vi.fn(writeSync) };
});

let folder = '';
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'tracelab-lease-disk-'));
});
afterEach(() => {
  fs.rmSync(folder, { recursive: true, force: true });
});

/** The next call fails. */
function failing(call: (...args: never[]) => unknown): void {
  vi.mocked(call).mockImplementationOnce(() => {
    throw Object.assign(new Error('EIO'), { code: 'EIO', syscall: 'any' });
  });
}
const textOf = (name: string): string => fs.readFileSync(join(folder, name), 'utf8');

test('a lease that cannot be read at the moment is not given up: its owner still works', async () => {
  let lost = 0;
  const lease = await takeLease(folder, { onLost: () => (lost += 1) });
  failing(fs.readdirSync);
  expect([lease.held(), lease.isOver(), lost]).toEqual([false, false, 0]);
  expect(textOf('.lease-1')).toContain('\nbeat');
  expect(lease.held()).toBe(true);
  lease.release();
});

test('a cell whose lease cannot be read is not committed, and can be later', async () => {
  const key: CellKey = { kind: 'toy', version: 1, config: {}, inputs: {}, core: null, numeric_version: 1 };
  const lease = await new FolderStore(folder).lease(key);
  failing(fs.readdirSync);
  await expect(lease.commit([], [], null, 1)).rejects.toMatchObject({ code: 'FILE_READ', exitCode: 4 });
  expect((await lease.commit([], [], null, 1)).outputs).toEqual({});
  lease.release();
});

test('a lease whose taker failed half-way is given back: its process lives on', async () => {
  failing(fs.openSync);
  await expect(takeLease(folder)).rejects.toMatchObject({ code: 'FILE_WRITE' });
  const next = await takeLease(folder, { patienceSeconds: 0 });
  expect(next.generation).toBe(2);
  next.release();
});

test('a lease that could not be given back is given back later', async () => {
  const lease = await takeLease(folder);
  failing(fs.writeSync);
  lease.release();
  await vi.waitFor(() => expect(textOf('.lease-1')).toContain('\nfree'));
});
