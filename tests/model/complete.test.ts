// Completions with settings of their own, side by side, and log-probabilities of tokens: equal to generate, score and
// the f64 twin.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Checkpoint } from '../../src/model/checkpoint.ts';
import type { CompletionJob } from '../../src/model/generate.ts';
import { Model } from '../../src/model/model.ts';
import { expectWithin } from '../core/room.ts';
import { rowsOf } from '../reference/matrix.ts';
import { referenceLogits } from '../reference/model.ts';
import { SIZE, writeSmallCheckpoint } from './small-checkpoint.ts';

const TEXTS = Array.from({ length: 9 }, (_, i) => {
  const walls = Array.from({ length: i % 5 }, (_unused, w) => ` wall ${(w + i) % SIZE} ${w % SIZE}`).join('');
  return `query start ${i % SIZE} 0 goal ${(i + 1) % SIZE} 3${walls} reasoning`;
});

let folder = '';
let checkpoint: Checkpoint;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tracelab-complete-'));
  checkpoint = await writeSmallCheckpoint(folder);
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const idsOf = (text: string): Uint16Array =>
  Uint16Array.of(checkpoint.vocabulary.bos, ...checkpoint.vocabulary.encode(text));

describe('complete', () => {
  /** Caps, temperatures and seeds in all mixtures, neighbours alike and not. */
  const settings = Array.from({ length: 40 }, (_, i) => ({
    prompt: (7 * i) % TEXTS.length,
    maxNewTokens: [1, 5, 40][i % 3],
    temperature: [0, 1, 1, 0.7][(i >> 1) % 4],
    seed: [1, 2 ** 32 - 1][(i >> 2) % 2],
    index: i % 5,
  }));

  it.each([1, 2])('on %d threads each equals what generate gives for the same settings', async (threads) => {
    await using model = Model.of(checkpoint, threads);
    const completions = await model.complete(TEXTS.map(idsOf), settings);
    for (const [i, { prompt, maxNewTokens, temperature, seed, index }] of settings.entries()) {
      // The completion of that index: the prompt is repeated up to it.
      const prompts = Array.from({ length: index + 1 }, () => TEXTS[prompt]);
      const alone = await model.generate({ prompts, maxNewTokens, temperature, seed });
      expect(completions[i], `job ${i}`).toEqual(alone?.at(-1));
    }
    expect(new Set(completions.map((completion) => completion?.text)).size).toBeGreaterThan(10);
  });

  it('gives up one job, or all, and leaves the others as they are', async () => {
    await using model = Model.of(checkpoint, 1);
    const prompts = TEXTS.map(idsOf);
    const whole = await model.complete(prompts, settings);
    const jobs = settings.map((job, i): CompletionJob => (i % 4 === 0 ? { ...job, signal: AbortSignal.abort() } : job));
    const rest = await model.complete(prompts, jobs);
    expect(rest).toEqual(whole.map((each, i) => (i % 4 === 0 ? null : each)));
    expect(await model.complete(prompts, settings, AbortSignal.abort())).toEqual(settings.map(() => null));
    expect(await model.complete(prompts, settings)).toEqual(whole);
  });
});

describe('logProbabilities', () => {
  it('are those of the f64 twin, with the likeliest tokens in their order', async () => {
    const { model: config, weights, vocabulary } = checkpoint;
    const matrices = [...weights.tensors].map(
      ([name, { shape, values }]) =>
        [name, shape.length === 2 ? rowsOf(values, shape[0], shape[1]) : [[...values]]] as const,
    );
    const twin = {
      layers: config.n_layer,
      heads: config.n_head,
      kvHeads: config.n_kv_head,
      headSize: config.d_model / config.n_head,
      ropeBase: config.rope_base,
      eps: config.rms_norm_eps,
      weights: new Map(matrices),
    };
    await using model = Model.of(checkpoint, 2);
    const sequences = TEXTS.map((text, i) => ({ ids: idsOf(text), from: 1 + (i % 3) }));
    const found = (await model.logProbabilities(sequences, 3)) ?? [];
    expect(found).toHaveLength(TEXTS.length);
    for (const [i, { ids, from }] of sequences.entries()) {
      const logits = referenceLogits(twin, [...ids]);
      const { chosen, topIds, top } = found[i];
      expect(chosen).toHaveLength(ids.length - from);
      for (let t = from; t < ids.length; t++) {
        const row = logits[t - 1].slice(0, vocabulary.length);
        const largest = Math.max(...row);
        const sum = largest + Math.log(row.reduce((all, z) => all + Math.exp(z - largest), 0));
        const at = t - from;
        // The forward pass is f32: its own test has this tolerance.
        expectWithin([chosen[at]], [row[ids[t]] - sum], 2e-4);
        for (let k = 0; k < 3; k++) {
          const id = topIds[3 * at + k];
          expectWithin([top[3 * at + k]], [row[id] - sum], 2e-4);
          if (id === ids[t]) expect(top[3 * at + k]).toBe(chosen[at]);
        }
        expect([...top.slice(3 * at, 3 * at + 3)].sort((a, b) => b - a)).toEqual([...top.slice(3 * at, 3 * at + 3)]);
      }
    }
  });

  it('add up to the loss of score, to the bit, on any number of threads', async () => {
    const completion = 'create 0 1 c0 c3 solution plan 0 0 end';
    await using one = Model.of(checkpoint, 1);
    await using two = Model.of(checkpoint, 2);
    const { vocabulary } = checkpoint;
    const sequences = TEXTS.map((prompt) => ({
      ids: Uint16Array.of(...idsOf(`${prompt} ${completion}`), vocabulary.eos),
      from: idsOf(prompt).length,
    }));
    const found = await one.logProbabilities(sequences, 0);
    expect(await two.logProbabilities(sequences, 0)).toEqual(found);
    const losses = (await one.score(TEXTS.map((prompt) => ({ prompt, completion })))) ?? [];
    for (const [i, { trace_loss, plan_loss }] of losses.entries()) {
      const solution = completion.split(' ').indexOf('solution');
      const chosen = [...(found?.[i].chosen ?? [])].map((nats) => -nats);
      const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);
      expect([sum(chosen.slice(0, solution)), sum(chosen.slice(solution))]).toEqual([trace_loss, plan_loss]);
    }
  });

  it('have the token first that greedy decoding chooses, all along a completion', async () => {
    await using model = Model.of(checkpoint, 1);
    const prompts = TEXTS.map(idsOf);
    const jobs = prompts.map((_, prompt) => ({ prompt, maxNewTokens: 40, temperature: 0, seed: 0, index: 0 }));
    const completions = await model.complete(prompts, jobs);
    const sequences = completions.map((completion, i) => ({
      ids: Uint16Array.of(...prompts[i], ...(completion?.ids ?? [])),
      from: prompts[i].length,
    }));
    const found = (await model.logProbabilities(sequences, 1)) ?? [];
    for (const [i, { chosen, topIds, top }] of found.entries()) {
      expect([...topIds]).toEqual([...(completions[i]?.ids ?? [])]);
      expect(top).toEqual(chosen);
    }
    expect(await model.logProbabilities(sequences, 1, AbortSignal.abort())).toBeNull();
    expect(await model.logProbabilities([], 1)).toEqual([]);
  });
});
