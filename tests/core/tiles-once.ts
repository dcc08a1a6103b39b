// Matrix products and attention with every register tile, in a process of its own so that an emulator can run it:
// node tests/core/tiles-once.ts. Prints the SHA-256 of all outputs for each tile, as JSON.
import { sha256 } from '../../src/base/hash.ts';
import { RandomSequence } from '../../src/base/random.ts';
import { Arena, createMemory } from '../../src/core/memory.ts';
import { instantiateCore, loadCore } from '../../src/core/module.ts';
import { type TileName, TILES } from '../../src/core/tile.ts';

/** SHA-256 of all outputs by tile. */
export type TileHashes = Readonly<Record<string, string>>;

const { module } = loadCore();
/** transA, transB, M, N, K: every tile's edges, a packed A, two blocks of K. */
const PRODUCTS = [
  [0, 0, 25, 35, 7],
  [0, 1, 11, 145, 21],
  [1, 0, 37, 25, 33],
  [0, 1, 23, 24, 600],
] as const;
/** Shorter than a block of queries, and longer with an edge. */
const OFFSETS = [0, 16, 117];
const [TOKENS, LONGEST] = [117, 101];
const [HEADS, KV_HEADS, HEAD_SIZE, SCALE] = [2, 1, 10, 0.3];

const hashes: TileHashes = Object.fromEntries(TILES.map((tile) => [tile, hashOf(tile)]));
process.stdout.write(JSON.stringify(hashes));

function hashOf(tile: TileName): string {
  const memory = createMemory(4 << 20);
  const core = instantiateCore({ module, tile }, memory);
  const arena = new Arena();
  const draws = new RandomSequence(42, 1000, 1);
  const output = (floats: number): Float32Array => new Float32Array(memory.buffer, arena.take(4 * floats), floats);
  const input = (floats: number): Float32Array => {
    const values = output(floats);
    for (let i = 0; i < floats; i++) values[i] = 2 * draws.uniform() - 1;
    return values;
  };
  const outputs = PRODUCTS.map(([transA, transB, M, N, K]) => {
    const [a, b, c] = [input(M * K), input(N * K), output(M * N)].map(({ byteOffset }) => byteOffset);
    const scratch = arena.take(core.gemm_scratch_bytes(M, N, K) >>> 0);
    core.gemm(transA, transB, M, N, K, a, transA ? M : K, b, transB ? K : N, c, N, 0, 0, scratch);
    return new Float32Array(memory.buffer, c, M * N);
  });
  const [width, stride] = [HEADS * HEAD_SIZE, (HEADS + 2 * KV_HEADS) * HEAD_SIZE];
  const [qkv, dOut] = [input(TOKENS * stride), input(TOKENS * width)];
  const [out, rowSums, dqkv] = [output(TOKENS * width), output(2 * TOKENS * HEADS), output(TOKENS * stride)];
  const offsets = new Int32Array(memory.buffer, arena.take(4 * OFFSETS.length), OFFSETS.length);
  offsets.set(OFFSETS);
  const sizes = [offsets.byteOffset, OFFSETS.length - 1, HEADS, KV_HEADS, HEAD_SIZE, SCALE] as const;
  const scratch = arena.take(core.attention_scratch_bytes(LONGEST, HEAD_SIZE) >>> 0);
  core.attention_forward(out.byteOffset, rowSums.byteOffset, qkv.byteOffset, ...sizes, scratch);
  const [atDqkv, atDOut, atOut, atSums] = [dqkv, dOut, out, rowSums].map(({ byteOffset }) => byteOffset);
  core.attention_backward(atDqkv, atDOut, atOut, atSums, qkv.byteOffset, ...sizes, scratch, 1);
  const all: readonly Float32Array[] = [...outputs, out, rowSums, dqkv];
  return sha256(all.map((values) => Buffer.from(Float32Array.from(values).buffer).toString('hex')).join());
}
