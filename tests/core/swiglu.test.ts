// SwiGLU and its gradient against the f64 twin, on every kernel path.
import { describe, expect, it } from 'vitest';
import { rowsOf } from '../reference/matrix.ts';
import { swiglu, swigluGradient } from '../reference/swiglu.ts';
import { corePaths } from './paths.ts';
import { expectSameBits, expectWithin, randomFloats, Room, UNIT } from './room.ts';

/** Rows, width (a multiple of 8). */
const SHAPES = [
  [1, 8],
  [2, 16],
  [3, 24],
  [5, 104],
  [2, 320],
];

/** gate in [-20, 20): from almost 0 to almost the identity. */
function inputs(n: number, f: number) {
  return {
    gateUp: randomFloats(2 * n * f, 1).map((value, i) => (i % (2 * f) < f ? 20 * value : value)),
    dAct: randomFloats(n * f, 2),
  };
}

/** The sigmoid: exponential within 2 ulp (4 units), its sum, the quotient; then two products. */
const RELATIVE = 8 * UNIT;

describe.each(corePaths())('swiglu, $name', ({ core }) => {
  const room = new Room(core());

  it.each(SHAPES)('%i rows of %i: forward, backward, and act again bit for bit', (n, f) => {
    const { gateUp, dAct } = inputs(n, f);
    room.clear();
    const [atGateUp, atDAct, act, again, dGateUp] = [
      room.input(gateUp),
      room.input(dAct),
      room.output(n * f),
      room.output(n * f),
      room.output(2 * n * f),
    ];
    room.run((k) => {
      k.swiglu_forward(act, atGateUp, n, f);
      k.swiglu_backward(dGateUp, again, atDAct, f, atGateUp, n, f);
    });
    const gates = rowsOf(gateUp, n, f, 2 * f),
      ups = rowsOf(gateUp.subarray(f), n, f, 2 * f);
    const exact = gates.flatMap((gate, t) => swiglu(gate, ups[t]));
    expectWithin(room.read(act, n * f), exact, (i) => RELATIVE * Math.abs(exact[i]), 'act');
    expectSameBits(room.read(again, n * f), room.read(act, n * f));
    const gradients = rowsOf(dAct, n, f).flatMap((row, t) => {
      const { dGate, dUp } = swigluGradient(row, gates[t], ups[t]);
      return [...dGate, ...dUp];
    });
    // dUp is |silu| <= 20 times a number below 1. dGate is below 1.1, but 1 - sigmoid cancels: its absolute error of 2
    // units is multiplied by a gate of 20.
    expectWithin(
      room.read(dGateUp, 2 * n * f),
      gradients,
      (i) => RELATIVE * Math.abs(gradients[i]) + (i % (2 * f) < f ? 60 * UNIT : 0),
      'gradient',
    );
  });

  it('is exact at 0, tends to the identity and to 0, and never overflows', () => {
    room.clear();
    const gates = [0, 100, -100, 1000, -1000, 3e38, -3e38, 88.5];
    const [gateUp, act] = [room.input([...gates, ...gates.map(() => 1)]), room.output(8)];
    room.run((k) => {
      k.swiglu_forward(act, gateUp, 1, 8);
    });
    const got = room.read(act, 8);
    // Far below 0 the exponential is clamped at e^88.3, so that the sigmoid bottoms out at 4.5e-39 instead of 0: times
    // |gate| still about nothing.
    expectWithin(got, [0, 100, 0, 1000, 0, Math.fround(3e38), -1.4, 88.5], (i) => (i === 6 ? 0.2 : 1e-35), 'act');
    expect(got[0]).toBe(0);
  });
});
