// An open model: what a call leaves behind changes nothing, everything is read when it is opened, and it survives calls
// that fail or are stopped.
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashFile } from '../../src/base/hash.ts';
import { createMemory, growMemory } from '../../src/core/memory.ts';
import { ThreadPool } from '../../src/core/thread-pool.ts';
import type { Checkpoint } from '../../src/model/checkpoint.ts';
import { generateIn } from '../../src/model/generate.ts';
import { Model } from '../../src/model/model.ts';
import { openRoom, packWeights } from '../../src/model/model-memory.ts';
import { scoreIn } from '../../src/model/score.ts';
import { SIZE, writeSmallCheckpoint } from './small-checkpoint.ts';

const PROMPTS = Array.from({ length: 30 }, (_, i) => {
  const walls = Array.from({ length: i % 5 }, (_unused, w) => ` wall ${(w + i) % SIZE} ${w % SIZE}`).join('');
  return `query start ${i % SIZE} 0 goal ${(i + 1) % SIZE} ${(i >> 2) % SIZE}${walls} reasoning`;
});
const EXAMPLES = PROMPTS.map((prompt, i) => ({
  prompt,
  completion: `${'close 0 0 c0 c0 '.repeat(i % 4)}solution plan 0 0 end`,
}));
const short = { prompts: PROMPTS.slice(0, 3), maxNewTokens: 5, temperature: 0, seed: 1 };
const long = { prompts: PROMPTS, maxNewTokens: 60, temperature: 1, seed: 2 };
const quiet = (): void => undefined;

describe('an open model', () => {
  let folder = '';
  let checkpoint: Checkpoint;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tracelab-model-'));
    checkpoint = await writeSmallCheckpoint(join(folder, 'model'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });
  /** What a model that was opened for this call alone gives. */
  const alone = async <T>(call: (model: Model) => Promise<T>): Promise<T> => {
    await using model = Model.of(checkpoint, 2);
    return await call(model);
  };

  it('gives a call of any size after any others what a fresh model gives', async () => {
    const [few, many] = [await alone((model) => model.generate(short)), await alone((model) => model.generate(long))];
    const losses = await alone((model) => model.score(EXAMPLES));
    await using model = Model.of(checkpoint, 2);
    expect(await model.generate(short)).toEqual(few);
    expect(await model.generate(long)).toEqual(many);
    expect(await model.score(EXAMPLES)).toEqual(losses);
    expect(await model.generate(short)).toEqual(few);
    expect(await model.score(EXAMPLES.slice(0, 2))).toEqual(losses?.slice(0, 2));
    expect(await model.generate(long)).toEqual(many);
  });

  it('reads nothing of its room that the same call has not written', async () => {
    const many = await alone((model) => model.generate(long));
    const losses = await alone((model) => model.score(EXAMPLES));
    await using pool = new ThreadPool(2);
    const room = openRoom(checkpoint, pool, 'test');
    packWeights(room);
    growMemory(room.memory, 64 << 20);
    // Of f32 and f64 not a number, of i32 -1.
    const spoil = (): unknown => new Uint8Array(room.memory.buffer, room.map.end).fill(0xff);
    spoil();
    expect(await generateIn(room, long, quiet, undefined, quiet)).toEqual(many);
    spoil();
    expect(await scoreIn(room, EXAMPLES, quiet, undefined)).toEqual(losses);
  });

  it('reads its files when it is opened and never again', async () => {
    const copy = join(folder, 'copy');
    await cp(join(folder, 'model'), copy, { recursive: true });
    const hash = await hashFile(join(copy, 'model.safetensors'));
    await using model = await Model.open(copy, 1);
    await rm(copy, { recursive: true });
    expect(model.weightsHash).toBe(hash);
    expect(model.checkpoint.origin).toEqual(checkpoint.origin);
    expect(await model.generate(short)).toEqual(await alone((other) => other.generate(short)));
    expect(await model.score(EXAMPLES)).toHaveLength(EXAMPLES.length);
  });

  it('works on threads that several models share, and leaves them alive', async () => {
    const other = await writeSmallCheckpoint(join(folder, 'other'), 0.3);
    const fresh = Model.of(other, 2);
    const expected = [await alone((model) => model.generate(long)), await fresh.generate(long)];
    await fresh.close();
    let ends = 0;
    class CountingPool extends ThreadPool {
      override async close(): Promise<void> {
        ends += 1;
        await super.close();
      }
    }
    await using pool = new CountingPool(2);
    for (const [i, one] of [checkpoint, other].entries()) {
      await using model = Model.of(one, pool);
      expect(await model.generate(long)).toEqual(expected[i]);
    }
    expect(ends).toBe(0);
    expect(expected[0]).not.toEqual(expected[1]);
  });

  it('copies its parameters as they were loaded', async () => {
    const memory = createMemory(1 << 20);
    await using model = Model.of(checkpoint, 1);
    await model.generate(short);
    model.copyParameters(memory, 4096);
    const embedding = checkpoint.weights.tensors.get('model.embed_tokens.weight')?.values ?? new Float32Array(1);
    expect(new Float32Array(memory.buffer, 4096, embedding.length)).toEqual(embedding);
  });

  it('goes on after a call that was refused, and after one that was stopped', async () => {
    const many = await alone((model) => model.generate(long));
    await using model = Model.of(checkpoint, 2);
    await expect(model.generate({ ...short, prompts: ['foreign words'] })).rejects.toMatchObject({
      code: 'PROMPT_WORD',
    });
    await expect(model.score([{ prompt: PROMPTS[0], completion: 'end' }])).rejects.toMatchObject({
      code: 'EXAMPLE_FORM',
    });
    for (const call of ['generate', 'score'] as const) {
      const stop = new AbortController();
      const told = (): void => {
        stop.abort();
      };
      if (call === 'generate') await model.generate(long, told, stop.signal);
      else await model.score(EXAMPLES, told, stop.signal);
      expect(stop.signal.aborted).toBe(true);
      expect(await model.generate(long)).toEqual(many);
    }
  });

  it('takes one call at a time, and none once it is closed', async () => {
    const model = Model.of(checkpoint, 1);
    const first = model.generate(short);
    await expect(model.score(EXAMPLES)).rejects.toThrow('two calls');
    expect(await first).toHaveLength(3);
    await model.close();
    await model.close();
    await expect(model.generate(short)).rejects.toThrow('closed');
  });

  it('is refused when its files are damaged or missing', async () => {
    const damaged = join(folder, 'damaged');
    await cp(join(folder, 'model'), damaged, { recursive: true });
    const { weights, ...rest } = checkpoint;
    const tensors = new Map(weights.tensors);
    tensors.delete('model.norm.weight');
    expect(() => Model.of({ ...rest, weights: { ...weights, tensors } }, 1)).toThrow(
      expect.objectContaining({ code: 'CHECKPOINT_DAMAGED' }) as Error,
    );
    await writeFile(join(damaged, 'model.safetensors'), 'cut');
    await expect(Model.open(damaged, 1)).rejects.toMatchObject({ code: 'CHECKPOINT_DAMAGED', exitCode: 3 });
    await rm(join(damaged, 'model.safetensors'));
    await expect(Model.open(damaged, 1)).rejects.toMatchObject({ code: 'CHECKPOINT_MISSING', exitCode: 2 });
  });
});
