// Reinforcement learning on real threads: the same bits whatever their number and whether or not it was stopped; what
// the first update sees.
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashFile } from '../../src/base/hash.ts';
import { writeDataset } from '../../src/data/dataset.ts';
import { createVocabulary } from '../../src/domain/maze/vocabulary.ts';
import { readCheckpoint, writeCheckpoint } from '../../src/model/checkpoint.ts';
import { namedTensors } from '../../src/model/named-tensors.ts';
import type { NotFiniteRow } from '../../src/model/not-finite.ts';
import { RL_DEFAULTS, type RlConfig } from '../../src/rl/config.ts';
import { rl, type RlHooks, type RlOptions } from '../../src/rl/rl.ts';
import type { StepRow } from '../../src/rl/step-row.ts';
import { MODEL, ORIGIN, parameterBlock, RECIPE, writeSmallCheckpoint } from '../model/small-checkpoint.ts';
import { trainHalf } from './half-trained.ts';

const CONFIG: RlConfig = {
  ...RL_DEFAULTS,
  steps: 4,
  prompts: 6,
  group: 5,
  inner_epochs: 2,
  kl: 0.04,
  resample: 2,
  lr: 1e-3,
  warmup_steps: 2,
  cap: 30,
  accumulators: 4,
  checkpoint_every: 3,
};
const QUIET: RlHooks = { progress: () => undefined };

describe('rl', { timeout: 30_000 }, () => {
  let folder = '',
    start = '';
  let reference: { weights: Buffer; rows: StepRow[] };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tracelab-rl-'));
    await writeDataset(join(folder, 'data'), {
      domain: 'maze',
      generator: 'drunkard',
      size: 4,
      train: 20,
      dev: 2,
      test: 2,
      test_in_distribution: 2,
      distributions: ['drunkard'],
      drunkard_coverage: 0.5,
      seed: 3,
    });
    start = (await trainHalf(join(folder, 'trained'), join(folder, 'data', 'train.jsonl'))).directory;
    reference = await run('one', { threads: 1 });
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  const optionsOf = (name: string, changes: Partial<RlOptions>): RlOptions => ({
    runDir: join(folder, name),
    checkpoint: start,
    rl: CONFIG,
    seed: 5,
    trainFile: join(folder, 'data', 'train.jsonl'),
    threads: 2,
    ...changes,
  });

  /** Final weights and metrics rows without their times. */
  async function outcome(name: string, steps: number): Promise<{ weights: Buffer; rows: StepRow[] }> {
    const lines = (await readFile(join(folder, name, 'metrics.jsonl'), 'utf8')).trim().split('\n');
    const rows = lines.map((line) => ({
      ...(JSON.parse(line) as StepRow),
      seconds: { total: 0, rollouts: 0, verdicts: 0, bookkeeping: 0, reference: 0, update: 0 },
    }));
    expect(rows.map(({ step }) => step)).toEqual(Array.from({ length: steps }, (_, i) => i + 1));
    return { weights: await readFile(join(folder, name, 'checkpoints', `step-${steps}`, 'model.safetensors')), rows };
  }

  async function run(name: string, changes: Partial<RlOptions>): Promise<{ weights: Buffer; rows: StepRow[] }> {
    const summary = await rl(optionsOf(name, changes), QUIET);
    expect(summary).toMatchObject({ finished: true, done: summary.steps });
    return outcome(name, summary.steps);
  }

  it.each([2, 3, 6, 9])('gives the same weights and metrics with %i threads as with one', async (threads) => {
    const other = await run(`threads-${threads}`, { threads });
    expect(other.rows).toEqual(reference.rows);
    expect(other.weights.equals(reference.weights)).toBe(true);
  });

  it('ratio is exactly 1 and KL exactly 0 before the first update; then both move', () => {
    const { rows } = reference;
    expect(rows[0].kl).toBe(0);
    for (const { furthest_ratio_first, furthest_ratio, counted, learnt, kept } of rows) {
      expect(furthest_ratio_first).toBe(0);
      expect(furthest_ratio).toBeGreaterThan(0);
      expect([learnt, kept]).toEqual([30, 30]);
      expect(counted).toBeGreaterThan(0);
    }
    for (const { kl } of rows.slice(1)) expect(kl).toBeGreaterThan(0);
    expect(rows.map(({ lr }) => lr)).toEqual([5e-4, 1e-3, 1e-3, 1e-3]);
  });

  it('measures KL now and then where it is no penalty, and not at all without a reference', async () => {
    const { rows } = await run('kl-every', { rl: { ...CONFIG, kl: 0, kl_every: 2 } });
    expect(rows.map(({ kl }) => (kl === null ? null : Math.sign(kl)))).toEqual([0, null, 1, null]);
    const without = await run('no-kl', { rl: { ...CONFIG, kl: 0, kl_every: 0 } });
    expect(without.rows.map(({ kl }) => kl)).toEqual([null, null, null, null]);
    for (const row of without.rows) expect(row.furthest_ratio_first).toBe(0);
  });

  it('gives the same weights when it is stopped and called again', async () => {
    const stop = new AbortController();
    const first = await rl(optionsOf('stopped', {}), {
      progress: ({ step }) => {
        if (step === 2) stop.abort();
      },
      signal: stop.signal,
    });
    expect(first.finished).toBe(false);
    expect(first.done).toBeGreaterThanOrEqual(2);
    const second = await rl(optionsOf('stopped', {}), {
      progress: ({ step }) => {
        expect(step).toBeGreaterThan(first.done);
      },
    });
    expect(second.finished).toBe(true);
    const resumed = await outcome('stopped', CONFIG.steps);
    expect(resumed.rows).toEqual(reference.rows);
    expect(resumed.weights.equals(reference.weights)).toBe(true);
  });

  it('stopped before it began, it begins anew', async () => {
    const summary = await rl(optionsOf('unborn', {}), { ...QUIET, signal: AbortSignal.abort() });
    expect(summary).toMatchObject({ finished: false, done: 0, checkpoints: [] });
    const { weights } = await run('unborn', {});
    expect(weights.equals(reference.weights)).toBe(true);
  });

  it('keeps checkpoints that say where they come from', async () => {
    const kept = await readCheckpoint(join(folder, 'one', 'checkpoints', 'step-3'));
    const { origin } = await readCheckpoint(start);
    expect(kept.origin).toEqual({
      ...origin,
      rl: { start_sha256: await hashFile(join(start, 'model.safetensors')), seed: 5, step: 3 },
    });
    expect(origin.rl).toBeUndefined();
  });

  it('gives other weights for another seed, loss or temperature', async () => {
    const others = [
      { seed: 6 },
      { rl: { ...CONFIG, loss: 'dr_grpo' as const } },
      { rl: { ...CONFIG, temperature: 0.7 } },
    ];
    for (const [i, changes] of others.entries())
      expect((await run(`other-${i}`, changes)).weights.equals(reference.weights)).toBe(false);
  }, 30_000);

  it('counts what it sampled', () => {
    for (const row of reference.rows) {
      expect(row.completions).toBe(row.groups * CONFIG.group);
      expect(row.groups).toBeGreaterThanOrEqual(CONFIG.prompts);
      expect(row.groups).toBeLessThanOrEqual(CONFIG.prompts + CONFIG.resample);
      expect(row.longest).toBeLessThanOrEqual(30);
      expect(row.truncated).toBeLessThanOrEqual(row.completions);
      // At most log(34) nats for the 34 words of a 4x4 grid.
      expect(row.entropy).toBeGreaterThan(0);
      expect(row.entropy).toBeLessThanOrEqual(Math.log(34));
    }
  });

  it('has groups with and without spread, so that there is something to learn and to leave out', () => {
    for (const { groups, zero_spread } of reference.rows) {
      expect(zero_spread).toBeLessThan(groups);
      expect(zero_spread).toBeGreaterThanOrEqual(0);
    }
    expect(reference.rows.reduce((sum, { zero_spread }) => sum + zero_spread, 0)).toBeGreaterThan(0);
  });

  it('draws again where hardly any group has spread, in the same bits on any threads', async () => {
    await writeSmallCheckpoint(join(folder, 'random'));
    const changes = { checkpoint: join(folder, 'random'), rl: { ...CONFIG, resample: 5, inner_epochs: 1 } };
    const [one, three] = [
      await run('again-1', { ...changes, threads: 1 }),
      await run('again-3', { ...changes, threads: 3 }),
    ];
    for (const { groups, zero_spread, kept } of one.rows) {
      expect(groups).toBe(CONFIG.prompts + 5);
      expect(zero_spread).toBeGreaterThan(CONFIG.prompts);
      expect(kept).toBe(CONFIG.prompts * CONFIG.group);
    }
    expect(three.rows).toEqual(one.rows);
    expect(three.weights.equals(one.weights)).toBe(true);
  });

  it('refuses to go on when it diverges, and says at which step', async () => {
    await writeSmallCheckpoint(join(folder, 'hot'), 1e25);
    const error: unknown = await rl(optionsOf('diverged', { checkpoint: join(folder, 'hot') }), QUIET).catch(
      (e: unknown) => e,
    );
    expect(error).toMatchObject({
      code: 'TRAINING_DIVERGED',
      exitCode: 2,
      where: 'step 1',
      message: expect.stringContaining('reinforcement learning diverged') as unknown,
    });
  });

  it('refuses weights that give no probabilities where neither loss nor KL shows it', async () => {
    await writeSmallCheckpoint(join(folder, 'hotter'), 1e25);
    const error: unknown = await rl(
      optionsOf('no-chances', { checkpoint: join(folder, 'hotter'), rl: { ...CONFIG, kl: 0, kl_every: 0 } }),
      QUIET,
    ).catch((e: unknown) => e);
    expect(error).toMatchObject({
      code: 'TRAINING_DIVERGED',
      exitCode: 2,
      where: 'step 1',
      message: expect.stringContaining(
        'reinforcement learning diverged: the entropy is not finite; expected finite rewards, log-probabilities, KL, ' +
          'loss, gradients, parameters and moments, got entropy NaN',
      ) as unknown,
    });
    const row = JSON.parse(await readFile(join(folder, 'no-chances', 'metrics.jsonl'), 'utf8')) as NotFiniteRow;
    expect(row).toMatchObject({ step: 1, update: 'stopped', applied: 0, not_finite: { quantity: 'entropy' } });
    expect(new Set(row.examples).size).toBe(CONFIG.prompts + CONFIG.resample);
    const examples = await readFile(join(folder, 'data', 'train.jsonl'), 'utf8');
    for (const id of row.examples) expect(examples).toContain(`"id":"${id}"`);
  });

  it.each([
    ['completions', { kl: 0, kl_every: 0 }],
    ['completions and KL', {}],
  ])('skips steps whose %s are not finite, as many as it may, and changes no bit', async (name, changes) => {
    await writeSmallCheckpoint(join(folder, 'skipping'), 1e25);
    const options = (max_skipped_steps: number): Partial<RlOptions> => ({
      checkpoint: join(folder, 'skipping'),
      rl: { ...CONFIG, ...changes, max_skipped_steps },
    });
    const said: string[] = [];
    const hooks: RlHooks = { ...QUIET, say: (text) => said.push(text) };
    const summary = await rl(optionsOf(`skips ${name}`, options(CONFIG.steps)), hooks);
    expect(summary).toMatchObject({ finished: true });
    expect(summary.warnings).toEqual(['4 of 4 steps skipped an update, because numbers were not finite']);
    expect(said).toHaveLength(CONFIG.steps);
    expect(said[0]).toBe('step 1: the update is skipped, because the entropy is not finite');
    const [before, after] = await Promise.all(
      [join(folder, 'skipping'), summary.checkpoints.at(-1)?.dir ?? ''].map(
        async (directory) => (await readCheckpoint(directory)).weights.tensors,
      ),
    );
    expect(after).toEqual(before);
    await expect(rl(optionsOf(`too few ${name}`, options(CONFIG.steps - 1)), QUIET)).rejects.toMatchObject({
      code: 'TRAINING_DIVERGED',
      where: `step ${CONFIG.steps}`,
    });
  });

  it('refuses completions that one memory cannot hold, and says what to lower', async () => {
    const { block, layout } = parameterBlock(0.5);
    await writeCheckpoint(
      join(folder, 'long'),
      namedTensors(block, layout),
      { ...MODEL, context: 65_536 },
      createVocabulary(4),
      ORIGIN,
      RECIPE,
    );
    await expect(
      rl(optionsOf('large', { checkpoint: join(folder, 'long'), rl: { ...CONFIG, group: 1024, cap: 60_000 } }), QUIET),
    ).rejects.toThrow(
      /^error\[MEMORY_LIMIT\] memory plan: one wasm memory cannot hold this; expected at most 4\.00 GiB, got [\d.]+ GiB \(.*batch [\d.]+ GiB.*\) \(hint: fewer prompts or resampled prompts, a smaller group or cap, or fewer accumulators\)$/,
    );
  });

  it('refuses a state of other settings, a damaged one, and settings out of range', async () => {
    const stop = new AbortController();
    const options = optionsOf('refused', {});
    await rl(options, {
      progress: () => {
        stop.abort();
      },
      signal: stop.signal,
    });
    await expect(rl({ ...options, seed: 6 }, QUIET)).rejects.toMatchObject({ code: 'RUN_MISMATCH', exitCode: 2 });
    const states = (await readdir(options.runDir)).filter((name) => /^resume-\d+\.safetensors$/.test(name));
    expect(states.length).toBeGreaterThan(0);
    for (const name of states) await truncate(join(options.runDir, name), 3000);
    await expect(rl(options, QUIET)).rejects.toMatchObject({ code: 'CHECKPOINT_DAMAGED', exitCode: 3 });
    await expect(rl(optionsOf('group', { rl: { ...CONFIG, group: 1 } }), QUIET)).rejects.toThrow(
      'error[RL_CONFIG] rl.group: out of range; expected a whole number from 2 to 1024, got 1',
    );
    await expect(rl(optionsOf('penalty', { rl: { ...CONFIG, length_penalty: 1.5 } }), QUIET)).rejects.toThrow(
      'error[RL_CONFIG] rl.length_penalty: out of range; expected a number from 0 to 1, got 1.5',
    );
    await expect(rl(optionsOf('prompts', { rl: { ...CONFIG, prompts: 21 } }), QUIET)).rejects.toMatchObject({
      code: 'NO_EXAMPLES',
    });
    await expect(rl(optionsOf('cap', { rl: { ...CONFIG, cap: 150 } }), QUIET)).rejects.toMatchObject({
      code: 'CONTEXT_TOO_SHORT',
    });
    await writeFile(
      join(folder, 'large.jsonl'),
      `${JSON.stringify({ id: 'a', generator: 'free', size: 5, prompt: 'query start 0 0 goal 1 0 reasoning', completion: 'solution plan 0 0 plan 1 0 end' })}\n`,
    );
    await expect(
      rl(optionsOf('size', { trainFile: join(folder, 'large.jsonl'), rl: { ...CONFIG, prompts: 1 } }), QUIET),
    ).rejects.toMatchObject({ code: 'GRID_SIZE' });
  });
});
