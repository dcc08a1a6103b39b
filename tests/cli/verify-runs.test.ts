// `tracelab runs verify` through the real command line: whole stores, every kind of damage, and a repair after which
// the study makes the same bits again.
import { randomUUID } from 'node:crypto';
import { existsSync, globSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { takeLease } from '../../src/work/lease.ts';
import { runCli } from './run-cli.ts';
import { SMALL_TASKS, writeSmallStudy } from './small-study.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let folder: string;
let result: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-verify-'));
  writeSmallStudy(folder);
  result = await study();
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function study(): Promise<string> {
  const { code, out, error } = await runCli(['study', 'small.yaml'], folder);
  expect([code, error]).toEqual([0, expect.any(String)]);
  return /^result ([0-9a-f]{64})$/m.exec(out)?.[1] ?? out;
}

interface Event {
  readonly whole: number;
  readonly missing: readonly string[];
  readonly unfinished: readonly string[];
  readonly in_use: readonly string[];
  readonly strange: readonly string[];
  readonly damaged: readonly { what: string; path: string; message: string; again: string[] }[];
  readonly set_aside: readonly { from: string; to: string }[];
}

async function verify(...args: string[]): Promise<{ code: number | null; event: Event }> {
  const { code, out } = await runCli(['runs', 'verify', '--json', ...args], folder);
  return { code, event: JSON.parse(out) as Event };
}

const cellOf = (kind: string): string => globSync(`runs/cells/${kind}-*`, { cwd: folder })[0];

/** Damages a file for the length of a check. */
async function damaged(name: string, change: (text: string) => string, check: () => Promise<void>): Promise<void> {
  const path = join(folder, name);
  const before = readFileSync(path);
  const text = change(before.toString('latin1'));
  expect(text).not.toBe(before.toString('latin1'));
  writeFileSync(path, text, 'latin1');
  try {
    await check();
  } finally {
    writeFileSync(path, before);
  }
}

it('a whole store: exit code 0, and every file counted', async () => {
  const files = SMALL_TASKS.map((id) => cellOf(id.split('-')[0]))
    .map((cell) =>
      Object.keys((JSON.parse(readFileSync(join(folder, cell, 'done.json'), 'utf8')) as { outputs: object }).outputs),
    )
    .flat().length;
  const { code, out, error } = await runCli(['runs', 'verify'], folder);
  expect([code, out, error]).toEqual([0, `5 whole cells (${files} files), 0 damaged cells and files, 1 study\n`, '']);
  expect(await verify('runs')).toMatchObject({ code: 0, event: { whole: 5, damaged: [], missing: [], strange: [] } });
  expect(await verify(cellOf('train'))).toMatchObject({ code: 0, event: { whole: 1, damaged: [] } });
});

it('refuses a folder without cells', async () => {
  for (const name of ['nowhere', '.']) {
    const { code, error } = await runCli(['runs', 'verify', name], folder);
    expect(error).toContain(`error[RUNS_MISSING] ${name}: nothing to verify; expected`);
    expect(code).toBe(2);
  }
});

it.each([
  ['an output', 'test', 'completions-wilson.jsonl', (text: string) => `${text}\n`],
  ['weights', 'train', 'checkpoints/step-*/model.safetensors', (text: string) => text.slice(0, -1)],
  ['a summary', 'curve', 'done.json', (text: string) => text.replace('"count": 0', '"count": 1')],
  ['an empty record', 'lengths', 'done.json', () => ''],
])('%s that was changed is named with its task', async (_, kind, pattern, change) => {
  const cell = cellOf(kind);
  const [name] = globSync(`${cell}/${pattern}`, { cwd: folder }).sort();
  await damaged(name, change, async () => {
    const { code, event } = await verify();
    const [damage] = event.damaged;
    expect([code, event.damaged.length, event.whole, event.missing]).toEqual([3, 1, 4, []]);
    expect(damage).toMatchObject({ what: 'cell', path: cell, again: [`small/${kind}-correct-seed1`] });
    expect(damage.message).toContain(`error[CELL_DAMAGED] `);
    expect(damage.message).toContain(name);
    const { out } = await runCli(['runs', 'verify'], folder);
    expect(out).toContain(
      `made again by the same \`tracelab study\` or \`tracelab sweep\` command: small/${kind}-correct-seed1\n`,
    );
    expect(out).toContain('`tracelab runs verify --repair` sets damaged cells and results aside\n');
  });
});

it('the record of another cell, a damaged list and damaged results are named', async () => {
  const record = readFileSync(join(folder, cellOf('curve'), 'done.json'), 'latin1');
  await damaged(
    `${cellOf('test')}/done.json`,
    () => record,
    async () => {
      const { code, event } = await verify();
      expect([code, event.damaged.map(({ path }) => path)]).toEqual([3, [cellOf('test')]]);
      expect(event.damaged[0].message).toContain('is the record of another cell');
    },
  );
  await damaged(
    'runs/small/results.json',
    (text) => text.replace('"seconds":', '"seconds":1'),
    async () => {
      const { code, event } = await verify();
      expect([code, event.damaged]).toMatchObject([
        3,
        [{ what: 'result', path: 'runs/small/results.json', again: ['small/report'] }],
      ]);
    },
  );
  await damaged(
    'runs/small/cells.json',
    (text) => text.replace('"format": 1', '"format": 2'),
    async () => {
      const { code, event } = await verify();
      expect([code, event.whole]).toEqual([3, 5]);
      expect(event.damaged.map(({ what, path }) => [what, path])).toEqual([['list of cells', 'runs/small/cells.json']]);
      // Without its list the cells of a study would look unused: it stays where it is.
      expect(await verify('--repair')).toMatchObject({ code: 3, event: { set_aside: [] } });
    },
  );
});

it('unfinished cells, missing ones, cells in use and files of nobody are told apart', async () => {
  const [record, test] = [join(folder, cellOf('lengths'), 'done.json'), join(folder, cellOf('test'))];
  renameSync(record, `${record}.away`);
  renameSync(test, join(folder, 'away'));
  writeFileSync(join(folder, cellOf('data'), 'notes.txt'), 'mine');
  const lease = await takeLease(join(folder, cellOf('curve')));
  const { code, event } = await verify();
  expect([code, event.damaged, event.unfinished.length]).toEqual([0, [], 1]);
  expect([...event.missing].sort()).toEqual(['small/lengths-correct-seed1', 'small/test-correct-seed1']);
  expect(event.strange).toEqual([`${cellOf('data')}/notes.txt`]);
  lease.release();
  renameSync(join(folder, 'away'), test);
  renameSync(`${record}.away`, record);
  rmSync(join(folder, cellOf('data'), 'notes.txt'));
});

it('--repair sets a damaged cell aside, and the study makes the same bits again', async () => {
  const cell = cellOf('train');
  const [weights] = globSync(`${cell}/checkpoints/step-*/model.safetensors`, { cwd: folder }).sort();
  const whole = readFileSync(join(folder, weights));
  writeFileSync(join(folder, weights), Buffer.alloc(whole.length));
  expect((await runCli(['study', 'small.yaml'], folder)).code).toBe(3);
  // Of a process that was killed while it took the lease.
  writeFileSync(join(folder, cell, `.lease.${randomUUID()}.tmp`), '');
  const { code, event } = await verify('--repair');
  const to = cell.replace('cells', 'damaged');
  expect([code, event.set_aside]).toEqual([0, [{ from: cell, to }]]);
  expect([existsSync(join(folder, cell)), existsSync(join(folder, to))]).toEqual([false, true]);
  expect(globSync(`${to}/.*.tmp`, { cwd: folder })).toEqual([]);
  expect((await verify()).event).toMatchObject({ damaged: [], missing: ['small/train-correct-seed1'] });
  expect(await study()).toBe(result);
  expect(readFileSync(join(folder, weights)).equals(whole)).toBe(true);
  expect(await verify()).toMatchObject({ code: 0, event: { whole: 5, damaged: [], missing: [] } });
});

it('a damaged cell that another process has stays where it is', async () => {
  const name = `${cellOf('test')}/completions-wilson.jsonl`;
  await damaged(
    name,
    (text) => `${text}\n`,
    async () => {
      const lease = await takeLease(join(folder, cellOf('test')));
      const { code, event } = await verify('--repair');
      lease.release();
      expect([code, event.in_use, event.set_aside]).toEqual([0, [cellOf('test')], []]);
      expect(existsSync(join(folder, name))).toBe(true);
    },
  );
});
