// The whole training step and the decoder in the benchmark: checked against scalar f64, counted by the formula, the
// same bits with two threads.
import { describe, expect, it } from 'vitest';
import { measureDecode } from '../../bench/decode.ts';
import { batchFor, checkTrainingStep, measureTrainingStep } from '../../bench/training-step.ts';
import { flopsPerToken, microBatch, PEER_PRESETS, type Preset } from '../../bench/presets.ts';
import { referenceLoss } from '../../bench/reference-model.ts';
import { scalingOf } from '../../bench/threads.ts';
import { countParameters } from '../../src/model/config.ts';
import { madeUpWeights } from '../../src/model/made-up.ts';

const TINY: Preset = {
  name: 'small',
  vocab: 21,
  sequence: 12,
  batch: 4,
  accumulators: 4,
  model: {
    d_model: 32,
    n_layer: 2,
    n_head: 4,
    n_kv_head: 2,
    d_ff: 40,
    context: 13,
    rope_base: 10_000,
    rms_norm_eps: 1e-6,
  },
};

describe('the training step', () => {
  it('has the loss and the gradient of the f64 model', async () => {
    await checkTrainingStep(TINY);
  }, 60_000);

  it('an f64 model with other weights has another loss, so the check can fail', () => {
    const loss = (vocab: number): number => {
      const weights = madeUpWeights(TINY.model, vocab, 0.02);
      return referenceLoss(
        TINY.model,
        vocab,
        (name) =>
          (weights.get(name)?.values ?? new Float32Array()).map((value) =>
            name === 'model.norm.weight' ? value : 1.5 * value,
          ),
        [1, 2, 3, 4],
      );
    };
    const weights = madeUpWeights(TINY.model, 21, 0.02);
    const plain = referenceLoss(TINY.model, 21, (name) => weights.get(name)?.values ?? [], [1, 2, 3, 4]);
    expect(Math.abs(loss(21) - plain)).toBeGreaterThan(1e-3);
  });

  it('counts tokens and operations, and threads change no bit', async () => {
    const request = { preset: TINY, batch: 4, warmUp: 1, steps: 2 };
    const rows = [
      await measureTrainingStep({ ...request, threads: 1 }),
      await measureTrainingStep({ ...request, threads: 2 }),
    ];
    const parameters = countParameters(TINY.model, TINY.vocab);
    expect(rows[0]).toMatchObject({
      preset: 'small',
      threads: 1,
      parameters,
      tokens: 48,
      flops_per_token: 6 * parameters + 6 * 2 * 12 * 32,
      timing: { rounds: 2 },
    });
    expect(rows[0].tokens_per_second).toBeCloseTo(48 / rows[0].timing.median, 3);
    expect(rows[1].gflops).toBeCloseTo((rows[1].tokens_per_second * rows[1].flops_per_token) / 1e9, 9);
    expect(scalingOf(rows)).toEqual([
      { preset: 'small', threads: 2, ratio: rows[1].tokens_per_second / rows[0].tokens_per_second },
    ]);
    const other = {
      ...rows[1],
      parameters_sha256: rows[1].parameters_sha256.replace(/^./, (digit) => (digit === '0' ? '1' : '0')),
    };
    expect(() => scalingOf([rows[0], other])).toThrow(
      expect.objectContaining({ code: 'BENCH_CHECK', exitCode: 70, where: 'bench threads' }),
    );
    expect(scalingOf([rows[0]])).toEqual([]);
  }, 60_000);
});

describe('presets', () => {
  it('have the published sizes and operations', () => {
    const [nano, small, base] = PEER_PRESETS;
    expect([nano, small, base].map(({ model, vocab }) => countParameters(model, vocab))).toEqual([
      862_848, 4_544_000, 24_197_632,
    ]);
    // 6 N + 6 L T d.
    expect(flopsPerToken(nano)).toBe(6 * 862_848 + 6 * 4 * 256 * 128);
  });

  it('a micro-batch holds whole sequences, at most about a thousand tokens unless one is longer', () => {
    expect(PEER_PRESETS.map(microBatch)).toEqual([
      { sequences: 4, tokens: 1024 },
      { sequences: 2, tokens: 1024 },
      { sequences: 1, tokens: 1024 },
    ]);
    expect(microBatch({ ...TINY, sequence: 3000, batch: 2 })).toEqual({ sequences: 1, tokens: 3000 });
  });

  it('a budget decides the sequences of a measured step: at least two, at most the batch', () => {
    const [nano, , base] = PEER_PRESETS;
    const budget = { flops: 1.5e11, warmUp: 1, steps: 1 };
    expect([
      batchFor(nano, budget),
      batchFor(base, budget),
      batchFor(nano, { ...budget, flops: 20 * 256 * flopsPerToken(nano) }),
    ]).toEqual([32, 2, 16]);
  });
});

describe('decoding', () => {
  it('checks the greedy choice and counts new tokens', async () => {
    const row = await measureDecode({ ...TINY, model: { ...TINY.model, context: 256 } }, 6, 1, 1);
    expect(row).toMatchObject({ threads: 1, prompts: 64, prompt_tokens: 66 });
    expect(row.new_tokens).toBeGreaterThan(64);
    expect(row.tokens_per_second).toBeCloseTo(row.new_tokens / row.timing.median, 3);
    expect(Number.isFinite(row.decode_tokens_per_second)).toBe(true);
  }, 60_000);
});
