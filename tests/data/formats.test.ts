// Datasets in other forms: each holds the same mazes and traces, and its card says what is true.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { hashFile } from '../../src/base/hash.ts';
import { type Card, cardText } from '../../src/data/card.ts';
import type { OtherFormat } from '../../src/data/data-format.ts';
import { cardOf, type DataConfig, readExamples, writeDataset } from '../../src/data/dataset.ts';
import { convertFile } from '../../src/data/convert.ts';
import { readExamplesOf } from '../../src/data/records.ts';
import { writeFormat } from '../../src/data/formats.ts';
import { ParquetTable } from '../../src/data/parquet.ts';
import { parsePrompt } from '../../src/domain/maze/grammar.ts';
import { readPrompt } from '../../src/domain/maze/interchange/prompt.ts';
import { completionOfSearchformer } from '../../src/domain/maze/interchange/searchformer.ts';
import type { Example } from '../../src/domain/types.ts';

const CONFIG: DataConfig = {
  domain: 'maze',
  generator: 'wilson',
  size: 6,
  train: 30,
  dev: 5,
  test: 8,
  test_in_distribution: 8,
  distributions: ['wilson', 'drunkard'],
  drunkard_coverage: 0.5,
  seed: 9,
};

let root: string;
let examples: Example[];
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'tracelab-formats-'));
  const manifest = await writeDataset(root, CONFIG);
  examples = await readExamples(join(root, 'train.jsonl'));
  for (const format of ['text', 'searchformer', 'ascii', 'parquet'] as const)
    expect(await writeFormat(root, format, cardOf(manifest))).toBe(join(root, format));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const linesOf = async (path: string): Promise<string[]> =>
  (await readFile(join(root, path), 'utf8')).trimEnd().split('\n');

describe('every form holds the same', () => {
  it('text: prompt and completion in one field', async () => {
    const rows = (await linesOf('text/train.jsonl')).map((line) => JSON.parse(line) as unknown);
    expect(rows).toEqual(examples.map(({ prompt, completion }) => ({ text: `${prompt} ${completion}` })));
  });

  it('searchformer: other words, the same trace and plan', async () => {
    for (const [i, line] of (await linesOf('searchformer/train.txt')).entries()) {
      expect(line).not.toMatch(/query|reasoning|solution|end/);
      const { problem, end } = readPrompt(line, 6, String);
      expect({ generator: 'wilson', ...problem }).toEqual(parsePrompt(examples[i].prompt, 6, 'wilson'));
      expect(completionOfSearchformer(problem, line.slice(end))).toBe(examples[i].completion);
    }
  });

  it('ascii: pictures', async () => {
    const read: Example[] = [];
    for await (const { example } of readExamplesOf(join(root, 'ascii/train.txt'))) read.push(example);
    expect(read.map(({ prompt, completion }) => ({ prompt, completion }))).toEqual(
      examples.map(({ prompt, completion }) => ({ prompt, completion })),
    );
  });

  it('parquet: the same rows', async () => {
    const table = await ParquetTable.open(join(root, 'parquet/train.parquet'));
    expect(await table.rows(0, 30, ['id', 'generator', 'size', 'prompt', 'completion'])).toEqual(examples);
  });
});

describe('the card beside a dataset', () => {
  it.each<[OtherFormat | '.', string, string]>([
    ['.', 'jsonl', 'jsonl'],
    ['text', 'jsonl', 'jsonl'],
    ['searchformer', 'txt', 'txt'],
    ['ascii', 'txt', 'txt'],
    ['parquet', 'parquet', 'parquet'],
  ])('%s', async (folder, extension) => {
    const card = await readFile(join(root, folder, 'README.md'), 'utf8');
    const rows = card
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .map((line) => line.split(' | '));
    const names = (await readdir(join(root, folder))).filter((name) => name.endsWith(`.${extension}`));
    expect(rows.map(([name]) => name.slice(3, -1)).sort()).toEqual(names.sort());
    for (const [name, generator, count, , , , , hash] of rows) {
      expect(hash).toBe(`\`${await hashFile(join(root, folder, name.slice(3, -1)))}\` |`);
      expect([generator, count]).toEqual([
        name.includes('drunkard') ? 'drunkard' : 'wilson',
        name.includes('train') ? '30' : name.includes('dev') ? '5' : '8',
      ]);
    }
    expect(card).toContain('Every maze is a function of the seed (9)');
    expect(card).toContain('Drunkard mazes are floor to 50 %.');
    const words = examples.map(({ completion }) => completion.split(' ').length);
    expect(card).toContain(
      ` | ${(words.reduce((a, b) => a + b) / words.length).toFixed(1)} / ${Math.max(...words)} | - | `,
    );
  });
});

describe('the header of the card, which the Hub reads', () => {
  const headerOf = (card: string): Record<string, unknown> => {
    const [before, header] = card.split(/^---$/m);
    expect(before).toBe('');
    return parse(header) as Record<string, unknown>;
  };

  it.each(['.', 'text', 'searchformer', 'parquet'])('%s: a split for each file', async (folder) => {
    const header = headerOf(await readFile(join(root, folder, 'README.md'), 'utf8'));
    const files = (await readdir(join(root, folder))).filter((name) => /^(train|dev|test-.*)\.[a-z]+$/.test(name));
    const named = (header.configs as { data_files: { split: string; path: string }[] }[])[0].data_files;
    expect(named.map(({ path }) => path).sort()).toEqual(files.sort());
    expect(named.map(({ split }) => split)).toEqual(['train', 'dev', 'test_wilson', 'test_drunkard']);
    expect(header).toMatchObject({
      task_categories: ['text-generation'],
      tags: ['tracelab', 'reasoning-traces', 'a-star', 'maze'],
      size_categories: ['n<1K'],
    });
  });

  it('ascii: none, as pictures are no rows', async () => {
    expect(headerOf(await readFile(join(root, 'ascii/README.md'), 'utf8'))).not.toHaveProperty('configs');
  });

  it('leaves out files without rows, and writes labels of others as splits', () => {
    const words = { mean: 1, min: 1, max: 1 };
    const file = { generator: 'a', count: 1500, sha256: '', prompt_words: words, completion_words: words };
    const files = { 'train.jsonl': { ...file, count: 0 }, 'test-their: maze #1.jsonl': file };
    const card = cardText({ domain: 'maze', mazes: '6x6', format: 'jsonl', files });
    expect(headerOf(card)).toMatchObject({
      size_categories: ['1K<n<10K'],
      configs: [{ data_files: [{ split: 'test_their__maze__1', path: 'test-their: maze #1.jsonl' }] }],
    });
  });
});

describe('pictures, converted', () => {
  const importMazes = async (file: string, generator: string, out: string): Promise<Card> =>
    (await convertFile(file, out, { split: 'test', generator })).card;

  it('solves pictures and writes a test set that can be read, with its card', async () => {
    const out = join(root, 'drawn');
    const card = await importMazes(join(root, 'ascii/train.txt'), 'wilson', out);
    const read = await readExamples(join(out, 'test-wilson.jsonl'));
    expect(read.map(({ prompt, completion }) => ({ prompt, completion }))).toEqual(
      examples.map(({ prompt, completion }) => ({ prompt, completion })),
    );
    expect(card).toMatchObject({
      mazes: '6x6',
      files: { 'test-wilson.jsonl': { count: 30, sha256: await hashFile(join(out, 'test-wilson.jsonl')) } },
    });
    expect(await readFile(join(out, 'README.md'), 'utf8')).toContain('The mazes are from elsewhere');
  });

  it('refuses a maze without a path, with its place, and writes nothing', async () => {
    const file = join(root, 'walled.txt');
    await writeFile(file, '####\n#SE#\n#  #\n####\n\n#####\n#S# #\n### #\n#  E#\n#####\n');
    await expect(importMazes(file, 'free', join(root, 'walled'))).rejects.toThrow(
      `error[NO_PATH] ${file}:6: the goal cannot be reached; expected a path from S to E, got none`,
    );
    await expect(importMazes(join(root, 'ascii/train.txt'), 'wilson', root)).rejects.toMatchObject({
      code: 'DATASET_HERE',
    });
    await writeFile(file, '\n');
    await expect(importMazes(file, 'free', join(root, 'walled'))).rejects.toMatchObject({ code: 'NO_ROWS' });
    expect(await readdir(root)).not.toContain('walled');
  });
});
