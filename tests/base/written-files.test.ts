// Notes of what was written: the last one of a path counts, and a note after a crash does not grow together with the
// one that was cut short.
import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { noteWritten, readWritten, WRITTEN_FILE } from '../../src/base/written-files.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tracelab-written-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const note = (path: string, bytes: number) => ({ path, bytes, sha256: `${bytes}` });

it('keeps the last note of each path', async () => {
  expect(await readWritten(folder)).toEqual(new Map());
  for (const written of [note('a', 1), note('b', 2), note('a', 3)]) await noteWritten(folder, written);
  expect([...(await readWritten(folder)).values()]).toEqual([note('a', 3), note('b', 2)]);
});

it('drops a note that a crash cut short, and no other one', async () => {
  await noteWritten(folder, note('a', 1));
  await appendFile(join(folder, WRITTEN_FILE), '{"path":"b","by');
  await noteWritten(folder, note('c', 3));
  expect([...(await readWritten(folder)).values()]).toEqual([note('a', 1), note('c', 3)]);
});
