// The whole model, forward and backward, against its f64 twin on every kernel path; and what must not change a bit.
import { describe, expect, it } from 'vitest';
import type { ModelConfig } from '../../src/model/config.ts';
import { corePaths } from '../core/paths.ts';
import { expectSameBits, expectWithin } from '../core/room.ts';
import { referenceGradients, referenceLogits, referenceLosses, type ReferenceSequence } from '../reference/model.ts';
import { ModelRun, randomTokens } from './model-run.ts';

const VOCAB = 23;
const SHARED = { rope_base: 10_000, rms_norm_eps: 1e-6, context: 128 };
const MODELS: { name: string; model: ModelConfig }[] = [
  { name: 'one layer, one head', model: { ...SHARED, d_model: 8, n_layer: 1, n_head: 1, n_kv_head: 1, d_ff: 8 } },
  {
    name: 'two layers, 4 heads of 6 on 2',
    model: { ...SHARED, d_model: 24, n_layer: 2, n_head: 4, n_kv_head: 2, d_ff: 40 },
  },
  {
    name: 'three layers, 3 heads of 16 on 1',
    model: { ...SHARED, d_model: 48, n_layer: 3, n_head: 3, n_kv_head: 1, d_ff: 56 },
  },
];

/**
 * Ragged sequences, prompts not counted, both classes; one shorter than its first counted position, one longer than a
 * block of queries.
 */
function sequences(lengths: readonly number[]): ReferenceSequence[] {
  return lengths.map((length, s) => {
    const words = randomTokens(length + 1, VOCAB, s);
    const first = Math.floor(length / 3),
      plan = Math.floor((2 * length) / 3);
    return {
      tokens: words.slice(0, -1),
      targets: Array.from({ length: length - first }, (_, i) => ({
        position: first + i,
        next: words[first + i + 1],
        kind: first + i < plan ? ('trace' as const) : ('plan' as const),
      })),
    };
  });
}

const BATCH = sequences([7, 1, 31, 2, 53]);
/** The same, rotated as in a training that shifts positions: by another gap in each from its first counted position. */
const SHIFTED = BATCH.map((sequence, s): ReferenceSequence => {
  const first = sequence.targets[0].position;
  return { ...sequence, rotatedTo: sequence.tokens.map((_, t) => (t < first ? t : t + [3, 70, 0, 1, 33][s])) };
});
const COUNT = BATCH.reduce((sum, { targets }) => sum + targets.length, 0);

describe.each(MODELS)('$name', ({ model }) => {
  const [{ core: first }] = corePaths();
  const reference = new ModelRun(first(), model, VOCAB).reference();
  const exactLogits = BATCH.map(({ tokens }) => referenceLogits(reference, tokens));
  const exactLosses = referenceLosses(reference, BATCH);
  const exactGradients = referenceGradients(reference, BATCH);
  const shiftedLosses = referenceLosses(reference, SHIFTED);
  const shiftedGradients = referenceGradients(reference, SHIFTED);

  describe.each(corePaths())('$name', ({ core }) => {
    const run = new ModelRun(core(), model, VOCAB);
    const names = run.layout.tensors.map(({ name }) => name);
    const trained = (parts: ReferenceSequence[][]): Float32Array[] => {
      run.clearGradients();
      for (const part of parts) run.train(part, 1 / COUNT);
      return names.map((name) => run.gradient(name));
    };

    it('logits', () => {
      const got = run.logits(BATCH.map(({ tokens }) => tokens));
      // Logits are of size 5; every layer adds a few hundred roundings of 6e-8 to values of that size, none amplified.
      for (const [row, exact] of exactLogits.flat().entries()) expectWithin(got[row], exact, 2e-5, `row ${row}, logit`);
    });

    it.each([
      ['as they follow each other', BATCH, exactLosses, exactGradients],
      ['shifted behind the prompt', SHIFTED, shiftedLosses, shiftedGradients],
    ] as const)('loss per class and every gradient, positions %s', (_, batch, losses, exactOf) => {
      const gradients = trained([[...batch]]);
      const [trace, plan] = run.lossSums();
      expectWithin([trace, plan], [losses.trace, losses.plan], COUNT * 1e-5, 'loss');
      for (const [i, name] of names.entries()) {
        const exact = (exactOf.get(name) ?? []).flat();
        // Relative to the tensor's largest entry, as the golden model is judged (1e-4); a wrong term would be of
        // order 1.
        expectWithin(gradients[i], exact, 2e-5 * Math.max(...exact.map(Math.abs)), name);
      }
      expect([...exactOf.keys()].sort()).toEqual([...names].sort());
    });

    it('a gap changes the loss and the gradients of queries and keys', () => {
      const plain = trained([BATCH]);
      const losses = run.lossSums();
      const shifted = trained([SHIFTED]);
      expect(run.lossSums()).not.toEqual(losses);
      for (const [i, name] of names.entries())
        if (/[qk]_proj.weight$/.test(name)) expect(shifted[i], name).not.toEqual(plain[i]);
    });

    it('logits of a sequence have the same bits alone and among others', () => {
      const all = run.logits(BATCH.map(({ tokens }) => tokens));
      let at = 0;
      for (const { tokens } of BATCH) {
        for (const row of run.logits([tokens])) expectSameBits(row, all[at++], `row ${at}`);
      }
    });

    it("gradients have the same bits however a batch is cut into micro-batches, but for the order of the embedding's two sums", () => {
      const whole = trained([BATCH]);
      const losses = run.lossSums();
      for (const parts of [[BATCH.slice(0, 2), BATCH.slice(2)], BATCH.map((sequence) => [sequence])]) {
        const cut = trained(parts);
        expect(run.lossSums()).toEqual(losses);
        for (const [i, name] of names.entries()) {
          // The tied embedding gets the output's and the input's gradient of a micro-batch one after the other.
          if (name === 'model.embed_tokens.weight')
            expectWithin(cut[i], whole[i], 1e-6 * Math.max(...whole[i].map(Math.abs)), name);
          else expectSameBits(cut[i], whole[i], name);
        }
      }
    });

    it('adds to the gradients and the losses that are there', () => {
      const once = trained([BATCH]);
      const [trace, plan] = run.lossSums();
      const twice = trained([BATCH, BATCH]);
      expectWithin(run.lossSums(), [2 * trace, 2 * plan], 1e-12 * COUNT, 'loss');
      for (const [i, name] of names.entries())
        expectWithin(
          twice[i],
          once[i].map((x) => 2 * x),
          2e-6 * Math.max(...once[i].map(Math.abs)),
          name,
        );
    });

    it('keeps to its regions and leaves the parameters alone', () => {
      const before = run.parameterBytes();
      trained([BATCH]);
      expect(run.parameterBytes()).toBe(before);
      expect(run.tailIsUntouched()).toBe(true);
    });
  });

  it('the same bits in 6x16 and 5x8 tiles', () => {
    const [wide, narrow] = corePaths()
      .slice(2)
      .map(({ core }) => {
        const run = new ModelRun(core(), model, VOCAB);
        run.train(BATCH, 1 / COUNT);
        return run;
      });
    for (const { name } of wide.layout.tensors) expectSameBits(wide.gradient(name), narrow.gradient(name), name);
    expect(wide.lossSums()).toEqual(narrow.lossSums());
  });
});
