// Counter-based random numbers, bit-equal to src/base/random.ts: Threefry2x32-20 (Salmon et al., SC 2011). Normals by
// inversion (Wichura, AS 241).
import { log } from './simd';

// @ts-ignore: decorator
@inline
function mix(x: u64, r: u32): u64 {
  const x1 = <u32>(x >> 32), x0 = <u32>x + x1;
  return (<u64>(rotl<u32>(x1, r) ^ x0) << 32) | <u64>x0;
}

// @ts-ignore: decorator
@inline
function inject(x: u64, k0: u32, k1: u32): u64 {
  return (<u64>(<u32>(x >> 32) + k1) << 32) | <u64>(<u32>x + k0);
}

/** Threefry2x32-20: word 0 in the low half, word 1 in the high half. */
export function threefry(k0: u32, k1: u32, c0: u32, c1: u32): u64 {
  const k2: u32 = 0x1bd11bda ^ k0 ^ k1;
  let x = inject((<u64>c1 << 32) | <u64>c0, k0, k1);
  x = inject(mix(mix(mix(mix(x, 13), 15), 26), 6), k1, k2 + 1);
  x = inject(mix(mix(mix(mix(x, 17), 29), 16), 24), k2, k0 + 2);
  x = inject(mix(mix(mix(mix(x, 13), 15), 26), 6), k0, k1 + 3);
  x = inject(mix(mix(mix(mix(x, 17), 29), 16), 24), k1, k2 + 4);
  return inject(mix(mix(mix(mix(x, 13), 15), 26), 6), k2, k0 + 5);
}

/**
 * Inverse of the standard normal distribution function, relative error about 1e-16 (Wichura 1988, PPND16).
 * @param p in (0, 1)
 */
export function inverse_normal(p: f64): f64 {
  const q = p - 0.5;
  if (abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return q * (((((((2509.0809287301226727 * r + 33430.575583588128105) * r + 67265.770927008700853) * r
        + 45921.953931549871457) * r + 13731.693765509461125) * r + 1971.5909503065514427) * r
        + 133.14166789178437745) * r
        + 3.387132872796366608)
      / (((((((5226.495278852545925 * r + 28729.085735721942674) * r + 39307.89580009271061) * r
        + 21213.794301586595867) * r + 5394.1960214247511077) * r + 687.1870074920579083) * r
        + 42.313330701600911252) * r
        + 1.0);
  }
  let r = sqrt<f64>(-log(q < 0 ? p : 1 - p));
  let value: f64;
  if (r <= 5) {
    r -= 1.6;
    value = (((((((7.7454501427834140764e-4 * r + 0.0227238449892691845833) * r + 0.24178072517745061177) * r
        + 1.27045825245236838258) * r + 3.64784832476320460504) * r + 5.7694972214606914055) * r
        + 4.6303378461565452959) * r + 1.42343711074968357734)
      / (((((((1.05075007164441684324e-9 * r + 5.475938084995344946e-4) * r + 0.0151986665636164571966) * r
        + 0.14810397642748007459) * r + 0.68976733498510000455) * r + 1.6763848301838038494) * r
        + 2.05319162663775882187) * r + 1.0);
  } else {
    r -= 5;
    value = (((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r + 0.0012426609473880784386) * r
        + 0.026532189526576123093) * r + 0.29656057182850489123) * r + 1.7848265399172913358) * r
        + 5.4637849111641143699) * r + 6.6579046435011037772)
      / (((((((2.04426310338993978564e-15 * r + 1.4215117583164458887e-7) * r + 1.8463183175100546818e-5) * r
        + 7.868691311456132591e-4) * r + 0.0148753612908506148525) * r + 0.13692988092273580531) * r
        + 0.59983220655588793769) * r + 1.0);
  }
  return q < 0 ? -value : value;
}

/**
 * x[i] = std * normal(seed, stream, index, i): entry i of tensor `index`.
 * @param x f32 [n] out
 */
export function fill_normal(x: usize, n: i32, seed: u32, stream: u32, index: u32, std: f64): void {
  for (let i = 0; i < n; i++) {
    const u = (<f64>(threefry(seed, stream, index, i) >>> 11) + 0.5) * (1.0 / 9007199254740992.0);
    store<f32>(x + (<usize>i << 2), <f32>(std * inverse_normal(u)));
  }
}
