// The policy gradient through the whole model against its f64 twin; with advantage 1 and ratio 1 it is that of
// cross-entropy.
import { describe, expect, it } from 'vitest';
import { corePaths } from '../core/paths.ts';
import { expectWithin, randomFloats } from '../core/room.ts';
import { gradientsOf, referenceLogits } from '../reference/model.ts';
import { isClipped, logProbability, policyLoss, policyLossGradient } from '../reference/policy-loss.ts';
import { ModelRun, randomTokens } from './model-run.ts';

const MODEL = {
  d_model: 24,
  n_layer: 2,
  n_head: 4,
  n_kv_head: 2,
  d_ff: 40,
  context: 64,
  rope_base: 10_000,
  rms_norm_eps: 1e-6,
};
const VOCAB = 23;

describe.each(corePaths())('policy_microbatch, $name', ({ core }) => {
  const sequences = [0, 1, 2].map((s) => ({
    tokens: randomTokens(12 + 5 * s, VOCAB, s),
    targets: Array.from({ length: 6 }, (_, t) => ({
      position: 5 + t,
      next: (7 * t + s) % VOCAB,
      kind: 'plan' as const,
    })),
  }));
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
        expectWithin(
          run.gradient(name),
          exact[i].map((x) => advantage * x),
          1e-5 * Math.abs(advantage) * largest + 1e-9,
          name,
        );
      }
    }
  });

  it('at ratios on both sides of the clip, at another temperature and with a KL penalty is that of the f64 twin', () => {
    const run = new ModelRun(core(), MODEL, VOCAB);
    const settings = { temperature: 0.8, low: 0.2, high: 0.28, beta: 0.04 };
    const reference = run.reference();
    const noise = randomFloats(36, 77);
    const logits = sequences.map(({ tokens }) => referenceLogits(reference, tokens));
    const terms = sequences.map(({ targets }, s) =>
      targets.map(({ position, next }, t) => {
        const lp = logProbability(logits[s][position], next, settings.temperature),
          at = 2 * (6 * s + t);
        return {
          advantage: t % 2 === 0 ? 1.3 : -0.7,
          weight: (s + 1) / 40,
          old: lp + 0.5 * noise[at],
          reference: lp + noise[at + 1],
        };
      }),
    );
    const own = run.logProbabilities(sequences, settings.temperature);
    expectWithin(
      own,
      sequences.flatMap(({ targets }, s) =>
        targets.map(({ position, next }) => logProbability(logits[s][position], next, settings.temperature)),
      ),
      2e-5,
      'log-probability',
    );
    run.clearGradients();
    const { loss, clipped } = run.learnFrom(sequences, terms.flat(), settings);
    const rows = sequences.flatMap(({ targets }, s) =>
      targets.map(({ position, next }, t) => ({ z: logits[s][position], next, terms: terms[s][t] })),
    );
    expectWithin(
      [loss],
      [rows.reduce((sum, row) => sum + policyLoss(row.z, row.next, row.terms, settings), 0)],
      1e-5,
      'loss',
    );
    const expected = rows.filter((row) =>
      isClipped(
        Math.exp(logProbability(row.z, row.next, settings.temperature) - row.terms.old),
        row.terms.advantage,
        settings,
      ),
    ).length;
    expect([clipped, expected > 0, expected < rows.length]).toEqual([expected, true, true]);
    const exact = gradientsOf(reference, sequences, (z, next, s, t) =>
      policyLossGradient(z, next, terms[s][t], settings),
    );
    for (const { name } of run.layout.tensors) {
      const values = (exact.get(name) ?? []).flat();
      expectWithin(run.gradient(name), values, 2e-5 * Math.max(...values.map(Math.abs)), name);
    }
  });

  it('a KL penalty against itself has no gradient', () => {
    const run = new ModelRun(core(), MODEL, VOCAB);
    run.clearGradients();
    run.learn(sequences, { advantage: 0, weight: scale, beta: 1 });
    for (const { name } of run.layout.tensors)
      expectWithin(
        run.gradient(name),
        run.gradient(name).map(() => 0),
        0,
        name,
      );
  });
});
