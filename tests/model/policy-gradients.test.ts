// The policy gradient through the whole model: with advantage 1 and ratio 1 it is that of cross-entropy, which the f64 twin judges elsewhere.
import { describe, expect, it } from 'vitest';
import { corePaths } from '../core/paths.ts';
import { expectWithin } from '../core/room.ts';
import { ModelRun, randomTokens } from './model-run.ts';

const MODEL = { d_model: 24, n_layer: 2, n_head: 4, n_kv_head: 2, d_ff: 40, context: 64, rope_base: 10_000, rms_norm_eps: 1e-6 };
const VOCAB = 23;

describe.each(corePaths())('policy_microbatch, $name', ({ core }) => {
  const sequences = [0, 1, 2].map((s) => ({ tokens: randomTokens(12 + 5 * s, VOCAB, s), targets: Array.from({ length: 6 }, (_, t) => ({ position: 5 + t, next: (7 * t + s) % VOCAB, kind: 'plan' as const })) }));
  const scale = 1 / 18;

  it('with ratio 1 and advantage 1 is the gradient of cross-entropy; with advantage -2 it is -2 times that', () => {
    const run = new ModelRun(core(), MODEL, VOCAB);
    run.train(sequences, scale);
    const names = run.layout.tensors.map(({ name }) => name);
    const exact = names.map((name) => run.gradient(name));
    for (const advantage of [1, -2]) {
      run.clearGradients();
      const { furthest } = run.learn(sequences, { advantage, weight: scale, beta: 0 });
      expect(furthest).toBe(0);
      for (const [i, name] of names.entries()) {
        const largest = exact[i].reduce((most, x) => Math.max(most, Math.abs(x)), 0);
        expectWithin(run.gradient(name), exact[i].map((x) => advantage * x), 1e-5 * Math.abs(advantage) * largest + 1e-9, name);
      }
    }
  });

  it('a KL penalty against itself has no gradient', () => {
    const run = new ModelRun(core(), MODEL, VOCAB);
    run.clearGradients();
    run.learn(sequences, { advantage: 0, weight: scale, beta: 1 });
    for (const { name } of run.layout.tensors) expectWithin(run.gradient(name), run.gradient(name).map(() => 0), 0, name);
  });
});
