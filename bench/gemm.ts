// Matrix products at the presets' shapes in the orientations of training, and two large ones in all three.
import { checkNear, spread, UNIT } from './check.ts';
import { type Bench, type MeasuredKernel, timeKernel } from './kernel.ts';
import { microBatch, type Preset, qkvWidth } from './presets.ts';
import type { KernelRow } from './results.ts';
import type { Stage } from './stage.ts';

type Orientation = 'NN' | 'NT' | 'TN';

export interface Product {
  readonly preset: KernelRow['preset'];
  readonly what: string;
  readonly orientation: Orientation;
  readonly M: number;
  readonly N: number;
  readonly K: number;
}

/** Those that other software is measured at too (bench/peers). */
export const LARGE_PRODUCTS: readonly Product[] = (
  [
    [2048, 256, 768],
    [2048, 512, 1536],
  ] as const
).flatMap(([M, N, K]) =>
  (['NN', 'NT', 'TN'] as const).map((orientation) => ({
    preset: 'large' as const,
    what: 'large',
    orientation,
    M,
    N,
    K,
  })),
);

/** Entries compared with sums in f64. */
const SAMPLES = 300;

export function measureGemm(bench: Bench): MeasuredKernel[] {
  return bench.presets.flatMap(productsOf).map((product) => measureProduct(bench, product));
}

/** The two large products, which belong to no preset. */
export function measureLargeProducts(bench: Bench): MeasuredKernel[] {
  return LARGE_PRODUCTS.map((product) => measureProduct(bench, product));
}

/** Forward, input gradient and weight gradient; the last two once, at the widest matrix. */
function productsOf(preset: Preset): Product[] {
  const { name, model, vocab } = preset;
  const { tokens } = microBatch(preset);
  const { d_model: d, d_ff: f } = model;
  const nt = (what: string, N: number, K: number): Product => ({
    preset: name,
    what,
    orientation: 'NT',
    M: tokens,
    N,
    K,
  });
  return [
    nt('queries, keys, values', qkvWidth(model), d),
    nt('gate and up', 2 * f, d),
    nt('down', d, f),
    nt('logits', vocab, d),
    { preset: name, what: 'input gradient', orientation: 'NN', M: tokens, N: d, K: 2 * f },
    { preset: name, what: 'weight gradient', orientation: 'TN', M: 2 * f, N: d, K: tokens },
  ];
}

export function measureProduct(bench: Bench, product: Product): MeasuredKernel {
  const { orientation, M, N, K, preset, what } = product;
  const { stage } = bench;
  stage.clear();
  const [a, b, c] = [stage.random(M * K, 1), stage.random(N * K, 2), stage.floats(M * N)];
  const scratch = stage.bytes(stage.core.gemm_scratch_bytes(M, N, K));
  const [transA, transB] = [Number(orientation === 'TN'), Number(orientation === 'NT')];
  const call = (): void => {
    stage.core.gemm(transA, transB, M, N, K, a, transA === 1 ? M : K, b, transB === 1 ? K : N, c, N, 0, 0, scratch);
  };
  call();
  check(stage, product, a, b, c);
  return timeKernel(bench, {
    kernel: `gemm ${orientation}`,
    preset,
    what,
    shape: `${M}x${N}x${K}`,
    flops: 2 * M * N * K,
    bytes: 4 * (M * K + N * K + M * N),
    call,
  });
}

/** A sum of K products in any order is off by at most K u times the sum of their sizes (Higham, 2002, section 3.1). */
function check(stage: Stage, { orientation, M, N, K, preset, what }: Product, a: number, b: number, c: number): void {
  const [A, B, C] = [stage.view(a, M * K), stage.view(b, N * K), stage.view(c, M * N)];
  for (const entry of spread(M * N, SAMPLES)) {
    const [i, j] = [Math.floor(entry / N), entry % N];
    let sum = 0,
      size = 0;
    for (let p = 0; p < K; p++) {
      const term = A[orientation === 'TN' ? p * M + i : i * K + p] * B[orientation === 'NT' ? j * K + p : p * N + j];
      sum += term;
      size += Math.abs(term);
    }
    checkNear(
      'bench gemm',
      `${preset}, ${what}, ${orientation}, entry ${i},${j}`,
      C[entry],
      sum,
      (K + 2) * UNIT * size,
    );
  }
}
