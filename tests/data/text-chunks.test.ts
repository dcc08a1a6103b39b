// Streams cut at line ends: nothing lost, nothing doubled, line numbers right, memory bounded.
import fc from '../seeded.ts';
import { expect, it } from 'vitest';
import { type ChunkLimits, textChunks } from '../../src/data/text-chunks.ts';

async function* stream(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

async function chunksOf(
  pieces: readonly (string | Uint8Array)[],
  limits: ChunkLimits,
): Promise<{ text: string; line: number }[]> {
  const chunks: { text: string; line: number }[] = [];
  for await (const { bytes, line } of textChunks(stream(pieces.map((piece) => Buffer.from(piece))), 'f', limits))
    chunks.push({ text: Buffer.from(bytes).toString(), line });
  return chunks;
}

it('keeps every byte, and numbers the first line of each chunk', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: fc.constantFrom('a', '\n', '\u00e9'), maxLength: 12 })),
      fc.integer({ min: 1, max: 20 }),
      async (pieces, chunk) => {
        const chunks = await chunksOf(pieces, { chunk, line: 1000 });
        const whole = pieces.join('');
        expect(chunks.map(({ text }) => text).join('')).toBe(whole);
        let before = '';
        for (const [i, { text, line }] of chunks.entries()) {
          expect(line).toBe(before.split('\n').length);
          if (i < chunks.length - 1) expect(text.endsWith('\n')).toBe(true);
          before += text;
        }
      },
    ),
  );
});

it('a chunk ends at the first piece that fills it and ends a line', async () => {
  expect(await chunksOf(['aa\n', 'bb', 'b\nc', 'c\n', 'd'], { chunk: 6, line: 100 })).toEqual([
    { text: 'aa\nbbb\n', line: 1 },
    { text: 'cc\nd', line: 3 },
  ]);
});

it('drops a byte order mark, at the beginning only', async () => {
  expect(await chunksOf(['\ufeffa\n\ufeffb'], { chunk: 1, line: 100 })).toEqual([
    { text: 'a\n', line: 1 },
    { text: '\ufeffb', line: 2 },
  ]);
});

it('refuses a line that is too long, with its number, however it arrives', async () => {
  for (const pieces of [
    ['a\nb\n', 'x'.repeat(11)],
    ['a\n', 'b\n', 'xxxxxx', 'xxxxxx'],
  ]) {
    await expect(chunksOf(pieces, { chunk: 100, line: 10 })).rejects.toThrow(
      /^error\[LINE_TOO_LONG\] f:3: a line is too long to be judged; expected at most 10 bytes, got more than \d+/,
    );
  }
  expect(await chunksOf(['a\n', 'x'.repeat(10), '\nb'], { chunk: 100, line: 10 })).toHaveLength(1);
});

it('an empty stream has no chunk', async () => {
  expect(await chunksOf([], { chunk: 4, line: 10 })).toEqual([]);
  expect(await chunksOf(['', ''], { chunk: 4, line: 10 })).toEqual([]);
});
