// A few of the cases of `npm run damage-states`: random damage to a stopped run is refused, repaired from the older
// state, or has no effect.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DamagedRuns } from './state-damage.ts';
import { type TinyRun, tinyRuns } from './tiny-runs.ts';

const CASES = 30;

let folder = '';
let runs: readonly TinyRun[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tracelab-damage-'));
  runs = await tinyRuns(folder);
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

it.each([0, 1])('run %i of training and reinforcement learning', { timeout: 120_000 }, async (which) => {
  const copies = await DamagedRuns.of(runs[which], join(folder, runs[which].name));
  const endings = new Set<string>();
  for (let index = 0; index < CASES; index++) {
    const { ending, text } = await copies.judge(1, index);
    expect(ending, `case ${index}: ${text}`).not.toBe('FAULT');
    endings.add(ending);
  }
  // Where the run stopped decides which files there are; that older states repair newer ones is tested in
  // damaged-states.test.ts.
  expect(endings).toContain('refused');
  expect(endings.size).toBeGreaterThan(1);
});
