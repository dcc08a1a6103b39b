// The gradients of the f64 twins, judged by central differences: the twins judge the kernels, nothing else judges the
// twins.
import { describe, it } from 'vitest';
import { expectWithin, randomFloats } from '../core/room.ts';
import { attention, attentionGradient } from './attention.ts';
import { centralDifference } from './central-difference.ts';
import { crossEntropy, crossEntropyGradient } from './cross-entropy.ts';
import { dot, type Matrix, rowsOf } from './matrix.ts';
import { referenceGradients, referenceLosses, type ReferenceModel, type ReferenceSequence } from './model.ts';
import { logProbability, policyLoss, policyLossGradient } from './policy-loss.ts';
import { rmsnorm, rmsnormGradient } from './rmsnorm.ts';
import { rotate } from './rope.ts';
import { swiglu, swigluGradient } from './swiglu.ts';

/**
 * Central differences with step 1e-5 of functions whose values and third derivatives are of size 10 are good to 1e-8.
 */
const TOLERANCE = 1e-8;

const vector = (length: number, index: number): number[] => [...randomFloats(length, index)];

/** d (weights . f(x)) / dx, numerically, against the formula. */
function check(
  f: () => readonly number[],
  x: number[],
  weights: readonly number[],
  gradient: readonly number[],
  name: string,
): void {
  expectWithin(
    gradient,
    x.map((_, i) => centralDifference(() => dot(weights, f()), x, i)),
    TOLERANCE,
    name,
  );
}

describe('gradients of the twins', () => {
  it('rmsnorm', () => {
    const [x, w, dy] = [vector(8, 1), vector(8, 2), vector(8, 3)];
    const { dx, dw } = rmsnormGradient(dy, x, w, 1e-6);
    check(() => rmsnorm(x, w, 1e-6), x, dy, dx, 'dx');
    check(() => rmsnorm(x, w, 1e-6), w, dy, dw, 'dw');
  });

  it('rotary embedding: the gradient turns back', () => {
    const [x, dy] = [vector(6, 1), vector(6, 2)];
    check(() => rotate(x, 17, 10_000), x, dy, rotate(dy, 17, 10_000, -1), 'dx');
  });

  it('swiglu', () => {
    const [gate, up, dAct] = [vector(8, 1).map((x) => 4 * x), vector(8, 2), vector(8, 3)];
    const { dGate, dUp } = swigluGradient(dAct, gate, up);
    check(() => swiglu(gate, up), gate, dAct, dGate, 'dGate');
    check(() => swiglu(gate, up), up, dAct, dUp, 'dUp');
  });

  it('cross-entropy', () => {
    const z = vector(9, 1).map((x) => 3 * x);
    expectWithin(
      crossEntropyGradient(z, 4),
      z.map((_, i) => centralDifference(() => crossEntropy(z, 4), z, i)),
      TOLERANCE,
      'dz',
    );
  });

  it.each([
    { advantage: 1.5, gap: 0.1 },
    { advantage: 1.5, gap: 0.4 },
    { advantage: 1.5, gap: -0.4 },
    { advantage: -0.8, gap: 0.4 },
    { advantage: -0.8, gap: -0.4 },
  ])('policy loss, advantage $advantage, log ratio $gap, with and without KL', ({ advantage, gap }) => {
    const z = vector(9, 1).map((x) => 3 * x);
    for (const beta of [0, 0.3]) {
      const settings = { temperature: 0.9, low: 0.2, high: 0.28, beta };
      const lp = logProbability(z, 4, settings.temperature);
      const terms = { advantage, weight: 0.7, old: lp - gap, reference: lp + 0.3 };
      expectWithin(
        policyLossGradient(z, 4, terms, settings),
        z.map((_, i) => centralDifference(() => policyLoss(z, 4, terms, settings), z, i)),
        TOLERANCE,
        'dz',
      );
    }
  });

  it.each([
    { heads: 1, kvHeads: 1, headSize: 2 },
    { heads: 4, kvHeads: 2, headSize: 4 },
    { heads: 3, kvHeads: 1, headSize: 6 },
  ])('attention with $heads heads on $kvHeads of $headSize', (shape) => {
    const T = 5,
      stride = (shape.heads + 2 * shape.kvHeads) * shape.headSize,
      width = shape.heads * shape.headSize;
    const flat = vector(T * stride, 1).map((x) => 2 * x),
      dOut = vector(T * width, 2);
    const gradient = attentionGradient(rowsOf(dOut, T, width), rowsOf(flat, T, stride), shape);
    check(() => attention(rowsOf(flat, T, stride), shape).out.flat(), flat, dOut, gradient.flat(), 'dqkv');
  });

  it('the whole model, every parameter', () => {
    const [d, ff, vocabulary] = [8, 8, 5];
    const shapes: [name: string, rows: number, width: number][] = [
      ['model.embed_tokens.weight', vocabulary, d],
      ['model.norm.weight', 1, d],
    ];
    for (const l of [0, 1]) {
      const prefix = `model.layers.${l}`;
      shapes.push(
        [`${prefix}.input_layernorm.weight`, 1, d],
        [`${prefix}.post_attention_layernorm.weight`, 1, d],
        [`${prefix}.self_attn.q_proj.weight`, d, d],
        [`${prefix}.self_attn.q_proj.bias`, 1, d],
        [`${prefix}.self_attn.k_proj.weight`, 4, d],
        [`${prefix}.self_attn.k_proj.bias`, 1, 4],
        [`${prefix}.self_attn.v_proj.weight`, 4, d],
        [`${prefix}.self_attn.v_proj.bias`, 1, 4],
        [`${prefix}.self_attn.o_proj.weight`, d, d],
        [`${prefix}.mlp.gate_proj.weight`, ff, d],
        [`${prefix}.mlp.up_proj.weight`, ff, d],
        [`${prefix}.mlp.down_proj.weight`, d, ff],
      );
    }
    const weights = new Map(
      shapes.map(([name, rows, width], i): [string, Matrix] => [
        name,
        rowsOf(randomFloats(rows * width, 10 + i), rows, width),
      ]),
    );
    const model: ReferenceModel = {
      layers: 2,
      heads: 2,
      kvHeads: 1,
      headSize: 4,
      ropeBase: 10_000,
      eps: 1e-6,
      weights,
    };
    const sequences: ReferenceSequence[] = [
      {
        tokens: [1, 3, 3, 0],
        targets: [
          { position: 1, next: 3, kind: 'trace' },
          { position: 3, next: 2, kind: 'plan' },
        ],
      },
      {
        tokens: [4, 0, 2],
        targets: [
          { position: 0, next: 0, kind: 'trace' },
          { position: 2, next: 1, kind: 'plan' },
        ],
      },
      {
        tokens: [2, 1, 4],
        rotatedTo: [0, 8, 9],
        targets: [{ position: 1, next: 4, kind: 'plan' }],
      },
    ];
    const loss = (): number => {
      const { trace, plan, count } = referenceLosses(model, sequences);
      return (trace + plan) / count;
    };
    const gradients = referenceGradients(model, sequences);
    for (const [name, matrix] of weights) {
      const numeric = matrix.flatMap((row) => row.map((_, j) => centralDifference(loss, row, j)));
      expectWithin((gradients.get(name) ?? []).flat(), numeric, TOLERANCE, name);
    }
  });
});
