// Causal grouped-query attention over the sequences of one micro-batch, forward and backward.
import { checkNear, spread } from './check.ts';
import { type Bench, type MeasuredKernel, timeKernel } from './kernel.ts';
import { microBatch, type Preset, qkvWidth } from './presets.ts';
import type { Stage } from './stage.ts';

interface Shape {
  readonly heads: number;
  readonly kvHeads: number;
  readonly size: number;
  /** Tokens of a sequence. */
  readonly T: number;
  readonly sequences: number;
  /** Floats of a row of queries, keys and values. */
  readonly stride: number;
  readonly scale: number;
}

/** Byte addresses. */
interface Places {
  readonly qkv: number;
  readonly out: number;
  readonly rowSums: number;
  readonly dOut: number;
  readonly dqkv: number;
}

/** Rows compared with f64, in one sequence. */
const SAMPLES = 8;
/**
 * Entries are of order 1 and sums have up to T terms; f32 kernels stay two digits below these, a wrong row does not.
 */
const FORWARD_TOLERANCE = 3e-5;
const BACKWARD_TOLERANCE = 2e-4;

export function measureAttention(bench: Bench): MeasuredKernel[] {
  return bench.presets.flatMap((preset) => measureShape(bench, preset));
}

function measureShape(bench: Bench, preset: Preset): MeasuredKernel[] {
  const { stage } = bench;
  const { n_head: heads, n_kv_head: kvHeads, d_model } = preset.model;
  const { sequences, tokens } = microBatch(preset);
  const size = d_model / heads,
    T = preset.sequence,
    stride = qkvWidth(preset.model);
  const shape: Shape = { heads, kvHeads, size, T, sequences, stride, scale: 1 / Math.sqrt(size) };
  stage.clear();
  const at: Places = {
    qkv: stage.random(tokens * stride, 1),
    out: stage.floats(tokens * d_model),
    rowSums: stage.floats(2 * tokens * heads),
    dOut: stage.random(tokens * d_model, 2),
    dqkv: stage.floats(tokens * stride),
  };
  const offsets = stage.integers(Array.from({ length: sequences + 1 }, (_, s) => s * T));
  const scratch = stage.bytes(stage.core.attention_scratch_bytes(T, size));
  const forward = (): void => {
    stage.core.attention_forward(
      at.out,
      at.rowSums,
      at.qkv,
      offsets,
      sequences,
      heads,
      kvHeads,
      size,
      shape.scale,
      scratch,
    );
  };
  const backward = (): void => {
    stage.core.attention_backward(
      at.dqkv,
      at.dOut,
      at.out,
      at.rowSums,
      at.qkv,
      offsets,
      sequences,
      heads,
      kvHeads,
      size,
      shape.scale,
      scratch,
      1,
    );
  };
  forward();
  backward();
  check(stage, shape, at, preset.name);
  // Each of the T (T + 1) / 2 pairs a head costs two products of `size` forward, five backward.
  const product = sequences * heads * T * (T + 1) * size;
  const common = {
    preset: preset.name,
    what: sequences === 1 ? '1 sequence' : `${sequences} sequences`,
    shape: `${sequences}x${T}, ${heads}/${kvHeads} heads of ${size}`,
  };
  const widths = { qkv: 4 * tokens * stride, out: 4 * tokens * (d_model + heads) };
  return [
    timeKernel(bench, {
      ...common,
      kernel: 'attention forward',
      flops: 2 * product,
      bytes: widths.qkv + widths.out,
      call: forward,
    }),
    timeKernel(bench, {
      ...common,
      kernel: 'attention backward',
      flops: 5 * product,
      bytes: 2 * widths.qkv + widths.out + 4 * tokens * d_model,
      call: backward,
    }),
  ];
}

/** The heads that share KV head 0, in the last sequence, computed in f64. */
function check(stage: Stage, shape: Shape, at: Places, preset: string): void {
  const { T, size, stride, heads, kvHeads, sequences, scale } = shape;
  const first = (sequences - 1) * T,
    width = heads * size,
    group = heads / kvHeads;
  const rows = (address: number, wide: number): Float32Array => stage.view(address + 4 * first * wide, T * wide);
  const [qkv, out, sums, dOut, dqkv] = [
    rows(at.qkv, stride),
    rows(at.out, width),
    rows(at.rowSums, 2 * heads),
    rows(at.dOut, width),
    rows(at.dqkv, stride),
  ];
  const [K, V] = [heads * size, (heads + kvHeads) * size];
  const chosen = spread(T, SAMPLES);
  const dK = new Map(chosen.map((j) => [j, new Float64Array(size)])),
    dV = new Map(chosen.map((j) => [j, new Float64Array(size)]));
  const near = (what: string, got: number, expected: number, tolerance: number): void => {
    checkNear('bench attention', `${preset}, ${what}`, got, expected, tolerance);
  };
  for (let h = 0; h < group; h++) {
    for (let i = 0; i < T; i++) {
      const row = referenceRow(qkv, dOut, {
        i,
        q: i * stride + h * size,
        d: i * width + h * size,
        K,
        V,
        stride,
        size,
        scale,
      });
      if (dK.has(i)) {
        near(
          `log-sum-exp of row ${i}, head ${h}`,
          sums[2 * (i * heads + h)] * scale - Math.log(sums[2 * (i * heads + h) + 1]),
          row.lse,
          FORWARD_TOLERANCE,
        );
        for (let c = 0; c < size; c++) {
          near(`output ${i}, head ${h}, ${c}`, out[i * width + h * size + c], row.out[c], FORWARD_TOLERANCE);
          let dq = 0;
          for (let j = 0; j <= i; j++) dq += row.dS[j] * qkv[j * stride + K + c];
          near(`query gradient ${i}, head ${h}, ${c}`, dqkv[i * stride + h * size + c], dq, BACKWARD_TOLERANCE);
        }
      }
      for (const [j, sum] of dK)
        if (j <= i) for (let c = 0; c < size; c++) sum[c] += row.dS[j] * qkv[i * stride + h * size + c];
      for (const [j, sum] of dV)
        if (j <= i) for (let c = 0; c < size; c++) sum[c] += row.p[j] * dOut[i * width + h * size + c];
    }
  }
  for (const j of chosen) {
    for (let c = 0; c < size; c++) {
      near(`key gradient ${j}, ${c}`, dqkv[j * stride + K + c], dK.get(j)?.[c] ?? NaN, BACKWARD_TOLERANCE);
      near(`value gradient ${j}, ${c}`, dqkv[j * stride + V + c], dV.get(j)?.[c] ?? NaN, BACKWARD_TOLERANCE);
    }
  }
}

interface RowPlace {
  /** Query row, and where its query, its output gradient, the keys and the values are. */
  readonly i: number;
  readonly q: number;
  readonly d: number;
  readonly K: number;
  readonly V: number;
  readonly stride: number;
  readonly size: number;
  readonly scale: number;
}

/**
 * One query's probabilities, output, and gradient of its scores (before the scale is taken out): dS_j = p_j (dP_j - sum
 * of p dP) scale.
 */
function referenceRow(
  qkv: Float32Array,
  dOut: Float32Array,
  { i, q, d, K, V, stride, size, scale }: RowPlace,
): { readonly p: Float64Array; readonly dS: Float64Array; readonly out: Float64Array; readonly lse: number } {
  const p = new Float64Array(i + 1),
    dS = new Float64Array(i + 1),
    out = new Float64Array(size);
  let top = -Infinity;
  for (let j = 0; j <= i; j++) {
    let score = 0;
    for (let c = 0; c < size; c++) score += qkv[q + c] * qkv[j * stride + K + c];
    p[j] = score * scale;
    top = Math.max(top, p[j]);
  }
  let sum = 0;
  for (let j = 0; j <= i; j++) sum += Math.exp(p[j] - top);
  const lse = top + Math.log(sum);
  let mean = 0;
  for (let j = 0; j <= i; j++) {
    p[j] = Math.exp(p[j] - lse);
    let dP = 0;
    for (let c = 0; c < size; c++) {
      const v = qkv[j * stride + V + c];
      out[c] += p[j] * v;
      dP += dOut[d + c] * v;
    }
    dS[j] = dP;
    mean += p[j] * dP;
  }
  for (let j = 0; j <= i; j++) dS[j] = p[j] * (dS[j] - mean) * scale;
  return { p, dS, out, lse };
}
