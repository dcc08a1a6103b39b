// Folders that other processes make and delete in the same moment.
import { mkdtempSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isFolderSync, mkdirs, mkdirsSync } from '../../src/base/disk.ts';
import { type FilePort, installPort, port } from '../../src/base/file-port.ts';

let folder: string;
let before: FilePort | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-disk-'));
});
afterEach(() => {
  if (before) installPort(before);
  before = undefined;
  rmSync(folder, { recursive: true, force: true });
});

/** Before each of the first looks at a folder, another process deletes it. */
function deleting(times: number): () => number {
  let left = times;
  const real = port();
  const vanish = (path: string): void => {
    if (left > 0) rmdirSync(path);
    left -= 1;
  };
  before = installPort({
    sync: {
      ...real.sync,
      stat: (path) => {
        vanish(path);
        return real.sync.stat(path);
      },
    },
    async: {
      ...real.async,
      stat: async (path) => {
        vanish(path);
        return real.async.stat(path);
      },
    },
  });
  return () => left;
}

test('a folder that another process deletes between two looks is made again', async () => {
  const path = join(folder, 'a');
  mkdirsSync(path);
  const left = deleting(1);
  await mkdirs(path);
  expect(left()).toBe(0);
  mkdirsSync(path);
  if (before) installPort(before);
  expect(isFolderSync(path)).toBe(true);
});

test('the same, synchronously', () => {
  const path = join(folder, 'a', 'b');
  mkdirsSync(path);
  const left = deleting(1);
  mkdirsSync(path);
  expect(left()).toBe(0);
  if (before) installPort(before);
  expect(isFolderSync(path)).toBe(true);
});
