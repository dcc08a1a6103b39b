// Cells in plain folders: begun once, finished once, never taken for another, and damage is named.
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canonicalJson, sha256 } from '../../src/base/hash.ts';
import { noteWritten } from '../../src/base/written-files.ts';
import { FolderStore, SingleStore } from '../../src/work/folder-store.ts';
import { hashOf } from '../../src/work/key.ts';
import type { CellKey } from '../../src/work/key.ts';
import type { Finished } from '../../src/work/task.ts';

let root: string;
let store: FolderStore;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tracelab-store-'));
  store = new FolderStore(root, { patienceSeconds: 0 });
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

const KEY: CellKey = {
  kind: 'train',
  version: 1,
  config: { lr: 0.1, epochs: 2 },
  inputs: { train: 'aa' },
  core: { module_sha256: 'bb', kernel_path: 'fused' },
  numeric_version: 1,
};
const OUTPUTS = [
  { pattern: /^model$|^checkpoints\//g, exact: true },
  { pattern: /^metrics\.jsonl$/, exact: false },
];
const STATE = [/^resume\.[0-9]+$/];
const FILES = { model: 'weights', 'metrics.jsonl': 'times', 'checkpoints/step-2': 'early' };

function put(directory: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
}
async function finish(files: Readonly<Record<string, string>> = FILES, key = KEY): Promise<Finished> {
  const lease = await store.lease(key);
  put(lease.directory, files);
  const finished = await lease.commit(OUTPUTS, STATE, { steps: 5 }, 3);
  lease.release();
  return finished;
}
const cellPath = (name: string): string => join(store.path(KEY), name);

it('has a readable name that depends on every part of the key', () => {
  expect(store.path(KEY)).toBe(join(root, 'cells', `train-${hashOf(KEY).slice(0, 16)}`));
});

it('is finished only after commit, and gives the same record back', async () => {
  expect(await store.finished(KEY)).toBeUndefined();
  const lease = await store.lease(KEY);
  expect(await store.finished(KEY)).toBeUndefined();
  put(lease.directory, FILES);
  const finished = await lease.commit(OUTPUTS, STATE, { steps: 5 }, 3);
  lease.release();
  expect(finished).toEqual({
    hash: hashOf(KEY),
    result: sha256(
      canonicalJson([
        ['checkpoints/step-2', sha256('early')],
        ['model', sha256('weights')],
      ]),
    ),
    seconds: 3,
    outputs: Object.fromEntries(Object.entries(FILES).map(([path, text]) => [path, sha256(text)])),
    summary: { steps: 5 },
    directory: store.path(KEY),
  });
  expect(await store.finished(KEY)).toEqual(finished);
});

it('has a result that times do not change and weights do', async () => {
  const { result } = await finish();
  rmSync(store.path(KEY), { recursive: true });
  expect((await finish({ ...FILES, 'metrics.jsonl': 'other times' })).result).toBe(result);
  rmSync(store.path(KEY), { recursive: true });
  expect((await finish({ ...FILES, 'checkpoints/step-2': 'other' })).result).not.toBe(result);
});

it('adds up the working time of stopped starts', async () => {
  for (const seconds of [10, 5]) {
    const lease = await store.lease(KEY);
    await lease.stop(seconds);
    lease.release();
  }
  const lease = await store.lease(KEY);
  expect(lease.secondsBefore).toBe(15);
  lease.release();
  expect((await finish()).seconds).toBe(18);
});

it('keeps outputs and lease alone once it is finished', async () => {
  (await store.lease(KEY)).release();
  const lease = await store.lease(KEY);
  await noteWritten(lease.directory, { path: 'model', bytes: 7, sha256: sha256('weights') });
  await noteWritten(lease.directory, { path: 'resume.1', bytes: 1, sha256: sha256('gone') });
  put(lease.directory, { ...FILES, 'resume.2': 'state', '.model.0b9b0e42-1a2b-4c3d-8e9f-001122334455.tmp': 'half' });
  await lease.commit(OUTPUTS, STATE, {}, 1);
  lease.release();
  expect(readdirSync(lease.directory).sort()).toEqual(
    ['.lease-1', 'cell.json', 'checkpoints', 'done.json', 'metrics.jsonl', 'model'].sort(),
  );
});

it('deletes what killed processes left half-written when it is taken again', async () => {
  const first = await store.lease(KEY);
  await first.stop(1);
  put(first.directory, { 'checkpoints/.a.0b9b0e42-1a2b-4c3d-8e9f-001122334455.tmp': 'half', 'resume.2': 'state' });
  first.release();
  const lease = await store.lease(KEY);
  expect(readdirSync(join(lease.directory, 'checkpoints'))).toEqual([]);
  expect(existsSync(join(lease.directory, 'resume.2'))).toBe(true);
  lease.release();
});

it.runIf(process.platform === 'linux')('has one owner', async () => {
  const lease = await store.lease(KEY);
  await expect(store.lease(KEY)).rejects.toMatchObject({ code: 'CELL_IN_USE', kind: 'environment' });
  lease.release();
  lease.release();
  (await store.lease(KEY)).release();
});

it('of refused work leaves nothing behind, and of stopped work all', async () => {
  const refused = await store.lease(KEY);
  refused.release();
  expect(existsSync(refused.directory)).toBe(false);
  const stopped = await store.lease(KEY);
  await stopped.stop(0);
  stopped.release();
  expect(existsSync(stopped.directory)).toBe(true);
});

it('of work that failed is kept once there is something worth keeping, or was before', async () => {
  const wrote = await store.lease(KEY);
  put(wrote.directory, { 'metrics.jsonl': 'diverged after hours' });
  wrote.release();
  expect(readdirSync(wrote.directory).sort()).toEqual(['.lease-1', 'cell.json', 'metrics.jsonl']);
  rmSync(cellPath('metrics.jsonl'));
  (await store.lease(KEY)).release();
  expect(existsSync(cellPath('cell.json'))).toBe(true);
});

it('that is finished stays so when it is taken again', async () => {
  const finished = await finish();
  const again = await store.lease(KEY);
  expect(await store.finished(KEY)).toEqual(finished);
  again.release();
  expect(await store.finished(KEY)).toEqual(finished);
});

describe('commit refuses', () => {
  it('a file of no declared kind', async () => {
    await expect(finish({ ...FILES, 'core.1234': '' })).rejects.toThrow(
      `${cellPath('core.1234')}: is none of the files that this kind of task makes`,
    );
    expect(existsSync(cellPath('done.json'))).toBe(false);
  });

  it.each([
    ['changed', 'model', 'got sha256'],
    ['missing', 'checkpoints/step-1', 'got no file'],
  ])('a noted file that is %s', async (_, path, got) => {
    const lease = await store.lease(KEY);
    put(lease.directory, FILES);
    await noteWritten(lease.directory, { path, bytes: 7, sha256: sha256('as it was written') });
    const commit = lease.commit(OUTPUTS, STATE, {}, 1);
    await expect(commit).rejects.toMatchObject({ code: 'CELL_DAMAGED', where: cellPath(path), exitCode: 3 });
    await expect(commit).rejects.toThrow(got);
    lease.release();
  });

  it('when the lease is lost, at its begin and just before the record', async () => {
    const lease = await store.lease(KEY);
    put(lease.directory, FILES);
    const chain = /"token":"(.{13})/.exec(readFileSync(cellPath('.lease-1'), 'utf8'))?.[1];
    // Somebody takes over while the record is being written.
    const summary = {
      toJSON: () => {
        writeFileSync(cellPath(`.lease-2-${chain}`), '');
        return {};
      },
    };
    for (const each of [summary, {}]) {
      await expect(lease.commit(OUTPUTS, STATE, each, 1)).rejects.toMatchObject({ code: 'CELL_LOST', exitCode: 4 });
      expect(existsSync(cellPath('done.json'))).toBe(false);
    }
    await expect(lease.stop(1)).rejects.toMatchObject({ code: 'CELL_LOST' });
    lease.release();
  });
});

describe('finished refuses', () => {
  it.each([
    ['changed', () => writeFileSync(cellPath('model'), 'weight')],
    ['as long as before', () => writeFileSync(cellPath('model'), 'Weights')],
    ['longer', () => appendFileSync(cellPath('model'), '!')],
    ['removed', () => rmSync(cellPath('model'))],
    [
      'a folder',
      () => {
        rmSync(cellPath('model'));
        mkdirSync(cellPath('model'));
      },
    ],
  ])('an output that is %s, and says how to recover', async (_, damage) => {
    await finish();
    const { atime, mtime } = statSync(cellPath('model'));
    damage();
    if (existsSync(cellPath('model'))) utimesSync(cellPath('model'), atime, mtime);
    const found = store.finished(KEY);
    await expect(found).rejects.toMatchObject({ code: 'CELL_DAMAGED', where: cellPath('model'), exitCode: 3 });
    await expect(found).rejects.toThrow(
      `(hint: run \`tracelab runs verify --repair --runs-dir ${store.root}\`, or delete ${store.path(KEY)}, and ` +
        'give the command again)',
    );
  });

  it('every cut of its record, and every change of one of its characters', async () => {
    await finish();
    const text = readFileSync(cellPath('done.json'), 'utf8');
    const step = 13;
    for (let at = 0; at < text.trimEnd().length; at += step) {
      for (const damaged of [
        text.slice(0, at),
        `${text.slice(0, at)}${text[at] === '7' ? '8' : '7'}${text.slice(at + 1)}`,
      ]) {
        // A blank between two tokens may be any blank.
        if (isEqualJson(damaged, text)) continue;
        writeFileSync(cellPath('done.json'), damaged);
        await expect(store.finished(KEY), damaged).rejects.toMatchObject({ code: 'CELL_DAMAGED', exitCode: 3 });
      }
    }
  });

  it.each(['format', 'hash', 'key', 'result', 'seconds', 'outputs', 'summary', 'record_sha256'])(
    'a record without its %s',
    async (name) => {
      await finish();
      const record = JSON.parse(readFileSync(cellPath('done.json'), 'utf8')) as object;
      writeFileSync(cellPath('done.json'), JSON.stringify({ ...record, format: 1, [name]: undefined }));
      // Without a format it is a cell of 0.1.0, which is not looked for inside the store.
      await expect(store.finished(KEY)).rejects.toMatchObject({ code: 'CELL_DAMAGED', where: cellPath('done.json') });
    },
  );

  it.each(['null', '{}', '[]', '{"hash": 1}', '"done"', ''])('a record that is %j', async (text) => {
    await finish();
    writeFileSync(cellPath('done.json'), text);
    const found = store.finished(KEY);
    await expect(found).rejects.toMatchObject({ code: 'CELL_DAMAGED', where: cellPath('done.json'), exitCode: 3 });
    await expect(found).rejects.toThrow(`or delete ${store.path(KEY)}, and give the command again)`);
  });

  it('paths that lead out of the cell', async () => {
    await finish();
    const record = JSON.parse(readFileSync(cellPath('done.json'), 'utf8')) as { outputs: object };
    writeFileSync(cellPath('done.json'), JSON.stringify({ ...record, outputs: { '../other': sha256('') } }));
    await expect(store.finished(KEY)).rejects.toThrow('outputs.../other has another form');
  });
});

function isEqualJson(a: string, b: string): boolean {
  try {
    return canonicalJson(JSON.parse(a)) === canonicalJson(JSON.parse(b));
  } catch {
    return false;
  }
}

it('names a damaged begin of a cell', async () => {
  const lease = await store.lease(KEY);
  await lease.stop(1);
  lease.release();
  writeFileSync(cellPath('cell.json'), '{"hash": "cu');
  await expect(store.lease(KEY)).rejects.toMatchObject({ code: 'CELL_DAMAGED', where: cellPath('cell.json') });
});

it('has another mark of its state whenever a state or an exact output is newer', async () => {
  const kind = { outputs: OUTPUTS, state: STATE };
  expect(await store.state(KEY, kind)).toBeNull();
  const lease = await store.lease(KEY);
  expect(await store.state(KEY, kind)).toBeNull();
  const marks = new Set<string | null>();
  for (const [path, text] of [
    ['resume.1', 'a'],
    ['resume.1', 'ab'],
    ['checkpoints/step-2', 'c'],
  ]) {
    put(lease.directory, { [path]: text });
    marks.add(await store.state(KEY, kind));
  }
  utimesSync(cellPath('resume.1'), 1, 1);
  marks.add(await store.state(KEY, kind));
  expect(marks.size).toBe(4);
  put(lease.directory, { 'metrics.jsonl': 'x', '.a.0b9b0e42-1a2b-4c3d-8e9f-001122334455.tmp': 'x' });
  expect(marks).toContain(await store.state(KEY, kind));
  lease.release();
});

describe('a single cell in a folder of its own', () => {
  const other: CellKey = { ...KEY, config: { lr: 0.2, epochs: 2, seed: 1 } };

  it('refuses another key, begun or finished, and names the settings that differ', async () => {
    const single = new SingleStore(join(root, 'out'));
    const lease = await single.lease(KEY);
    const message = `error[CELL_OTHER] ${join(root, 'out')}: holds the result of other settings (config.lr, config.seed); expected ${hashOf(other).slice(0, 12)}, got ${hashOf(KEY).slice(0, 12)} (hint: give another directory)`;
    await expect(single.lease(other)).rejects.toThrow(message);
    put(lease.directory, FILES);
    const finished = await lease.commit(OUTPUTS, STATE, {}, 1);
    lease.release();
    expect(finished.directory).toBe(join(root, 'out'));
    await expect(single.finished(other)).rejects.toThrow(message);
    await expect(single.lease(other)).rejects.toThrow(message);
    expect(await single.finished(KEY)).toEqual(finished);
  });

  it('refuses the result of another kind', async () => {
    const single = new SingleStore(join(root, 'out'));
    const lease = await single.lease(KEY);
    await lease.stop(1);
    lease.release();
    await expect(single.lease({ ...KEY, kind: 'test' })).rejects.toThrow('the result of other settings (kind)');
  });

  it('of refused work leaves the empty folder that was there free for any other', async () => {
    const single = new SingleStore(root);
    (await single.lease(KEY)).release();
    expect(readdirSync(root)).toEqual(['.lease-1']);
    (await single.lease(other)).release();
    expect(existsSync(root)).toBe(true);
  });

  it("refuses a folder with someone's files, a file, and a path through one, and writes nothing", async () => {
    writeFileSync(join(root, 'thesis.tex'), '');
    await expect(new SingleStore(root).lease(KEY)).rejects.toThrow(
      `error[RUN_DIRECTORY] ${root}: the directory is not a tracelab run; expected a new or empty folder, or an earlier run, got 1 other file, thesis.tex among them (hint: give another directory)`,
    );
    for (const path of ['thesis.tex', 'thesis.tex/out'])
      await expect(new SingleStore(join(root, path)).lease(KEY)).rejects.toMatchObject({ code: 'RUN_DIRECTORY' });
    expect(readdirSync(root)).toEqual(['thesis.tex']);
  });

  it('goes on where a process died before it had begun the cell', async () => {
    writeFileSync(join(root, '.cell.json.0b9b0e42-1a2b-4c3d-8e9f-001122334455.tmp'), '{');
    const lease = await new SingleStore(root).lease(KEY);
    expect(readdirSync(root).sort()).toEqual(['.lease-1', 'cell.json']);
    lease.release();
  });
});

describe('runs of 0.1.0', () => {
  const manifest = JSON.stringify({ tracelab: '0.1.0', kind: 'training', created: 'x', node: '26' });
  it.each([
    ['a run directory', { 'manifest.json': manifest, '.lock': '{}' }],
    ['a study', { 'manifest.json': manifest.replace('training', 'study'), 'cells/train-correct-1/done.json': '{}' }],
    ['one that was cut short', { 'manifest.json': '{"tracelab": "0', '.lock': '' }],
    ['a cell', { 'cell.json': '{"hash":"a","key":{},"seconds":0}' }],
    ['a finished cell', { 'done.json': '{"hash":"a","result":"b","seconds":1,"outputs":{},"summary":{}}' }],
  ])('are refused with a hint: %s', async (_, files) => {
    const path = join(root, 'old');
    put(path, files);
    const single = new SingleStore(path);
    const attempts = [() => single.lease(KEY), () => single.finished(KEY), () => new FolderStore(path).finished(KEY)];
    for (const attempt of attempts)
      await expect(attempt()).rejects.toThrow(
        `error[RUN_OLD_FORMAT] ${path}: a run of tracelab 0.1.0; expected a run of this version, got one of 0.1.0 (hint: finished with 0.1.0; keep it for its report, or give another directory)`,
      );
  });

  it('are not what a folder is whose files cannot be read at the moment', async () => {
    const path = join(root, 'unread');
    put(path, { 'cells/train-1/done.json': '{}' });
    // A link to itself: a system error that says nothing about what the folder holds.
    symlinkSync('manifest.json', join(path, 'manifest.json'));
    const unread = new FolderStore(path);
    await expect(unread.finished(KEY)).rejects.toMatchObject({ code: 'FILE_READ', exitCode: 4 });
  });

  it.each(['cell.json', 'done.json'])('are not what a newer cell is whose %s lost its format', async (name) => {
    const single = new SingleStore(join(root, 'newer'));
    const lease = await single.lease(KEY);
    await lease.commit([], [], {}, 1);
    lease.release();
    const path = join(root, 'newer', name);
    writeFileSync(path, readFileSync(path, 'utf8').replace('  "format": 1,\n', ''));
    const found = await single.finished(KEY).catch((error: unknown) => error);
    if (name === 'done.json') expect(found).toMatchObject({ code: 'CELL_DAMAGED', exitCode: 3 });
    else expect(found).toMatchObject({ summary: {} });
  });

  it("are not taken for the task's own manifest", async () => {
    const single = new SingleStore(join(root, 'data'));
    const lease = await single.lease(KEY);
    put(lease.directory, { 'manifest.json': '{"format":1,"config":{},"files":{}}' });
    lease.release();
    (await single.lease(KEY)).release();
    expect(basename(lease.directory)).toBe('data');
  });
});
