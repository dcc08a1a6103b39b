// The tables of rotations, pinned: the same bits on every engine and CPU. Node 22 once gave others than Node 24,
// because `**` rounded otherwise; the first f32 entry that differed was at position 10,028.
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../src/base/hash.ts';
import { Arena, createMemory } from '../../src/core/memory.ts';
import { placeModel, writeRopeTables } from '../../src/model/place.ts';

/** SHA-256 of the cosines' bytes, then the sines', both f32 [context, head size / 2]. */
function tablesHash(headSize: number, rope_base: number, context: number, positions = context): string {
  const values = (positions * headSize) / 2;
  const memory = createMemory(2 * 4 * values + 4096);
  const placed = placeModel(
    new Arena(),
    { d_model: headSize, n_layer: 1, n_head: 1, n_kv_head: 1, d_ff: 8, context, rope_base, rms_norm_eps: 1e-6 },
    1,
    positions,
  );
  writeRopeTables(memory, placed);
  const bytes = (at: number): Uint8Array => new Uint8Array(memory.buffer, at, 4 * values);
  return sha256(Buffer.concat([bytes(placed.cosines), bytes(placed.sines)]));
}

describe('tables of rotations', () => {
  it.each([
    [2, 10_000, 131_072, 'c19e180abe04ef4c3875e0257e3bdbbe49f5c46347e30cfd9d528bf2db62d555'],
    [32, 10_000, 131_072, '12839ee80c5229769917c97ac8af4fd5bdd734090d0ace5bb42544fff5dfb876'],
    [64, 1e6, 131_072, '8d39ff7069e8aa83a1be67f45b2384e8599cb95253546ae875c23b9d7241210e'],
    [80, 1.5, 4096, 'de7a43c10c78caeb220949014e38784b705b0056ee093e60cbf84b551e16725f'],
    [128, 1e9, 8192, '144cc046e8b9b5fb1e25b42326a219602d70ae3ce2ef7488418234f864c3d1b4'],
  ])('keep their bits: head size %i, base %d, %i positions', (headSize, base, context, hash) => {
    expect(tablesHash(headSize, base, context)).toBe(hash);
  });

  it.each([64, 100, 128])('depend on their number of positions alone: a context of %i of 128', (context) => {
    expect(tablesHash(32, 10_000, context, 128)).toBe(tablesHash(32, 10_000, 128));
  });
});
