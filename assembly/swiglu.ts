// SwiGLU (Shazeer, 2020): act = silu(gate) * up, silu(g) = g * sigmoid(g). Rows hold gate then up: gateUp[t] = [gate
// (f) | up (f)], f a multiple of 8.
import { exp_row_affine } from './exp';
import { madd, store8 } from './simd';

/** sigmoid(g) = 1 / (1 + e^-g) from e^-g. */
// @ts-ignore: decorator
@inline
function sigmoid4(e: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.div(one, f32x4.add(one, e));
}

/**
 * @param act [n, f] out
 * @param gateUp [n, 2f]
 */
export function swiglu_forward(act: usize, gateUp: usize, n: i32, f: i32): void {
  const row = <usize>f << 2;
  for (let t = 0; t < n; t++) {
    const up = gateUp + row;
    exp_row_affine(act, gateUp, f, 0, -1);
    for (let o: usize = 0; o < row; o += 32) {
      const s0 = sigmoid4(v128.load(act + o)), s1 = sigmoid4(v128.load(act + o, 16));
      const y0 = f32x4.mul(f32x4.mul(v128.load(gateUp + o), s0), v128.load(up + o)),
        y1 = f32x4.mul(f32x4.mul(v128.load(gateUp + o, 16), s1), v128.load(up + o, 16));
      store8(act + o, y0, y1);
    }
    act += row;
    gateUp += 2 * row;
  }
}

// @ts-ignore: decorator
@inline
function gate_gradient(da: v128, g: v128, s: v128, u: v128): v128 {
  // d silu / dg = s (1 + g (1 - s))
  const one = f32x4.splat(1);
  return f32x4.mul(f32x4.mul(da, u), f32x4.mul(s, madd(g, f32x4.sub(one, s), one)));
}

/**
 * Gradients of gate and up, and act once more (the weight gradient of the down projection needs it).
 * @param dGateUp [n, 2f] out
 * @param act [n, f] out
 * @param dAct [n, f], rows ldAct floats apart; may be the half of up in dGateUp
 * @param gateUp [n, 2f]
 */
export function swiglu_backward(
  dGateUp: usize, act: usize, dAct: usize, ldAct: i32, gateUp: usize, n: i32, f: i32,
): void {
  const row = <usize>f << 2;
  for (let t = 0; t < n; t++) {
    const up = gateUp + row, dUp = dGateUp + row;
    exp_row_affine(act, gateUp, f, 0, -1);
    for (let o: usize = 0; o < row; o += 32) {
      const g0 = v128.load(gateUp + o), g1 = v128.load(gateUp + o, 16);
      const u0 = v128.load(up + o), u1 = v128.load(up + o, 16);
      const a0 = v128.load(dAct + o), a1 = v128.load(dAct + o, 16);
      const s0 = sigmoid4(v128.load(act + o)), s1 = sigmoid4(v128.load(act + o, 16));
      const y0 = f32x4.mul(g0, s0), y1 = f32x4.mul(g1, s1);
      const d0 = gate_gradient(a0, g0, s0, u0), d1 = gate_gradient(a1, g1, s1, u1);
      store8(act + o, f32x4.mul(y0, u0), f32x4.mul(y1, u1));
      store8(dUp + o, f32x4.mul(a0, y0), f32x4.mul(a1, y1));
      store8(dGateUp + o, d0, d1);
    }
    act += row;
    dAct += <usize>ldAct << 2;
    gateUp += 2 * row;
    dGateUp += 2 * row;
  }
}
