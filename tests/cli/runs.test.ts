// `tracelab runs` through the real command line: what is in a runs folder, what may go, and how cells travel.
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { runCli } from './run-cli.ts';
import { SMALL_TASKS, writeSmallStudy } from './small-study.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let folder: string;
/** What the study printed. */
let printed: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-cli-runs-'));
  writeSmallStudy(folder);
  const { code, out } = await runCli(['study', 'small.yaml'], folder);
  expect(code).toBe(0);
  printed = out;
  const warm = ['--set', 'study=warm', '--set', 'evaluate.temperature=1'];
  expect((await runCli(['study', 'small.yaml', ...warm], folder)).code).toBe(0);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const runs = (...args: string[]) => runCli(['runs', ...args], folder);
const cellsIn = (root: string): string[] => readdirSync(join(folder, root, 'cells')).sort();

interface Listed {
  readonly event: string;
  readonly studies: readonly { readonly study: string; readonly cells: Record<string, string> }[];
  readonly cells: readonly { readonly folder: string; readonly state: string; readonly studies: readonly string[] }[];
}

it('list has every study and every cell with the studies that name it', async () => {
  const { code, out, error } = await runs('list');
  expect([code, error]).toEqual([0, '']);
  expect(out).toMatch(
    /^study {2}configuration {2}finished cells\nsmall {2}[0-9a-f]{12} {3}5\/5\nwarm {3}[0-9a-f]{12} {3}5\/5\n\ncell +state +time +size +studies\n/,
  );
  expect(out).toMatch(/^train-[0-9a-f]{16} +finished +\d+ s +[\d.]+ MiB +small, warm$/m);
  const { studies, cells, event } = JSON.parse((await runs('list', '--json')).out) as Listed;
  expect(event).toBe('runs');
  expect(studies.map(({ study, cells: named }) => [study, Object.keys(named).sort()])).toEqual(
    ['small', 'warm'].map((study) => [study, [...SMALL_TASKS].sort()]),
  );
  // Data, training and curve are shared; the test of another temperature and its lengths are not.
  expect(cells.map(({ folder: name, state }) => [name, state])).toEqual(
    cellsIn('runs').map((name) => [name, 'finished']),
  );
  expect(cells.map(({ studies: by }) => by.join('+')).sort()).toEqual([
    'small',
    'small',
    'small+warm',
    'small+warm',
    'small+warm',
    'warm',
    'warm',
  ]);
});

it('list of a folder that is not there is empty', async () => {
  const { code, out } = await runs('list', '--runs-dir', 'nowhere', '--json');
  expect([code, JSON.parse(out)]).toEqual([0, { event: 'runs', studies: [], cells: [] }]);
  expect(existsSync(join(folder, 'nowhere'))).toBe(false);
});

it('show has every task of a study with its cell', async () => {
  const { code, out } = await runs('show', 'small');
  expect(code).toBe(0);
  expect(out).toMatch(/^study small, configuration [0-9a-f]{12}\n\ntask +cell +state +time +size\n/);
  for (const id of SMALL_TASKS) expect(out).toMatch(new RegExp(`^${id} +[a-z]+-[0-9a-f]{16} +finished +`, 'm'));
});

it.each([
  [['show', 'smal']],
  [['compare', 'smal', 'warm']],
  [['compare', 'warm', 'smal']],
  [['export', 'none.tar', '--study', 'smal']],
])('%j is refused with the nearest name', async (args) => {
  const before = readdirSync(folder);
  expect(await runs(...args)).toEqual({
    code: 2,
    out: '',
    error:
      'error[STUDY_UNKNOWN] runs: no study smal; expected one of small, warm, got smal (hint: did you mean small?)\n',
  });
  expect(readdirSync(folder)).toEqual(before);
});

it('compare shows the settings that differ, and the findings of both', async () => {
  const { code, out } = await runs('compare', 'small', 'warm');
  expect(code).toBe(0);
  expect(out).toMatch(/^The results differ\.\n\nsetting +small +warm\n/);
  expect(out).toMatch(/^evaluate\.temperature +0 +1$/m);
  expect(out).toMatch(/^finding +small +warm$/m);
  expect((await runs('compare', 'small', 'small')).out).toMatch(
    /^The results are the same, to the bit\.\n\nAll settings are equal\.\n/,
  );
  const json = JSON.parse((await runs('compare', 'small', 'warm', '--json')).out) as {
    settings: { key: string }[];
    same_result: boolean;
  };
  expect([json.same_result, json.settings.map(({ key }) => key).sort()]).toEqual([
    false,
    ['evaluate.temperature', 'study'],
  ]);
});

it('an archive of one study gives its result elsewhere, and nothing is computed', async () => {
  // The other study names some of these cells, so its folder travels, too.
  const exported = await runs('export', 'small.tar', '--study', 'small');
  expect(exported).toMatchObject({ code: 0, out: '5 cells and 2 studies in small.tar\n', error: '' });
  const merge = ['merge', 'small.tar', '--runs-dir', 'elsewhere'];
  expect(await runs(...merge)).toMatchObject({
    code: 0,
    out: '5 cells added, 0 known before; studies: small, warm\n',
    error: '',
  });
  expect((await runs(...merge)).out).toBe('0 cells added, 5 known before; studies: small, warm\n');
  expect((await runs('list', '--runs-dir', 'elsewhere')).out).toMatch(/^small .* 5\/5\nwarm .* 3\/5$/m);
  const { code, out, error } = await runCli(['study', 'small.yaml', '--runs-dir', 'elsewhere'], folder);
  const result = /^result [0-9a-f]{64}$/m;
  expect([code, error, result.exec(out)?.[0]]).toEqual([0, '', result.exec(printed)?.[0]]);
  for (const name of cellsIn('elsewhere'))
    expect(readFileSync(join(folder, 'elsewhere/cells', name, 'done.json'), 'utf8')).toBe(
      readFileSync(join(folder, 'runs/cells', name, 'done.json'), 'utf8'),
    );
});

it('clean deletes what no study names, and --dry-run only says so', async () => {
  expect((await runs('clean')).out).toBe('deleted 0 folders and files, 0.0 MiB\n');
  rmSync(join(folder, 'runs/warm'), { recursive: true });
  const before = cellsIn('runs');
  const dry = await runs('clean', '--dry-run');
  expect(dry.out).toMatch(
    /^(?:would delete runs\/cells\/(?:lengths|test)-[0-9a-f]{16} \(no study names it\)\n){2}would delete 2 folders and files, [\d.]+ MiB\n$/,
  );
  expect(cellsIn('runs')).toEqual(before);
  const cleaned = await runs('clean');
  expect(cleaned.out).toBe(dry.out.replaceAll('would delete', 'deleted'));
  expect(cellsIn('runs')).toHaveLength(5);
  expect((await runCli(['study', 'small.yaml'], folder)).out).toBe(printed);
});
