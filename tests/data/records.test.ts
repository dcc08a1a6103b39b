// One reader for other people's files: the same rows whatever holds them. Small files that were refused or judged
// wrongly before, and other forms of good rows.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import zlib from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { read, readText } from './reading.ts';
import { readVariant, type VariantCounts } from './variants.ts';

vi.setConfig({ testTimeout: 300_000 });

const CASES = join(import.meta.dirname, 'cases');
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-records-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

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

it('other forms of good rows give the same dataset and the same verdicts', async () => {
  // `npm run foreign-files` reads thousands.
  const variants = 400;
  const counts: VariantCounts = { kinds: new Map(), rows: 0 };
  for (let index = 0; index < variants; index++) await readVariant(19, index, folder, counts);
  const kinds = [...counts.kinds].map(([kind, count]) => `${count} ${kind}`).join(', ');
  process.stdout.write(`${variants} variants of ${counts.rows} good rows read equal (${kinds})\n`);
  expect(counts.kinds).toEqual(
    new Map([
      ['parquet', variants / 10],
      ['lines', variants / 10],
      ['json', 0.8 * variants],
    ]),
  );
});
