// All numbers of 16 bits as floats, against the engine's own Float16Array and against the upper half of a float.
import { expect, it } from 'vitest';
import { fromBfloat16, fromFloat16 } from '../../src/model/half-floats.ts';

const ALL = Uint16Array.from({ length: 1 << 16 }, (_, half) => half);
const BYTES = new Uint8Array(ALL.buffer);

/** Differences, NaN equal to NaN. */
function differences(got: Float32Array, expected: (half: number) => number): number[] {
  return [...ALL].filter((half) => !Object.is(got[half], expected(half)));
}

it('half precision: every number is what Float16Array says', () => {
  const truth = new Float16Array(ALL.buffer);
  expect(differences(fromFloat16(BYTES), (half) => truth[half])).toEqual([]);
});

it('bfloat16: every number is the float with the same upper half', () => {
  const view = new DataView(new ArrayBuffer(4));
  const truth = (half: number): number => {
    view.setUint16(0, half);
    return view.getFloat32(0);
  };
  expect(differences(fromBfloat16(BYTES), truth)).toEqual([]);
});

it('reads a part of a larger buffer, also from an odd byte on', () => {
  const bytes = Uint8Array.of(0, 0x80, 0x3f, 0x00, 0x40, 0);
  expect([...fromBfloat16(bytes.subarray(1, 5))]).toEqual([1, 2]);
});
