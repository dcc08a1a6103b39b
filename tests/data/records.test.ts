// One reader for other people's files: the same rows whatever holds them. Small files that were refused or judged
// wrongly before, and thousands of other forms of good rows.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import zlib from 'node:zlib';
import { parquetWriteFile } from 'hyparquet-writer';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { RandomSequence } from '../../src/base/random.ts';
import { type ExampleSettings, readExamplesOf } from '../../src/data/records.ts';
import { mazeRow } from '../../src/data/rows.ts';
import { solve } from '../../src/domain/maze/astar.ts';
import { generateProblem } from '../../src/domain/maze/generate.ts';
import { completionText, promptText } from '../../src/domain/maze/grammar.ts';
import { searchformerText } from '../../src/domain/maze/interchange/searchformer.ts';
import { GENERATORS } from '../../src/domain/maze/types.ts';
import { judge } from '../../src/domain/maze/verdict/judge.ts';
import type { Example, Verdict } from '../../src/domain/types.ts';

vi.setConfig({ testTimeout: 300_000 });

const CASES = join(import.meta.dirname, 'cases');
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-records-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Read {
  readonly examples: Example[];
  readonly verdicts: Verdict[];
  readonly refused: string[];
  readonly special: (string | undefined)[];
}

async function* stream(bytes: Uint8Array, piece = 1000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
}

async function read(file: string, settings: ExampleSettings = {}): Promise<Read> {
  const found: Read = { examples: [], verdicts: [], refused: [], special: [] };
  const refuse = ({ message }: Error): void => {
    found.refused.push(message);
  };
  for await (const { example, row } of readExamplesOf(file, { refuse, ...settings })) {
    const { problem, completion } = mazeRow(row, file);
    found.examples.push(example);
    found.verdicts.push(judge({ ...problem, generator: 'free' }, completion));
    found.special.push(row.special);
  }
  return found;
}

const readText = async (text: string | Uint8Array, settings: ExampleSettings = {}): Promise<Read> =>
  read('-', { stdin: stream(Buffer.from(text)), ...settings });

describe('small files that others sent', () => {
  const good = 'close 0 0 c0 c1 create 1 0 c1 c0 create 0 1 c1 c2 close 1 0 c1 c0 solution plan 0 0 plan 1 0 end';
  const row = { generator: 'free', size: 4, prompt: 'query start 0 0 goal 1 0 reasoning', completion: good };

  it.each([
    ['bom.jsonl', [{ id: 'a', ...row }]],
    ['number-id.jsonl', [{ id: '7', ...row }]],
    ['null-generator.jsonl', [{ id: 'a', ...row, generator: 'dfs' }]],
    ['unknown-generator.jsonl', [{ id: 'a', ...row, generator: 'cellular-automata' }]],
    ['chat-rows.jsonl', [{ id: 'row-1', ...row, generator: 'dfs' }]],
  ])('%s', async (name, examples) => {
    const found = await read(join(CASES, name), { generator: 'dfs' });
    expect(found).toMatchObject({ examples, refused: [] });
    expect(found.verdicts.every(({ exact, plan, format }) => exact && plan.optimal && format)).toBe(true);
  });

  it("Searchformer's order: the same words give the same verdict, whatever blanks are between them", async () => {
    const { examples, verdicts } = await read(join(CASES, 'searchformer-blanks.jsonl'));
    expect(examples.map(({ id }) => id)).toEqual([
      'one-space',
      'two-spaces-in-first-create',
      'line-per-record',
      'tabs',
    ]);
    for (const verdict of verdicts)
      expect(verdict).toMatchObject({ format: true, exact: true, strict: { valid: true }, plan: { optimal: true } });
    expect(new Set(examples.map(({ prompt, completion }) => `${prompt} ${completion}`)).size).toBe(1);
  });

  it('a completion that is null is refused as such', async () => {
    expect((await read(join(CASES, 'null-completion.jsonl'))).refused).toEqual([
      `error[ROW] ${join(CASES, 'null-completion.jsonl')}:1:1: \`completion\` is null; expected a text, a list of words, or a list with one message, got null (hint: leave the row out, or write its text)`,
    ]);
  });

  it('words of a tokenizer at the end are noticed', async () => {
    const { special, verdicts } = await read(join(CASES, 'decoded-with-specials.jsonl'));
    expect(special).toEqual(['<eos>', '<pad>']);
    expect(verdicts.some(({ plan }) => plan.valid)).toBe(false);
  });

  it('a picture with a blank behind it', async () => {
    const { examples, refused } = await read(join(CASES, 'pictures-trailing-blank.txt'));
    expect(refused).toEqual([]);
    expect(examples[0]).toMatchObject({ size: 3, prompt: 'query start 0 0 goal 2 0 wall 1 1 reasoning' });
    expect(examples[0].completion).toMatch(/ solution plan 0 0 plan 1 0 plan 2 0 end$/);
  });
});

describe("Searchformer's tokens", () => {
  const words = (text: string): string[] => text.split(' ');
  const [prompt, reasoning, plan] = [
    'start 0 0 goal 1 0 wall 0 1 wall 1 1',
    'create 0 0 c0 c1 close 0 0 c0 c1 create 1 0 c1 c0 close 1 0 c1 c0',
    'plan 0 0 plan 1 0',
  ];
  it.each([
    ['of a trace', { _id: 3, prompt: words(prompt), reasoning: words(reasoning), plan: words(plan) }],
    ['with its bos and eos', { _id: 3, prompt: `bos ${prompt} eos`, completion: `bos ${reasoning} ${plan} eos` }],
    ['in one text', { _id: 3, text: `bos ${prompt} eos bos ${reasoning} ${plan} eos` }],
  ])('%s', async (_, row) => {
    const { examples, verdicts, refused } = await readText(JSON.stringify(row), { size: 2 });
    expect(refused).toEqual([]);
    expect(examples[0].id).toBe('3');
    expect(verdicts[0]).toMatchObject({ format: true, exact: true, plan: { optimal: true } });
  });

  it('several rollouts in one row are refused', async () => {
    const { refused } = await readText(JSON.stringify({ prompt: words(prompt), rollouts: [words(plan)] }), { size: 2 });
    expect(refused).toEqual([
      'error[ROW] stdin:1:1: several completions in one row; expected one completion a row, got rollouts (hint: write one row for each)',
    ]);
  });
});

describe('what a file is', () => {
  const row = '{"size": 4, "prompt": "query start 0 0 goal 1 0 reasoning", "completion": "x"}';
  it.each([
    ['a zip archive', 'PK\x03\x04rest of it, long enough', 'got a zip archive (hint: unpack it first)'],
    ['a Parquet table', `PAR1${'\0'.repeat(20)}`, 'a Parquet table that is not a file of its own'],
    ['an array without its end', `[${row},\n${row}`, 'expected `]` at the end of the array, got the end of the file'],
    ['an array with a hole', `[${row},,${row}]`, 'stdin:2: not a valid JSON array; expected an element, got `,`'],
    ['more behind an array', `[${row}]\n${row}`, 'expected the end of the file, got more behind the array'],
  ])('%s is refused by its name', async (_, bytes, message) => {
    await expect(readText(Buffer.from(bytes, 'latin1'))).rejects.toThrow(message);
  });

  it('gzip that is cut short', async () => {
    const bytes = zlib.gzipSync(Buffer.from(`${row}\n`.repeat(1000)));
    await expect(readText(bytes.subarray(0, -20))).rejects.toMatchObject({ code: 'COMPRESSED_DAMAGED', exitCode: 2 });
  });

  it('an empty array and an empty file have no rows', async () => {
    for (const text of ['[]', ' [ ] \n', '', '\n\n']) expect((await readText(text)).examples).toEqual([]);
  });

  it('rows that cannot be read leave the others', async () => {
    const { examples, refused } = await readText(`${row}\n{"prompt": 1}\n\n${row}\n[1]\n`);
    expect(examples.map(({ id }) => id)).toEqual(['row-1', 'row-3']);
    expect(refused.map((message) => message.slice(0, 22))).toEqual([
      'error[ROW] stdin:2:1: ',
      'error[ROW] stdin:5:1: ',
    ]);
  });
});

/** Draws of one variant. */
class Draw {
  private readonly random: RandomSequence;
  constructor(index: number) {
    this.random = new RandomSequence(19, 0, index);
  }
  below = (n: number): number => this.random.below(n);
  coin = (): boolean => this.below(2) === 1;
  of = <T>(values: readonly T[]): T => values[this.below(values.length)];
}

const BLANKS = [' ', ' ', '  ', '\t', '\n', '\r\n', ' \f', '\v'];

/** Rows of one size, right and wrong. */
function plainRows(draw: Draw, index: number): Example[] {
  const size = 4 + draw.below(5);
  return Array.from({ length: 1 + draw.below(3) }, (_, i) => {
    const generator = draw.of(GENERATORS);
    const problem = generateProblem(generator, size, new RandomSequence(5, 0, 10 * index + i));
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
  switch (draw.below(8)) {
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

it('5,000 other forms of good rows give the same dataset and the same verdicts', async () => {
  const variants = 5000;
  let rows = 0;
  const kinds = new Map<string, number>();
  for (let index = 0; index < variants; index++) {
    const draw = new Draw(index);
    const plain = plainRows(draw, index);
    const expected = await readText(plain.map((row) => `${JSON.stringify(row)}\n`).join(''));
    expect(expected.examples).toEqual(plain);
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
      expect(found.examples, `variant ${index}`).toEqual(named);
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
    expect(found, `variant ${index}`).toEqual(expected);
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    rows += plain.length;
  }
  const counts = [...kinds].map(([kind, count]) => `${count} ${kind}`).join(', ');
  process.stdout.write(`${variants} variants of ${rows} good rows read equal (${counts})\n`);
  expect([...kinds.values()].reduce((sum, count) => sum + count, 0)).toBe(variants);
});
