// A memory for one kernel call at a time. Everything is filled with a pattern first; run() fails when a byte outside
// the declared outputs has changed, so every use is also a test that a kernel writes only where it may.
import { expect } from 'vitest';
import { RandomSequence } from '../../src/base/random.ts';
import type { CoreExports } from '../../src/core/exports.ts';
import { Arena, createMemory } from '../../src/core/memory.ts';
import { type CoreHandle, instantiateCore } from '../../src/core/module.ts';

/** A quiet NaN: whatever reads or forgets to write it is seen. */
const PATTERN = 0x7fc0ab1e;

export class Room {
  readonly core: CoreExports;
  private readonly memory: WebAssembly.Memory;
  private readonly words: Uint32Array;
  private arena = new Arena();
  private outputs: { from: number; to: number }[] = [];
  private before = Buffer.alloc(0);

  constructor(handle: CoreHandle, bytes = 1 << 20) {
    this.memory = createMemory(bytes);
    this.words = new Uint32Array(this.memory.buffer);
    this.core = instantiateCore(handle, this.memory);
    this.clear();
  }

  /** Forgets all regions. */
  clear(): void {
    this.words.fill(PATTERN, 0, Math.min(this.words.length, (this.arena.end + 4096) / 4));
    this.arena = new Arena();
    this.outputs = [];
  }

  /** A region that the kernel only reads. */
  input(values: ArrayLike<number>): number {
    const at = this.take(4 * values.length);
    this.floats(at, values.length).set(values);
    return at;
  }

  /** i32 words that the kernel only reads. */
  integers(values: ArrayLike<number>): number {
    const at = this.take(4 * values.length);
    new Int32Array(this.memory.buffer, at, values.length).set(values);
    return at;
  }

  bytes(values: ArrayLike<number>): number {
    const at = this.take(values.length);
    new Uint8Array(this.memory.buffer, at, values.length).set(values);
    return at;
  }

  /** Room for `length` floats that the kernel may write; NaN until it does, unless values are given. */
  output(length: number, values?: ArrayLike<number>): number {
    const at = this.take(4 * length);
    if (values !== undefined) this.floats(at, values.length).set(values);
    this.outputs.push({ from: at, to: at + 4 * length });
    return at;
  }

  /** A region that only some floats of may be written: `rows` runs of `width`, `stride` floats apart. */
  strided(rows: number, width: number, stride: number, values?: ArrayLike<number>): number {
    const at = this.take(4 * rows * stride);
    if (values !== undefined) this.floats(at, values.length).set(values);
    for (let i = 0; i < rows; i++) this.outputs.push({ from: at + 4 * i * stride, to: at + 4 * (i * stride + width) });
    return at;
  }

  scratch(bytes: number): number {
    return this.output(Math.ceil((bytes >>> 0) / 4));
  }

  doubles(values: ArrayLike<number>): number {
    const at = this.take(8 * values.length);
    new Float64Array(this.memory.buffer, at, values.length).set(values);
    this.outputs.push({ from: at, to: at + 8 * values.length });
    return at;
  }

  floats(at: number, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, at, length);
  }

  /** A copy of f64 values. */
  readDoubles(at: number, length: number): number[] {
    return [...new Float64Array(this.memory.buffer, at, length)];
  }

  /** A copy of floats. */
  read(at: number, length: number): Float32Array {
    return Float32Array.from(this.floats(at, length));
  }

  /** Calls a kernel and looks that nothing but the outputs changed. */
  run<T>(call: (core: CoreExports) => T): T {
    const end = this.arena.end + 1024;
    const all = Buffer.from(this.memory.buffer, 0, end);
    if (this.before.length < end) this.before = Buffer.alloc(2 * end);
    const { before } = this;
    all.copy(before);
    const result = call(this.core);
    let at = 0;
    for (const { from, to } of [...this.outputs, { from: end, to: end }]) {
      if (before.compare(all, at, from, at, from) !== 0) {
        while (before[at] === all[at]) at += 1;
        expect.fail(`byte ${at} changed, ${from - at} bytes before the output at ${from}`);
      }
      at = to;
    }
    return result;
  }

  private take(bytes: number): number {
    return this.arena.take(bytes);
  }
}

/** Pass if |got - expected| <= tolerance in every entry; NaN fails. One assertion for all, naming the worst entry. */
export function expectWithin(
  got: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number | ((i: number) => number),
  name = 'entry',
): void {
  if (got.length !== expected.length) expect.fail(`${name}: ${got.length} entries instead of ${expected.length}`);
  let worst = -1,
    excess = 0;
  for (let i = 0; i < expected.length; i++) {
    const allowed = typeof tolerance === 'number' ? tolerance : tolerance(i);
    const difference = Math.abs(got[i] - expected[i]);
    if (difference <= allowed) continue;
    const ratio = Number.isNaN(difference) || allowed === 0 ? Infinity : difference / allowed;
    if (ratio > excess) [worst, excess] = [i, ratio];
  }
  expect(
    worst,
    worst < 0
      ? ''
      : `${name} ${worst}: got ${got[worst]}, expected ${expected[worst]}, tolerance ${typeof tolerance === 'number' ? tolerance : tolerance(worst)}`,
  ).toBe(-1);
}

/** The bytes of floats, so that +0 and -0 and any NaN differ. */
export function bitsOf(values: Float32Array): Buffer {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}

/** Exact equality, for what the design promises bit for bit. */
export function expectSameBits(got: Float32Array, expected: Float32Array, name = 'floats'): void {
  if (bitsOf(got).equals(bitsOf(expected))) return;
  const first = got.findIndex((value, i) => !Object.is(value, expected[i]));
  expect.fail(
    `${name}: ${got.length} and ${expected.length} entries, first difference at ${first}: ${got[first]} and ${expected[first]}`,
  );
}

const drawn = new Map<number, Float32Array>();

/**
 * f32 values, uniform in [-1, 1); a shorter request is the beginning of a longer one.
 * @param index distinguishes the uses within a test
 */
export function randomFloats(length: number, index: number): Float32Array {
  let values = drawn.get(index);
  if (values === undefined || values.length < length) {
    const draws = new RandomSequence(42, 1000, index);
    values = Float32Array.from({ length: Math.max(4096, 2 * length) }, () => 2 * draws.uniform() - 1);
    drawn.set(index, values);
  }
  return values.slice(0, length);
}

/** Unit roundoff of f32: one operation's relative error. */
export const UNIT = 2 ** -24;
