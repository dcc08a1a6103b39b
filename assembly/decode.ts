// Generation with a key/value cache: prefill new prompts through the forward kernels, then one token a slot a call. The
// bits of every logit equal those of the full forward pass. A slot's cache holds, per layer, keys in panels
// [KV][capacity / 16][HD][16] and values [KV][capacity][HD].
import { attention_decode, cache_row } from './attention-decode';
import { gemm_packed } from './gemm';
import {
  B_QKV, COSINES, D, EMBEDDING, EPS, F, H, HD, KV, L, NORM_ATTENTION, NORM_FINAL, NORM_MLP, QKV, SCALE, SINES, V, VLD,
  W_DOWN, W_GATE_UP, W_OUT, W_QKV,
} from './model';
import { forward, gather, kept_qkv, tensor_offset } from './model';
import { exp_row_affine } from './exp';
import { rmsnorm_forward } from './norm';
import { packed_offset } from './packed-weights';
import { log_probability } from './policy-loss';
import { threefry } from './random';
import { rope } from './rope';
import { log, sum8, zero } from './simd';
import { row_top } from './softmax';
import { swiglu_forward } from './swiglu';
import { MR, TILE_SCRATCH_BYTES } from './tiles';

let capacity: i32 = 0;
let cacheAt: usize = 0, slotBytes: usize = 0, layerBytes: usize = 0, valuesOffset: usize = 0;
let xAt: usize = 0, hAt: usize = 0, qkvAt: usize = 0, outAt: usize = 0, gateUpAt: usize = 0, actAt: usize = 0,
  invAt: usize = 0, logitsAt: usize = 0;
let scoresAt: usize = 0, tileAt: usize = 0, oddsAt: usize = 0;
let cursor: usize = 0;

function region(bytes: usize): usize {
  const at = cursor;
  cursor = (cursor + bytes + 127) & ~63;
  return at;
}

/**
 * Lays the cache and the working rows of `slots` sequences of at most `longest` tokens out from `base`; returns the
 * first address after them.
 */
export function configure_decode(base: usize, slots: i32, longest: i32): usize {
  capacity = (longest + 31) & ~31;
  valuesOffset = <usize>(KV * HD * capacity) << 2;
  layerBytes = 2 * valuesOffset + 64;
  slotBytes = layerBytes * <usize>L;
  cursor = base;
  // Products run over whole tiles of rows: those past the last slot hold whatever was there, and nobody reads them.
  const n = <usize>(slots + 6) << 2;
  cacheAt = region(slotBytes * <usize>slots);
  xAt = region(n * <usize>D);
  hAt = region(n * <usize>D);
  qkvAt = region(n * <usize>QKV);
  outAt = region(n * <usize>D);
  gateUpAt = region(2 * n * <usize>F);
  actAt = region(n * <usize>F);
  invAt = region(n);
  logitsAt = region(n * <usize>VLD);
  scoresAt = region(<usize>capacity << 2);
  tileAt = region(TILE_SCRATCH_BYTES);
  oddsAt = region(<usize>VLD << 2);
  return cursor;
}

function store_row(layer: i32, slot: i32, position: i32, qkv: usize): void {
  const keys = cacheAt + <usize>slot * slotBytes + <usize>layer * layerBytes;
  const k = qkv + (<usize>(H * HD) << 2);
  cache_row(keys, keys + valuesOffset, position, capacity, KV, HD, k, k + (<usize>(KV * HD) << 2));
}

/**
 * Runs whole prompts into the cache and leaves the logits of their last tokens at logits_address(). Needs a workspace
 * of mode 1.
 * @param slots i32 [sequences]: where sequence s goes
 * @param rows i32 [sequences]: last token of each
 */
export function prefill(
  p: usize, tokens: usize, positions: usize, n: i32, offsets: usize, sequences: i32, rows: usize, slots: usize,
): void {
  forward(p, tokens, positions, n, offsets, sequences, rows, sequences);
  for (let l = 0; l < L; l++) {
    const qkv = kept_qkv(l);
    for (let s = 0; s < sequences; s++) {
      const slot = load<i32>(slots + (<usize>s << 2));
      const first = load<i32>(offsets + (<usize>s << 2)), end = load<i32>(offsets + (<usize>s << 2), 4);
      for (let t = first; t < end; t++) store_row(l, slot, t - first, qkv + (<usize>(t * QKV) << 2));
    }
  }
}

/**
 * One token for each of m slots; leaves logits [m, VLD] at decode_logits_address().
 * @param p parameters
 * @param packed their matrices, from pack_weights
 * @param tokens, positions, slots i32 [m]
 */
export function decode_step(p: usize, packed: usize, tokens: usize, positions: usize, slots: usize, m: i32): void {
  const rows = (m + MR - 1) / MR * MR;
  gather(xAt, p, tokens, m, D);
  for (let l = 0; l < L; l++) {
    rmsnorm_forward(hAt, invAt, xAt, p + tensor_offset(NORM_ATTENTION, l), m, D, EPS);
    gemm_packed(
      rows, QKV, D, hAt, D, packed + packed_offset(true, W_QKV, l), qkvAt, QKV, p + tensor_offset(B_QKV, l), 0, tileAt,
    );
    rope(qkvAt, QKV, m, H + KV, HD, positions, COSINES, SINES, false);
    for (let i = 0; i < m; i++) {
      const slot = load<i32>(slots + (<usize>i << 2)), position = load<i32>(positions + (<usize>i << 2));
      const row = qkvAt + (<usize>(i * QKV) << 2);
      store_row(l, slot, position, row);
      const keys = cacheAt + <usize>slot * slotBytes + <usize>l * layerBytes;
      attention_decode(
        outAt + (<usize>(i * D) << 2), row, keys, keys + valuesOffset, position + 1, capacity, H, KV, HD, SCALE,
        scoresAt,
      );
    }
    gemm_packed(rows, D, D, outAt, D, packed + packed_offset(true, W_OUT, l), xAt, D, xAt, D, tileAt);
    rmsnorm_forward(hAt, invAt, xAt, p + tensor_offset(NORM_MLP, l), m, D, EPS);
    gemm_packed(rows, 2 * F, D, hAt, D, packed + packed_offset(true, W_GATE_UP, l), gateUpAt, 2 * F, 0, 0, tileAt);
    swiglu_forward(actAt, gateUpAt, m, F);
    gemm_packed(rows, D, F, actAt, F, packed + packed_offset(true, W_DOWN, l), xAt, D, xAt, D, tileAt);
  }
  rmsnorm_forward(hAt, invAt, xAt, p + tensor_offset(NORM_FINAL, 0), m, D, EPS);
  gemm_packed(rows, VLD, D, hAt, D, packed + packed_offset(true, EMBEDDING, 0), logitsAt, VLD, 0, 0, tileAt);
}

export function decode_logits_address(): usize { return logitsAt; }

/** Index of the largest of n logits; the first one on a tie. */
function greedy(row: usize, n: i32): i32 {
  let best = 0;
  let largest = load<f32>(row);
  for (let i = 1; i < n; i++) {
    const z = load<f32>(row + (<usize>i << 2));
    if (z > largest) { largest = z; best = i; }
  }
  return best;
}

/**
 * Entropy in nats of softmax(z scale): log(sum) - scale sum_j odds_j (z_j - top) / sum. Lane by index modulo 8, then a
 * fixed tree.
 * @param row f32 [n rounded up to 8], its padding overwritten
 * @param odds e^((z - top) scale), 0 in the padding
 */
function entropy(row: usize, odds: usize, n: i32, top: f32, scale: f32, sum: f32): f64 {
  const end = <usize>((n + 7) & ~7) << 2;
  // 0 times -inf would be NaN.
  for (let o = <usize>n << 2; o < end; o += 4) store<f32>(row + o, top);
  const t = f32x4.splat(top);
  let low = zero(), high = zero();
  for (let o: usize = 0; o < end; o += 32) {
    low = f32x4.add(low, f32x4.mul(v128.load(odds + o), f32x4.sub(v128.load(row + o), t)));
    high = f32x4.add(high, f32x4.mul(v128.load(odds + o, 16), f32x4.sub(v128.load(row + o, 16), t)));
  }
  return log(<f64>sum) - <f64>scale * <f64>sum8(low, high) / <f64>sum;
}

/**
 * Picks one token a row: greedy at temperature 0, else by inverting the cumulative softmax(z / temperature) with one
 * uniform draw that is a pure function of (seed, stream, index of the sequence, position). Needs configure_decode;
 * overwrites the padding of the rows.
 * @param out i32 [m]
 * @param logits f32 [m, VLD]
 * @param indices u32 [m]
 * @param positions i32 [m]
 * @param chances f64 [m, 2] out, or 0 for none: log-probability of the token and entropy of the row, both at the
 * temperature; unwritten when greedy
 */
export function sample(
  out: usize, logits: usize, m: i32, temperature: f32, seed: u32, stream: u32, indices: usize, positions: usize,
  chances: usize,
): void {
  for (let i = 0; i < m; i++) {
    const row = logits + (<usize>(i * VLD) << 2);
    const at = <usize>i << 2;
    let token = 0;
    if (temperature <= 0) token = greedy(row, V);
    else {
      const scale: f32 = 1 / temperature;
      const top = row_top(row, V);
      const sum = exp_row_affine(oddsAt, row, V, -top, scale, 0);
      const bits = threefry(seed, stream, load<u32>(indices + at), load<u32>(positions + at));
      const u = <f32>(<u32>(bits & 0xffffff)) * (1.0 / 16777216.0) * sum;
      let cumulative: f32 = 0;
      // Rounding may leave u above the last cumulative sum: then the last token that has a chance at all.
      for (let j = 0; j < V; j++) {
        const odds = load<f32>(oddsAt + (<usize>j << 2));
        cumulative += odds;
        if (odds > 0) token = j;
        if (cumulative > u) break;
      }
      if (chances) {
        store<f64>(chances + (<usize>i << 4), log_probability(load<f32>(row + (<usize>token << 2)), top, scale, sum));
        store<f64>(chances + (<usize>i << 4), entropy(row, oddsAt, V, top, scale, sum), 8);
      }
    }
    store<i32>(out + at, token);
  }
}
