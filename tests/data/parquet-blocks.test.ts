// Blocks of Snappy and LZ4: whole ones are unpacked, wrong ones refused at once. Several of the wrong ones made the
// libraries unpack for ever.
import { snappyCompress } from 'hyparquet-writer/src/snappy.js';
import { describe, expect, it } from 'vitest';
import { RandomSequence, STREAMS } from '../../src/base/random.ts';
import { COMPRESSORS } from '../../src/data/parquet-blocks.ts';

type Codec = 'SNAPPY' | 'LZ4' | 'LZ4_RAW';

function unpacked(codec: Codec, block: readonly number[], size: number): number[] {
  const unpack = COMPRESSORS[codec];
  if (!unpack) throw new Error(codec);
  return [...unpack(Uint8Array.from(block), size)];
}

/** A literal of four letters, a copy of six from two back, and a last literal of five, as LZ4 wants it. */
const LZ4 = [0x42, 1, 2, 3, 4, 2, 0, 0x50, 5, 6, 7, 8, 9];
const LZ4_PAGE = [1, 2, 3, 4, 3, 4, 3, 4, 3, 4, 5, 6, 7, 8, 9];
/** With its lengths in front, as Hadoop has it. */
const HADOOP = [0, 0, 0, LZ4_PAGE.length, 0, 0, 0, LZ4.length, ...LZ4];

describe('whole blocks', () => {
  it('of Snappy', () => {
    const random = new RandomSequence(1, STREAMS.corruption, 0);
    for (const size of [0, 1, 59, 60, 61, 300, 70_000]) {
      // Repeats and noise, so that there are literals and copies.
      const page = Array.from({ length: size }, (_, i) => (i % 97 < 40 ? i % 7 : random.below(256)));
      expect(unpacked('SNAPPY', [...snappyCompress(Uint8Array.from(page))], size)).toEqual(page);
    }
  });

  it('of LZ4', () => {
    expect(unpacked('LZ4_RAW', LZ4, LZ4_PAGE.length)).toEqual(LZ4_PAGE);
    expect(unpacked('LZ4', LZ4, LZ4_PAGE.length)).toEqual(LZ4_PAGE);
    expect(unpacked('LZ4', HADOOP, LZ4_PAGE.length)).toEqual(LZ4_PAGE);
    expect(unpacked('LZ4', [...HADOOP, ...HADOOP], 2 * LZ4_PAGE.length)).toEqual([...LZ4_PAGE, ...LZ4_PAGE]);
  });

  it('of LZ4 with long lengths', () => {
    const letters = Array.from({ length: 15 + 255 + 3 }, (_, i) => i % 251);
    const block = [0xff, 255, 3, ...letters, 1, 0, 255, 10, 0x10, 7];
    expect(unpacked('LZ4_RAW', block, letters.length + 19 + 265 + 1)).toEqual([
      ...letters,
      ...Array<number>(19 + 265).fill(letters.at(-1) ?? 0),
      7,
    ]);
  });
});

describe('wrong blocks', () => {
  it.each<[name: string, codec: Codec, block: readonly number[], size: number]>([
    // hyparquet reads this length as -1, and goes back in the block.
    ['a literal of 4 GiB', 'SNAPPY', [4, 0xfc, 0xfb, 0xff, 0xff, 0xff, 1, 2, 3, 4], 4],
    ['a literal beyond the block', 'SNAPPY', [4, 0x0c, 1, 2, 3], 4],
    ['a literal beyond the page', 'SNAPPY', [4, 0x10, 1, 2, 3, 4, 5], 4],
    ['a copy beyond the page', 'SNAPPY', [4, 0, 1, 0xfe, 1, 0], 4],
    ['a copy from before the start', 'SNAPPY', [5, 0, 1, 0x01, 2], 5],
    ['a copy from nowhere', 'SNAPPY', [5, 0, 1, 0x01, 0], 5],
    ['too few bytes', 'SNAPPY', [4, 0, 1], 4],
    ['another length than the page', 'SNAPPY', [5, 0x0c, 1, 2, 3, 4], 4],
    ['a length without end', 'SNAPPY', [0x80, 0x80, 0x80, 0x80, 0x80, 0x80], 4],
    ['a cut copy', 'SNAPPY', [5, 0, 1, 0x0e, 1], 5],
    // hyparquet-compressors reads this length as -8, and begins again.
    ['a block of -8 bytes', 'LZ4', [0, 0, 0, 0, 0xff, 0xff, 0xff, 0xf8, 1], 4],
    ['a match of a length without end', 'LZ4', [0x1f, 1, 1, 0, ...Array<number>(64).fill(255), 0], 4],
    ['a match beyond the page', 'LZ4_RAW', [0x1f, 1, 1, 0, ...Array<number>(64).fill(255), 0], 4],
    ['a literal beyond the block', 'LZ4_RAW', [0x40, 1, 2], 4],
    ['a match from before the start', 'LZ4_RAW', [0x10, 1, 2, 0, 0x10, 1], 6],
    ['too few bytes', 'LZ4_RAW', [0x10, 1], 4],
  ])('%s, %s', (_name, codec, block, size) => {
    expect(() => unpacked(codec, block, size)).toThrow(/^a block (?:that|of)/);
  });
});
