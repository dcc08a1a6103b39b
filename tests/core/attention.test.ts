// Attention over ragged sequences against the f64 twin: forward, backward and one cached query, on every kernel path.
import { describe, it } from 'vitest';
import { attention, attentionGradient, type AttentionShape } from '../reference/attention.ts';
import { rowsOf } from '../reference/matrix.ts';
import { TILES } from '../../src/core/tile.ts';
import { compileCore, corePaths } from './paths.ts';
import { expectSameBits, expectWithin, randomFloats, Room, UNIT } from './room.ts';

/** Sequence lengths: one token, below and above a lane group, and around the block of 48 queries, twice. */
const LENGTHS = [5, 1, 48, 17, 49, 2, 101];

const SHAPES: AttentionShape[] = [
  { heads: 1, kvHeads: 1, headSize: 2 },
  { heads: 2, kvHeads: 1, headSize: 4 },
  { heads: 6, kvHeads: 3, headSize: 6 },
  { heads: 4, kvHeads: 4, headSize: 16 },
  { heads: 3, kvHeads: 1, headSize: 32 },
  { heads: 2, kvHeads: 2, headSize: 10 },
];

interface Result {
  readonly out: Float32Array;
  readonly lse: Float32Array;
  readonly dqkv: Float32Array;
}

/** Scores of size about 3, so that rows are neither flat nor sure of one key. */
function inputs({ heads, kvHeads, headSize }: AttentionShape, n: number) {
  const stride = (heads + 2 * kvHeads) * headSize,
    width = heads * headSize;
  return { stride, width, qkv: randomFloats(n * stride, 1).map((x) => 2 * x), dOut: randomFloats(n * width, 2) };
}

function run(
  room: Room,
  shape: AttentionShape,
  lengths: readonly number[],
  qkv: Float32Array,
  dOut: Float32Array,
  ranges = 1,
): Result {
  const { heads, kvHeads, headSize } = shape;
  const n = lengths.reduce((a, b) => a + b, 0),
    scale = 1 / Math.sqrt(headSize),
    longest = Math.max(...lengths);
  room.clear();
  const offsets = room.integers(lengths.reduce((all, length) => [...all, all[all.length - 1] + length], [0]));
  const [atQkv, atDOut] = [room.input(qkv), room.input(dOut)];
  const [out, rowSums, dqkv] = [room.output(n * heads * headSize), room.output(2 * n * heads), room.output(qkv.length)];
  const scratch = room.scratch(room.core.attention_scratch_bytes(longest, headSize));
  room.run((k) => {
    k.attention_forward(out, rowSums, atQkv, offsets, lengths.length, heads, kvHeads, headSize, scale, scratch);
    k.attention_backward(
      dqkv,
      atDOut,
      out,
      rowSums,
      atQkv,
      offsets,
      lengths.length,
      heads,
      kvHeads,
      headSize,
      scale,
      scratch,
      ranges,
    );
  });
  const sums = room.read(rowSums, 2 * n * heads);
  const lse = Float32Array.from({ length: n * heads }, (_, i) => sums[2 * i] * scale - Math.log(sums[2 * i + 1]));
  return { out: room.read(out, n * heads * headSize), lse, dqkv: room.read(dqkv, qkv.length) };
}

function exact(shape: AttentionShape, lengths: readonly number[], qkv: Float32Array, dOut: Float32Array) {
  const { stride, width } = inputs(shape, 1);
  let at = 0;
  const sequences = lengths.map((length) => {
    const rows = rowsOf(qkv.subarray(at * stride), length, stride),
      incoming = rowsOf(dOut.subarray(at * width), length, width);
    at += length;
    return { ...attention(rows, shape), dqkv: attentionGradient(incoming, rows, shape) };
  });
  return {
    out: sequences.flatMap(({ out }) => out.flat()),
    lse: sequences.flatMap(({ lse }) => lse.flat()),
    dqkv: sequences.flatMap(({ dqkv }) => dqkv.flat()),
  };
}

describe.each(SHAPES)('$heads heads, $kvHeads key/value heads of $headSize', (shape) => {
  const n = LENGTHS.reduce((a, b) => a + b, 0);
  const { qkv, dOut, stride, width } = inputs(shape, n);
  const expected = exact(shape, LENGTHS, qkv, dOut);
  const { headSize } = shape;
  // A score is a sum of headSize products of size up to 4: its absolute error moves a probability by that relative
  // amount, as do the exponential (arguments to about 20, rounded twice) and the sums over up to 101 keys.
  const score = (4 * (headSize + 2) * headSize * UNIT) / Math.sqrt(headSize);
  const probability = score + (2 * 20 + 4 + 101) * UNIT;

  describe.each(corePaths())('$name', ({ core }) => {
    const room = new Room(core(), 1 << 22);

    it('output and log-sum-exp', () => {
      const { out, lse } = run(room, shape, LENGTHS, qkv, dOut);
      // Values are at most 2 in size, so the output is an average of such.
      expectWithin(out, expected.out, 2 * 2 * probability, 'out');
      expectWithin(lse, expected.lse, probability + 10 * UNIT, 'lse');
    });

    it('gradient', () => {
      const { dqkv } = run(room, shape, LENGTHS, qkv, dOut);
      const largest = Math.max(...expected.dqkv.map(Math.abs));
      // dP - D has terms up to 2 headSize in size and meets the probabilities' error once; a key's gradient sums up to
      // 101 queries.
      expectWithin(dqkv, expected.dqkv, 2 * probability * Math.max(largest, 2 * Math.sqrt(headSize)), 'dqkv');
    });

    it.each([2, 3, 7])('keys in %i ranges give the same bits', (ranges) => {
      // Some ranges of the short sequences are empty.
      const whole = run(room, shape, LENGTHS, qkv, dOut);
      expectSameBits(run(room, shape, LENGTHS, qkv, dOut, ranges).dqkv, whole.dqkv);
    });

    it('a sequence has the same bits alone and among others', () => {
      const all = run(room, shape, LENGTHS, qkv, dOut);
      let at = 0;
      for (const length of LENGTHS) {
        const alone = run(
          room,
          shape,
          [length],
          qkv.subarray(at * stride, (at + length) * stride),
          dOut.subarray(at * width, (at + length) * width),
        );
        expectSameBits(alone.out, all.out.subarray(at * width, (at + length) * width));
        expectSameBits(alone.lse, all.lse.subarray(at * shape.heads, (at + length) * shape.heads));
        expectSameBits(alone.dqkv, all.dqkv.subarray(at * stride, (at + length) * stride));
        at += length;
      }
    });

    it('a position has the same output bits whatever follows it', () => {
      const all = run(room, shape, [101], qkv.subarray(0, 101 * stride), dOut.subarray(0, 101 * width));
      for (const length of [1, 8, 47, 48, 49, 60, 97]) {
        const short = run(room, shape, [length], qkv.subarray(0, length * stride), dOut.subarray(0, length * width));
        expectSameBits(short.out, all.out.subarray(0, length * width));
      }
    });

    it('a query against a cache has the bits of the full pass', () => {
      const { heads, kvHeads } = shape;
      const T = 101,
        capacity = 128,
        kvWidth = kvHeads * headSize;
      const all = run(room, shape, [T], qkv.subarray(0, T * stride), dOut.subarray(0, T * width));
      const keys = randomFloats(kvWidth * capacity, 7).map((x) => 100 * x),
        plane = Math.ceil(headSize / 16) * 16 * capacity,
        values = randomFloats(kvHeads * plane, 8);
      for (let t = 0; t < T; t++) {
        for (let i = 0; i < kvWidth; i++) {
          const head = Math.floor(i / headSize),
            panel = Math.floor(t / 16);
          keys[head * headSize * capacity + (panel * headSize + (i % headSize)) * 16 + (t % 16)] =
            qkv[t * stride + width + i];
        }
        for (let i = 0; i < kvWidth; i++) {
          const [head, c] = [Math.floor(i / headSize), i % headSize];
          values[head * plane + (Math.floor(c / 16) * capacity + t) * 16 + (c % 16)] =
            qkv[t * stride + width + kvWidth + i];
        }
      }
      for (const length of [1, 2, 7, 8, 9, 16, 48, 49, 100, 101]) {
        room.clear();
        const [q, atKeys, atValues] = [
          room.input(qkv.subarray((length - 1) * stride, (length - 1) * stride + width)),
          room.input(keys),
          room.input(values),
        ];
        const [out, scores] = [room.output(width), room.output(capacity)];
        room.run((k) => {
          k.attention_decode(
            out,
            q,
            atKeys,
            atValues,
            0,
            0,
            length,
            capacity,
            heads,
            kvHeads,
            headSize,
            1 / Math.sqrt(headSize),
            scores,
          );
        });
        expectSameBits(room.read(out, width), all.out.subarray((length - 1) * width, length * width));
      }
    });
  });
});

describe('tiles and modules', () => {
  it('all tiles give the same bits, forward and backward', () => {
    const rooms = TILES.map((tile) => new Room({ module: compileCore('portable'), tile }, 1 << 22));
    for (const shape of SHAPES) {
      // 16 and 80 are whole panels of 8 and 16 columns, but not of 12.
      const { qkv, dOut } = inputs(shape, 197);
      const [first, ...others] = rooms.map((room) => run(room, shape, [101, 16, 80], qkv, dOut));
      for (const other of others) {
        expectSameBits(first.out, other.out);
        expectSameBits(first.dqkv, other.dqkv);
      }
    }
  });
});
