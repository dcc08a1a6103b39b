// What a stopped run makes of damaged files when it resumes: it refuses them, or goes back to an older state and says
// so. Never other bits.
import { appendFile, cp, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readKeptCheckpoint } from '../../src/model/kept-checkpoints.ts';
import { dropState, STATE_PATTERNS } from '../../src/model/run-state.ts';
import { flipped, outcomeOf, stateFiles, stopAfter, type TinyRun, tinyRuns } from './tiny-runs.ts';

describe.each([0, 1])('run %i of training and reinforcement learning', (which) => {
  let folder = '',
    stopped = '',
    whole = '',
    run: TinyRun;
  /** Steps of the two states. */
  let older = 0,
    newer = 0;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tracelab-damaged-'));
    run = (await tinyRuns(folder))[which];
    await run.run(join(folder, 'whole'));
    whole = await outcomeOf(join(folder, 'whole'));
    stopped = join(folder, 'stopped');
    await stopAfter(run, stopped, 3);
    [older, newer] = (await stateFiles(stopped)).map((name) => Number(/\d+/.exec(name)?.[0]));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  /** Resumes a damaged copy: its outcome, or the code of the refusal; and what was said. */
  async function resume(damage: (runDir: string) => Promise<void>) {
    const runDir = await mkdtemp(join(folder, 'copy-'));
    await cp(stopped, runDir, { recursive: true });
    await damage(runDir);
    const said: string[] = [];
    const outcome = await run.run(runDir, { say: (text) => said.push(text) }).then(
      () => outcomeOf(runDir),
      (error: unknown) => error as Error,
    );
    return { runDir, said, outcome };
  }
  const change = (name: string, how: (bytes: Uint8Array) => Uint8Array | string) => async (runDir: string) => {
    await writeFile(join(runDir, name), how(await readFile(join(runDir, name))));
  };
  const stateFile = (step: number): string => `resume-${step}.safetensors`;
  const steps = (): number => (JSON.parse(whole) as { rows: string[] }).rows.length - 1;
  const resumes = (step: number): string => `resumes at step ${step} of ${steps()}`;

  it('keeps two states', async () => {
    expect(await stateFiles(stopped)).toHaveLength(2);
    expect(newer).toBe(older + 1);
  });

  it('gives the same bits when nothing is damaged, and says where it resumes', async () => {
    const { outcome, said } = await resume(() => Promise.resolve());
    expect(said).toEqual([resumes(newer)]);
    expect(outcome).toBe(whole);
  });

  it('goes back to the older state when a bit of the newer one is flipped, and says so', async () => {
    const newest = (await stateFiles(stopped)).at(-1) ?? '';
    const { outcome, said } = await resume(change(newest, (bytes) => flipped(bytes, -1, 6)));
    expect(outcome).toBe(whole);
    expect(said).toEqual([`state of step ${newer} is damaged; resumes at step ${older}`, resumes(older)]);
  });

  it('refuses when both states are damaged, and says what to delete', async () => {
    const { outcome, said, runDir } = await resume(async (copy) => {
      for (const name of await stateFiles(copy)) await change(name, (bytes) => flipped(bytes, -1, 6))(copy);
    });
    expect(said).toEqual([]);
    expect(outcome).toMatchObject({ code: 'CHECKPOINT_DAMAGED', exitCode: 3 });
    expect((outcome as Error).message).toContain(
      `state of step ${newer} is damaged, and state of step ${older} is damaged`,
    );
    expect((outcome as Error).message).toContain(`(hint: delete ${runDir} to begin anew)`);
  });

  it('takes a state whose line was cut short for one that was never saved', async () => {
    const { outcome, said } = await resume(change('resume.jsonl', (bytes) => bytes.subarray(0, bytes.length - 20)));
    expect(outcome).toBe(whole);
    expect(said).toEqual([resumes(older)]);
  });

  it('says that a line is damaged', async () => {
    const { outcome, said } = await resume(
      change('resume.jsonl', (bytes) => Buffer.from(bytes).toString().replace(`"step":${newer}`, '"step":"x"')),
    );
    expect(outcome).toBe(whole);
    expect(said).toEqual([`a line of resume.jsonl is damaged; resumes at step ${older}`, resumes(older)]);
  });

  it('does not believe a line that names another step than its file', async () => {
    const { outcome, said } = await resume(
      change('resume.jsonl', (bytes) =>
        Buffer.from(bytes)
          .toString()
          .replace(`"step":${newer}`, `"step":${newer + 1}`),
      ),
    );
    expect(outcome).toBe(whole);
    expect(said[0]).toBe(`state of step ${newer + 1} is damaged; resumes at step ${older}`);
  });

  it('refuses when the list of states is gone, and begins anew when there was none to lose', async () => {
    const gone = await resume((copy) => rm(join(copy, 'resume.jsonl')));
    expect(gone.outcome).toMatchObject({ code: 'CHECKPOINT_DAMAGED', exitCode: 3 });
    const first = await resume(async (copy) => {
      await rm(join(copy, 'resume.jsonl'));
      await rm(join(copy, stateFile(older)));
    });
    expect(first.said).toEqual(['resume.jsonl names no saved state; begins anew']);
    expect(first.outcome).toBe(whole);
  });

  it('goes back to the state whose rows are whole, and refuses when none has', async () => {
    const row = (bytes: Uint8Array, line: number): number =>
      Buffer.from(bytes).toString().split('\n').slice(0, line).join('\n').length - 3;
    const last = await resume(change('metrics.jsonl', (bytes) => flipped(bytes, row(bytes, newer))));
    expect(last.said).toEqual([`metrics up to step ${newer} are damaged; resumes at step ${older}`, resumes(older)]);
    expect(last.outcome).toBe(whole);
    const first = await resume(change('metrics.jsonl', (bytes) => flipped(bytes, row(bytes, 1))));
    expect(first.outcome).toMatchObject({ code: 'METRICS_DAMAGED', exitCode: 3 });
  });

  it('cuts rows after the state', async () => {
    const { outcome } = await resume((copy) => appendFile(join(copy, 'metrics.jsonl'), '{"step":99}\n{"st'));
    expect(outcome).toBe(whole);
  });

  it('makes a damaged checkpoint again where the older state comes before it', async () => {
    const name = `checkpoints/step-${newer}/model.safetensors`;
    const changed = await resume(change(name, (bytes) => flipped(bytes, -1)));
    expect(changed.said).toEqual([`checkpoint of step ${newer} is damaged; resumes at step ${older}`, resumes(older)]);
    expect(changed.outcome).toBe(whole);
    const gone = await resume((copy) => rm(join(copy, 'checkpoints', `step-${newer}`, 'config.json')));
    expect(gone.said[0]).toBe(`checkpoint of step ${newer} is missing; resumes at step ${older}`);
    expect(gone.outcome).toBe(whole);
    await expect(readKeptCheckpoint(gone.runDir, newer)).resolves.toMatchObject({ model: { d_model: 8 } });
  });

  it('refuses a damaged checkpoint that no state comes before, and one that was never noted', async () => {
    const name = `checkpoints/step-${older}/tokenizer.json`;
    const changed = await resume(change(name, (bytes) => flipped(bytes, 5)));
    expect(changed.outcome).toMatchObject({ code: 'CHECKPOINT_DAMAGED', exitCode: 3 });
    await expect(readKeptCheckpoint(changed.runDir, older)).rejects.toMatchObject({ code: 'CHECKPOINT_DAMAGED' });
    const swapped = await resume(async (copy) => {
      const path = (step: number): string => join(copy, 'checkpoints', `step-${step}`);
      await rename(path(1), path(0));
      await rename(path(older), path(1));
      await rename(path(0), path(older));
    });
    expect(swapped.outcome).toMatchObject({ code: 'CHECKPOINT_DAMAGED' });
    const unknown = await resume((copy) => rm(join(copy, 'written.jsonl')));
    expect(unknown.outcome).toMatchObject({ code: 'CHECKPOINT_DAMAGED' });
    expect((unknown.outcome as Error).message).toContain('expected a note of what was written, got none');
  });

  it('refuses the state of tracelab 0.1.0', async () => {
    const { outcome } = await resume((copy) => writeFile(join(copy, 'resume.safetensors'), ''));
    expect(outcome).toMatchObject({ code: 'RUN_MISMATCH', exitCode: 2 });
  });

  it('leaves nothing behind that only a stopped run needs', async () => {
    const { runDir, outcome } = await resume((copy) => writeFile(join(copy, '.resume-9.safetensors.x.tmp'), 'half'));
    expect(outcome).toBe(whole);
    const needed = async (): Promise<string[]> =>
      (await readdir(runDir)).filter((name) => STATE_PATTERNS.some((pattern) => pattern.test(name)));
    expect(await needed()).toContain('resume.jsonl');
    expect(await needed()).toHaveLength(3);
    await dropState(runDir);
    expect(await needed()).toEqual([]);
    expect(await outcomeOf(runDir)).toBe(whole);
  });
});
