// Updates with numbers that are not finite: nothing is applied, the batch is written down, and the run stops or skips.
// They come from learning rates at which f32 overflows.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeDataset } from '../../src/data/dataset.ts';
import type { NotFiniteRow } from '../../src/model/not-finite.ts';
import { decodeSafetensors } from '../../src/model/safetensors.ts';
import { train, type TrainOptions, type TrainSummary } from '../../src/training/train.ts';
import { readCurve } from '../../src/tasks/training-curve.ts';
import { MODEL, RECIPE } from './tiny-training.ts';

/** Gradients stay finite; from step 2 on they are not, because the first update makes huge parameters. */
const HOT = { ...RECIPE, lr: 1e30, warmup_steps: 0 };
/** Every update but the last one would make infinite parameters; the cosine ends at 1e-3. */
const COOLING = { ...RECIPE, epochs: 100, lr: 1e45, lr_min_ratio: 1e-48, warmup_steps: 0 };

describe('training with numbers that are not finite', () => {
  let folder = '',
    ids: string[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tracelab-not-finite-'));
    await writeDataset(join(folder, 'data'), {
      domain: 'maze',
      generator: 'wilson',
      size: 4,
      train: 30,
      dev: 2,
      test: 2,
      test_in_distribution: 2,
      distributions: ['wilson'],
      drunkard_coverage: 0.5,
      seed: 3,
    });
    ids = (await readFile(join(folder, 'data', 'train.jsonl'), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { id: string }).id);
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  const optionsOf = (name: string, changes: Partial<TrainOptions>): TrainOptions => ({
    runDir: join(folder, name),
    model: MODEL,
    train: RECIPE,
    condition: 'solution-only',
    seed: 1,
    trainFile: join(folder, 'data', 'train.jsonl'),
    threads: 2,
    ...changes,
  });

  const fails = (name: string, changes: Partial<TrainOptions>): Promise<unknown> =>
    train(optionsOf(name, changes), { progress: () => undefined }).then(
      () => undefined,
      (error: unknown) => error,
    );

  /** Stops after the step, or a few later. */
  async function stopAfter(name: string, changes: Partial<TrainOptions>, step: number): Promise<TrainSummary> {
    const stop = new AbortController();
    return train(optionsOf(name, changes), {
      progress: (progress) => {
        if (progress.step >= step) stop.abort();
      },
      say: (text) => {
        if (text.startsWith(`step ${step}: the update is skipped`)) stop.abort();
      },
      signal: stop.signal,
      timing: { stateSeconds: 0 },
    });
  }

  async function rowsOf(name: string): Promise<(NotFiniteRow & { seconds?: number })[]> {
    const lines = (await readFile(join(folder, name, 'metrics.jsonl'), 'utf8')).trim().split('\n');
    return lines.map((line) => {
      const row = JSON.parse(line) as NotFiniteRow & { seconds?: number };
      return { ...row, seconds: 0 };
    });
  }

  async function stateOf(name: string, step: number): Promise<Map<string, Float32Array>> {
    const file = `resume-${step}.safetensors`;
    const { tensors } = decodeSafetensors(new Uint8Array(await readFile(join(folder, name, file))), file);
    return new Map([...tensors].map(([tensor, { values }]) => [tensor, Float32Array.from(values)]));
  }

  it('stops by default, with the step, the tensor and the count; state and rows are those before the update', async () => {
    const error = await fails('stopped', { train: HOT });
    expect(error).toMatchObject({ code: 'TRAINING_DIVERGED', exitCode: 2, where: 'step 2' });
    expect((error as Error).message).toMatch(
      /training diverged: \d+ of \d+ values of the gradient of model\.[a-z0-9_.]+ are not finite; expected finite loss, gradients, parameters and moments, got loss \S+, gradient norm NaN \(hint: a lower lr; train\.max_skipped_steps skips such updates; the last row of metrics\.jsonl has the examples\)$/,
    );
    const rows = await rowsOf('stopped');
    expect(rows.map(({ step }) => step)).toEqual([1, 2]);
    const { update, not_finite, examples } = rows[1];
    expect(update).toBe('stopped');
    expect(not_finite).toMatchObject({ quantity: 'gradient', tensor: 'model.embed_tokens.weight' });
    expect(not_finite.count).toBeGreaterThan(0);
    expect(examples.length).toBeGreaterThan(1);
    expect(examples.filter((id) => !ids.includes(id))).toEqual([]);

    const before = await stopAfter('before', { train: { ...HOT, epochs: 2 } }, 1).catch(() => undefined);
    // The run may have reached step 2 before the stop: either way the state of step 1 is on the disk.
    expect(before?.finished ?? false).toBe(false);
    expect(await stateOf('stopped', 1)).toEqual(await stateOf('before', 1));
  });

  it('stops at an update that would make infinite parameters from finite gradients', async () => {
    const error = await fails('overflow', { train: COOLING });
    expect(error).toMatchObject({ code: 'TRAINING_DIVERGED', where: 'step 1' });
    expect((error as Error).message).toMatch(/\d+ of \d+ values of the parameter of model\./);
  });

  it('skips within the budget, changes no bit before an update that can be applied, and resumes with the same bits', async () => {
    const allowed = (max_skipped_steps: number): Partial<TrainOptions> => ({
      train: { ...COOLING, max_skipped_steps },
    });
    const whole = await train(optionsOf('whole', allowed(1000)), { progress: () => undefined });
    const skipped = whole.steps - 1;
    expect(whole).toMatchObject({ finished: true, skipped_steps: skipped });
    const rows = await rowsOf('whole');
    expect(rows.slice(0, -1).every(({ update }) => update === 'skipped')).toBe(true);
    expect(rows.at(-1)).toMatchObject({ step: whole.steps, loss: expect.any(Number) as number });
    expect((await readCurve(join(folder, 'whole', 'metrics.jsonl'))).map(({ step }) => step)).toEqual([whole.steps]);

    // The budget is that of the whole run, however often it was stopped; it is no part of the state's key.
    const first = await stopAfter('pieces', allowed(skipped), 2);
    expect(first.finished).toBe(false);
    const names = (await readdir(join(folder, 'pieces'))).filter((name) => /^resume-\d+\./.test(name));
    const at = Math.max(...names.map((name) => Number(/\d+/.exec(name)?.[0])));
    for (const [name, values] of await stateOf('pieces', at))
      if (name.startsWith('adamw.'))
        expect(
          values.every((value) => value === 0),
          name,
        ).toBe(true);
    const second = await train(optionsOf('pieces', { ...allowed(skipped), threads: 3 }), { progress: () => undefined });
    expect(second).toMatchObject({ finished: true, skipped_steps: skipped });
    expect(await rowsOf('pieces')).toEqual(rows);
    const weights = (name: string): Promise<Buffer> =>
      readFile(join(folder, name, 'checkpoints', `step-${whole.steps}`, 'model.safetensors'));
    expect((await weights('pieces')).equals(await weights('whole'))).toBe(true);

    await stopAfter('short', allowed(skipped - 1), 2);
    expect(await fails('short', allowed(skipped - 1))).toMatchObject({
      code: 'TRAINING_DIVERGED',
      where: `step ${skipped}`,
    });
    // With a larger budget the same directory resumes where it ended.
    const resumed: string[] = [];
    await train(optionsOf('short', allowed(skipped)), { progress: () => undefined, say: (text) => resumed.push(text) });
    expect(resumed[0]).toContain(`${skipped - 1}`);
    expect((await weights('short')).equals(await weights('whole'))).toBe(true);
  });
});
