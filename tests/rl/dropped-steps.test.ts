// A step that takes too long after the signal is dropped and repeated: the resumed run has the bits of one that nobody
// stopped. Real threads.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { outcomeOf, slowRuns, type TinyRun } from './tiny-runs.ts';

/**
 * After the row of a step, milliseconds: where in the next step a drop falls is the machine's matter, so several are
 * tried.
 */
const MOMENTS = [150, 80, 250, 40, 400, 20, 600, 100];

let folder = '';
let runs: readonly TinyRun[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tracelab-dropped-'));
  runs = await slowRuns(folder);
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Stops a run in its second step, dropping that at once; whether it was dropped. */
async function dropsSecondStep({ run }: TinyRun, runDir: string, moment: number): Promise<boolean> {
  const stop = new AbortController();
  const said: string[] = [];
  const { finished } = await run(runDir, {
    progress: ({ step }) => {
      if (step === 1)
        setTimeout(() => {
          stop.abort();
        }, moment);
    },
    say: (text) => said.push(text),
    signal: stop.signal,
    timing: { dropSeconds: 0, abandonSeconds: 1000 },
  });
  return !finished && said.includes('step 2 takes too long: it is dropped, and repeated when the run resumes');
}

it.each([0, 1])('run %i of training and reinforcement learning', { timeout: 300_000 }, async (which) => {
  const run = runs[which];
  const whole = join(folder, `whole-${run.name}`);
  await run.run(whole);
  let dropped: string | undefined;
  for (const moment of MOMENTS) {
    const runDir = join(folder, `${run.name}-${moment}`);
    if (!(await dropsSecondStep(run, runDir, moment))) continue;
    dropped = runDir;
    break;
  }
  if (dropped === undefined) throw new Error('no step was dropped');
  const said: string[] = [];
  await run.run(dropped, { say: (text) => said.push(text) });
  expect(said).toEqual(['resumes at step 1 of 3']);
  expect(await outcomeOf(dropped)).toBe(await outcomeOf(whole));
});
