// Numbers of 16 bits as numbers of 32, which hold each of them exactly: bfloat16, and the half precision of IEEE 754.

/** @param bytes little endian, two a number */
export function fromBfloat16(bytes: Uint8Array): Float32Array {
  // The upper half of a float.
  return fromBits(bytes, (half) => half << 16);
}

/** @param bytes little endian, two a number */
export function fromFloat16(bytes: Uint8Array): Float32Array {
  return fromBits(bytes, floatBits);
}

/**
 *     half    sign 15 | exponent 14..10, bias 15  | fraction 9..0
 *     float   sign 31 | exponent 30..23, bias 127 | fraction 22..0
 */
function floatBits(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return sign | 0x7f800000 | (fraction << 13);
  if (exponent !== 0) return sign | ((exponent + 112) << 23) | (fraction << 13);
  if (fraction === 0) return sign;
  // Below 2^-14: fraction * 2^-24, whose leading one becomes the implicit one.
  const shift = Math.clz32(fraction) - 21;
  return sign | ((113 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13);
}

function fromBits(bytes: Uint8Array, bitsOf: (half: number) => number): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const bits = new Uint32Array(bytes.byteLength / 2);
  for (let i = 0; i < bits.length; i++) bits[i] = bitsOf(view.getUint16(2 * i, true));
  return new Float32Array(bits.buffer);
}
