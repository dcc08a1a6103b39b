// Generation with a key/value cache: new tokens of many sequences in one call, whole prompts, drafts and single tokens
// alike. The bits of every logit equal those of the full forward pass. A slot's cache holds, per layer, the keys and
// values that attention-decode.ts describes.
import {
  attention_decode, attention_rows, attention_rows_bytes, cache_row, cached_keys_bytes, cached_values_bytes,
} from './attention-decode';
import { gemm_packed, gemm_packed_scratch_bytes } from './gemm';
import {
  B_QKV, COSINES, D, EMBEDDING, EPS, F, H, HD, KV, L, NORM_ATTENTION, NORM_FINAL, NORM_MLP, QKV, SCALE, SINES, V, VLD,
  W_DOWN, W_GATE_UP, W_OUT, W_QKV,
} from './model';
import { gather, tensor_offset } from './model';
import { exp_row_affine, row_sum } from './exp';
import { rmsnorm_forward } from './norm';
import { packed_offset } from './packed-weights';
import { log_probability } from './policy-loss';
import { threefry } from './random';
import { rope } from './rope';
import { log, sum8, zero } from './simd';
import { row_top } from './softmax';
import { swiglu_forward } from './swiglu';
import { MR } from './tiles';

let capacity: i32 = 0;
let cacheAt: usize = 0, prefixesAt: usize = 0, slotBytes: usize = 0, layerBytes: usize = 0, valuesOffset: usize = 0;
let xAt: usize = 0, hAt: usize = 0, qkvAt: usize = 0, outAt: usize = 0, gateUpAt: usize = 0, actAt: usize = 0,
  invAt: usize = 0, logitsAt: usize = 0;
let scoresAt: usize = 0, productAt: usize = 0, oddsAt: usize = 0;
let cursor: usize = 0;

function region(bytes: usize): usize {
  const at = cursor;
  cursor = (cursor + bytes + 127) & ~63;
  return at;
}

/**
 * Lays the caches of `slots` sequences of at most `longest` tokens, and the working rows of a call, out from `base`;
 * returns the first address after them.
 * @param tokens most tokens of a call
 */
export function configure_decode(base: usize, slots: i32, longest: i32, tokens: i32): usize {
  capacity = (longest + 31) & ~31;
  valuesOffset = cached_keys_bytes(KV, HD, capacity);
  layerBytes = valuesOffset + cached_values_bytes(KV, HD, capacity) + 64;
  slotBytes = layerBytes * <usize>L;
  cursor = base;
  // Products run over whole tiles of rows: those past the last token hold whatever was there, and nobody reads them.
  const n = <usize>(tokens + MR) << 2;
  cacheAt = region(slotBytes * <usize>slots);
  prefixesAt = region(<usize>slots << 3);
  xAt = region(n * <usize>D);
  hAt = region(n * <usize>D);
  qkvAt = region(n * <usize>QKV);
  outAt = region(n * <usize>D);
  gateUpAt = region(2 * n * <usize>F);
  actAt = region(n * <usize>F);
  invAt = region(n);
  logitsAt = region(n * <usize>VLD);
  scoresAt = region(attention_rows_bytes(capacity, HD));
  productAt = region(gemm_packed_scratch_bytes());
  oddsAt = region(<usize>VLD << 2);
  return cursor;
}

// @ts-ignore: decorator
@inline
function at(list: usize, i: i32): i32 { return load<i32>(list + (<usize>i << 2)); }

function store_row(layer: i32, slot: i32, position: i32, qkv: usize): void {
  const keys = cacheAt + <usize>slot * slotBytes + <usize>layer * layerBytes;
  const k = qkv + (<usize>(H * HD) << 2);
  cache_row(keys, keys + valuesOffset, position, capacity, KV, HD, k, k + (<usize>(KV * HD) << 2));
}

/** Fewest rows of one sequence that are worth attention_rows. */
// @ts-ignore: decorator
@inline const FEW_ROWS: i32 = 3;

/**
 * Attention of the given rows of a call; row i of the result belongs to the i-th of them.
 * @param rows i32 [n] ascending; 0 = all
 */
function attend(layer: i32, rows: usize, n: i32, positions: usize, slots: usize): void {
  for (let i = 0, m = 0; i < n; i += m) {
    const row = rows ? at(rows, i) : i;
    const slot = at(slots, row), position = at(positions, row);
    m = 1;
    while (i + m < n && (rows == 0 || at(rows, i + m) == row + m) && at(slots, row + m) == slot) m++;
    const keys = cacheAt + <usize>slot * slotBytes + <usize>layer * layerBytes;
    const source = at(prefixesAt, 2 * slot), prefix = at(prefixesAt, 2 * slot + 1);
    const shared = <isize>(source - slot) * <isize>slotBytes;
    if (m >= FEW_ROWS) {
      attention_rows(
        outAt + (<usize>(i * D) << 2), qkvAt + (<usize>(row * QKV) << 2), QKV, m, position, keys, keys + valuesOffset,
        shared, prefix, capacity, H, KV, HD, SCALE, scoresAt,
      );
    } else {
      for (let r = 0; r < m; r++)
        attention_decode(
          outAt + (<usize>((i + r) * D) << 2), qkvAt + (<usize>((row + r) * QKV) << 2), keys, keys + valuesOffset,
          shared, prefix, position + r + 1, capacity, H, KV, HD, SCALE, scoresAt,
        );
    }
  }
}

/** out = init + x W^T for n rows. */
// @ts-ignore: decorator
@inline
function product(n: i32, N: i32, K: i32, x: usize, matrix: usize, out: usize, init: usize, ldInit: i32): void {
  gemm_packed((n + MR - 1) / MR * MR, N, K, x, K, matrix, out, N, init, ldInit, productAt);
}

/**
 * Feeds m tokens to the caches of their slots; leaves logits [count, VLD] of the chosen ones at
 * decode_logits_address(). Tokens of one slot follow each other, at ascending positions without a gap; a position that
 * was fed before is written anew, and those behind it count no more.
 * @param p parameters
 * @param packed their matrices, from pack_weights
 * @param tokens, positions, slots i32 [m]
 * @param rows i32 [count], ascending: tokens whose next one is wanted
 */
export function decode_tokens(
  p: usize, packed: usize, tokens: usize, positions: usize, slots: usize, m: i32, rows: usize, count: i32,
): void {
  gather(xAt, p, tokens, m, D);
  for (let l = 0; l < L; l++) {
    rmsnorm_forward(hAt, invAt, xAt, p + tensor_offset(NORM_ATTENTION, l), m, D, EPS);
    product(m, QKV, D, hAt, packed + packed_offset(true, W_QKV, l), qkvAt, p + tensor_offset(B_QKV, l), 0);
    rope(qkvAt, QKV, m, H + KV, HD, positions, COSINES, SINES, false);
    for (let i = 0; i < m; i++) store_row(l, at(slots, i), at(positions, i), qkvAt + (<usize>(i * QKV) << 2));
    const last = l == L - 1;
    const n = last ? count : m;
    attend(l, last ? rows : 0, n, positions, slots);
    // In place: rows ascend, so that none is overwritten before it is read.
    if (last) gather(xAt, xAt, rows, count, D);
    product(n, D, D, outAt, packed + packed_offset(true, W_OUT, l), xAt, xAt, D);
    rmsnorm_forward(hAt, invAt, xAt, p + tensor_offset(NORM_MLP, l), n, D, EPS);
    product(n, 2 * F, D, hAt, packed + packed_offset(true, W_GATE_UP, l), gateUpAt, 0, 0);
    swiglu_forward(actAt, gateUpAt, n, F);
    product(n, D, F, actAt, packed + packed_offset(true, W_DOWN, l), xAt, xAt, D);
  }
  rmsnorm_forward(hAt, invAt, xAt, p + tensor_offset(NORM_FINAL, 0), count, D, EPS);
  product(count, VLD, D, hAt, packed + packed_offset(true, EMBEDDING, 0), logitsAt, 0, 0);
}

/** Copies keys and values of positions from..to from one slot's cache to another's; a panel of keys is copied whole. */
function copy_positions(source: i32, slot: i32, from: i32, to: i32): void {
  const columns = (HD + 15) >> 4, panels = from >> 4, ends = (to + 15) >> 4;
  for (let l = 0; l < L; l++) {
    let a = cacheAt + <usize>source * slotBytes + <usize>l * layerBytes;
    let b = cacheAt + <usize>slot * slotBytes + <usize>l * layerBytes;
    for (let kv = 0; kv < KV; kv++) {
      const o = (<usize>(kv * HD * capacity) << 2) + (<usize>(panels * HD) << 6);
      memory.copy(b + o, a + o, <usize>((ends - panels) * HD) << 6);
    }
    a += valuesOffset;
    b += valuesOffset;
    for (let c = 0; c < KV * columns; c++) {
      const o = (<usize>(c * capacity) + <usize>from) << 6;
      memory.copy(b + o, a + o, <usize>(to - from) << 6);
    }
  }
}

/** From now on a slot reads its first `prefix` positions, a multiple of 32, in the cache of `source`. */
function read_prefix(slot: i32, source: i32, prefix: i32): void {
  store<i32>(prefixesAt + (<usize>slot << 3), source);
  store<i32>(prefixesAt + (<usize>slot << 3), prefix, 4);
}

/** A slot begins with a cache of its own. */
export function own_cache(slot: i32): void { read_prefix(slot, slot, 0); }

/**
 * A slot begins with the first `length` positions of another one, of which whole pairs of panels are read where they
 * are and the rest is copied. The source keeps them until no slot reads them: see take_prefix.
 * @param source a slot with a cache of its own for these positions
 */
export function share_prefix(source: i32, slot: i32, length: i32): void {
  const prefix = length & ~31;
  read_prefix(slot, source, prefix);
  copy_positions(source, slot, prefix, length);
}

/** Copies the positions that `slot` reads from another slot into its own cache: from now on they are its own. */
export function take_prefix(slot: i32): void {
  copy_positions(at(prefixesAt, 2 * slot), slot, 0, at(prefixesAt, 2 * slot + 1));
  own_cache(slot);
}

/** A slot reads what it shares with another one in the cache of `source` instead, which contains the same. */
export function move_prefix(slot: i32, source: i32): void {
  read_prefix(slot, source, at(prefixesAt, 2 * slot + 1));
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
      exp_row_affine(oddsAt, row, V, -top, scale);
      const sum = row_sum(oddsAt, V);
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
