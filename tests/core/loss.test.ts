// Cross-entropy and its gradient against the f64 twin, on every kernel path.
import { describe, expect, it } from 'vitest';
import { crossEntropy, crossEntropyGradient } from '../reference/cross-entropy.ts';
import { rowsOf } from '../reference/matrix.ts';
import { corePaths } from './paths.ts';
import { expectWithin, randomFloats, Room, UNIT } from './room.ts';

/** Rows, words: below, at and above the lanes; the vocabularies of 6x6 and 30x30 grids. */
const SHAPES = [
  [1, 1],
  [1, 2],
  [3, 7],
  [2, 8],
  [5, 9],
  [3, 16],
  [2, 17],
  [4, 56],
  [2, 944],
];

describe.each(corePaths())('cross_entropy, $name', ({ core }) => {
  const room = new Room(core());

  it.each(SHAPES)('%i rows of %i words: losses per class and gradients', (rows, vocab) => {
    const ld = 16 * Math.ceil(vocab / 16),
      scale = 1 / 37;
    const written = 8 * Math.ceil(vocab / 8);
    // Logits up to 8 in size: among 944 words some rows are sure of one word.
    const logits = randomFloats(rows * ld, 1).map((x) => 8 * x);
    const targets = Array.from({ length: rows }, (_, r) => (r * 13 + vocab - 1) % vocab);
    const classes = Array.from({ length: rows }, (_, r) => (r % 3 === 1 ? 1 : 0));
    room.clear();
    const at = room.strided(rows, written, ld, logits);
    const [atTargets, atClasses, losses] = [room.integers(targets), room.bytes(classes), room.doubles([0.25, 100])];
    room.run((k) => {
      k.cross_entropy(at, ld, vocab, rows, atTargets, atClasses, scale, losses);
    });

    const z = rowsOf(logits, rows, vocab, ld);
    const sums = [0.25, 100];
    for (const [r, row] of z.entries()) sums[classes[r]] += crossEntropy(row, targets[r]);
    // The f32 sum of exponentials with arguments up to 16 in size (two roundings, 2 ulp), taken through an f64
    // logarithm.
    const relative = (2 * 16 + 4 + vocab / 8 + 3) * UNIT;
    expectWithin(room.readDoubles(losses, 2), sums, rows * relative + 1e-12, 'loss');
    const got = room.read(at, rows * ld);
    const gradients = z.flatMap((row, r) => crossEntropyGradient(row, targets[r]).map((value) => value * scale));
    expectWithin(rowsOf(got, rows, vocab, ld).flat(), gradients, 2 * relative * scale, 'gradient');
    for (let r = 0; r < rows; r++) {
      const row = got.subarray(r * ld, r * ld + vocab);
      expectWithin(
        [row.reduce((sum, value) => sum + value, 0)],
        [0],
        relative * scale * 2,
        `sum of the gradients of row ${r}`,
      );
      expectWithin(
        got.subarray(r * ld + vocab, r * ld + written),
        new Float32Array(written - vocab),
        0,
        `after row ${r}`,
      );
    }
  });

  it.each(SHAPES)(
    "row_losses, %i rows of %i words: each row's loss, and together those of cross_entropy to the bit",
    (rows, vocab) => {
      const ld = 16 * Math.ceil(vocab / 16);
      const written = 8 * Math.ceil(vocab / 8);
      const logits = randomFloats(rows * ld, 2).map((x) => 8 * x);
      const targets = Array.from({ length: rows }, (_, r) => (r * 13 + vocab - 1) % vocab);
      room.clear();
      const [at, atTargets, losses] = [
        room.strided(rows, written, ld, logits),
        room.integers(targets),
        room.doubles(Array.from({ length: rows }, () => NaN)),
      ];
      room.run((k) => {
        k.row_losses(at, ld, vocab, rows, atTargets, losses);
      });
      const got = room.readDoubles(losses, rows);
      // As for cross_entropy, a row at a time.
      const relative = (2 * 16 + 4 + vocab / 8 + 3) * UNIT;
      expectWithin(
        got,
        rowsOf(logits, rows, vocab, ld).map((row, r) => crossEntropy(row, targets[r])),
        relative + 1e-12,
        'loss of row',
      );
      room.clear();
      const [again, atTargetsAgain, classes, sums] = [
        room.strided(rows, written, ld, logits),
        room.integers(targets),
        room.bytes(targets.map(() => 1)),
        room.doubles([0, 0]),
      ];
      room.run((k) => {
        k.cross_entropy(again, ld, vocab, rows, atTargetsAgain, classes, 1, sums);
      });
      expect(got.reduce((sum, loss) => sum + loss, 0)).toBe(room.readDoubles(sums, 2)[1]);
    },
  );

  it('stays finite where one logit dwarfs the others, right and wrong', () => {
    room.clear();
    const logits = [
      [1e4, 0, 0, 0, 0, 0, 0, 0],
      [1e4, 0, 0, 0, 0, 0, 0, 0],
    ];
    const [at, targets, classes, losses] = [
      room.output(16, logits.flat()),
      room.integers([0, 3]),
      room.bytes([0, 1]),
      room.doubles([0, 0]),
    ];
    room.run((k) => {
      k.cross_entropy(at, 8, 8, 2, targets, classes, 0.5, losses);
    });
    expectWithin(room.readDoubles(losses, 2), [0, 1e4], 0, 'loss');
    expectWithin(room.read(at, 16), [0, 0, 0, 0, 0, 0, 0, 0, 0.5, 0, 0, -0.5, 0, 0, 0, 0], 0, 'gradient');
  });

  it('does not hide a NaN', () => {
    room.clear();
    const [at, targets, classes, losses] = [
      room.output(8, [1, 2, NaN, 3, 4, 5, 6, 7]),
      room.integers([0]),
      room.bytes([1]),
      room.doubles([0, 0]),
    ];
    room.run((k) => {
      k.cross_entropy(at, 8, 8, 1, targets, classes, 1, losses);
    });
    expect(room.readDoubles(losses, 2)[1]).toBeNaN();
    expect(room.read(at, 1)[0]).toBeNaN();
  });
});
