// Training with positions that are shifted behind the prompt: a whole step against the f64 twin, the same bits for any
// number of threads and after a stop, and nothing else that changes.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { threefry2x32 } from '../../src/base/random.ts';
import { scheduleBatches } from '../../src/data/batches.ts';
import { writeDataset } from '../../src/data/dataset.ts';
import { namedTensors } from '../../src/model/named-tensors.ts';
import { madeUpWeights } from '../../src/model/made-up.ts';
import { planMemory } from '../../src/training/memory.ts';
import { madeUpExamples, trainMadeUp } from '../../src/training/speed.ts';
import { train, type TrainOptions } from '../../src/training/train.ts';
import { expectWithin } from '../core/room.ts';
import { type Matrix, rowsOf } from '../reference/matrix.ts';
import { referenceGradients, referenceLosses, type ReferenceModel } from '../reference/model.ts';
import type { StepRow } from '../../src/training/step-row.ts';
import { MODEL, RECIPE as TINY_RECIPE } from './tiny-training.ts';

const RECIPE = { ...TINY_RECIPE, position_offset: 9 };

describe('a step', () => {
  // The longest example fills the context, so shifted positions are beyond it.
  const model = { ...MODEL, d_model: 24, n_head: 4, n_kv_head: 2, d_ff: 40, context: 29 };
  const [vocabSize, offset, std] = [23, 60, 0.3];
  const lengths = [
    { prompt: 9, completion: 20 },
    { prompt: 4, completion: 8 },
    { prompt: 1, completion: 12 },
    { prompt: 15, completion: 5 },
    { prompt: 6, completion: 17 },
  ];
  const recipe = {
    ...RECIPE,
    batch_tokens: 1000,
    grad_clip: 1e9,
    init_std: std,
    position_offset: offset,
    accumulators: 3,
  };

  /** The sequences of the only batch, with the gaps that the specification gives them for seed 0. */
  function sequences() {
    const { ids, starts, reasoning, solution } = madeUpExamples(lengths, vocabSize);
    const { order, steps } = scheduleBatches(madeUpExamples(lengths, vocabSize), { epochs: 1 }, recipe.batch_tokens, 0);
    expect(steps).toBe(1);
    return [...order].map((example, n) => {
      const [bits] = threefryOf(0, 15, n);
      const gap = bits % (offset + 1);
      const all = [...ids.subarray(starts[example], starts[example + 1])];
      const first = reasoning[example];
      return {
        gap,
        tokens: all.slice(0, -1),
        rotatedTo: all.slice(0, -1).map((_, t) => (t < first ? t : t + gap)),
        targets: all.slice(first + 1).map((next, t) => ({
          position: first + t,
          next,
          kind: first + t + 1 < solution[example] ? ('trace' as const) : ('plan' as const),
        })),
      };
    });
  }

  function reference(): ReferenceModel {
    const weights = new Map(
      [...madeUpWeights(model, vocabSize, std)].map(([name, { shape, values }]): [string, Matrix] => {
        const [rows, width] = shape.length === 2 ? shape : [1, shape[0]];
        return [name, rowsOf(Float32Array.from(values), rows, width)];
      }),
    );
    return {
      layers: model.n_layer,
      heads: model.n_head,
      kvHeads: model.n_kv_head,
      headSize: model.d_model / model.n_head,
      ropeBase: model.rope_base,
      eps: model.rms_norm_eps,
      weights,
    };
  }

  it.each([1, 2])(
    'has the loss and every gradient of the f64 twin at the shifted positions: %i threads',
    async (threads) => {
      const batch = sequences();
      expect(Math.max(...batch.flatMap(({ rotatedTo }) => rotatedTo))).toBeGreaterThan(model.context);
      expect(new Set(batch.map(({ gap }) => gap)).size).toBeGreaterThan(3);
      const {
        rows: [row],
        layout,
        firstMoments,
      } = await trainMadeUp({ model, vocabSize, train: recipe, threads, lengths }, 1, () => true);
      const twin = reference();
      const { trace, plan, count } = referenceLosses(twin, batch);
      expectWithin([row.loss], [(trace + plan) / count], 1e-5, 'loss');
      const exactGradients = referenceGradients(twin, batch);
      for (const { name, values } of namedTensors(firstMoments, layout)) {
        const exact = (exactGradients.get(name) ?? []).flat();
        // The first moment after one step is (1 - beta1) times the gradient.
        const got = Array.from(values, (value) => value / (1 - recipe.beta1));
        // As tests/model/gradients.test.ts judges; positions that are wrong by one change queries and keys by more.
        expectWithin(got, exact, 2e-5 * Math.max(...exact.map(Math.abs)), name);
      }
    },
  );
});

function threefryOf(seed: number, stream: number, index: number): Uint32Array {
  const words = new Uint32Array(2);
  threefry2x32(seed, stream, index, 0, words);
  return words;
}

describe('a run', () => {
  let folder = '';
  interface Outcome {
    readonly weights: Buffer;
    readonly rows: StepRow[];
    readonly config: string;
  }
  let shifted: Outcome, plain: Outcome;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tracelab-offset-'));
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
    shifted = await run('shifted', { threads: 1 });
    plain = await run('plain', { threads: 1, train: { ...RECIPE, position_offset: 0 } });
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  const optionsOf = (name: string, changes: Partial<TrainOptions>): TrainOptions => ({
    runDir: join(folder, name),
    model: MODEL,
    train: RECIPE,
    condition: 'correct',
    seed: 1,
    trainFile: join(folder, 'data', 'train.jsonl'),
    threads: 2,
    ...changes,
  });

  async function outcome(name: string, steps: number): Promise<Outcome> {
    const lines = (await readFile(join(folder, name, 'metrics.jsonl'), 'utf8')).trim().split('\n');
    const checkpoint = join(folder, name, 'checkpoints', `step-${steps}`);
    return {
      weights: await readFile(join(checkpoint, 'model.safetensors')),
      rows: lines.map((line) => ({ ...(JSON.parse(line) as StepRow), seconds: 0 })),
      config: await readFile(join(checkpoint, 'config.json'), 'utf8'),
    };
  }

  async function run(name: string, changes: Partial<TrainOptions>): Promise<Outcome> {
    const { finished, steps } = await train(optionsOf(name, changes), { progress: () => undefined });
    expect(finished).toBe(true);
    return outcome(name, steps);
  }

  it('gives the same weights and metrics with two threads as with one', async () => {
    const other = await run('two', { threads: 2 });
    expect(other.rows).toEqual(shifted.rows);
    expect(other.weights.equals(shifted.weights)).toBe(true);
  });

  it.each([1, 7, 13])('gives the same weights when it is stopped after step %i and called again', async (at) => {
    const stop = new AbortController();
    const options = optionsOf(`stopped-${at}`, { threads: 2 });
    const first = await train(options, {
      progress: ({ step }) => {
        if (step === at) stop.abort();
      },
      signal: stop.signal,
    });
    expect(first.finished).toBe(false);
    const { steps } = await train(options, { progress: () => undefined });
    const resumed = await outcome(`stopped-${at}`, steps);
    expect(resumed.rows).toEqual(shifted.rows);
    expect(resumed.weights.equals(shifted.weights)).toBe(true);
  });

  it('changes losses, and neither batches, learning rates nor the model that is written', () => {
    expect(shifted.weights.equals(plain.weights)).toBe(false);
    // The examples have many lengths, so batches of others would have other tokens.
    const unchanged = ({ rows }: Outcome) => rows.map(({ step, tokens, lr }) => ({ step, tokens, lr }));
    expect(unchanged(shifted)).toEqual(unchanged(plain));
    for (const [i, { loss }] of shifted.rows.entries()) expect(loss).not.toBe(plain.rows[i].loss);
    expect(shifted.config).toBe(plain.config);
    expect(JSON.parse(shifted.config)).toMatchObject({ max_position_embeddings: MODEL.context });
  });

  it('is another one for another offset', async () => {
    const other = await run('other', { train: { ...RECIPE, position_offset: 10 } });
    expect(other.weights.equals(shifted.weights)).toBe(false);
  });
});

describe('the memory plan', () => {
  const sizes = { model: MODEL, vocab: 53, batch_tokens: 1500, accumulators: 5, threads: 2, longest: 300 };
  const planned = (position_offset: number) => planMemory({ ...sizes, position_offset });

  it('has two tables of half a head for every position, and nothing else that grows', () => {
    const [none, some] = [planned(0), planned(4096)];
    const half = MODEL.d_model / MODEL.n_head / 2;
    expect(some.bytes - none.bytes).toBe(2 * 4 * half * 4096);
    expect(some.parts[0].bytes - none.parts[0].bytes).toBe(2 * 4 * half * 4096);
    expect([none, some].map(({ parts }) => parts[0].name)).toEqual(['RoPE tables', 'RoPE tables of 4608 positions']);
    expect(some.parts.slice(1)).toEqual(none.parts.slice(1));
  });
});
