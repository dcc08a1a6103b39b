// The PyTorch float64 model of tests/golden/model.json: logits, loss, every gradient and ten AdamW steps, on every
// kernel path.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Golden, goldenModel } from './golden-model.ts';

const { golden, runs } = goldenModel(
  JSON.parse(readFileSync(new URL('../golden/model.json', import.meta.url), 'utf8')) as Golden,
);

describe.each(runs)('$name', ({ start }) => {
  it('gives the logits', () => {
    const run = start();
    for (const [s, expected] of golden.logits.entries()) {
      const got = run.logits(s);
      expect(got.length).toBe(expected.flat().length);
      for (const [i, value] of expected.flat().entries()) expect(Math.abs(got[i] - value)).toBeLessThanOrEqual(1e-4);
    }
  });

  it('gives the loss and every gradient within 1e-4 of its tensor', () => {
    const run = start();
    const loss = run.lossAndGradients();
    expect(Math.abs(loss - golden.loss)).toBeLessThanOrEqual(1e-4);
    expect(Object.keys(golden.gradients).sort()).toEqual(run.layout.tensors.map((tensor) => tensor.name).sort());
    for (const [name, rows] of Object.entries(golden.gradients)) {
      const expected = rows.flat();
      const got = run.gradient(name);
      const largest = Math.max(...expected.map(Math.abs));
      for (const [i, value] of expected.entries())
        expect(Math.abs(got[i] - value) / largest, `${name}[${i}]`).toBeLessThanOrEqual(1e-4);
    }
  });

  it('gives the ten losses of AdamW and the final embedding', () => {
    const run = start();
    const { losses, lr, betas, eps, weight_decay_matrices, clip, final_embedding_row0 } = golden.adamw;
    for (const [i, expected] of losses.entries()) {
      const loss = run.lossAndGradients();
      expect(Math.abs(loss - expected), `step ${i}`).toBeLessThanOrEqual(1e-3);
      run.step({
        step: i + 1,
        lr,
        beta1: betas[0],
        beta2: betas[1],
        eps,
        weight_decay: weight_decay_matrices,
        grad_clip: clip,
      });
    }
    const row = run.parameter('model.embed_tokens.weight').slice(0, golden.config.hidden_size);
    for (const [i, value] of final_embedding_row0.entries()) expect(Math.abs(row[i] - value)).toBeLessThanOrEqual(1e-3);
  });
});
