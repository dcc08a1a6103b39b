// f64 twin of causal grouped-query attention over ONE sequence, one query row at a time. Rows of qkv are [q heads | k
// heads | v heads].
import { dot, type Matrix, zeros } from './matrix.ts';

export interface AttentionShape {
  readonly heads: number;
  readonly kvHeads: number;
  readonly headSize: number;
}

/** Where a query head finds its entries: its own, and those of KV head floor(h kvHeads / heads). */
function places({ heads, kvHeads, headSize }: AttentionShape, h: number): { q: number; k: number; v: number } {
  const kv = Math.floor((h * kvHeads) / heads);
  return { q: h * headSize, k: (heads + kv) * headSize, v: (heads + kvHeads + kv) * headSize };
}

/** softmax over the keys 0..i of (q_i . k_j) / sqrt(head size), and the log of its denominator. */
function weights(qkv: Matrix, i: number, at: { q: number; k: number }, headSize: number): { p: number[]; lse: number } {
  const query = qkv[i].slice(at.q, at.q + headSize);
  const scores = qkv.slice(0, i + 1).map((row) => dot(query, row.slice(at.k, at.k + headSize)) / Math.sqrt(headSize));
  const top = Math.max(...scores);
  const sum = scores.reduce((total, score) => total + Math.exp(score - top), 0);
  const lse = top + Math.log(sum);
  return { p: scores.map((score) => Math.exp(score - lse)), lse };
}

/** out [T, heads headSize] and log-sum-exp of the scaled scores [T, heads]. */
export function attention(qkv: Matrix, shape: AttentionShape): { out: Matrix; lse: Matrix } {
  const { heads, headSize } = shape;
  const out = zeros(qkv.length, heads * headSize),
    lse = zeros(qkv.length, heads);
  for (let h = 0; h < heads; h++) {
    const at = places(shape, h);
    for (let i = 0; i < qkv.length; i++) {
      const row = weights(qkv, i, at, headSize);
      lse[i][h] = row.lse;
      for (let c = 0; c < headSize; c++) out[i][at.q + c] = row.p.reduce((sum, p, j) => sum + p * qkv[j][at.v + c], 0);
    }
  }
  return { out, lse };
}

/** Gradient of attention() with respect to qkv. Softmax: ds_j = p_j (dp_j - sum of p dp). */
export function attentionGradient(dOut: Matrix, qkv: Matrix, shape: AttentionShape): Matrix {
  const { heads, headSize } = shape;
  const dqkv = zeros(qkv.length, qkv[0].length);
  for (let h = 0; h < heads; h++) {
    const at = places(shape, h);
    for (let i = 0; i < qkv.length; i++) {
      const { p } = weights(qkv, i, at, headSize);
      const incoming = dOut[i].slice(at.q, at.q + headSize);
      const dp = p.map((_, j) => dot(incoming, qkv[j].slice(at.v, at.v + headSize)));
      const mean = dot(p, dp);
      for (let j = 0; j <= i; j++) {
        const ds = (p[j] * (dp[j] - mean)) / Math.sqrt(headSize);
        for (let c = 0; c < headSize; c++) {
          dqkv[i][at.q + c] += ds * qkv[j][at.k + c];
          dqkv[j][at.k + c] += ds * qkv[i][at.q + c];
          dqkv[j][at.v + c] += p[j] * incoming[c];
        }
      }
    }
  }
  return dqkv;
}
