// A cell is named by its key, finished once, and never taken for another.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Cell } from '../../src/run/cell.ts';
import type { CellKey } from '../../src/run/cell.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-cell-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const KEY: CellKey = {
  kind: 'training',
  config: { lr: 0.1, epochs: 2 },
  inputs: { train: 'aa' },
  core: { module_sha256: 'bb', kernel_path: 'fused' },
  numeric_version: 1,
};
const cell = (key: CellKey = KEY): Cell<{ steps: number }> => Cell.inside(folder, 'train-correct', key);

async function fill(files: Record<string, string>, seconds: number, deterministic = ['model']): Promise<void> {
  const one = cell();
  await one.start();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(one.directory, name), text);
  await one.finish(
    { deterministic, timed: Object.keys(files).filter((name) => !deterministic.includes(name)), summary: { steps: 5 } },
    seconds,
  );
}

it('has a readable name that depends on every part of the key and not on key order', () => {
  expect(basename(cell().directory)).toMatch(/^train-correct-[0-9a-f]{12}$/);
  const changes: Partial<CellKey>[] = [
    { kind: 'evaluation' },
    { config: { lr: 0.2, epochs: 2 } },
    { inputs: { train: 'ab' } },
    { core: null },
    { numeric_version: 2 },
    { core: { module_sha256: 'bc', kernel_path: 'fused' } },
    { core: { module_sha256: 'bb', kernel_path: 'portable' } },
  ];
  const hashes = changes.map((change) => cell({ ...KEY, ...change }).hash);
  expect(new Set([...hashes, cell().hash]).size).toBe(changes.length + 1);
  expect(cell({ ...KEY, config: { epochs: 2, lr: 0.1 } }).hash).toBe(cell().hash);
});

it('is finished only after finish, and gives the summary back', async () => {
  expect(await cell().finished()).toBeUndefined();
  await cell().start();
  expect(await cell().finished()).toBeUndefined();
  await fill({ model: 'weights', metrics: 'times' }, 3);
  expect(await cell().finished()).toMatchObject({ summary: { steps: 5 }, seconds: 3, hash: cell().hash });
});

it('has a result that times do not change and weights do', async () => {
  const results: (string | undefined)[] = [];
  for (const files of [
    { model: 'w', metrics: '1 s' },
    { model: 'w', metrics: '2 s' },
    { model: 'v', metrics: '1 s' },
  ]) {
    await fill(files, 1);
    results.push((await cell().finished())?.result);
  }
  expect(results[0]).toBe(results[1]);
  expect(results[0]).not.toBe(results[2]);
});

it('adds up the working time of stopped starts', async () => {
  const first = cell();
  await first.start();
  await first.stop(10);
  const second = cell();
  await second.start();
  await second.stop(5);
  await fill({ model: 'w' }, 2);
  expect((await cell().finished())?.seconds).toBe(17);
});

it('refuses an output that was changed, cut or removed, and says how to recover', async () => {
  await fill({ model: 'weights', metrics: 'x' }, 1);
  const path = join(cell().directory, 'model');
  writeFileSync(path, 'weight');
  await expect(cell().finished()).rejects.toMatchObject({
    code: 'CELL_DAMAGED',
    kind: 'damaged_artifact',
    where: path,
  });
  await expect(cell().finished()).rejects.toThrow(`(hint: delete ${cell().directory} to compute it again)`);
  rmSync(path);
  await expect(cell().finished()).rejects.toThrow('got no file');
});

it('is not finished while it is being made again', async () => {
  await fill({ model: 'weights' }, 1);
  await cell().start();
  expect(await cell().finished()).toBeUndefined();
});

it.each(['null', '{"hash": "cu', '{}', '[]', '{"hash": 1}', '"done"'])(
  'refuses a damaged mark of the end, %s, and says how to recover',
  async (text) => {
    await fill({ model: 'weights' }, 1);
    const path = join(cell().directory, 'done.json');
    writeFileSync(path, text);
    await expect(cell().finished()).rejects.toMatchObject({
      code: 'CELL_DAMAGED',
      kind: 'damaged_artifact',
      where: path,
    });
    await expect(cell().finished()).rejects.toThrow(`(hint: delete ${cell().directory} to compute it again)`);
  },
);

it.each(['result', 'seconds', 'outputs', 'summary'])('refuses a mark of the end without its %s', async (name) => {
  await fill({ model: 'weights' }, 1);
  const path = join(cell().directory, 'done.json');
  writeFileSync(path, JSON.stringify({ ...(JSON.parse(readFileSync(path, 'utf8')) as object), [name]: undefined }));
  await expect(cell().finished()).rejects.toMatchObject({ code: 'CELL_DAMAGED', where: path });
});

it('refuses a folder that holds another cell, finished or begun, and names the settings that differ', async () => {
  const key = { ...KEY, config: { lr: 0.2, epochs: 2, seed: 1 } };
  await fill({ model: 'w' }, 1);
  const other = new Cell(cell().directory, key);
  const message = `error[CELL_OTHER] ${cell().directory}: holds the result of other settings (config.lr, config.seed); expected ${other.hash.slice(0, 12)}, got ${cell().hash.slice(0, 12)} (hint: give another directory)`;
  await expect(other.finished()).rejects.toThrow(message);
  rmSync(join(cell().directory, 'done.json'));
  expect(await other.finished()).toBeUndefined();
  await expect(other.start()).rejects.toThrow(message);
});
