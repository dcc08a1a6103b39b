// A small sample of the campaigns that fail file operations and cut the power (`npm run fail-operations`,
// `npm run crash-states`), what the two ports themselves do, and refusals that a port makes easy to provoke.
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  copyFile,
  existsSync as existsOnDisk,
  mkdirs,
  mkdirsSync,
  realPathSync,
  statIfPath,
} from '../../src/base/disk.ts';
import { installPort, NODE_PORT } from '../../src/base/file-port.ts';
import { writeFileAtomic } from '../../src/base/files.ts';
import { RandomSequence, STREAMS } from '../../src/base/random.ts';
import { temporaryName } from '../../src/base/temporary-names.ts';
import { keepRows, keptRows } from '../../src/evaluation/kept-rows.ts';
import { packFiles, unpackFiles } from '../../src/work/archive-stream.ts';
import { deleteFolder } from '../../src/work/folders.ts';
import { isOldRun } from '../../src/work/old-run.ts';
import { writeTinyConfig } from '../cli/artefacts.ts';
import { COMMANDS, OUT, ownFolders } from './commands.ts';
import { CrashStates } from './crash-states.ts';
import { FailingOperations } from './fail-operations.ts';
import { countingPort, failingPort } from './failing-port.ts';
import { runHere } from './here.ts';
import { recording, SimulatedDisk, type Step } from './simulated-disk.ts';
import { type Operation, watchedPort } from './watched-port.ts';

const folder = mkdtempSync(join(tmpdir(), 'tracelab-ports-'));
const before = { ...process.env };
const sample = COMMANDS.filter(({ name }) => ['generate', 'train', 'verify --output'].includes(name));

beforeAll(async () => {
  Object.assign(process.env, ownFolders(folder));
  writeTinyConfig(folder);
  const { code, error } = await runHere(['generate', 'tiny.yaml', '--out', 'data-a'], folder);
  expect(error).not.toContain('error[');
  expect(code).toBe(0);
});

afterEach(() => {
  installPort(NODE_PORT);
  rmSync(join(folder, OUT), { recursive: true, force: true });
});

afterAll(() => {
  process.env = before;
  rmSync(folder, { recursive: true, force: true });
});

it('a failed file operation is exit code 4 or does not matter, and the next run is whole', async () => {
  const operations = await FailingOperations.of(folder, 1, sample);
  expect(operations.cases.length).toBeGreaterThan(1000);
  const endings = new Set<string>();
  for (const each of operations.cases.slice(0, 16)) {
    const { ending, text } = await operations.judge(each);
    expect(`${ending} ${text}`).not.toContain('FAULT');
    endings.add(ending);
  }
  expect([...endings]).toContain('refused');
}, 240_000);

it('after a power cut at any operation the same command ends as if there had been none', async () => {
  const states = await CrashStates.of(folder, 1, sample);
  expect(states.cases.length).toBeGreaterThan(500);
  for (const each of states.cases.slice(0, 16)) expect(await states.faultOf(each)).toBeUndefined();
}, 240_000);

describe('a simulated disk', () => {
  /** What is left of `work` after a power cut, when nothing that was not synced is there. */
  async function afterCut(work: (place: string) => Promise<void>): Promise<Record<string, string>> {
    const place = join(folder, OUT);
    mkdirSync(place);
    writeFileSync(join(place, 'old'), 'old');
    const disk = new SimulatedDisk(place);
    const steps: Step[] = [];
    installPort(watchedPort(recording(steps)));
    await work(place);
    installPort(NODE_PORT);
    rmSync(place, { recursive: true });
    mkdirSync(place);
    for (const step of steps) disk.apply(step);
    disk.crash('all', new RandomSequence(1, STREAMS.sampling, 0));
    return Object.fromEntries(readdirSync(place).map((name) => [name, readFileSync(join(place, name), 'utf8')]));
  }

  it('keeps what was written with fsync, rename and fsync of the folder', async () => {
    expect(await afterCut(async (place) => writeFileAtomic(join(place, 'old'), 'new'))).toEqual({ old: 'new' });
  });

  it('loses a file whose folder was never flushed', async () => {
    expect(await afterCut(async (place) => copyFile(join(place, 'old'), join(place, 'new')))).toEqual({ old: 'old' });
  });
});

it('a power cut while a folder is deleted leaves all of it in its place, or nothing', () => {
  const place = join(folder, OUT);
  const make = (): void => {
    mkdirSync(join(place, 'cell'), { recursive: true });
    for (const name of ['a', 'b']) writeFileSync(join(place, 'cell', name), name);
  };
  make();
  const steps: Step[] = [];
  installPort(watchedPort(recording(steps)));
  deleteFolder(join(place, 'cell'));
  installPort(NODE_PORT);
  const found = new Set<string>();
  for (let begun = 0; begun <= steps.length; begun++)
    for (let seed = 0; seed < 20; seed++) {
      rmSync(place, { recursive: true });
      make();
      const disk = new SimulatedDisk(place);
      for (const step of steps.slice(0, begun)) disk.apply(step);
      rmSync(place, { recursive: true });
      mkdirSync(place);
      disk.crash('some', new RandomSequence(seed, STREAMS.sampling, 0));
      found.add(existsSync(join(place, 'cell')) ? readdirSync(join(place, 'cell')).sort().join() : 'gone');
    }
  expect([...found].sort()).toEqual(['a,b', 'gone']);
});

it('a disk that fails does not make a folder one of an older tracelab', async () => {
  mkdirSync(join(folder, OUT, 'cells'), { recursive: true });
  installPort(failingPort({ fault: 'EMFILE', at: 0, forever: true }).port);
  await expect(isOldRun(join(folder, OUT))).rejects.toThrow('too many open files');
});

it('an archive is unpacked or refused when any operation fails, also after all of it has been read', async () => {
  const place = join(folder, OUT);
  for (const name of ['a/b', 'c/d', 'e/f'])
    await writeFileAtomic(join(place, 'from', name), randomBytes(40_000).toString('hex'));
  await packFiles(join(place, 'from'), join(place, 'cells.tar'), ['a/b', 'c/d', 'e/f']);
  const stateIn = (name: string): string[] =>
    ['a/b', 'c/d', 'e/f'].map((path) => readFileSync(join(place, name, path), 'utf8'));
  const unpack = async (): Promise<unknown> => unpackFiles(join(place, 'cells.tar'), join(place, 'to'), () => true);
  const counting = countingPort();
  installPort(counting.port);
  await unpack();
  expect(counting.counts.EIO).toBeGreaterThan(12);
  for (let at = 0; at < counting.counts.EIO; at++) {
    rmSync(join(place, 'to'), { recursive: true });
    mkdirSync(join(place, 'to'));
    const failing = failingPort({ fault: 'EIO', at, forever: true });
    installPort(failing.port);
    const ending = await unpack().then(() => 'whole', String);
    installPort(NODE_PORT);
    if (ending === 'whole') expect(stateIn('to')).toEqual(stateIn('from'));
    else expect(ending, `operation ${at}`).toContain('EIO');
  }
});

it.each(['EIO', 'EACCES'] as const)('a disk that fails has not lost its files: %s', async (fault) => {
  const args = ['evaluate', '--checkpoint', 'trained-a', '--data', 'data-a', '--out', OUT, '--threads', '1'];
  const { code, error } = await runHere(args, folder, failingPort({ fault, at: 0, forever: true }).port);
  expect(error).toMatch(/^error\[SYSTEM\] trained-a: cannot look at it \(/m);
  expect(code).toBe(4);
  for (const text of ['x'.repeat(5000), 'a\0b', join(folder, 'tiny.yaml', 'below')]) {
    expect(existsSync(text)).toBe(false);
    expect(existsOnDisk(text)).toBe(false);
    expect(await statIfPath(text)).toBeUndefined();
    expect(realPathSync(text)).toBeUndefined();
  }
});

it('rows that cannot be read are not computed again, as missing or changed ones are', async () => {
  const path = join(folder, OUT, 'rows.jsonl');
  await keepRows(path, 'key', [{ row: 1 }]);
  const counting = countingPort();
  installPort(counting.port);
  expect(await keptRows(path, 'key')).toEqual([{ row: 1 }]);
  expect(counting.counts.EIO).toBeGreaterThan(5);
  for (let at = 0; at < counting.counts.EIO; at++) {
    installPort(failingPort({ fault: 'EIO', at, forever: false }).port);
    await expect(keptRows(path, 'key'), `operation ${at}`).rejects.toThrow('EIO');
  }
  installPort(NODE_PORT);
  expect(await keptRows(path, 'another key')).toBeNull();
  writeFileSync(path, '{"row":2}\n');
  expect(await keptRows(path, 'key')).toBeNull();
  rmSync(path);
  expect(await keptRows(path, 'key')).toBeNull();
});

it.each([
  ['later', async (path: string) => mkdirs(path)],
  ['at once', (path: string) => mkdirsSync(path)],
] as const)('a disk that cannot say whether a folder is there is refused as that: %s', async (_, make) => {
  const place = join(folder, OUT);
  mkdirSync(place);
  installPort(failingPort({ fault: 'EIO', at: 1, forever: false }).port);
  await expect(Promise.resolve().then(async () => make(place))).rejects.toThrow('EIO');
  await make(place);
});

it.each([
  ['later', async (path: string) => mkdirs(path)],
  ['at once', (path: string) => mkdirsSync(path)],
] as const)('a folder that another process deletes while it is made is made again: %s', async (_, make) => {
  const place = join(folder, OUT);
  const deleted = { count: 0 };
  const before = ({ name }: Operation): undefined => {
    if (name === 'stat' && deleted.count++ === 0) rmSync(place, { recursive: true });
  };
  mkdirSync(place);
  installPort(watchedPort({ before }));
  await make(place);
  installPort(NODE_PORT);
  expect([deleted.count > 0, existsSync(place)]).toEqual([true, true]);
  rmSync(place, { recursive: true });
  symlinkSync(join(folder, 'nowhere'), place);
  await expect(Promise.resolve().then(async () => make(place))).rejects.toThrow('EEXIST');
});

it('judged completions are written again into the folder of a command that was interrupted at any moment', async () => {
  const args = ['evaluate', '--completions', 'data-a/test-wilson.jsonl', '--out', OUT];
  const whole = await runHere(args, folder);
  expect(whole.code).toBe(0);
  const text = readFileSync(join(folder, OUT, 'evaluation.json'), 'utf8');
  const counting = countingPort();
  await runHere(args, folder, counting.port);
  expect(counting.counts.EIO).toBeGreaterThan(20);
  for (let at = 0; at < counting.counts.EIO; at++) {
    rmSync(join(folder, OUT), { recursive: true, force: true });
    await runHere(args, folder, failingPort({ fault: 'EIO', at, forever: true }).port);
    const again = await runHere(args, folder);
    expect(again.code, `after operation ${at}: ${again.error}`).toBe(0);
    expect(readFileSync(join(folder, OUT, 'evaluation.json'), 'utf8')).toBe(text);
    expect(readdirSync(join(folder, OUT)).sort()).toEqual(['completions-wilson.jsonl', 'evaluation.json']);
  }
  rmSync(join(folder, OUT, 'evaluation.json'));
  const others = await runHere(args, folder);
  expect(others.error).toContain('the folder holds other files');
  expect(others.code).toBe(2);
});

it('a table of verdicts, interrupted at any moment and written again, leaves nothing behind', async () => {
  const args = ['verify', 'data-a/test-wilson.jsonl', '--threads', '1', '--output', `${OUT}/verdicts.parquet`];
  const counting = countingPort();
  expect((await runHere(args, folder, counting.port)).code).toBe(0);
  expect(counting.counts.EIO).toBeGreaterThan(20);
  for (let at = 0; at < counting.counts.EIO; at++) {
    await runHere(args, folder, failingPort({ fault: 'EIO', at, forever: true }).port);
    expect((await runHere(args, folder)).code, `after operation ${at}`).toBe(0);
    expect(readdirSync(join(folder, OUT)), `after operation ${at}`).toEqual(['verdicts.parquet']);
  }
});

describe('a failing port', () => {
  it('writes half, once, and the caller writes the rest', async () => {
    const failing = failingPort({ fault: 'short', at: 0, forever: false });
    installPort(failing.port);
    await writeFileAtomic(join(folder, OUT, 'file'), 'twelve bytes');
    expect(failing.hit()?.name).toBe('write');
    expect(readFileSync(join(folder, OUT, 'file'), 'utf8')).toBe('twelve bytes');
  });

  it('a full disk is told with the path of the file', async () => {
    mkdirSync(join(folder, OUT));
    installPort(failingPort({ fault: 'ENOSPC', at: 0, forever: true }).port);
    await expect(writeFileAtomic(join(folder, OUT, 'file'), 'x')).rejects.toThrow(
      `error[FILE_WRITE] ${join(folder, OUT, 'file')}: cannot write (the disk is full)`,
    );
    expect(readdirSync(join(folder, OUT))).toEqual([]);
  });
});

it('a training that the disk has no room for is refused before it begins', async () => {
  const freeBytes = async (): Promise<number> => Promise.resolve(1000);
  const port = { ...NODE_PORT, async: { ...NODE_PORT.async, freeBytes } };
  const args = ['train', 'tiny.yaml', '--data', 'data-a', '--out', OUT, '--threads', '1'];
  const { code, error } = await runHere(args, folder, port);
  expect(error).toMatch(/error\[DISK_SPACE\] new: .*expected \d+ MB free, got 0 MB \(hint: /);
  expect(code).toBe(4);
  expect(existsSync(join(folder, OUT))).toBe(false);
});

it('the temporary files of a process that was killed are swept when the same file is written again', async () => {
  const place = join(folder, OUT);
  mkdirSync(place);
  const pid = process.pid.toString(16).padStart(8, '0');
  // Above the largest number of a process.
  const dead = temporaryName('file').replace(pid, 'ffffffff');
  const living = temporaryName('file').replace(pid, '00000001');
  const elsewhere = dead.replace(/-[0-9a-f-]{19}/, '-0000-0000-0000-0000');
  expect(new Set([dead, living, elsewhere, hostname()]).size).toBe(4);
  for (const name of [dead, living, elsewhere]) writeFileSync(join(place, name), '');
  await writeFileAtomic(join(place, 'file'), 'x');
  expect(readdirSync(place).sort()).toEqual([elsewhere, living, 'file'].sort());
});

it('state that a killed process left in a finished run is swept by the next run', async () => {
  const args = ['train', 'tiny.yaml', '--data', 'data-a', '--out', OUT, '--threads', '1'];
  expect((await runHere(args, folder)).code).toBe(0);
  for (const name of ['resume.jsonl', 'resume-3.safetensors', temporaryName('x'), 'notes.txt'])
    writeFileSync(join(folder, OUT, name), 'x');
  expect((await runHere(args, folder)).code).toBe(0);
  const names = readdirSync(join(folder, OUT));
  expect(names.filter((name) => /resume|\.tmp$/.test(name))).toEqual([]);
  expect(names).toContain('notes.txt');
});
