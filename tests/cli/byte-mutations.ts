// Damages of a file's bytes, by their names: each a function of the bytes and of random numbers.
import type { RandomSequence } from '../../src/base/random.ts';

/** How bytes are damaged; `others` are whole files of other runs. */
type Mutation = (bytes: Buffer, random: RandomSequence, other: () => Buffer) => Uint8Array;

export const draw = <T>(items: readonly T[], random: RandomSequence): T => items[random.below(items.length)];

function flipBit(bytes: Buffer, random: RandomSequence): Buffer {
  if (bytes.length > 0) bytes[random.below(bytes.length)] ^= 1 << random.below(8);
  return bytes;
}

const lines = (bytes: Buffer): string[] => bytes.toString('latin1').split('\n');
const joined = (all: readonly string[]): Buffer => Buffer.from(all.join('\n'), 'latin1');

export const SWAPPED = "another run's";

export const MUTATIONS: Readonly<Record<string, Mutation>> = {
  'a bit flipped': flipBit,
  'bits flipped': (bytes, random) => {
    for (let flips = 2 + random.below(7); flips > 0; flips--) flipBit(bytes, random);
    return bytes;
  },
  'a digit changed': (bytes, random) => {
    const digits = [...bytes.keys()].filter((i) => bytes[i] >= 0x30 && bytes[i] <= 0x39);
    if (digits.length > 0) bytes[draw(digits, random)] = 0x30 + random.below(10);
    return bytes;
  },
  cut: (bytes, random) => bytes.subarray(0, random.below(bytes.length + 1)),
  'a little cut': (bytes, random) => bytes.subarray(0, Math.max(0, bytes.length - 1 - random.below(8))),
  'the beginning cut': (bytes, random) => bytes.subarray(random.below(bytes.length + 1)),
  emptied: () => Buffer.alloc(0),
  'bytes appended': (bytes, random) =>
    Buffer.concat([bytes, Buffer.from(Array.from({ length: 1 + random.below(40) }, () => random.below(256)))]),
  'its own end appended': (bytes, random) => Buffer.concat([bytes, bytes.subarray(random.below(bytes.length + 1))]),
  'zeros appended': (bytes, random) => Buffer.concat([bytes, Buffer.alloc(1 + random.below(4096))]),
  'zeros written': (bytes, random) => {
    const from = random.below(bytes.length + 1);
    return bytes.fill(0, from, Math.min(bytes.length, from + 1 + random.below(64)));
  },
  'a line deleted': (bytes, random) => {
    const all = lines(bytes);
    return joined(all.toSpliced(random.below(all.length), 1));
  },
  'a line repeated': (bytes, random) => {
    const all = lines(bytes);
    return joined(all.toSpliced(random.below(all.length), 0, draw(all, random)));
  },
  'lines swapped': (bytes, random) => {
    const all = lines(bytes);
    const [one, two] = [random.below(all.length), random.below(all.length)];
    return joined(all.with(one, all[two]).with(two, all[one]));
  },
  'a value replaced': (bytes, random) => {
    const text = bytes.toString('latin1');
    const values = [...text.matchAll(/: ?("[^"\\]*"|-?[\d.e+-]+|true|false|null)/g)];
    if (values.length === 0) return flipBit(bytes, random);
    const { 0: found, 1: value, index } = draw(values, random);
    const to = draw(['null', '{}', '[]', '"x"', '-1', '1e999', 'true', '0.5', '""'], random);
    const at = index + found.length - value.length;
    return Buffer.from(text.slice(0, at) + to + text.slice(at + value.length), 'latin1');
  },
  [SWAPPED]: (_, __, other) => other(),
};
