// Dataset folders: what is written, what comes back, and what is refused.
import { copyFile, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashFile } from '../../src/base/hash.ts';
import { type DataConfig, readExamples, writeDataset } from '../../src/data/dataset.ts';
import { collectWalls, countWallsSeen } from '../../src/data/walls.ts';
import { parsePrompt } from '../../src/domain/maze/grammar.ts';
import type { Example } from '../../src/domain/types.ts';
import { judge } from '../../src/domain/maze/verdict/judge.ts';

const CONFIG: DataConfig = {
  domain: 'maze',
  generator: 'wilson',
  size: 6,
  train: 300,
  dev: 20,
  test: 30,
  test_in_distribution: 30,
  distributions: ['wilson', 'searchformer'],
  drunkard_coverage: 0.5,
  seed: 5,
};

let root: string;
let directory: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'tracelab-dataset-'));
  directory = join(root, 'data');
  await writeDataset(directory, CONFIG);
});
afterAll(() => rm(root, { recursive: true, force: true }));

const newFolder = (): Promise<string> => mkdtemp(join(root, 'case-'));

describe('writeDataset', () => {
  it('writes one file a set, a card, and dataset.json', async () => {
    expect((await readdir(directory)).sort()).toEqual([
      'README.md',
      'dataset.json',
      'dev.jsonl',
      'test-searchformer.jsonl',
      'test-wilson.jsonl',
      'train.jsonl',
    ]);
  });

  it('stores problems with their correct completions', async () => {
    for (const [file, generator, split, count] of [
      ['train', 'wilson', 'train', 300],
      ['dev', 'wilson', 'dev', 20],
      ['test-searchformer', 'searchformer', 'test', 30],
    ] as const) {
      const examples = await readExamples(join(directory, `${file}.jsonl`));
      expect(examples).toHaveLength(count);
      for (const { id, generator: name, size, prompt, completion } of examples) {
        expect([name, size]).toEqual([generator, 6]);
        expect(id).toMatch(new RegExp(`^${generator}-6-${split}-\\d+$`));
        expect(judge(parsePrompt(prompt, 6, name), completion)).toMatchObject({
          format: true,
          exact: true,
          plan: { optimal: true },
        });
      }
    }
  });

  it('describes each file in dataset.json', async () => {
    const manifest = JSON.parse(await readFile(join(directory, 'dataset.json'), 'utf8')) as {
      config: unknown;
      files: Record<string, Record<string, unknown>>;
    };
    expect(manifest.config).toEqual(CONFIG);
    expect(Object.keys(manifest.files)).toEqual([
      'train.jsonl',
      'dev.jsonl',
      'test-wilson.jsonl',
      'test-searchformer.jsonl',
    ]);
    const train = await readExamples(join(directory, 'train.jsonl'));
    const walls = collectWalls(train);
    const trained = new Set(train.map(({ prompt }) => prompt.split(' ').length));
    for (const [name, file] of Object.entries(manifest.files)) {
      const examples = await readExamples(join(directory, name));
      const words = examples.map(({ prompt, completion }) => [prompt.split(' ').length, completion.split(' ').length]);
      const lengths = (values: number[]): object => ({
        mean: values.reduce((a, b) => a + b) / values.length,
        min: Math.min(...values),
        max: Math.max(...values),
      });
      expect(file).toMatchObject({
        count: examples.length,
        sha256: await hashFile(join(directory, name)),
        prompt_words: lengths(words.map(([a]) => a)),
        completion_words: lengths(words.map(([, b]) => b)),
        example_words: lengths(words.map(([a, b]) => a + b)),
        walls_seen: name === 'train.jsonl' ? null : countWallsSeen(examples, walls).count,
        prompt_lengths_seen:
          name === 'train.jsonl' ? null : examples.filter(({ prompt }) => trained.has(prompt.split(' ').length)).length,
      });
    }
  });

  it('writes equal bytes for equal configs, over an older dataset too', async () => {
    const folder = await newFolder();
    await writeDataset(folder, { ...CONFIG, seed: 6, train: 10 });
    await writeDataset(folder, CONFIG);
    for (const name of await readdir(directory))
      expect(await readFile(join(folder, name))).toEqual(await readFile(join(directory, name)));
  });

  it('handles empty sets', async () => {
    const folder = await newFolder();
    const { files } = await writeDataset(folder, { ...CONFIG, train: 0, dev: 0, test: 2, distributions: ['free'] });
    expect(files['train.jsonl']).toMatchObject({ count: 0, completion_words: { mean: 0, max: 0 } });
    expect(await readExamples(join(folder, 'train.jsonl'))).toEqual([]);
  });

  it('refuses before it touches a file', async () => {
    const folder = await newFolder();
    await expect(writeDataset(folder, { ...CONFIG, generator: 'free', train: 5_000 })).rejects.toThrow(
      'expected at most 1,260, got 5,020 in all (train 5,000, dev 20)',
    );
    expect(await readdir(folder)).toEqual([]);
  });

  it('explains a folder that it cannot write to', async () => {
    await expect(writeDataset(join(directory, 'train.jsonl', 'data'), CONFIG)).rejects.toMatchObject({
      code: 'FILE_WRITE',
      // No other disk has a folder below a file.
      exitCode: 2,
    });
  });
});

describe('readExamples', () => {
  async function damagedCopy(change: (path: string) => Promise<void>, withManifest = true): Promise<string> {
    const folder = await newFolder();
    const path = join(folder, 'train.jsonl');
    await copyFile(join(directory, 'train.jsonl'), path);
    if (withManifest) await copyFile(join(directory, 'dataset.json'), join(folder, 'dataset.json'));
    await change(path);
    return path;
  }

  const firstRows = async (path: string, rows: number): Promise<void> => {
    const lines = (await readFile(path, 'utf8')).split('\n').slice(0, rows);
    await writeFile(path, `${lines.join('\n')}\n`);
  };

  it('refuses a file cut inside a row, with its line', async () => {
    const path = await damagedCopy(async (file) => truncate(file, (await readFile(file)).length - 30));
    await expect(readExamples(path)).rejects.toMatchObject({ code: 'JSONL_SYNTAX', where: `${path}:300`, exitCode: 3 });
  });

  it('refuses a file cut between two rows', async () => {
    const path = await damagedCopy((file) => firstRows(file, 299));
    await expect(readExamples(path)).rejects.toThrow(
      `error[DATASET_DAMAGED] ${path}: not the file that dataset.json describes; expected 300 rows, got 299 rows (hint: the file may be cut short; generate the dataset again)`,
    );
  });

  it('refuses a file with a changed row', async () => {
    const path = await damagedCopy(async (file) =>
      writeFile(file, (await readFile(file, 'utf8')).replace('create', 'close ')),
    );
    await expect(readExamples(path)).rejects.toMatchObject({ code: 'DATASET_DAMAGED', exitCode: 3 });
  });

  it('refuses an unreadable dataset.json instead of trusting the file', async () => {
    const path = await damagedCopy(async (file) => writeFile(join(file, '..', 'dataset.json'), '{"format": 2}'));
    await expect(readExamples(path)).rejects.toMatchObject({
      code: 'DATASET_DAMAGED',
      where: join(path, '..', 'dataset.json'),
    });
  });

  it('reads any part of a file that no dataset.json vouches for', async () => {
    const path = await damagedCopy((file) => firstRows(file, 7), false);
    expect(await readExamples(path)).toHaveLength(7);
  });

  const row: Example = {
    id: 'a',
    generator: 'free',
    size: 4,
    prompt: 'query start 0 0 goal 1 0 reasoning',
    completion: 'anything',
  };
  it.each([
    ['a number', 7, /:2:1: not a prompt/],
    ['a missing key', { ...row, size: undefined }, /:2:1: the size of the maze is not given/],
    ['an impossible size', { ...row, size: 101 }, /:2:\d+: impossible grid size; expected an integer in 1\.\.100/],
    [
      'a prompt off the grid',
      { ...row, prompt: 'query start 0 0 goal 4 0 reasoning' },
      /:2:\d+: not a coordinate of this grid; expected 0\.\.3, got `4`/,
    ],
  ])('refuses %s, with file and line', async (_, value, message) => {
    const path = join(await newFolder(), 'foreign.jsonl');
    await writeFile(path, `${JSON.stringify(row)}\n${JSON.stringify(value)}\n`);
    await expect(readExamples(path)).rejects.toThrow(message);
  });

  it('keeps the known keys of a foreign row', async () => {
    const path = join(await newFolder(), 'foreign.jsonl');
    await writeFile(path, JSON.stringify({ ...row, note: 'by hand' }));
    expect(await readExamples(path)).toEqual([row]);
  });

  it('says when there is no such file', async () => {
    await expect(readExamples(join(root, 'none.jsonl'))).rejects.toMatchObject({ code: 'FILE_MISSING', exitCode: 2 });
  });
});
