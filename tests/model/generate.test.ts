// Generation on real threads: the same texts whatever the number of threads and prompts, ends, caps, and prompts that
// are refused.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { STREAMS } from '../../src/base/random.ts';
import { instantiateCore, loadCore } from '../../src/core/module.ts';
import { createMemory } from '../../src/core/memory.ts';
import type { Checkpoint } from '../../src/model/checkpoint.ts';
import type { GenerateRequest } from '../../src/model/generate.ts';
import { Model } from '../../src/model/model.ts';
import { referenceLogits, type ReferenceModel } from '../reference/model.ts';
import { rowsOf } from '../reference/matrix.ts';
import { MODEL, SIZE, writeSmallCheckpoint } from './small-checkpoint.ts';

/** 90 prompts of different lengths, so that slots are used again. */
const PROMPTS = Array.from({ length: 90 }, (_, i) => {
  const walls = Array.from({ length: i % 7 }, (_unused, w) => ` wall ${(w + i) % SIZE} ${w % SIZE}`).join('');
  return `query start ${i % SIZE} ${(i >> 2) % SIZE} goal ${(i + 1) % SIZE} ${(i >> 4) % SIZE}${walls} reasoning`;
});
const CAP = 40;

/** The f64 twin of a checkpoint. */
function twinOf({ model, weights }: Checkpoint): ReferenceModel {
  const matrices = new Map(
    [...weights.tensors].map(([name, { shape, values }]) => [
      name,
      shape.length === 2 ? rowsOf(values, shape[0], shape[1]) : [[...values]],
    ]),
  );
  return {
    layers: model.n_layer,
    heads: model.n_head,
    kvHeads: model.n_kv_head,
    headSize: model.d_model / model.n_head,
    ropeBase: model.rope_base,
    eps: model.rms_norm_eps,
    weights: matrices,
  };
}

describe('generate', () => {
  let folder = '';
  let checkpoint: Checkpoint;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tracelab-generate-'));
    checkpoint = await writeSmallCheckpoint(folder);
  });
  /** Open for all tests, so that each begins with what another has left in memory. */
  const models = new Map<number, Model>();
  afterAll(async () => {
    for (const model of models.values()) await model.close();
    await rm(folder, { recursive: true, force: true });
  });

  const opened = (threads: number): Model => {
    const model = models.get(threads) ?? Model.of(checkpoint, threads);
    models.set(threads, model);
    return model;
  };
  const run = ({ threads = 1, ...changes }: Partial<GenerateRequest & { threads: number }> = {}) =>
    opened(threads).generate({ prompts: PROMPTS, maxNewTokens: CAP, temperature: 0, seed: 1, ...changes });

  it.each([0, 1])(
    'gives the same completions with 1 and 2 threads at temperature %d, and a prompt alone what it gets among others',
    async (temperature) => {
      const one = await run({ temperature });
      expect(one?.length).toBe(PROMPTS.length);
      expect(await run({ temperature, threads: 2 })).toEqual(one);
      // A draw belongs to (seed, index of the prompt, position): the first prompt's neighbours change nothing.
      expect(await run({ temperature, prompts: PROMPTS.slice(0, 1), threads: 2 })).toEqual(one?.slice(0, 1));
      expect(await run({ temperature, prompts: PROMPTS.slice(0, 13) })).toEqual(one?.slice(0, 13));
    },
  );

  it('samples other texts with another seed, and the same ones again with the same', async () => {
    const texts = async (seed: number) =>
      (await run({ temperature: 1, seed, prompts: PROMPTS.slice(0, 8) }))?.map(({ text }) => text);
    expect(await texts(2)).not.toEqual(await texts(1));
    expect(await texts(1)).toEqual(await texts(1));
  });

  it('greedy text is what the f64 twin would write, word by word', async () => {
    const twin = twinOf(checkpoint);
    const { vocabulary } = checkpoint;
    const completions = await run({ prompts: PROMPTS.slice(0, 4), maxNewTokens: 12 });
    for (const [i, { text }] of (completions ?? []).entries()) {
      const words = [...vocabulary.encode(text)];
      const prompt = [vocabulary.bos, ...vocabulary.encode(PROMPTS[i])];
      const logits = referenceLogits(twin, [...prompt, ...words]).slice(prompt.length - 1);
      for (const [t, word] of words.entries()) {
        // The chosen word is the best one, up to the f32 error of a logit.
        expect(Math.max(...logits[t]) - logits[t][word], `prompt ${i}, word ${t}`).toBeLessThanOrEqual(1e-4);
      }
    }
  });

  it('stops at `end`, which it keeps, at <eos>, which it drops, and at the cap', async () => {
    const completions = (await run({ temperature: 1, threads: 2 })) ?? [];
    const ends = { end: 0, eos: 0, cap: 0 };
    for (const { text, tokens, truncated } of completions) {
      const words = text === '' ? [] : text.split(' ');
      expect(words.length).toBe(tokens);
      expect(words.slice(0, -1)).not.toContain('end');
      expect(words).not.toContain('<eos>');
      if (truncated) {
        expect(tokens).toBe(CAP);
        expect(words.at(-1)).not.toBe('end');
        ends.cap += 1;
      } else if (words.at(-1) === 'end') ends.end += 1;
      else ends.eos += 1;
    }
    // An untrained model reaches all three within 90 prompts.
    for (const [way, count] of Object.entries(ends)) expect(count, way).toBeGreaterThan(0);
  });

  it("the first sampled word is the core's draw for (seed, index, position)", async () => {
    const { vocabulary } = checkpoint;
    const first = (await run({ temperature: 1, seed: 9, maxNewTokens: 1, prompts: PROMPTS.slice(0, 3) })) ?? [];
    const twin = twinOf(checkpoint);
    const core = instantiateCore(loadCore(), createMemory(1 << 16));
    for (const [i, { text }] of first.entries()) {
      const prompt = [vocabulary.bos, ...vocabulary.encode(PROMPTS[i])];
      const logits = referenceLogits(twin, prompt)[prompt.length - 1];
      const top = Math.max(...logits);
      const total = logits.reduce((sum, z) => sum + Math.exp(z - top), 0);
      const draw = Number(BigInt.asUintN(24, core.threefry(9, STREAMS.sampling, i, prompt.length))) / 2 ** 24;
      let cumulative = 0;
      const word = logits.findIndex((z) => (cumulative += Math.exp(z - top) / total) > draw);
      expect(text).toBe(word === vocabulary.eos ? '' : vocabulary.words[word]);
    }
  });

  it('reports progress up to all prompts', async () => {
    const seen: number[] = [];
    let tokens = 0;
    const completions = await opened(2).generate(
      { prompts: PROMPTS, maxNewTokens: 5, temperature: 0, seed: 1 },
      (done, total) => {
        seen.push(done);
        tokens = total;
      },
    );
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(seen.at(-1)).toBe(PROMPTS.length);
    expect(tokens).toBe(completions?.reduce((sum, completion) => sum + completion.tokens, 0));
  });

  it('is null when it was stopped, and nothing for no prompts', async () => {
    const stopped = new AbortController();
    stopped.abort();
    expect(
      await opened(1).generate(
        { prompts: PROMPTS, maxNewTokens: CAP, temperature: 0, seed: 1 },
        () => undefined,
        stopped.signal,
      ),
    ).toBeNull();
    expect(await run({ prompts: [] })).toEqual([]);
  });

  it('refuses words outside the vocabulary and a cap that the context cannot hold', async () => {
    await expect(run({ prompts: [PROMPTS[0], `query start ${SIZE} 0 goal 0 0 reasoning`] })).rejects.toMatchObject({
      code: 'PROMPT_WORD',
      exitCode: 2,
      where: 'prompt 2',
    });
    await expect(run({ maxNewTokens: MODEL.context })).rejects.toMatchObject({
      code: 'CONTEXT_TOO_SHORT',
      exitCode: 2,
    });
    // The largest cap that fits is taken.
    const [prompt] = PROMPTS;
    const cap = MODEL.context - checkpoint.vocabulary.encode(prompt).length - 1;
    expect((await run({ prompts: [prompt], maxNewTokens: cap }))?.length).toBe(1);
    await expect(run({ prompts: [prompt], maxNewTokens: cap + 1 })).rejects.toMatchObject({
      code: 'CONTEXT_TOO_SHORT',
    });
  });
});
