// Training on real threads: the same bits whatever the number of threads, and whether or not the run was stopped in the
// middle.
import { mkdtemp, readdir, readFile, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeDataset } from '../../src/data/dataset.ts';
import { train, type TrainOptions } from '../../src/training/train.ts';
import { MODEL, RECIPE } from './tiny-training.ts';

describe('training', () => {
  let folder = '';
  let reference: { weights: Buffer; rows: unknown[] };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tracelab-training-'));
    await writeDataset(join(folder, 'data'), {
      domain: 'maze',
      generator: 'wilson',
      size: 6,
      train: 120,
      dev: 4,
      test: 4,
      test_in_distribution: 4,
      distributions: ['wilson'],
      drunkard_coverage: 0.5,
      seed: 3,
    });
    reference = await run('one', { threads: 1 });
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  const optionsOf = (name: string, changes: Partial<TrainOptions>): TrainOptions => ({
    runDir: join(folder, name),
    model: MODEL,
    train: RECIPE,
    condition: 'swapped',
    seed: 1,
    trainFile: join(folder, 'data', 'train.jsonl'),
    threads: 2,
    ...changes,
  });

  /** Final weights and metrics rows without their times. */
  async function outcome(name: string, steps: number): Promise<{ weights: Buffer; rows: unknown[] }> {
    const lines = (await readFile(join(folder, name, 'metrics.jsonl'), 'utf8')).trim().split('\n');
    const rows = lines.map((line) => ({ ...(JSON.parse(line) as object), seconds: 0 }));
    expect(rows.length).toBe(steps);
    return { weights: await readFile(join(folder, name, 'checkpoints', `step-${steps}`, 'model.safetensors')), rows };
  }

  async function run(name: string, changes: Partial<TrainOptions>): Promise<{ weights: Buffer; rows: unknown[] }> {
    const summary = await train(optionsOf(name, changes), { progress: () => undefined });
    expect(summary.finished).toBe(true);
    expect(summary.checkpoints.length).toBe(2);
    return outcome(name, summary.steps);
  }

  it.each([2, 4, 5, 9])('gives the same weights and metrics with %i threads as with one', async (threads) => {
    const other = await run(`threads-${threads}`, { threads });
    expect(other.rows).toEqual(reference.rows);
    expect(other.weights.equals(reference.weights)).toBe(true);
  });

  it('gives the same weights when it is stopped and called again', async () => {
    const stop = new AbortController();
    const options = optionsOf('stopped', { threads: 2 });
    const first = await train(options, {
      progress: ({ step }) => {
        if (step === 7) stop.abort();
      },
      signal: stop.signal,
    });
    expect(first.finished).toBe(false);
    const second = await train(options, {
      progress: ({ step }) => {
        expect(step).toBeGreaterThan(7);
      },
    });
    expect(second.finished).toBe(true);
    const resumed = await outcome('stopped', second.steps);
    expect(resumed.rows).toEqual(reference.rows);
    expect(resumed.weights.equals(reference.weights)).toBe(true);
  });

  it('refuses to go on, or to begin anew without a word, when a checkpoint that it had kept is gone', async () => {
    const stop = new AbortController();
    const options = optionsOf('robbed', {});
    const kept = Math.round(reference.rows.length / 2);
    await train(options, {
      progress: ({ step }) => {
        if (step === kept) stop.abort();
      },
      signal: stop.signal,
    });
    await rm(join(options.runDir, 'checkpoints', `step-${kept}`), { recursive: true });
    await expect(run('robbed', {})).rejects.toMatchObject({
      code: 'CHECKPOINT_MISSING',
      kind: 'damaged_artifact',
      where: expect.stringContaining(`step-${kept}`) as string,
    });
    await rm(options.runDir, { recursive: true });
    expect((await run('robbed', {})).rows).toEqual(reference.rows);
  });

  it('gives other weights for another seed or condition', async () => {
    for (const changes of [{ seed: 2 }, { condition: 'correct' as const }]) {
      const other = await run(`other-${Object.keys(changes)[0]}`, changes);
      expect(other.weights.equals(reference.weights)).toBe(false);
    }
  });

  it('swaps anew in every epoch: the first is that of swapped, the second is not', async () => {
    const other = await run('reswapped', { condition: 'reswapped' });
    expect(other.weights.equals(reference.weights)).toBe(false);
    const once = { ...RECIPE, epochs: 1 };
    const [swapped, reswapped] = [
      await run('swapped-once', { train: once }),
      await run('reswapped-once', { train: once, condition: 'reswapped' }),
    ];
    expect(reswapped.weights.equals(swapped.weights)).toBe(true);
    expect(reswapped.rows).toEqual(swapped.rows);
  });

  it.each(['swapped', 'reswapped'] as const)(
    'trains on as many tokens as asked, as whole epochs of the same number would: %s',
    async (condition) => {
      const { tokens } = reference.rows.at(-1) as { tokens: number };
      const budget = { ...RECIPE, epochs: undefined, tokens };
      const asked = await run(`tokens-${condition}`, { train: budget, condition });
      const epochs = condition === 'swapped' ? reference : await run('epochs-reswapped', { condition });
      expect(asked.rows).toEqual(epochs.rows);
      expect(asked.weights.equals(epochs.weights)).toBe(true);
      const half = await run(`half-${condition}`, {
        train: { ...budget, tokens: Math.floor(0.7 * tokens) },
        condition,
      });
      const { tokens: reached } = half.rows.at(-1) as { tokens: number };
      expect(reached).toBeGreaterThanOrEqual(Math.floor(0.7 * tokens));
      expect(reached).toBeLessThan(0.7 * tokens + MODEL.context);
    },
  );

  it('refuses a state of other settings and a damaged one', async () => {
    const stop = new AbortController();
    const options = optionsOf('refused', {});
    await train(options, {
      progress: ({ step }) => {
        if (step === 5) stop.abort();
      },
      signal: stop.signal,
    });
    await expect(train({ ...options, seed: 2 }, { progress: () => undefined })).rejects.toMatchObject({
      code: 'RUN_MISMATCH',
      exitCode: 2,
    });
    const states = (await readdir(options.runDir)).filter((name) => /^resume-\d+\.safetensors$/.test(name));
    expect(states.length).toBeGreaterThan(0);
    for (const name of states) await truncate(join(options.runDir, name), 3000);
    await expect(train(options, { progress: () => undefined })).rejects.toMatchObject({
      code: 'CHECKPOINT_DAMAGED',
      exitCode: 3,
    });
  });

  it('refuses to go on when it diverges, and says at which step', async () => {
    const error: unknown = await train(optionsOf('diverged', { train: { ...RECIPE, lr: 1e30, warmup_steps: 0 } }), {
      progress: () => undefined,
    }).catch((e: unknown) => e);
    expect(error).toMatchObject({
      code: 'TRAINING_DIVERGED',
      exitCode: 2,
      where: expect.stringMatching(/^step \d+$/) as unknown,
      message: expect.stringContaining('(hint: a lower lr;') as unknown,
    });
  });

  it('refuses a context and a batch that the longest example does not fit', async () => {
    await expect(
      train(optionsOf('context', { model: { ...MODEL, context: 100 } }), { progress: () => undefined }),
    ).rejects.toMatchObject({ code: 'CONTEXT_TOO_SHORT' });
    await expect(
      train(optionsOf('batch', { train: { ...RECIPE, batch_tokens: 128 } }), { progress: () => undefined }),
    ).rejects.toMatchObject({ code: 'BATCH_TOO_SMALL' });
  });
});
