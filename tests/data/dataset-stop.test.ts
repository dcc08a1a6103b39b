// Making a dataset in pieces: the main thread is free between them, progress is reported, a stop leaves no file behind.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DataConfig, type DatasetHooks, readExamples, writeDataset } from '../../src/data/dataset.ts';

const CONFIG: DataConfig = {
  domain: 'maze',
  generator: 'wilson',
  size: 6,
  train: 12,
  dev: 4,
  test: 5,
  test_in_distribution: 5,
  distributions: ['wilson', 'dfs'],
  drunkard_coverage: 0.5,
  seed: 5,
};
const TOTAL = 12 + 4 + 2 * 5;

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'tracelab-dataset-stop-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const newFolder = (): Promise<string> => mkdtemp(join(root, 'case-'));

/** Bytes of every file of a folder, hidden ones too. */
async function contents(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder)).sort();
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), 'latin1')] as const)),
  );
}

/** A clock by which every item takes longer than a piece: there is a pause after each. */
function slowClock(): NonNullable<DatasetHooks['clock']> {
  let now = 0;
  return { seconds: () => (now += 1) };
}

describe('a dataset made in pieces', () => {
  it('has the same bytes as one that is made without a pause', async () => {
    const [paused, whole] = [await newFolder(), await newFolder()];
    const stopped = { seconds: () => 0 };
    const manifest = await writeDataset(paused, CONFIG, { clock: slowClock() });
    expect(await writeDataset(whole, CONFIG, { clock: stopped })).toEqual(manifest);
    expect(await contents(paused)).toEqual(await contents(whole));
  });

  it('reports how far it is, from the first draw to the last row', async () => {
    const told: [number, string][] = [];
    const folder = await newFolder();
    await writeDataset(folder, CONFIG, {
      clock: slowClock(),
      progress: (share, words) => {
        told.push([share, words]);
      },
    });
    const shares = told.map(([share]) => share);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    // The first training maze of this seed is the second draw; 29 of 48 draws are training mazes.
    expect(told.at(0)).toEqual([0, `drawn 0/${TOTAL}`]);
    const draws = 12 / (29 / 48) + 4 * 16 + 10 * 3;
    const trained = told.find(([, words]) => words === `drawn 12/${TOTAL}`);
    expect(trained?.[0]).toBeCloseTo(12 / (29 / 48) / (2 * draws), 12);
    expect(told).toContainEqual([0.5, `drawn ${TOTAL}/${TOTAL}`]);
    expect(told).toContainEqual([(TOTAL + 3) / (2 * TOTAL), 'train.jsonl 3/12']);
    expect(told).toContainEqual([(TOTAL + 12 + 4 + 2) / (2 * TOTAL), 'test-wilson.jsonl 2/5']);
    expect(told.at(-1)).toEqual([1, 'test-dfs.jsonl 5/5']);
  });

  it('hears a stop that comes from the event loop at its first pause', async () => {
    const stop = new AbortController();
    const told: string[] = [];
    const folder = await newFolder();
    setImmediate(() => {
      stop.abort();
    });
    const made = await writeDataset(folder, CONFIG, {
      clock: slowClock(),
      signal: stop.signal,
      progress: (_, words) => {
        told.push(words);
      },
    });
    expect(made).toBeNull();
    expect(told).toEqual([`drawn 0/${TOTAL}`]);
  });
});

describe('a dataset that is stopped', () => {
  /** Makes it until a progress begins with these words. */
  async function stopAt(words: string, folder: string): Promise<unknown> {
    const stop = new AbortController();
    return writeDataset(folder, CONFIG, {
      clock: slowClock(),
      signal: stop.signal,
      progress: (_, text) => {
        if (text.startsWith(words)) stop.abort();
      },
    });
  }

  it('before it begins touches nothing', async () => {
    const folder = join(await newFolder(), 'new');
    expect(await writeDataset(folder, CONFIG, { signal: AbortSignal.abort() })).toBeNull();
    await expect(readdir(folder)).rejects.toThrow('ENOENT');
  });

  it('while it draws leaves an older dataset as it is', async () => {
    const folder = await newFolder();
    await writeDataset(folder, { ...CONFIG, seed: 6 });
    const before = await contents(folder);
    expect(await stopAt('drawn 9/', folder)).toBeNull();
    expect(await contents(folder)).toEqual(before);
    expect(await readExamples(join(folder, 'train.jsonl'))).toHaveLength(12);
  });

  it.each(['train.jsonl 1/', 'train.jsonl 12/', 'dev.jsonl 2/', 'test-wilson.jsonl 1/', 'test-dfs.jsonl 5/'])(
    'at %s leaves no file, and makes the whole one when called again',
    async (words) => {
      const folder = await newFolder();
      expect(await stopAt(words, folder)).toBeNull();
      expect(await readdir(folder)).toEqual([]);
      expect(await writeDataset(folder, CONFIG)).toMatchObject({ format: 1, config: CONFIG });
      expect(await readExamples(join(folder, 'test-dfs.jsonl'))).toHaveLength(5);
    },
  );

  it('while it replaces an older one leaves no list of files that vouches for a mixture', async () => {
    const folder = await newFolder();
    await writeDataset(folder, { ...CONFIG, seed: 6 });
    expect(await stopAt('dev.jsonl 2/', folder)).toBeNull();
    const left = await readdir(folder);
    expect(left).not.toContain('dataset.json');
    expect(left).not.toContain('train.jsonl');
    expect(left.filter((name) => name.includes('tmp'))).toEqual([]);
  });
});
