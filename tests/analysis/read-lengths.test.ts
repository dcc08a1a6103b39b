// Lengths with distances: one open model scores the gold completions of all distributions, and reports its share of
// them.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readLengths } from '../../src/analysis/read-lengths.ts';
import { RandomSequence, STREAMS } from '../../src/base/random.ts';
import { solve } from '../../src/domain/maze/astar.ts';
import { generateProblem } from '../../src/domain/maze/generate.ts';
import { completionText, promptText } from '../../src/domain/maze/grammar.ts';
import { judge } from '../../src/domain/maze/verdict/judge.ts';
import { Model } from '../../src/model/model.ts';
import { meanLoss } from '../../src/model/score.ts';
import { SIZE, writeSmallCheckpoint } from '../model/small-checkpoint.ts';

/** Mazes of one distribution with their gold completions. */
function golds(generator: 'wilson' | 'dfs', count: number, size = SIZE) {
  return Array.from({ length: count }, (_, i) => {
    const problem = generateProblem(generator, size, new RandomSequence(2, STREAMS.test, i));
    const { trace, plan } = solve(problem);
    const completion = completionText(trace, plan ?? []);
    const verdict = judge(problem, completion);
    return {
      id: `${generator}-${i}`,
      generator,
      size,
      prompt: promptText(problem),
      completion,
      truncated: false,
      verdict,
    };
  });
}

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tracelab-lengths-'));
  await writeSmallCheckpoint(join(folder, 'model'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function write(rows: ReturnType<typeof golds>): Promise<void> {
  const lines = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  await writeFile(join(folder, `completions-${rows[0].generator}.jsonl`), lines);
}

it('gives every maze its mean loss and reports the share of all distributions', async () => {
  const [wilson, dfs] = [golds('wilson', 9), golds('dfs', 3)];
  await write(wilson);
  await write(dfs);
  const input = { condition: 'correct', seed: 1, undertrained: false, directory: folder } as const;
  const told: (readonly [string, number, number])[] = [];
  const run = await readLengths({ ...input, checkpoint: join(folder, 'model') }, 1, {
    progress: ({ distribution, done, share }) => told.push([distribution, done, share]),
  });
  expect(told).toEqual([
    ['wilson', 9, 0.75],
    ['dfs', 3, 1],
  ]);
  await using model = await Model.open(join(folder, 'model'), 2);
  for (const rows of [wilson, dfs])
    expect(run?.rows[rows[0].generator]?.map(({ distance }) => distance)).toEqual(
      (await model.score(rows))?.map(meanLoss),
    );
  const hooks = { progress: () => undefined, signal: AbortSignal.abort() };
  expect(await readLengths({ ...input, checkpoint: join(folder, 'model') }, 1, hooks)).toBeNull();
});

it('refuses a later file of another grid size before it has scored anything', async () => {
  await write(golds('wilson', 2));
  await write(golds('dfs', 2, SIZE + 1));
  let told = 0;
  const run = readLengths(
    { condition: 'correct', seed: 1, undertrained: false, directory: folder, checkpoint: join(folder, 'model') },
    1,
    { progress: () => (told += 1) },
  );
  await expect(run).rejects.toMatchObject({ code: 'GRID_SIZE', where: expect.stringContaining('dfs-0') as string });
  expect(told).toBe(0);
});
