// The sum over gradient accumulators and AdamW, against their formulas, on every kernel path.
import { describe, expect, it } from 'vitest';
import { adamwArguments, clipFactor } from '../../src/model/update.ts';
import { adamwStep, type AdamwState } from '../reference/adamw.ts';
import { corePaths } from './paths.ts';
import { expectSameBits, expectWithin, randomFloats, Room, UNIT } from './room.ts';

describe.each(corePaths())('optimizer, $name', ({ core }) => {
  const room = new Room(core());

  /** Neighbours first, an odd one waits: ((0+1)+(2+3))+4. Every addition rounds to f32. */
  function tree(values: readonly number[]): number {
    if (values.length === 1) return values[0];
    const pairs = Array.from({ length: Math.ceil(values.length / 2) }, (_, i) =>
      2 * i + 1 < values.length ? Math.fround(values[2 * i] + values[2 * i + 1]) : values[2 * i],
    );
    return tree(pairs);
  }

  it.each([1, 2, 3, 4, 5, 7, 8, 13, 16].flatMap((accumulators) => [8, 40].map((n) => [accumulators, n])))(
    'sums %i accumulators of %i floats as the fixed tree does, bit for bit',
    (accumulators, n) => {
      const gap = 16,
        stride = n + gap;
      // Sizes differ by a factor of a million, so that another order gives other bits.
      const values = randomFloats(accumulators * stride, 1).map((x, i) => x * 10 ** ((i * 7) % 6));
      const sums = Float32Array.from({ length: n }, (_, i) =>
        tree(Array.from({ length: accumulators }, (_unused, g) => values[g * stride + i])),
      );
      const squares = sums.reduce((sum, x) => sum + x * x, 0);
      for (const inPlace of [true, false]) {
        room.clear();
        const first = room.strided(accumulators, n, stride, values),
          other = room.output(inPlace ? 0 : n);
        const sum = inPlace ? first : other;
        const got = room.run((k) => k.reduce_gradients(sum, first, 4 * stride, accumulators, n));
        expectSameBits(room.read(sum, n), sums);
        // n squares, exact in f64, added in another order.
        expectWithin([got], [squares], n * 2 ** -53 * squares, 'sum of squares');
      }
    },
  );

  it('the sum of squares overflows no f32', () => {
    room.clear();
    const first = room.output(8, new Float32Array(8).fill(1e30));
    expectWithin(
      [room.run((k) => k.reduce_gradients(first, first, 0, 1, 8))],
      [8 * Math.fround(1e30) ** 2],
      1e45,
      'sum of squares',
    );
  });

  it.each([
    { beta2: 0.95, decay: 0.1 },
    { beta2: 0.999, decay: 0 },
  ])('20 AdamW steps with beta2 $beta2 and decay $decay', ({ beta2, decay }) => {
    const n = 40,
      lr = 1e-2,
      beta1 = 0.9,
      eps = 1e-8,
      clip = 0.5;
    room.clear();
    const start = randomFloats(n, 1);
    const [p, m, v, g] = [
      room.output(n, start),
      room.output(n, new Float32Array(n)),
      room.output(n, new Float32Array(n)),
      room.output(n),
    ];
    let states: AdamwState[] = Array.from(start, (value) => ({ p: value, m: 0, v: 0 }));
    for (let step = 1; step <= 20; step++) {
      const gradient = randomFloats(n, 100 + step);
      room.floats(g, n).set(gradient);
      const norm = Math.sqrt(gradient.reduce((sum, x) => sum + x * x, 0));
      const factor = clipFactor(norm, clip);
      expect(factor).toBe(Math.min(1, clip / (norm + 1e-6)));
      const { step_size, root, keep } = adamwArguments({
        lr,
        beta1,
        beta2,
        eps,
        weight_decay: decay,
        grad_clip: clip,
        step,
      });
      room.run((k) => {
        k.adamw(p, g, m, v, n, factor, beta1, beta2, eps, step_size, root, keep);
      });
      states = states.map((state, i) => adamwStep(state, gradient[i] * factor, { lr, beta1, beta2, eps, decay }, step));
    }
    // A step moves a parameter by about lr, each with a few roundings, and rounds the parameter itself; 1 - beta2 in
    // f32 is off by 1.3e-5 for 0.999 (half of that after the root), by 2.4e-7 for 0.95.
    const perStep = lr * (Math.abs((1 - Math.fround(beta2)) / (1 - beta2) - 1) + 20 * UNIT) + 2 * UNIT;
    expectWithin(
      room.read(p, n),
      states.map((state) => state.p),
      20 * perStep,
      'parameter',
    );
    expectWithin(
      room.read(m, n),
      states.map((state) => state.m),
      20 * 4 * UNIT * 0.2,
      'first moment',
    );
    expectWithin(
      room.read(v, n),
      states.map((state) => state.v),
      (i) => states[i].v * (2 * Math.abs((1 - Math.fround(beta2)) / (1 - beta2) - 1) + 100 * UNIT),
      'second moment',
    );
  });

  it('the first step is lr in the direction of the sign, whatever the size of the gradient', () => {
    room.clear();
    const gradient = [1e-3, -1e-3, 5, -5, 1e4, -1e4, 0, 1];
    const [p, g, m, v] = [
      room.output(8, new Float32Array(8)),
      room.input(gradient),
      room.output(8, new Float32Array(8)),
      room.output(8, new Float32Array(8)),
    ];
    const { step_size, root, keep } = adamwArguments({
      lr: 0.01,
      beta1: 0.9,
      beta2: 0.95,
      eps: 1e-8,
      weight_decay: 0.1,
      grad_clip: 1,
      step: 1,
    });
    room.run((k) => {
      k.adamw(p, g, m, v, 8, 1, 0.9, 0.95, 1e-8, step_size, root, keep);
    });
    expectWithin(
      room.read(p, 8),
      gradient.map((x) => -0.01 * Math.sign(x)),
      0.01 * (1e-5 + 10 * UNIT),
      'parameter',
    );
  });
});
