// Good rows in other forms: blanks, order of walls, labels, lists, chats, encodings, containers, compression. All of
// them must read as the plain form does.
import { deepStrictEqual } from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import zlib from 'node:zlib';
import { parquetWriteFile } from 'hyparquet-writer';
import { RandomSequence } from '../../src/base/random.ts';
import { solve } from '../../src/domain/maze/astar.ts';
import { generateProblem } from '../../src/domain/maze/generate.ts';
import { completionText, promptText } from '../../src/domain/maze/grammar.ts';
import { searchformerText } from '../../src/domain/maze/interchange/searchformer.ts';
import { GENERATORS } from '../../src/domain/maze/types.ts';
import type { Example } from '../../src/domain/types.ts';
import { type Read, read, readText, stream } from './reading.ts';

/** Draws of one variant. */
class Draw {
  private readonly random: RandomSequence;
  constructor(seed: number, index: number) {
    this.random = new RandomSequence(seed, 0, index);
  }
  below = (n: number): number => this.random.below(n);
  coin = (): boolean => this.below(2) === 1;
  of = <T>(values: readonly T[]): T => values[this.below(values.length)];
}

const BLANKS = [' ', ' ', '  ', '\t', '\n', '\r\n', ' \f', '\v'];

/** Rows of one size, right and wrong. */
function plainRows(draw: Draw, seed: number, index: number): Example[] {
  const size = 4 + draw.below(5);
  return Array.from({ length: 1 + draw.below(3) }, (_, i) => {
    const generator = draw.of(GENERATORS);
    const problem = generateProblem(generator, size, new RandomSequence(seed, 1, 10 * index + i));
    const { trace, plan } = solve(problem);
    const right = completionText(trace, plan ?? []);
    const completion = draw.of([
      right,
      right,
      right.replace(/plan \d+ \d+ (?=plan)/, ''),
      right.replace(/c1 /, 'c2 '),
      right.replace(/close \d+ \d+ c\d+ c\d+ (?=solution)/, ''),
    ]);
    return { id: String(i + 1), generator, size, prompt: promptText(problem), completion };
  });
}

/** Templates of chats around a prompt, with and without their special tokens. */
const CHATS = [
  ['system\nsolve\nuser\n', '\nassistant\n'],
  ['<|im_start|>user\n', '<|im_end|>\n<|im_start|>assistant\n'],
  ['<s>[INST] ', ' [/INST]'],
  ['<bos><start_of_turn>user\n', '<end_of_turn>\n<start_of_turn>model\n'],
] as const;

/** The same example in another form: a value for JSON, and whether it names the id and the generator. */
function otherForm(example: Example, draw: Draw): Record<string, unknown> {
  const { id, generator, size } = example;
  const walls = example.prompt.match(/wall \d+ \d+/g) ?? [];
  if (draw.coin()) walls.sort((a, b) => (a < b ? 1 : -1));
  const maze = (/start \d+ \d+ goal \d+ \d+/.exec(example.prompt) ?? [''])[0];
  const prompt = ['query', maze, ...walls, 'reasoning'].join(' ');
  const blanks = (text: string): string => text.replaceAll(' ', () => (draw.below(4) === 0 ? draw.of(BLANKS) : ' '));
  const named = { id: draw.coin() ? id : Number(id), generator, size, ...(draw.coin() && { note: [1, { a: null }] }) };
  const searchformer = searchformerText(example).slice(example.prompt.length - 'query  reasoning'.length);
  const ours = [maze, ...walls].join(' ');
  switch (draw.below(9)) {
    case 0:
      return { ...named, text: blanks(`${prompt} ${example.completion}`) };
    case 1:
      return { ...named, text: blanks(`${ours}${searchformer}`) };
    case 2:
      return {
        ...named,
        prompt: blanks(ours),
        completion: blanks(`${searchformer.trim()}${draw.coin() ? ' eos' : ''}`),
      };
    case 3:
      return {
        ...named,
        prompt: [
          { role: 'system', content: 'solve' },
          { role: 'user', content: blanks(prompt) },
        ],
        completion: [{ role: 'assistant', content: blanks(example.completion) }],
      };
    case 4:
      return { ...named, prompt: prompt.split(' '), completion: example.completion.split(' ') };
    case 5:
      return {
        ...named,
        prompt: blanks(prompt.replace(/ reasoning$/, '')),
        completion: `reasoning ${example.completion}`,
      };
    case 6:
      return {
        ...named,
        messages: [
          { role: 'user', content: blanks(prompt) },
          { role: 'assistant', content: example.completion },
        ],
      };
    case 7: {
      const [before, behind] = draw.of(CHATS);
      return { ...named, prompt: `${before}${blanks(prompt)}${behind}`, completion: blanks(example.completion) };
    }
    default:
      return { completion: blanks(example.completion), ...named, prompt: blanks(prompt) };
  }
}

function encoded(rows: readonly Record<string, unknown>[], draw: Draw): Buffer {
  const end = draw.of(['\n', '\r\n', '\n\n', '\n \n']);
  const text = draw.of([
    () => rows.map((row) => JSON.stringify(row)).join(end) + draw.of(['', end]),
    () => JSON.stringify(rows),
    () => `\n${JSON.stringify(rows, null, draw.of([1, 4, '\t']))}\n`,
  ])();
  const bytes = draw.of([
    () => Buffer.from(text),
    () => Buffer.from(`\ufeff${text}`),
    () => Buffer.from(`\ufeff${text}`, 'utf16le'),
    () => Buffer.from(`\ufeff${text}`, 'utf16le').swap16(),
    () => Buffer.from(text, 'utf16le'),
  ])();
  return draw.of([() => bytes, () => bytes, () => zlib.gzipSync(bytes), () => zlib.zstdCompressSync(bytes)])();
}

/** Counts of variants by kind, and of their rows. */
export interface VariantCounts {
  readonly kinds: Map<string, number>;
  rows: number;
}

/**
 * Reads good rows in another form.
 * @param folder for files
 * @throws Error where examples or verdicts differ from those of the plain form
 */
export async function readVariant(seed: number, index: number, folder: string, counts: VariantCounts): Promise<void> {
  const draw = new Draw(seed, index);
  const plain = plainRows(draw, seed, index);
  const expected = await readText(plain.map((row) => `${JSON.stringify(row)}\n`).join(''));
  deepStrictEqual(expected.examples, plain);
  let found: Read;
  let kind: string;
  if (index % 10 === 0) {
    kind = 'parquet';
    const path = join(folder, 'rows.parquet');
    const codec = draw.of(['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'BROTLI', 'ZSTD'] as const);
    const texts = draw.coin();
    parquetWriteFile({
      filename: path,
      codec,
      compressors: {
        GZIP: (bytes) => new Uint8Array(zlib.gzipSync(bytes)),
        BROTLI: (bytes) => new Uint8Array(zlib.brotliCompressSync(bytes)),
        ZSTD: (bytes) => new Uint8Array(zlib.zstdCompressSync(bytes)),
      },
      rowGroupSize: draw.of([1, 2, 100]),
      columnData: [
        ...(draw.coin()
          ? [{ name: 'id', data: plain.map(({ id }) => id), type: 'STRING' as const }]
          : [{ name: 'id', data: plain.map(({ id }) => BigInt(id)), type: 'INT64' as const }]),
        { name: 'generator', data: plain.map(({ generator }) => generator), type: 'STRING' },
        { name: 'size', data: plain.map(({ size }) => size), type: draw.of(['INT32', 'DOUBLE'] as const) },
        ...(texts
          ? [{ name: 'text', data: plain.map((row) => `${row.prompt} ${row.completion}`), type: 'STRING' as const }]
          : [
              { name: 'completion', data: plain.map(({ completion }) => completion), type: 'STRING' as const },
              { name: 'prompt', data: plain.map(({ prompt }) => prompt), type: 'STRING' as const },
            ]),
      ],
    });
    found = await read(path);
  } else if (index % 10 === 1) {
    // Text lines name nothing: the generator is an option, the ids are numbers of rows.
    kind = 'lines';
    const lines = plain.map((row) => (draw.coin() ? searchformerText(row) : `${row.prompt} ${row.completion}`));
    const named = plain.map((row, i) => ({ ...row, id: `row-${i + 1}`, generator: 'dfs' }));
    found = await readText(lines.join(draw.of(['\n', '\r\n', '\n\n'])), { size: plain[0].size, generator: 'dfs' });
    deepStrictEqual(found.examples, named, `variant ${index}`);
    found = { ...found, examples: plain };
  } else {
    kind = 'json';
    const bytes = encoded(
      plain.map((row) => otherForm(row, draw)),
      draw,
    );
    const piece = draw.of([7, 1000, 1 << 20]);
    if (draw.coin()) found = await read('-', { stdin: stream(bytes, piece) });
    else {
      writeFileSync(join(folder, 'rows'), bytes);
      found = await read(join(folder, 'rows'));
    }
  }
  deepStrictEqual(found, expected, `variant ${index}`);
  counts.kinds.set(kind, (counts.kinds.get(kind) ?? 0) + 1);
  counts.rows += plain.length;
}
