// What is in a runs directory, what may be swept, and how finished cells travel between machines.
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from 'tar';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../src/base/hash.ts';
import { exportCells, mergeCells } from '../../src/work/cell-archive.ts';
import { listCells, sweep, sweepable } from '../../src/work/cells.ts';
import { FolderStore } from '../../src/work/folder-store.ts';
import { folderOf, hashOf } from '../../src/work/key.ts';
import type { CellKey } from '../../src/work/key.ts';
import { takeLease } from '../../src/work/lease.ts';
import { readStudyCells, writeStudyCells } from '../../src/work/study-cells.ts';
import type { StudyCells } from '../../src/work/study-cells.ts';

let folder: string;
let root: string;
let there: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-cells-'));
  root = join(folder, 'runs');
  there = join(folder, 'elsewhere/runs');
  file = join(folder, 'cells.tar.gz');
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const key = (seed: number): CellKey => ({
  kind: 'train',
  version: 1,
  config: { seed },
  inputs: {},
  core: null,
  numeric_version: 1,
});
const OUTPUTS = [
  { pattern: /^model$/, exact: true },
  { pattern: /^log$/, exact: false },
];
const path = (seed: number, at = root): string => join(at, 'cells', folderOf(key(seed)));

async function finish(seed: number, at = root, model = `weights ${seed}`, log = 'times'): Promise<string> {
  const lease = await new FolderStore(at).lease(key(seed));
  writeFileSync(join(lease.directory, 'model'), model);
  writeFileSync(join(lease.directory, 'log'), log);
  await lease.commit(OUTPUTS, [], {}, 2);
  lease.release();
  return hashOf(key(seed));
}
async function begin(seed: number, at = root): Promise<void> {
  const lease = await new FolderStore(at).lease(key(seed));
  writeFileSync(join(lease.directory, 'state'), 'state');
  await lease.stop(1);
  lease.release();
}
const study = (cells: Record<string, string>, config = 'a'): StudyCells => ({
  format: 1,
  study: 'quick',
  config_hash: sha256(config),
  cells,
});
const name = (cells: Record<string, string>, at = root): Promise<void> => writeStudyCells(at, study(cells));

describe('the cells of a study', () => {
  it('are written and read', async () => {
    expect(await readStudyCells(root, 'quick')).toBeUndefined();
    await name({ train: sha256('x') });
    expect(await readStudyCells(root, 'quick')).toEqual(study({ train: sha256('x') }));
  });

  it('of another configuration are refused with both hashes, or replaced', async () => {
    await name({});
    await expect(writeStudyCells(root, study({}, 'b'))).rejects.toThrow(
      `there is a study of this name with another configuration; expected ${sha256('a').slice(0, 12)}, got ${sha256('b').slice(0, 12)} (hint: give the study another name, or --replace)`,
    );
    await writeStudyCells(root, study({}, 'b'), true);
    expect((await readStudyCells(root, 'quick'))?.config_hash).toBe(sha256('b'));
  });

  it.each(['{', 'null', '{"format":1}', '{"format":1,"study":"other","config_hash":"x","cells":{}}'])(
    'that are damaged are named: %s',
    async (text) => {
      mkdirSync(join(root, 'quick'), { recursive: true });
      writeFileSync(join(root, 'quick/cells.json'), text);
      await expect(readStudyCells(root, 'quick')).rejects.toMatchObject({ kind: 'damaged_artifact' });
      // Which cells it named is unknown: nothing may be swept.
      await expect(sweepable(root)).rejects.toMatchObject({ kind: 'damaged_artifact' });
    },
  );

  it('of a study of 0.1.0 are refused', async () => {
    mkdirSync(join(root, 'quick/cells'), { recursive: true });
    writeFileSync(join(root, 'quick/manifest.json'), '{"tracelab":"0.1.0","kind":"study"}');
    await expect(name({})).rejects.toMatchObject({ code: 'RUN_OLD_FORMAT' });
    expect(await listCells(root)).toEqual([]);
  });
});

it.runIf(process.platform === 'linux')('lists cells with state, size and studies', async () => {
  expect(await listCells(root)).toEqual([]);
  await name({ one: await finish(1), again: hashOf(key(1)) });
  await begin(2);
  await finish(3);
  writeFileSync(join(path(3), 'done.json'), '{');
  const used = await new FolderStore(root).lease(key(4));
  const byFolder = new Map((await listCells(root)).map((entry) => [entry.folder, entry]));
  expect(byFolder.get(folderOf(key(1)))).toMatchObject({
    hash: hashOf(key(1)),
    kind: 'train',
    state: 'finished',
    seconds: 2,
    studies: ['quick'],
  });
  expect(byFolder.get(folderOf(key(1)))?.bytes).toBeGreaterThan('weights 1times'.length);
  expect(byFolder.get(folderOf(key(2)))).toMatchObject({ state: 'unfinished', seconds: 1, studies: [] });
  expect(byFolder.get(folderOf(key(3)))).toMatchObject({ state: 'damaged' });
  expect(byFolder.get(folderOf(key(4)))).toMatchObject({ state: 'in use', hash: hashOf(key(4)) });
  expect(byFolder.get(folderOf(key(4)))?.owner).toContain(`process ${process.pid} on`);
  used.release();
});

describe.runIf(process.platform === 'linux')('what may be swept', () => {
  const found = async (unfinished = false): Promise<Record<string, string>> =>
    Object.fromEntries((await sweepable(root, { unfinished })).sweeps.map((each) => [each.path, each.why]));

  it('is what no study names, what is damaged, and what killed processes left', async () => {
    await name({ one: await finish(1), damaged: await finish(3) });
    await finish(2);
    appendFileSync(join(path(3), 'model'), '!');
    await begin(4);
    writeFileSync(join(path(1), 'resume'), '');
    writeFileSync(join(path(4), '.x.0b9b0e42-1a2b-4c3d-8e9f-001122334455.tmp'), '');
    mkdirSync(join(root, 'cells/.trash-1'));
    mkdirSync(join(root, '.merge-1'));
    const left = 'left by a process that was killed';
    const expected = {
      [path(2)]: 'no study names it',
      [path(3)]: 'damaged',
      [join(path(1), 'resume')]: left,
      [join(path(4), '.x.0b9b0e42-1a2b-4c3d-8e9f-001122334455.tmp')]: left,
      [join(root, 'cells/.trash-1')]: left,
      [join(root, '.merge-1')]: left,
    };
    expect(await found()).toEqual(expected);
    expect((await found(true))[path(4)]).toBe('unfinished');
    const { sweeps } = await sweepable(root);
    expect(await sweep(root, sweeps)).toHaveLength(sweeps.length);
    expect(await found()).toEqual({});
    expect(readdirSync(join(root, 'cells')).sort()).toEqual([folderOf(key(1)), folderOf(key(4))].sort());
    expect(await new FolderStore(root).finished(key(1))).toBeDefined();
  });

  it('is nothing that a living owner has, and no finished cell as long as anyone works', async () => {
    await finish(1);
    const cell = await new FolderStore(root).lease(key(2));
    writeFileSync(join(cell.directory, '.x.0b9b0e42-1a2b-4c3d-8e9f-001122334455.tmp'), '');
    expect(await sweepable(root, { unfinished: true })).toEqual({ sweeps: [], working: [path(2)] });
    cell.release();
    await name({});
    const running = await takeLease(join(root, 'quick'));
    expect((await found())[path(1)]).toBeUndefined();
    running.release();
    expect((await found())[path(1)]).toBe('no study names it');
  });

  it('is not deleted once somebody has taken it', async () => {
    await begin(1);
    const { sweeps } = await sweepable(root, { unfinished: true });
    const lease = await new FolderStore(root).lease(key(1));
    expect(await sweep(root, sweeps)).toEqual([]);
    expect(existsSync(join(path(1), 'state'))).toBe(true);
    lease.release();
    expect(await sweep(root, sweeps)).toHaveLength(1);
  });
});

describe('an archive', () => {
  it('carries cells and the studies that name them, and is merged twice without a change', async () => {
    await name({ one: await finish(1), two: await finish(2) });
    await finish(3);
    writeFileSync(join(root, 'quick/report.html'), 'report');
    expect(await exportCells(root, [hashOf(key(1)), hashOf(key(2))], file)).toEqual({ cells: 2, studies: ['quick'] });
    const folders = [folderOf(key(1)), folderOf(key(2))].sort();
    expect(await mergeCells(there, file)).toEqual({ cells: folders, known: [], studies: ['quick'] });
    expect(await mergeCells(there, file)).toEqual({ cells: [], known: folders, studies: ['quick'] });
    expect(readFileSync(join(there, 'quick/report.html'), 'utf8')).toBe('report');
    expect(await readStudyCells(there, 'quick')).toEqual(await readStudyCells(root, 'quick'));
    expect(readdirSync(there).sort()).toEqual(['cells', 'quick']);
    for (const seed of [1, 2]) {
      const [a, b] = [
        await new FolderStore(root).finished(key(seed)),
        await new FolderStore(there).finished(key(seed)),
      ];
      expect({ ...b, directory: '' }).toEqual({ ...a, directory: '' });
    }
  });

  it('of two shards joins the list of cells, and keeps what is there where only times differ', async () => {
    await name({ data: await finish(1), one: await finish(2) });
    await name({ data: await finish(1, there, undefined, 'other times'), two: await finish(3, there) }, there);
    await exportCells(root, [hashOf(key(1)), hashOf(key(2))], file);
    expect(await mergeCells(there, file)).toMatchObject({ known: [folderOf(key(1))] });
    expect((await readStudyCells(there, 'quick'))?.cells).toEqual({
      data: hashOf(key(1)),
      one: hashOf(key(2)),
      two: hashOf(key(3)),
    });
    expect(readFileSync(join(path(1, there), 'log'), 'utf8')).toBe('other times');
  });

  it('takes the place of an unfinished cell, unless somebody works on it', async () => {
    await exportCells(root, [await finish(1)], file);
    await begin(1, there);
    const lease = await new FolderStore(there).lease(key(1));
    await expect(
      mergeCells(there, file, { patienceSeconds: 0, periodSeconds: 0.2, beatSeconds: 0.05 }),
    ).rejects.toMatchObject({
      code: 'CELL_IN_USE',
    });
    lease.release();
    expect(await mergeCells(there, file)).toMatchObject({ cells: [folderOf(key(1))] });
    expect(await new FolderStore(there).finished(key(1))).toBeDefined();
  });

  it.each([
    ['another result of a cell', 'CELL_DIFFERS', () => finish(1, there, 'other weights')],
    ['another configuration of a study', 'STUDY_OTHER', () => writeStudyCells(there, study({}, 'b'))],
    ['another cell of a task', 'STUDY_OTHER', () => name({ one: sha256('other') }, there)],
  ])('is refused where there is %s, and changes nothing', async (_, code, prepare) => {
    await name({ one: await finish(1), two: await finish(2) });
    await exportCells(root, [hashOf(key(1)), hashOf(key(2))], file);
    await prepare();
    const before = readdirSync(there, { recursive: true }).sort();
    await expect(mergeCells(there, file)).rejects.toMatchObject({ code, kind: 'refused_input' });
    expect(readdirSync(there, { recursive: true }).sort()).toEqual(before);
  });

  it('that is cut or changed anywhere is refused, and changes nothing', async () => {
    await exportCells(root, [await finish(1), await finish(2)], file);
    const bytes = readFileSync(file);
    for (let step = 0; step < 40; step++) {
      const at = Math.floor((bytes.length * step) / 40);
      // The header of gzip (bytes 4 to 9: time and system) says nothing of the content.
      const flipped = Buffer.from(bytes);
      flipped[at] ^= 1;
      for (const damaged of at >= 4 && at < 10 ? [bytes.subarray(0, at)] : [bytes.subarray(0, at), flipped]) {
        writeFileSync(file, damaged);
        await expect(mergeCells(there, file), `byte ${at}`).rejects.toMatchObject({ kind: 'damaged_artifact' });
        expect(existsSync(there)).toBe(false);
      }
    }
  });

  it.each([
    ['a path out of the folder', '../evil'],
    ['a hidden folder', '.merge-x/evil'],
    ['a file in a cell that its record does not know', 'cell'],
  ])('with %s is refused', async (_, where) => {
    await finish(1);
    writeFileSync(join(folder, 'evil'), '');
    if (where === 'cell') writeFileSync(join(path(1), 'evil'), '');
    if (where.startsWith('.merge')) {
      mkdirSync(join(root, '.merge-x'));
      writeFileSync(join(root, where), '');
    }
    const entries = ['cells', ...(where === 'cell' ? [] : [where])];
    await create({ file, gzip: true, cwd: root, preservePaths: true, filter: (at) => !at.includes('.lease') }, entries);
    await expect(mergeCells(there, file)).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED', kind: 'damaged_artifact' });
    expect(existsSync(there)).toBe(false);
  });

  it('is not made of what is not finished, or damaged, or nothing', async () => {
    await begin(1);
    await finish(2);
    appendFileSync(join(path(2), 'model'), '!');
    for (const hashes of [[hashOf(key(1))], [hashOf(key(9))], []])
      await expect(exportCells(root, hashes, file)).rejects.toMatchObject({ code: 'CELL_MISSING' });
    await expect(exportCells(root, [hashOf(key(2))], file)).rejects.toMatchObject({ code: 'CELL_DAMAGED' });
    expect(existsSync(file)).toBe(false);
    await expect(mergeCells(there, file)).rejects.toMatchObject({ code: 'FILE_MISSING' });
  });
});
