// Run directories are made, opened again, refused and cleaned up.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { TracelabError } from '../../src/base/errors.ts';
import { openRunDirectory, readManifest, withRunDirectory } from '../../src/run/directory.ts';

const now = (): Date => new Date(0);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-run-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

it('makes a new directory with a manifest, and opens it again without touching the manifest', async () => {
  const path = join(folder, 'deep/run');
  const run = await openRunDirectory({ path, kind: 'study', version: '0.1.0', now });
  const first = readFileSync(join(path, 'manifest.json'), 'utf8');
  run.release();
  (await openRunDirectory({ path, kind: 'study', version: '9.9.9', now })).release();
  expect(readFileSync(join(path, 'manifest.json'), 'utf8')).toBe(first);
  expect(await readManifest(path)).toEqual({
    tracelab: '0.1.0',
    kind: 'study',
    created: '1970-01-01T00:00:00.000Z',
    node: process.versions.node,
  });
  expect(readdirSync(path)).toEqual(['manifest.json']);
});

it("refuses a folder with someone's files, and writes nothing into it", async () => {
  writeFileSync(join(folder, 'thesis.tex'), '');
  await expect(openRunDirectory({ path: folder, kind: 'study', version: '0.1.0', now })).rejects.toThrow(
    `error[RUN_DIRECTORY] ${folder}: the directory is not a tracelab run; expected a new or empty folder, or an earlier run, got 1 other file, thesis.tex among them (hint: give another directory)`,
  );
  expect(readdirSync(folder)).toEqual(['thesis.tex']);
});

it('refuses a file, and a path through a file', async () => {
  writeFileSync(join(folder, 'file'), '');
  await expect(openRunDirectory({ path: join(folder, 'file'), kind: 'study', version: '0.1.0', now })).rejects.toThrow(
    'the run directory is a file',
  );
  await expect(
    openRunDirectory({ path: join(folder, 'file/run'), kind: 'study', version: '0.1.0', now }),
  ).rejects.toMatchObject({ code: 'RUN_DIRECTORY' });
});

it('refuses a run of another kind', async () => {
  (await openRunDirectory({ path: folder, kind: 'training', version: '0.1.0', now })).release();
  await expect(openRunDirectory({ path: folder, kind: 'study', version: '0.1.0', now })).rejects.toThrow(
    'expected a study run, got a training run',
  );
});

it('refuses a run in use before writing anything', async () => {
  const run = await openRunDirectory({ path: folder, kind: 'study', version: '0.1.0', now });
  await expect(openRunDirectory({ path: folder, kind: 'study', version: '0.1.0', now })).rejects.toMatchObject({
    code: 'RUN_IN_USE',
    kind: 'environment',
  });
  run.release();
});

it('tells a cut manifest as damaged', async () => {
  writeFileSync(join(folder, 'manifest.json'), '{"tracelab": "0.1');
  await expect(openRunDirectory({ path: folder, kind: 'study', version: '0.1.0', now })).rejects.toMatchObject({
    code: 'JSON_SYNTAX',
    kind: 'damaged_artifact',
  });
  expect(existsSync(join(folder, '.lock'))).toBe(false);
});

it('goes on in a folder where a process died before its manifest', async () => {
  mkdirSync(join(folder, 'r'));
  writeFileSync(join(folder, 'r/.manifest.json.77-0.tmp'), '{');
  (await openRunDirectory({ path: join(folder, 'r'), kind: 'study', version: '0.1.0', now })).release();
  expect((await readManifest(join(folder, 'r')))?.kind).toBe('study');
});

const REFUSAL = new TracelabError({ code: 'X', kind: 'refused_input', where: 'x', what: 'x' });
const refuse = () => Promise.reject(REFUSAL);

it('goes again when the work is refused: the folder that was made, or what is in the empty one that was there', async () => {
  await expect(
    withRunDirectory({ path: join(folder, 'made'), kind: 'study', version: '0.1.0', now }, refuse),
  ).rejects.toBe(REFUSAL);
  expect(readdirSync(folder)).toEqual([]);
  await expect(withRunDirectory({ path: folder, kind: 'study', version: '0.1.0', now }, refuse)).rejects.toBe(REFUSAL);
  expect(readdirSync(folder)).toEqual([]);
});

it('stays when something was finished, when it was there before, or when the failure is not a refusal', async () => {
  const options = { path: join(folder, 'run'), kind: 'study', version: '0.1.0', now } as const;
  await expect(withRunDirectory(options, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(readdirSync(options.path)).toEqual(['manifest.json']);
  await expect(withRunDirectory(options, refuse)).rejects.toBe(REFUSAL);
  expect(readdirSync(options.path)).toEqual(['manifest.json']);
  const other = { ...options, path: join(folder, 'other') };
  await expect(
    withRunDirectory(other, () => {
      mkdirSync(join(other.path, 'cells/data'), { recursive: true });
      writeFileSync(join(other.path, 'cells/data/done.json'), '{}');
      return refuse();
    }),
  ).rejects.toBe(REFUSAL);
  expect(readdirSync(other.path)).toEqual(['cells', 'manifest.json']);
});

it.each(['metrics.jsonl', 'completions-wilson.jsonl.key'])(
  'stays when the work is refused after it has written %s',
  async (name) => {
    const options = { path: join(folder, 'run'), kind: 'training', version: '0.1.0', now } as const;
    await expect(
      withRunDirectory(options, () => {
        writeFileSync(join(options.path, name), '');
        return refuse();
      }),
    ).rejects.toBe(REFUSAL);
    expect(readdirSync(options.path).sort()).toEqual(['manifest.json', name].sort());
  },
);
