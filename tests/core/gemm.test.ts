// Matrix products against f64 sums on every kernel path: all orientations, every tile edge, blocks of K, wide leading
// dimensions; and the promise that tiles, blocks and neighbours change no bit.
import { describe, expect, it } from 'vitest';
import { TILES } from '../../src/core/tile.ts';
import { compileCore, corePaths } from './paths.ts';
import { bitsOf, expectSameBits, expectWithin, randomFloats, Room, UNIT } from './room.ts';

interface Product {
  readonly transA: boolean;
  readonly transB: boolean;
  readonly M: number;
  readonly N: number;
  readonly K: number;
  readonly accumulate: boolean;
  /** Floats that each leading dimension exceeds the width by. */
  readonly gap: number;
}

const ORIENTATIONS = [
  { name: 'NN', transA: false, transB: false },
  { name: 'NT', transA: false, transB: true },
  { name: 'TN', transA: true, transB: false },
];

function operands({ transA, transB, M, N, K, gap }: Product) {
  const [lda, ldb, ldc] = [(transA ? M : K) + gap, (transB ? K : N) + gap, N + gap];
  return {
    lda,
    ldb,
    ldc,
    a: randomFloats((transA ? K : M) * lda, 1),
    b: randomFloats((transB ? N : K) * ldb, 2),
    c: randomFloats(M * ldc, 3),
  };
}

/** The product in f64, and the sum of |a b| + |c| that its rounding error is proportional to. */
function exact(shape: Product): { sums: Float64Array; sizes: Float64Array } {
  const { transA, transB, M, N, K, accumulate } = shape;
  const { lda, ldb, ldc, a, b, c } = operands(shape);
  const sums = new Float64Array(M * N),
    sizes = new Float64Array(M * N);
  for (let i = 0; i < M; i++) {
    for (let j = 0; j < N; j++) {
      let sum = accumulate ? c[i * ldc + j] : 0,
        size = Math.abs(sum);
      for (let p = 0; p < K; p++) {
        const term = a[transA ? p * lda + i : i * lda + p] * b[transB ? j * ldb + p : p * ldb + j];
        sum += term;
        size += Math.abs(term);
      }
      sums[i * N + j] = sum;
      sizes[i * N + j] = size;
    }
  }
  return { sums, sizes };
}

/** Runs the kernel, or the one for a B that is packed whole; the gaps between rows of C must keep their bytes. */
function multiply(room: Room, shape: Product, isPacked = false): Float32Array {
  const { transA, transB, M, N, K, accumulate } = shape;
  const { lda, ldb, ldc, a, b, c } = operands(shape);
  room.clear();
  const [atA, atB] = [room.input(a), room.input(b)];
  const atC = room.strided(M, N, ldc, accumulate ? c : undefined);
  const scratch = room.scratch(room.core.gemm_scratch_bytes(M, N, K)),
    packed = room.scratch(isPacked ? 4 * K * (N + 15) : 0);
  room.run((core) => {
    if (isPacked) {
      core.pack_panels(Number(transB), K, N, atB, 4 * ldb, packed);
      core.gemm_packed(M, N, K, atA, lda, packed, atC, ldc, accumulate ? atC : 0, ldc, scratch);
    } else
      core.gemm(
        Number(transA),
        Number(transB),
        M,
        N,
        K,
        atA,
        lda,
        atB,
        ldb,
        atC,
        ldc,
        accumulate ? atC : 0,
        ldc,
        scratch,
      );
  });
  const product = new Float32Array(M * N);
  for (let i = 0; i < M; i++) product.set(room.floats(atC + 4 * i * ldc, N), i * N);
  return product;
}

function describeShape({ M, N, K, accumulate, gap }: Product): string {
  return `${M}x${N}x${K}${accumulate ? ' accumulated' : ''}, gap ${gap}: entry`;
}

/**
 * Around the tiles' 5, 6, 8, 12 rows and 8, 12, 16 columns, the lanes' 4, the blocks of 512 in K, 120 rows and 512
 * columns, and the 96 columns from which A is packed.
 */
const ROWS = [1, 4, 5, 6, 7, 11, 13];
const COLUMNS = [1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31];
const DEPTHS = [1, 2, 3, 4, 5, 7, 8, 17];
const SHAPES = [
  ...ROWS.flatMap((M) => COLUMNS.flatMap((N) => DEPTHS.map((K) => ({ M, N, K })))),
  ...[1, 6, 7, 11].flatMap((M) => [1, 8, 17].flatMap((N) => [511, 512, 513, 1025].map((K) => ({ M, N, K })))),
  ...[1, 2, 3, 4, 5, 6, 7, 13].flatMap((M) => [95, 96, 113].flatMap((N) => [1, 3, 4, 7].map((K) => ({ M, N, K })))),
  ...[8, 9, 12, 23, 25].flatMap((M) => [11, 12, 13, 25].flatMap((N) => [1, 4, 7].map((K) => ({ M, N, K })))),
  { M: 121, N: 97, K: 514 },
  { M: 7, N: 513, K: 5 },
  { M: 7, N: 641, K: 513 },
];

/** Every orientation, overwritten and accumulated, tight and with wide leading dimensions. */
const GRID: Product[] = ORIENTATIONS.flatMap((orientation) =>
  SHAPES.flatMap((shape) =>
    [false, true].map((accumulate) => ({ ...orientation, ...shape, accumulate, gap: accumulate ? 5 : 0 })),
  ),
);
const EXPECTED = GRID.map(exact);

describe.each(corePaths())('gemm, $name', ({ core }) => {
  const room = new Room(core(), 4 << 20);

  it.each(ORIENTATIONS)('$name: the f64 product over the grid', ({ transA, transB }) => {
    for (const [i, shape] of GRID.entries()) {
      if (shape.transA !== transA || shape.transB !== transB) continue;
      const { sums, sizes } = EXPECTED[i];
      // A sum of K products and a start value in any order is off by at most (K + 1) u sum|terms| plus terms of u^2
      // (Higham, 2002, section 3.1).
      expectWithin(multiply(room, shape), sums, (j) => (shape.K + 2) * UNIT * sizes[j], describeShape(shape));
    }
  });

  it('gives a row the same bits alone and among others, whatever the other rows and columns are', () => {
    for (const { transA, transB } of ORIENTATIONS) {
      const shape: Product = { transA, transB, M: 13, N: 31, K: 600, accumulate: true, gap: 0 };
      const all = multiply(room, shape);
      // The TN operand's single column and the other forms' single row: the same numbers as row 12 above.
      const { a, b, c } = operands(shape);
      const rowA = Float32Array.from({ length: shape.K }, (_, p) =>
        transA ? a[p * shape.M + 12] : a[12 * shape.K + p],
      );
      const columnB = Float32Array.from({ length: shape.K }, (_, p) =>
        transB ? b[30 * shape.K + p] : b[p * shape.N + 30],
      );
      room.clear();
      const [atA, atB, atC] = [room.input(rowA), room.input(columnB), room.output(1, [c[12 * 31 + 30]])];
      const scratch = room.scratch(room.core.gemm_scratch_bytes(1, 1, shape.K));
      room.run((k) => {
        k.gemm(
          Number(transA),
          Number(transB),
          1,
          1,
          shape.K,
          atA,
          transA ? 1 : shape.K,
          atB,
          transB ? shape.K : 1,
          atC,
          1,
          atC,
          1,
          scratch,
        );
      });
      expectSameBits(room.read(atC, 1), all.subarray(12 * 31 + 30));
    }
  });

  it('reads nothing where sums begin with zeros, whatever the rows of init are apart', () => {
    const { a, b } = operands({ transA: false, transB: false, M: 7, N: 17, K: 5, accumulate: false, gap: 0 });
    room.clear();
    const [atA, atB, atC, atOther] = [room.input(a), room.input(b), room.output(7 * 17), room.output(7 * 17)];
    const scratch = room.scratch(room.core.gemm_scratch_bytes(7, 17, 5));
    room.run((k) => {
      k.gemm(0, 0, 7, 17, 5, atA, 5, atB, 17, atC, 17, 0, 0, scratch);
      k.gemm(0, 0, 7, 17, 5, atA, 5, atB, 17, atOther, 17, 0, 1 << 24, scratch);
    });
    expectSameBits(room.read(atOther, 7 * 17), room.read(atC, 7 * 17));
  });

  it('gives the same bits when K is cut into pieces that accumulate', () => {
    for (const { transA, transB } of ORIENTATIONS) {
      const shape: Product = { transA, transB, M: 7, N: 17, K: 96, accumulate: true, gap: 0 };
      const { lda, ldb, ldc, a, b, c } = operands(shape);
      const whole = multiply(room, shape);
      room.clear();
      const [atA, atB, atC] = [room.input(a), room.input(b), room.output(7 * 17, c)];
      const scratch = room.scratch(room.core.gemm_scratch_bytes(7, 17, 96));
      for (const [from, to] of [
        [0, 1],
        [1, 35],
        [35, 96],
      ]) {
        const [pieceA, pieceB] = [atA + 4 * from * (transA ? lda : 1), atB + 4 * from * (transB ? 1 : ldb)];
        room.run((k) => {
          k.gemm(
            Number(transA),
            Number(transB),
            7,
            17,
            to - from,
            pieceA,
            lda,
            pieceB,
            ldb,
            atC,
            ldc,
            atC,
            ldc,
            scratch,
          );
        });
      }
      expectSameBits(room.read(atC, 7 * 17), whole);
    }
  });

  it('lets a NaN or an infinity reach only its own row and column', () => {
    const shape: Product = { transA: false, transB: true, M: 7, N: 17, K: 9, accumulate: false, gap: 0 };
    const { a, b } = operands(shape);
    a[3 * 9] = NaN;
    b[5 * 9 + 1] = Infinity;
    room.clear();
    const [atA, atB, atC] = [room.input(a), room.input(b), room.output(7 * 17)];
    const scratch = room.scratch(room.core.gemm_scratch_bytes(7, 17, 9));
    room.run((k) => {
      k.gemm(0, 1, 7, 17, 9, atA, 9, atB, 9, atC, 17, 0, 0, scratch);
    });
    const got = room.read(atC, 7 * 17);
    for (const [i, value] of got.entries())
      expect(Number.isFinite(value), `entry ${i}`).toBe(Math.floor(i / 17) !== 3 && i % 17 !== 5);
  });

  it('does nothing for no rows, and adds nothing for no depth', () => {
    room.clear();
    const [atA, atB, atC] = [room.input([1]), room.input([1]), room.input([7])];
    const scratch = room.scratch(room.core.gemm_scratch_bytes(1, 1, 1));
    room.run((k) => {
      k.gemm(0, 1, 0, 1, 1, atA, 1, atB, 1, atC, 1, 0, 0, scratch);
      k.gemm(1, 0, 1, 1, 0, atA, 1, atB, 1, atC, 1, atC, 1, scratch);
    });
    expect(room.read(atC, 1)[0]).toBe(7);
  });
});

describe.each(['fused', 'portable'] as const)('tiles of the %s module', (name) => {
  const rooms = TILES.map((tile) => new Room({ module: compileCore(name), tile }, 4 << 20));

  it('all tiles give the same bits', () => {
    for (const shape of GRID) {
      const [first, ...others] = rooms.map((room) => bitsOf(multiply(room, shape)));
      for (const [i, bits] of others.entries())
        if (!bits.equals(first)) expect.fail(`${TILES[i + 1]}: ${describeShape(shape)}`);
    }
  });

  it('a product with B packed whole has the same bits', () => {
    for (const shape of GRID) {
      if (shape.transA) continue;
      for (const [i, room] of rooms.entries()) {
        if (!bitsOf(multiply(room, shape, true)).equals(bitsOf(multiply(room, shape))))
          expect.fail(`${TILES[i]}: ${describeShape(shape)}`);
      }
    }
  });
});
