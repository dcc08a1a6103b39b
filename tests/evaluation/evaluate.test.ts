// Evaluating a checkpoint: every test file is looked at before the first completion; what the cap of a completion is
// taken from.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readTests } from '../../src/data/test-sets.ts';
import { evaluate, evaluateModel, type EvaluateOptions, summarizeFirst } from '../../src/evaluation/evaluate.ts';
import { Model } from '../../src/model/model.ts';
import { writeSmallCheckpoint } from '../model/small-checkpoint.ts';

let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-evaluate-'));
  await writeSmallCheckpoint(join(folder, 'model'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** One maze without walls, from the first cell to (x, y), as a line of a test file. */
function mazeLine(id: number, size: number, x: number, y: number, plan: string): string {
  const prompt = `query start 0 0 goal ${x} ${y} reasoning`;
  return `${JSON.stringify({ id: `maze-${id}`, generator: 'free', size, prompt, completion: `solution ${plan} end` })}\n`;
}

/**
 * A test file of one maze.
 * @returns its path
 */
function testFile(name: string, size: number, plan: string): string {
  const path = join(folder, name);
  writeFileSync(path, mazeLine(0, size, 1, 0, plan));
  return path;
}

it.each([
  ['of another grid size', 'GRID_SIZE', 5, 'plan 0 0 plan 1 0'],
  ['whose gold completion is too long', 'CONTEXT_TOO_SHORT', 4, 'plan 0 0 '.repeat(60).trim()],
])('refuses a later file %s before it has generated anything', async (_, code, size, plan) => {
  const good = testFile('good.jsonl', 4, 'plan 0 0 plan 1 0');
  const bad = testFile('bad.jsonl', size, plan);
  const outDir = join(folder, 'out');
  const options: EvaluateOptions = {
    checkpoint: join(folder, 'model'),
    tests: await readTests(
      [
        { distribution: 'wilson', file: good },
        { distribution: 'drunkard', file: bad },
      ],
      null,
    ),
    outDir,
    threads: 1,
    temperature: 0,
    seed: 1,
  };
  await expect(evaluate(options, { progress: () => undefined })).rejects.toMatchObject({ code, exitCode: 2 });
  expect(existsSync(outDir)).toBe(false);
});

it('gives a maze one completion whatever the limit when the cap is that of the file; all tell the first ones', async () => {
  const path = join(folder, 'mazes.jsonl');
  // So flat that it never chooses to end: a completion is as long as it may be.
  await writeSmallCheckpoint(join(folder, 'endless'), 0.05);
  // The longest gold completion comes last, so that a limit hides it.
  const plans = ['plan 0 0 plan 1 0', 'plan 0 0 plan 1 0', 'plan 0 0 '.repeat(20).trim()];
  writeFileSync(path, plans.map((plan, i) => mazeLine(i, 4, i + 1, 0, plan)).join(''));
  const run = async (name: string, changes: Partial<EvaluateOptions>) => {
    const outDir = join(folder, name);
    mkdirSync(outDir);
    const options: EvaluateOptions = {
      checkpoint: join(folder, 'endless'),
      tests: await readTests([{ distribution: 'free', file: path }], path),
      outDir,
      threads: 1,
      temperature: 0,
      seed: 1,
      ...changes,
    };
    const {
      summaries: [summary],
    } = await evaluate(options, { progress: () => undefined });
    return {
      outDir,
      summary,
      options,
      lines: readFileSync(join(outDir, 'completions-free.jsonl'), 'utf8').trimEnd().split('\n'),
    };
  };
  const all = await run('all', { capOf: 'file' });
  const first = await run('first', { capOf: 'file', limit: 2 });
  const mazes = await run('mazes', { limit: 2 });
  expect(first.lines).toEqual(all.lines.slice(0, 2));
  expect(mazes.lines).not.toEqual(first.lines);
  expect(first.summary).toEqual(await summarizeFirst(all.outDir, 'free', 2));
  // The two are not taken for each other.
  const {
    options: { outDir, ...others },
  } = mazes;
  await evaluate({ ...others, outDir, capOf: 'file' }, { progress: () => undefined });
  expect(readFileSync(join(outDir, 'completions-free.jsonl'), 'utf8').trimEnd().split('\n')).toEqual(first.lines);
});

it('reads test files and training file once for several models, and tells its share of all their mazes', async () => {
  const files = [1, 3].map((count) => {
    const file = join(folder, `${count}.jsonl`);
    writeFileSync(file, Array.from({ length: count }, (_, i) => mazeLine(i, 4, 1, i, 'plan 0 0 plan 1 0')).join(''));
    return { distribution: `of-${count}`, file };
  });
  const tests = await readTests(files, files[0].file);
  for (const { file } of files) rmSync(file);
  await writeSmallCheckpoint(join(folder, 'other'), 0.3);
  for (const name of ['model', 'other']) {
    const outDir = join(folder, `out-${name}`);
    mkdirSync(outDir);
    await using model = await Model.open(join(folder, name), 2);
    const shares: number[] = [];
    const progress = ({ share }: { readonly share: number }) => shares.push(share);
    const options = { outDir, temperature: 0, seed: 1 };
    const { summaries } = await evaluateModel(model, tests, options, { progress });
    expect(summaries.map(({ n, walls_seen }) => [n, walls_seen.n])).toEqual([
      [1, 1],
      [3, 3],
    ]);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect([shares[0], shares.at(-1)]).toEqual([0.25, 1]);
    // What was kept counts as done.
    rmSync(join(outDir, 'completions-of-3.jsonl'));
    shares.length = 0;
    expect((await evaluateModel(model, tests, options, { progress })).summaries).toEqual(summaries);
    expect(Math.min(...shares)).toBeGreaterThan(0.25);
  }
});
