// RMSNorm and its gradient against the f64 twin, on every kernel path.
import { describe, it } from 'vitest';
import { rowsOf } from '../reference/matrix.ts';
import { inverseNorm, rmsnorm, rmsnormGradient } from '../reference/rmsnorm.ts';
import { corePaths } from './paths.ts';
import { expectSameBits, expectWithin, randomFloats, Room, UNIT } from './room.ts';

const EPS = 1e-6;
/** Rows, width: widths are multiples of 8, odd numbers of lane pairs included. */
const SHAPES = [
  [1, 8],
  [2, 16],
  [3, 24],
  [5, 40],
  [7, 96],
  [4, 128],
  [2, 896],
];

function inputs(n: number, d: number) {
  return {
    x: randomFloats(n * d, 1),
    w: randomFloats(d, 2),
    dy: randomFloats(n * d, 3),
    dx: randomFloats(n * d, 4),
    dw: randomFloats(d, 5),
  };
}

/**
 * A sum of d squares in 8 lanes, a division, a square root and three products: each contributes at most one rounding to
 * a value of size |y|.
 */
const relative = (d: number): number => (d / 8 + 12) * UNIT;

describe.each(corePaths())('rmsnorm, $name', ({ core }) => {
  const room = new Room(core());

  it.each(SHAPES)('%i rows of %i: y, inverse norm, and y again bit for bit', (n, d) => {
    const { x, w } = inputs(n, d);
    room.clear();
    const [atX, atW, y, again, inv] = [
      room.input(x),
      room.input(w),
      room.output(n * d),
      room.output(n * d),
      room.output(n),
    ];
    room.run((k) => {
      k.rmsnorm_forward(y, inv, atX, atW, n, d, EPS);
    });
    const rows = rowsOf(x, n, d);
    const exact = rows.flatMap((row) => rmsnorm(row, [...w], EPS));
    expectWithin(room.read(y, n * d), exact, (i) => relative(d) * Math.abs(exact[i]), 'y');
    const inverses = rows.map((row) => inverseNorm(row, EPS));
    expectWithin(room.read(inv, n), inverses, (i) => relative(d) * inverses[i], 'inv');
    room.run((k) => {
      k.rmsnorm_again(again, inv, atX, atW, n, d);
    });
    expectSameBits(room.read(again, n * d), room.read(y, n * d));
  });

  it.each(SHAPES)('%i rows of %i: gradients, added to what is there', (n, d) => {
    const { x, w, dy, dx, dw } = inputs(n, d);
    room.clear();
    const [atX, atW, atDy, atDx, atDw] = [
      room.input(x),
      room.input(w),
      room.input(dy),
      room.output(n * d, dx),
      room.output(d, dw),
    ];
    const [y, inv] = [room.output(n * d), room.output(n)];
    room.run((k) => {
      k.rmsnorm_forward(y, inv, atX, atW, n, d, EPS);
      k.rmsnorm_input_gradient(atDx, atDy, atX, inv, atW, n, d);
      k.rmsnorm_weight_gradient(atDw, atDy, atX, inv, n, d, d);
    });
    const gradients = rowsOf(dy, n, d).map((row, t) =>
      rmsnormGradient(row, [...x.subarray(t * d, (t + 1) * d)], [...w], EPS),
    );
    // Entries, weights and incoming gradients are at most 1 and the inverse norm about 1.7: every term of dx is at most
    // 1.7 + 1.7^3 |x| mean|dy w x| < 7.
    expectWithin(
      room.read(atDx, n * d),
      gradients.flatMap(({ dx: row }, t) => row.map((value, i) => dx[t * d + i] + value)),
      7 * relative(d),
      'dx',
    );
    // n products of at most 1.8 and the start value, summed in order.
    const sums = Array.from(dw, (value, i) => gradients.reduce((sum, { dw: row }) => sum + row[i], value));
    expectWithin(room.read(atDw, d), sums, (1.8 * n + 1) * (relative(d) + (n + 1) * UNIT), 'dw');
  });

  it('gives a row the same bits alone and among others', () => {
    const { x, w } = inputs(5, 40);
    room.clear();
    const [atX, atW, y, inv, one] = [room.input(x), room.input(w), room.output(200), room.output(5), room.output(40)];
    room.run((k) => {
      k.rmsnorm_forward(y, inv, atX, atW, 5, 40, EPS);
      k.rmsnorm_forward(one, inv, atX + 4 * 40 * 3, atW, 1, 40, EPS);
    });
    expectSameBits(room.read(one, 40), room.read(y + 4 * 40 * 3, 40));
  });

  it('maps a row of zeros to zeros', () => {
    room.clear();
    const [x, w, y, inv] = [
      room.input(new Float32Array(8)),
      room.input(randomFloats(8, 2)),
      room.output(8),
      room.output(1),
    ];
    room.run((k) => {
      k.rmsnorm_forward(y, inv, x, w, 1, 8, EPS);
    });
    expectWithin(room.read(y, 8), new Float32Array(8), 0, 'y');
    expectWithin(room.read(inv, 1), [1 / Math.sqrt(EPS)], 1000 * 4 * UNIT, 'inv');
  });
});
