// Starting from a saved state, or from none, leaves files as they are where there is nothing to change: the mark of the
// newest state distinguishes a task that made progress from one that fails at every start.
import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { RunStates } from '../../src/model/run-state.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-run-state-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

it('a start from no state writes nothing', async () => {
  await (await RunStates.open(folder)).resumeFrom(null);
  expect(readdirSync(folder)).toEqual([]);
});

it('a start from the newest state does not touch the list of states, one from an older state cuts it', async () => {
  const path = join(folder, 'resume.jsonl');
  const line = (step: number): string => {
    const sha256 = 'a'.repeat(64);
    const metrics = { rows: step, bytes: 10, sha256 };
    return `${JSON.stringify({ file: `resume-${step}.safetensors`, step, seconds: 1, sha256, bytes: 3, metrics })}\n`;
  };
  writeFileSync(path, line(1) + line(2));
  utimesSync(path, 1, 1);
  const states = await RunStates.open(folder);
  await states.resumeFrom(states.candidates[0]);
  expect(statSync(path).mtimeMs).toBe(1000);
  await states.resumeFrom(states.candidates[1]);
  expect(statSync(path).size).toBe(line(1).length);
});
