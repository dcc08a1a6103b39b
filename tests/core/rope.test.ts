// Rotary position embeddings against the f64 twin, and their tables, on every kernel path.
import { describe, expect, it } from 'vitest';
import { Arena, createMemory } from '../../src/core/memory.ts';
import type { ModelConfig } from '../../src/model/config.ts';
import { placeModel, writeRopeTables } from '../../src/model/place.ts';
import { angle, rotate } from '../reference/rope.ts';
import { corePaths } from './paths.ts';
import { expectWithin, randomFloats, Room, UNIT } from './room.ts';

const BASE = 10_000;
const CONTEXT = 1024;

/** The tables as a model gets them. */
function tables(headSize: number): { cosines: Float32Array; sines: Float32Array } {
  const memory = createMemory(1 << 20);
  const model: ModelConfig = {
    d_model: headSize,
    n_layer: 1,
    n_head: 1,
    n_kv_head: 1,
    d_ff: 8,
    context: CONTEXT,
    rope_base: BASE,
    rms_norm_eps: 1e-6,
  };
  const placed = placeModel(new Arena(), model, 1);
  writeRopeTables(memory, placed);
  const table = (at: number): Float32Array =>
    Float32Array.from(new Float32Array(memory.buffer, at, (CONTEXT * headSize) / 2));
  return { cosines: table(placed.cosines), sines: table(placed.sines) };
}

describe('tables', () => {
  it.each([2, 6, 32])('of head size %i hold every cosine and sine rounded once', (headSize) => {
    const { cosines, sines } = tables(headSize);
    const half = headSize / 2;
    const angles = Array.from(cosines, (_, at) => angle(Math.floor(at / half), at % half, headSize, BASE));
    // Half an ulp of a value below 1, and one ulp for a library whose f64 cosine rounds to the other neighbour.
    expectWithin(cosines, angles.map(Math.cos), (1.001 * UNIT) / 2, 'cosine');
    expectWithin(sines, angles.map(Math.sin), (1.001 * UNIT) / 2, 'sine');
  });
});

describe.each(corePaths())('rope, $name', ({ core }) => {
  const room = new Room(core());

  /** Rotates `heads` heads of rows that are `gap` floats longer; the bytes between must not change. */
  function turned(
    headSize: number,
    heads: number,
    gap: number,
    positions: readonly number[],
    inverse: boolean,
    x: Float32Array,
  ): Float32Array {
    const stride = heads * headSize + gap;
    room.clear();
    const { cosines, sines } = tables(headSize);
    const [c, s, p] = [room.input(cosines), room.input(sines), room.integers(positions)];
    const at = room.strided(positions.length, heads * headSize, stride, x);
    room.run((k) => {
      k.rope(at, stride, positions.length, heads, headSize, p, c, s, Number(inverse));
    });
    return room.read(at, positions.length * stride);
  }

  it.each(
    [2, 4, 6, 10, 16, 32, 34].flatMap((headSize) => [
      [headSize, 1, 0],
      [headSize, 3, 5],
    ]),
  )('head size %i, %i heads, rows %i longer', (headSize, heads, gap) => {
    const positions = [0, 1, 2, 7, 0, 511, CONTEXT - 1];
    const stride = heads * headSize + gap;
    for (const direction of [1, -1] as const) {
      const x = randomFloats(positions.length * stride, 1);
      const exact = positions.flatMap((position, t) => {
        const row = [...x.subarray(t * stride, (t + 1) * stride)];
        return [
          ...Array.from({ length: heads }, (_, h) =>
            rotate(row.slice(h * headSize, (h + 1) * headSize), position, BASE, direction),
          ).flat(),
          ...row.slice(heads * headSize),
        ];
      });
      // Two products of numbers below 1, each with a rounded table entry and its own rounding, and one sum below 2:
      // (1/2 + 1/2) 2 + 1 units.
      expectWithin(
        turned(headSize, heads, gap, positions, direction === -1, x),
        exact,
        3 * UNIT,
        `direction ${direction}`,
      );
    }
  });

  it('leaves position 0 as it is, bit for bit, and turns back to where it came from', () => {
    const x = randomFloats(32, 1);
    expect(turned(16, 2, 0, [0], false, x)).toEqual(x);
    const there = turned(16, 2, 0, [777], false, x);
    expect(there).not.toEqual(x);
    expectWithin(turned(16, 2, 0, [777], true, there), x, 6 * UNIT, 'there and back');
  });
});
