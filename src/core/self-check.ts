// A quick proof, before anything is trusted, that this engine computes the kernels right: matrix products and a softmax
// against scalar f64.
import { exponential } from '../base/portable-math.ts';
import type { DecodingExports } from './exports.ts';
import { Arena, ARENA_START, type CoreMemory } from './memory.ts';

/** transA, transB: NN, NT, TN. */
const ORIENTATIONS = [
  [0, 0],
  [0, 1],
  [1, 0],
] as const;
/**
 * M, N, K with whole tiles and every edge: below, at and above the 6 x 16 and 5 x 8 tiles, an A that is packed, and
 * three blocks of K.
 */
const SHAPES = [
  [13, 35, 7],
  [30, 48, 33],
  [11, 145, 21],
  [7, 17, 600],
] as const;
/**
 * Calls before the second look: enough for the engine to replace its baseline code by optimised, revectorised code,
 * which is what will run.
 */
const WARM_UP_ROUNDS = 60;
/**
 * |error| <= TOLERANCE * K for entries in [-1, 1]: f32 rounding of K sums stays well below, a wrong lane is of order 1.
 */
const TOLERANCE = 1e-6;

/**
 * Null when all is right, before and after the engine has optimised the kernels; else one line that says what is wrong.
 */
export function checkKernels(core: DecodingExports, memory: CoreMemory): string | null {
  const floats = new Float32Array(memory.buffer);
  const once = (): string | null => checkProducts(core, floats) ?? checkSoftmax(core, floats);
  const failure = once();
  if (failure !== null) return failure;
  for (let round = 0; round < WARM_UP_ROUNDS; round++) {
    const far = ARENA_START + (1 << 19);
    for (const [transA, transB] of ORIENTATIONS)
      core.gemm(transA, transB, 48, 128, 64, ARENA_START, 128, ARENA_START, 128, far, 128, 0, 0, far + (1 << 16));
    core.exp_row(far, 300, 300, 1, 0);
  }
  return once();
}

function checkProducts(core: DecodingExports, floats: Float32Array): string | null {
  for (const [M, N, K] of SHAPES) {
    for (const [transA, transB] of ORIENTATIONS) {
      const arena = new Arena();
      const [a, b, c] = [arena.take(4 * M * K), arena.take(4 * N * K), arena.take(4 * M * N)];
      const scratch = arena.take(core.gemm_scratch_bytes(M, N, K));
      for (let i = 0; i < M * K; i++) floats[a / 4 + i] = ((i * 37) % 101) / 50 - 1;
      for (let i = 0; i < N * K; i++) floats[b / 4 + i] = ((i * 53) % 97) / 48 - 1;
      core.gemm(transA, transB, M, N, K, a, transA ? M : K, b, transB ? K : N, c, N, 0, 0, scratch);
      for (let i = 0; i < M; i++) {
        for (let j = 0; j < N; j++) {
          let sum = 0;
          for (let p = 0; p < K; p++)
            sum += floats[a / 4 + (transA ? p * M + i : i * K + p)] * floats[b / 4 + (transB ? j * K + p : p * N + j)];
          const got = floats[c / 4 + i * N + j];
          if (!(Math.abs(got - sum) <= TOLERANCE * K))
            return (
              `matrix product ${M}x${N}x${K}, entry ${i},${j}: expected ${sum.toPrecision(7)}, got ` +
              `${got.toPrecision(7)}`
            );
        }
      }
    }
  }
  return null;
}

function checkSoftmax(core: DecodingExports, floats: Float32Array): string | null {
  const length = 21;
  const row = new Arena().take(4 * 32);
  const inputs = Array.from({ length }, (_, i) => ((i * 29) % 17) / 2 - 4);
  floats.set(inputs, row / 4);
  const sum = core.exp_row(row, length, length, 0.5, 0);
  const exact = inputs.map((x) => exponential((x - Math.max(...inputs)) * 0.5));
  const total = exact.reduce((a, b) => a + b, 0);
  for (let i = 0; i < length; i++) {
    const got = floats[row / 4 + i] / sum;
    if (!(Math.abs(got - exact[i] / total) <= 1e-6))
      return `softmax entry ${i}: expected ${(exact[i] / total).toPrecision(7)}, got ${got.toPrecision(7)}`;
  }
  return null;
}

/**
 * Whether a product and its sum are rounded once. The fused module leaves that to the engine and its processor: where
 * they round twice, its bits are neither those of other machines nor those of the portable module.
 */
export function roundsOnce(core: DecodingExports, memory: CoreMemory): boolean {
  const arena = new Arena();
  const [a, b, c, init] = Array.from({ length: 4 }, () => arena.take(4));
  const scratch = arena.take(core.gemm_scratch_bytes(1, 1, 1));
  const floats = new Float32Array(memory.buffer);
  const factor = 1 + 1 / 4096;
  floats[a / 4] = factor;
  floats[b / 4] = factor;
  // (1 + 2^-12)^2 = 1 + 2^-11 + 2^-24, whose last term is lost if the product is rounded.
  floats[init / 4] = -(1 + 1 / 2048);
  core.gemm(0, 0, 1, 1, 1, a, 1, b, 1, c, 1, init, 1, scratch);
  return floats[c / 4] === 1 / 16_777_216;
}
