// A run is never resumed by code that would give other numbers: its key contains the numeric version.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { stopAfter, type TinyRun, tinyRuns } from './tiny-runs.ts';

const version = vi.hoisted(() => ({ now: 1 }));
vi.mock('../../src/base/numeric-version.ts', () => ({
  get NUMERIC_VERSION() {
    return version.now;
  },
}));

let folder = '';
let runs: readonly TinyRun[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tracelab-version-'));
  runs = await tinyRuns(folder);
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

it.each([0, 1])('run %i of training and reinforcement learning', { timeout: 60_000 }, async (which) => {
  const runDir = join(folder, `run-${which}`);
  version.now = 1;
  await stopAfter(runs[which], runDir, 3);
  version.now = 2;
  await expect(runs[which].run(runDir)).rejects.toMatchObject({ code: 'RUN_MISMATCH', exitCode: 2 });
  version.now = 1;
  await expect(runs[which].run(runDir)).resolves.toMatchObject({ finished: true });
});
