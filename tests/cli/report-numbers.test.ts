// `tracelab report --csv | --parquet | --json`, with and without --rows: three forms of the same numbers, read back by
// hyparquet and pandas; refusals on one line that leave nothing behind; the examples of docs/tables.md.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { StudyResults } from '../../src/study/results.ts';
import { readCsv } from '../csv.ts';
import { createFakes, tinyStudy } from '../study/fakes.ts';
import { runWith } from '../study/run-study.ts';
import { findPandas, runPython } from './pandas.ts';
import { runCli } from './run-cli.ts';

// Processes and disks of a busy machine are slow.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const python = findPandas();

let folder: string;
let results: StudyResults;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-numbers-'));
  const loaded = tinyStudy('conditions=[solution-only,correct,bfs]', 'seeds=[1,4294967295]');
  const outcome = await runWith(join(folder, 'runs'), createFakes(), loaded);
  if (outcome.outcome !== 'finished') throw new Error(`the study ended as ${outcome.outcome}`);
  ({ results } = outcome);
  for (const rows of [[], ['--rows']]) await report([...rows, '--csv', 'numbers']);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** @returns standard output of a call that must succeed in silence */
async function report(options: readonly string[]): Promise<string> {
  const { code, out, error } = await runCli(['report', 'runs/tiny', ...options], folder);
  expect([code, error]).toEqual([0, '']);
  return out;
}

const csvOf = (name: string): Record<string, string>[] =>
  readCsv(readFileSync(join(folder, 'numbers', `${name}.csv`), 'utf8'));
const jsonOf = (out: string): Record<string, unknown>[] =>
  out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
/** As CSV has them. */
const asFields = (row: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value === null ? '' : `${value as string}`]));

describe.each([
  ['metrics', []],
  ['rows', ['--rows']],
])('%s', (name, rows) => {
  it('are the same in CSV, in Parquet and as JSON lines', async () => {
    expect(await report([...rows, '--csv', 'again'])).toBe(
      `numbers ${join('again', `${name}.csv`)}\nresult ${results.result}\n`,
    );
    const csv = csvOf(name);
    expect(readFileSync(join(folder, `again/${name}.csv`))).toEqual(readFileSync(join(folder, `numbers/${name}.csv`)));
    expect(csv.length).toBeGreaterThan(60);
    const file = `${name}.parquet`;
    expect(await report([...rows, '--parquet', file])).toBe(`numbers ${file}\nresult ${results.result}\n`);
    const parquet = await parquetReadObjects({ file: await asyncBufferFromFile(join(folder, file)) });
    expect(parquet.map(asFields)).toEqual(csv);
    expect(jsonOf(await report([...rows, '--json'])).map(asFields)).toEqual(csv);
  });

  it('end in silence when the reader of JSON lines went away', () => {
    const bin = join(import.meta.dirname, '../../src/cli/bin.ts');
    const args = [process.execPath, bin, 'report', 'runs/tiny', ...rows, '--json'];
    const { stderr } = spawnSync('sh', ['-c', '"$0" "$@" | true', ...args], { cwd: folder, encoding: 'utf8' });
    expect(stderr).toBe('');
  });
});

it('results.json alone has the numbers of the tables, and names the cells that rows need', async () => {
  const copied = mkdtempSync(join(folder, 'copied-'));
  writeFileSync(join(copied, 'results.json'), readFileSync(join(folder, 'runs/tiny/results.json')));
  const { code, out } = await runCli(['report', join(copied, 'results.json'), '--json'], folder);
  expect([code, jsonOf(out).map(asFields)]).toEqual([0, csvOf('metrics')]);
  const refused = await runCli(['report', join(copied, 'results.json'), '--rows', '--json'], folder);
  expect([refused.code, refused.out]).toEqual([2, '']);
  expect(refused.error).toMatch(/^error\[TEST_CELL_MISSING\] [^\n]*: no test problems; expected a finished cell data-/);
});

describe('refusals are one line and write nothing', () => {
  it.each([
    [['--rows'], 'expected --rows with --csv, --parquet or --json'],
    [['--rows', '--text'], 'expected --rows with --csv, --parquet or --json'],
    [['--csv', 'x', '--parquet', 'y'], '--csv and --parquet exclude each other'],
    [['--json', '--markdown'], '--markdown and --json exclude each other'],
    [['--csv', 'x', '--out', 'y'], '--csv and --out exclude each other'],
  ])('%j', async (options, message) => {
    const before = readdirSync(folder);
    const { code, out, error } = await runCli(['report', 'runs/tiny', ...options], folder);
    expect([code, out]).toEqual([2, '']);
    expect(error.split('\n')).toHaveLength(2);
    expect(error).toContain(message);
    expect(readdirSync(folder)).toEqual(before);
  });

  it.each(['--csv', '--parquet', '--json'])('a damaged cell, with %s', async (form) => {
    const path = join(folder, 'runs/cells', results.conditions[5].test_cell, 'completions-drunkard.jsonl');
    const whole = readFileSync(path);
    const before = readdirSync(folder);
    truncateSync(path, Math.floor(whole.length / 2));
    const target = form === '--json' ? [] : ['damaged'];
    const { code, out, error } = await runCli(['report', 'runs/tiny', '--rows', form, ...target], folder);
    writeFileSync(path, whole);
    expect([code, out]).toEqual([3, '']);
    expect(error).toMatch(
      /^error\[CELL_DAMAGED\] [^\n]*completions-drunkard\.jsonl: was changed after it was written; expected sha256 [0-9a-f]{16}, got sha256 [0-9a-f]{16} \(hint: [^\n]*\)\n$/,
    );
    expect(readdirSync(folder)).toEqual(before);
  });

  it('a place that cannot be written', async () => {
    const { code, error } = await runCli(['report', 'runs/tiny', '--csv', 'numbers/rows.csv'], folder);
    expect([code, error]).toEqual([
      2,
      `error[FILE_WRITE] --csv ${join('numbers/rows.csv', 'metrics.csv')}: cannot write (a part of the path is not a folder); expected the path of a file, got the file numbers/rows.csv (hint: give another name)\n`,
    ]);
  });
});

describe.skipIf(python === undefined)('pandas', () => {
  const run = (program: string): string => runPython(python ?? '', program, folder);

  it('reads the numbers of the tables with their types', () => {
    const read = JSON.parse(
      run(`
import pandas as pd
d = pd.read_csv("numbers/metrics.csv")
v = d[(d["table"] == "plan-validity") & (d["metric"] == "plan_valid") & d["seed"].notna()]
print(pd.Series({
    "rows": len(d), "columns": list(d.columns), "seeds": sorted(int(s) for s in v["seed"].unique()),
    "exact": bool((v["k"] / v["n"] == v["value"]).all()), "k": [int(k) for k in v["k"]], "values": list(v["value"]),
}).to_json(double_precision=15))`),
    ) as Record<string, unknown>;
    const cells = results.conditions
      .map(({ condition }) => condition)
      .filter((condition, i, all) => all.indexOf(condition) === i)
      .flatMap((condition) =>
        ['wilson', 'drunkard'].flatMap((distribution) =>
          results.conditions
            .filter((each) => each.condition === condition)
            .map(({ evaluation }) => evaluation.find((summary) => summary.distribution === distribution)?.plan_valid),
        ),
      );
    expect(read).toEqual({
      rows: csvOf('metrics').length,
      columns: Object.keys(csvOf('metrics')[0]),
      seeds: [1, 4294967295],
      exact: true,
      k: cells.map((cell) => cell?.count),
      values: cells.map((cell) => (cell?.count ?? NaN) / (cell?.n ?? NaN)),
    });
  });

  it('counts in the rows what the results count', () => {
    const counted = JSON.parse(
      run(`
import json
import pandas as pd
d = pd.read_csv("numbers/rows.csv").convert_dtypes()
assert str(d["plan_valid"].dtype) == "boolean" and str(d["strict_valid"].dtype) == "boolean"
g = d.groupby(["condition", "seed", "distribution"], sort=False)
print(json.dumps([[key[0], int(key[1]), key[2], len(r), int(r["plan_valid"].sum()), int(r["strict_valid"].sum()), int(r["strict_valid"].notna().sum())] for key, r in g]))`),
    ) as unknown;
    expect(counted).toEqual(
      results.conditions.flatMap(({ condition, seed, evaluation }) =>
        evaluation.map(({ distribution, n, plan_valid, trace_valid }) => [
          condition,
          seed,
          distribution,
          n,
          plan_valid.count,
          ...(condition === 'solution-only' ? [0, 0] : [trace_valid.strict.count, n]),
        ]),
      ),
    );
  });

  it('runs the examples of docs/tables.md', () => {
    const document = readFileSync(join(import.meta.dirname, '../../docs/tables.md'), 'utf8');
    const examples = [...document.matchAll(/```python\n([^]*?)```/g)].map(([, program]) => program);
    expect(examples.length).toBeGreaterThan(1);
    for (const program of examples) expect(run(program)).toMatch(/solution-only/);
  });
});

it('leaves no temporary file behind', () => {
  expect(existsSync(join(folder, 'numbers'))).toBe(true);
  expect(readdirSync(join(folder, 'numbers')).sort()).toEqual(['metrics.csv', 'rows.csv']);
});
