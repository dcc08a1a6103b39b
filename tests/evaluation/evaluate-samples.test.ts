// Several completions of each problem: a function of seed, sample and problem alone, in files of their own.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readTests, type TestSets } from '../../src/data/test-sets.ts';
import { domainOf } from '../../src/domain/domains.ts';
import { evaluateSamples, type EvaluateSamplesOptions } from '../../src/evaluation/evaluate-samples.ts';
import { evaluate } from '../../src/evaluation/evaluate.ts';
import { writeSmallCheckpoint } from '../model/small-checkpoint.ts';

const PROBLEMS = 5;

interface Row {
  readonly id: string;
  readonly prompt: string;
  readonly completion: string;
  readonly sample: number;
  readonly tokens: number;
}

let folder: string;
let tests: TestSets;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-samples-'));
  await writeSmallCheckpoint(join(folder, 'model'), 0.3);
  const file = join(folder, 'mazes.jsonl');
  const lines = Array.from({ length: PROBLEMS }, (_, i) =>
    JSON.stringify({
      id: `maze-${i}`,
      generator: 'free',
      size: 4,
      prompt: `query start 0 0 goal ${1 + (i % 3)} ${i % 4} reasoning`,
      completion: `solution ${'plan 0 0 '.repeat(8)}end`,
    }),
  );
  writeFileSync(file, `${lines.join('\n')}\n`);
  tests = await readTests([{ distribution: 'free', file }], null);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const optionsOf = (name: string, changes: Partial<EvaluateSamplesOptions> = {}): EvaluateSamplesOptions => ({
  checkpoint: join(folder, 'model'),
  tests,
  outDir: mkdtempSync(join(folder, `${name}-`)),
  threads: 1,
  temperature: 1,
  seed: 1,
  samples: 6,
  ...changes,
});
const rowsOf = (outDir: string, name = 'samples'): Row[] =>
  readFileSync(join(outDir, `${name}-free.jsonl`), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);
const hooks = { progress: () => undefined };

async function sampled(changes: Partial<EvaluateSamplesOptions> = {}) {
  const options = optionsOf('run', changes);
  const summaries = await evaluateSamples(options, hooks);
  return { options, summaries, rows: rowsOf(options.outDir) };
}

it('draws the same completions and counts the same whatever the number of threads', async () => {
  const [one, three] = [await sampled(), await sampled({ threads: 3 })];
  expect(three).toMatchObject({ rows: one.rows, summaries: one.summaries });
  expect(one.rows.map(({ id, sample }) => `${id} ${sample}`)).toEqual(
    Array.from({ length: PROBLEMS * 6 }, (_, i) => `maze-${Math.floor(i / 6)} ${i % 6}`),
  );
  // Neither equal completions of a problem nor completions of another prompt.
  expect(new Set(one.rows.slice(0, 6).map(({ completion }) => completion)).size).toBeGreaterThan(3);
  expect((await sampled({ seed: 2 })).rows).not.toEqual(one.rows);
});

it('begins with the completions of fewer samples, and with those of a single evaluation', async () => {
  const [two, six] = [await sampled({ samples: 2 }), await sampled()];
  expect(six.rows.filter(({ sample }) => sample < 2)).toEqual(two.rows);
  const single = optionsOf('single');
  await evaluate(single, hooks);
  const firsts = six.rows.filter(({ sample }) => sample === 0);
  expect(firsts).toMatchObject(rowsOf(single.outDir, 'completions'));
});

it('judges each completion by its own problem, and counts its tokens', async () => {
  const { rows, summaries } = await sampled();
  for (const row of rows) {
    expect(row).toMatchObject({ verdict: domainOf().judge({ ...row, generator: 'free', size: 4 }) });
    expect(row.completion.split(' ').filter((word) => word !== '')).toHaveLength(row.tokens);
  }
  const tokens = rows.reduce((sum, row) => sum + row.tokens, 0);
  expect(summaries?.[0].tokens.per_problem).toBeCloseTo(tokens / PROBLEMS, 12);
});

it('leaves no file with the name of greedy completions, and takes its own files again', async () => {
  const { options, rows, summaries } = await sampled();
  expect(readdirSync(options.outDir).sort()).toEqual(['samples-free.jsonl', 'samples-free.jsonl.key', 'samples.json']);
  const reports: number[] = [];
  const again = await evaluateSamples(options, { progress: ({ done }) => reports.push(done) });
  expect([again, reports]).toEqual([summaries, []]);
  // Other settings are not taken for these.
  await evaluateSamples({ ...options, samples: 2 }, hooks);
  expect(rowsOf(options.outDir)).toEqual(rows.filter(({ sample }) => sample < 2));
});

it('reports its share of all completions, and stops without a summary', async () => {
  const shares: number[] = [];
  await evaluateSamples(optionsOf('shares'), {
    progress: ({ done, total, share }) => shares.push(done / total - share),
  });
  expect(shares.length).toBeGreaterThan(0);
  for (const difference of shares) expect(difference).toBeCloseTo(0, 12);
  const stopped = optionsOf('stopped');
  expect(await evaluateSamples(stopped, { ...hooks, signal: AbortSignal.abort() })).toBeNull();
  expect(readdirSync(stopped.outDir)).toEqual([]);
});
