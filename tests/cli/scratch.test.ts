// The folder that a command needs only while it runs: gone afterwards, and that of a killed command with the next one.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { withScratch } from '../../src/cli/scratch.ts';

const before = process.env.TMPDIR;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-scratch-'));
  process.env.TMPDIR = folder;
});
afterEach(() => {
  if (before === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = before;
  rmSync(folder, { recursive: true });
});

/** What a killed command leaves. */
function leaveBehind(): void {
  const module = JSON.stringify(new URL('../../src/cli/scratch.ts', import.meta.url).href);
  const script = `
    const { writeFileSync } = await import('node:fs');
    const { withScratch } = await import(${module});
    await withScratch(async (folder) => {
      writeFileSync(folder + '/rows', '');
      process.kill(process.pid, 'SIGKILL');
    });`;
  expect(spawnSync(process.execPath, ['--input-type=module', '-e', script]).signal).toBe('SIGKILL');
}

it('nothing is left after the work, whether it succeeds or fails', async () => {
  await withScratch(async (scratch) => {
    writeFileSync(join(scratch, 'rows'), '');
    await withScratch(async (other) => {
      expect(existsSync(other) && other !== scratch).toBe(true);
    });
    expect(existsSync(join(scratch, 'rows'))).toBe(true);
  });
  await expect(
    withScratch(async () => {
      throw new Error('fails');
    }),
  ).rejects.toThrow('fails');
  expect(readdirSync(folder)).toEqual([]);
});

it('what a killed command left is gone after the next one', async () => {
  leaveBehind();
  const [shared] = readdirSync(folder);
  const [left] = readdirSync(join(folder, shared));
  expect(existsSync(join(folder, shared, left, 'rows'))).toBe(true);
  await withScratch(async (scratch) => {
    expect(readdirSync(dirname(scratch))).toEqual([basename(scratch)]);
    return Promise.resolve();
  });
  expect(readdirSync(folder)).toEqual([]);
});

it.skipIf(process.platform === 'win32')(
  'a folder that others may write to is not used, and nothing in it is deleted',
  async () => {
    leaveBehind();
    const [shared] = readdirSync(folder);
    chmodSync(join(folder, shared), 0o777);
    await withScratch(async (scratch) => {
      expect(dirname(scratch)).toBe(folder);
      return Promise.resolve();
    });
    expect(readdirSync(join(folder, shared))).toHaveLength(1);
    rmSync(join(folder, shared), { recursive: true });
    mkdirSync(join(folder, shared), 0o700);
  },
);
