// The whole training step and the decoder in the benchmark: checked against scalar f64, counted by the formula, the
// same bits with two threads.
import { describe, expect, it } from 'vitest';
import { measureDecode } from '../../bench/decode.ts';
import { checkEqualBits } from '../../bench/check.ts';
import { checkTrainingStep, measureTrainingSteps, timeSteps, trainAlone } from '../../bench/training-step.ts';
import {
  flopsPerToken,
  microBatch,
  PEER_PRESETS,
  type Preset,
  quickStudy,
  tokensOf,
  trainingSizes,
  usefulThreads,
} from '../../bench/presets.ts';
import { referenceLoss } from '../../bench/reference-model.ts';
import { countParameters } from '../../src/model/config.ts';
import { trainingThreads } from '../../src/training/memory.ts';
import { madeUpWeights } from '../../src/model/made-up.ts';

const TINY: Preset = {
  name: 'small',
  vocab: 21,
  sequence: 12,
  lengths: [12, 12, 12, 12],
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
  });

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

  it('counts tokens and operations of full batches, after the proof that threads change no bit', async () => {
    const rows = await measureTrainingSteps(TINY, [1, 2], [1, 2]);
    const parameters = countParameters(TINY.model, TINY.vocab);
    expect(rows.map(({ threads, timing }) => [threads, timing.samples.length])).toEqual([
      [1, 3],
      [2, 3],
    ]);
    for (const row of rows) {
      expect(row).toMatchObject({
        preset: 'small',
        parameters,
        tokens: tokensOf(TINY),
        flops_per_token: 6 * parameters + 6 * 2 * 12 * 32,
        parameters_sha256: rows[0].parameters_sha256,
      });
      expect(row.tokens_per_second).toBeCloseTo(48 / row.timing.fastest, 3);
      expect(row.gflops).toBeCloseTo((row.tokens_per_second * row.flops_per_token) / 1e9, 9);
    }
    expect(rows[0].parameters_sha256).toBe(
      (await timeSteps({ preset: TINY, threads: 1, warmUp: 0, steps: 1 })).parameters_sha256,
    );
  });

  it('a training side by side is repeated until its steps are enough', async () => {
    let steps = 0;
    await trainAlone(TINY, () => ++steps === 1010);
    expect(steps).toBeGreaterThanOrEqual(1010);
  });

  it('two steps have other bits than one, so the proof of equal bits can fail', async () => {
    const hashes = await Promise.all(
      [1, 2].map(async (steps) => {
        const { parameters_sha256 } = await timeSteps({ preset: TINY, threads: 1, warmUp: 0, steps });
        return [`${steps} steps`, parameters_sha256] as const;
      }),
    );
    expect(() => checkEqualBits('bench training-step', hashes)).toThrow(
      expect.objectContaining({ code: 'BENCH_CHECK', exitCode: 70, where: 'bench training-step' }),
    );
    expect(checkEqualBits('bench training-step', [hashes[0], hashes[0]])).toBe(hashes[0][1]);
  });
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

  it('quick has a batch of its real lengths, which no further example fits into', async () => {
    const { preset } = await quickStudy();
    const { batch_tokens } = trainingSizes(preset);
    expect(batch_tokens).toBeLessThanOrEqual(4096);
    expect(batch_tokens).toBeGreaterThan(4096 - Math.max(...preset.lengths) - 60);
    expect(new Set(preset.lengths).size).toBeGreaterThan(10);
    const mean = tokensOf(preset) / preset.lengths.length;
    // 33,656 examples of the study have 160.3 tokens on average.
    expect(mean).toBeGreaterThan(130);
    expect(mean).toBeLessThan(190);
  });

  it('a batch of several lengths has the operations of its attention in all', () => {
    const { model, vocab } = TINY;
    const parameters = countParameters(model, vocab);
    const lengths = [3, 9];
    const attention = 6 * model.n_layer * model.d_model * (3 * 3 + 9 * 9);
    expect(12 * flopsPerToken({ ...TINY, lengths })).toBeCloseTo(12 * 6 * parameters + attention, 6);
  });

  it('a micro-batch holds whole sequences, at most about a thousand tokens unless one is longer', () => {
    expect(PEER_PRESETS.map(microBatch)).toEqual([
      { sequences: 4, tokens: 1024 },
      { sequences: 2, tokens: 1024 },
      { sequences: 1, tokens: 1024 },
    ]);
    expect(microBatch({ ...TINY, sequence: 3000, lengths: [3000, 3000] })).toEqual({ sequences: 1, tokens: 3000 });
  });

  it('a step uses as many of the threads as shorten it, by the rule of the plan', () => {
    for (const preset of PEER_PRESETS)
      expect([1, 2, 8, 16].map((threads) => usefulThreads(preset, threads))).toEqual([1, 2, 8, 16]);
    const [nano] = PEER_PRESETS;
    const { model, vocab, lengths, sequence, accumulators } = nano;
    const sizes = { model, vocab, accumulators, batch_tokens: lengths.length * (sequence + 1), longest: sequence + 1 };
    const useful = trainingThreads({ ...sizes, position_offset: 0 });
    const skipped = Array.from({ length: 256 }, (_, i) => i + 1).find((threads) => !useful.includes(threads)) ?? 0;
    expect(usefulThreads(nano, skipped)).toBe(skipped - 1);
  });
});

describe('decoding', () => {
  it('checks the greedy choice and counts new tokens', async () => {
    const row = await measureDecode({ ...TINY, model: { ...TINY.model, context: 256 } }, 6, 1, 1);
    expect(row).toMatchObject({ threads: 1, prompts: 72, prompt_tokens: 66 });
    expect(row.new_tokens).toBeGreaterThan(72);
    expect(row.tokens_per_second).toBeCloseTo(row.new_tokens / row.timing.fastest, 3);
    expect(Number.isFinite(row.decode_tokens_per_second)).toBe(true);
  });
});
