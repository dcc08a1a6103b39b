// Interventions on real threads with a small checkpoint: what is generated behind which words, what is kept, what is
// reused and refused.
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { RandomSequence, STREAMS } from '../../src/base/random.ts';
import { readTests } from '../../src/data/test-sets.ts';
import { solve } from '../../src/domain/maze/astar.ts';
import { generateProblem } from '../../src/domain/maze/generate.ts';
import { completionText, promptText } from '../../src/domain/maze/grammar.ts';
import { summarizeForced } from '../../src/evaluation/forced-rows.ts';
import { intervene, type InterveneOptions } from '../../src/evaluation/intervene.ts';
import type { ForcedRow } from '../../src/evaluation/intervention-summary.ts';
import { interventionName, readInterventions } from '../../src/evaluation/interventions.ts';
import { Model } from '../../src/model/model.ts';
import { SIZE, writeSmallCheckpoint } from '../model/small-checkpoint.ts';

// Threads start slowly on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const MAZES = 30;
const interventions = ['gold', 'empty', 'corrupted-regenerated@0.5', 'early-share@1', 'early@3', 'early@1000'].flatMap(
  (name) => readInterventions(name) ?? [],
);

describe('intervene', () => {
  let folder = '';
  let options: InterveneOptions;
  const prompts: string[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tracelab-intervene-'));
    await writeSmallCheckpoint(join(folder, 'model'));
    const rows = Array.from({ length: MAZES }, (_, i) => {
      const problem = generateProblem('wilson', SIZE, new RandomSequence(4, STREAMS.test, i));
      const { trace, plan } = solve(problem);
      prompts.push(promptText(problem));
      return JSON.stringify({
        id: `maze-${i}`,
        generator: 'wilson',
        size: SIZE,
        prompt: promptText(problem),
        completion: completionText(trace, plan ?? []),
      });
    });
    await writeFile(join(folder, 'mazes.jsonl'), `${rows.join('\n')}\n`);
    options = {
      checkpoint: join(folder, 'model'),
      tests: [{ distribution: 'wilson', file: join(folder, 'mazes.jsonl') }],
      interventions,
      other: null,
      outDir: join(folder, 'out'),
      threads: 1,
      seed: 1,
    };
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  const run = (changes: Partial<InterveneOptions> = {}, signal?: AbortSignal) =>
    intervene({ ...options, ...changes }, { progress: () => undefined, signal });
  const rowsOf = async (name: string, out = 'out'): Promise<ForcedRow[]> =>
    (await readFile(join(folder, out, `forced-wilson-${name}.jsonl`), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as ForcedRow);

  it('keeps a row a maze; what was forced stands at the beginning of what was judged', async () => {
    const { finished, distributions } = await run();
    expect(finished).toBe(true);
    expect(distributions[0].interventions.map(({ intervention }) => intervention)).toEqual(
      interventions.map(interventionName),
    );
    for (const name of interventions.map(interventionName)) {
      const rows = await rowsOf(name);
      expect(rows.map(({ id }) => id)).toEqual(Array.from({ length: MAZES }, (_, i) => `maze-${i}`));
      expect(rows.every((row) => 'left_out' in row || row.completion.startsWith(row.forced))).toBe(true);
    }
    const [gold, , , , , tooEarly] = distributions[0].interventions;
    expect(gold.n + gold.no_room).toBe(MAZES);
    expect(gold.n).toBeGreaterThan(0);
    expect(tooEarly).toMatchObject({ n: 0, not_applicable: MAZES });
  });

  it('is generation from the longer prompt: the words behind it are those that the model writes there', async () => {
    await using model = await Model.open(options.checkpoint, 1);
    const rows = (await rowsOf('gold')).flatMap((row, i) =>
      'left_out' in row ? [] : [{ row, prompt: `${prompts[i]} ${row.forced}` }],
    );
    const direct = await model.generate({
      prompts: rows.map(({ prompt }) => prompt),
      maxNewTokens: 12,
      temperature: 0,
      seed: 9,
    });
    for (const [i, { row }] of rows.entries())
      expect(
        `${row.completion} `.startsWith(`${row.forced} ${direct?.[i].text} `) ||
          (direct?.[i].tokens ?? 0) > row.completion.split(' ').length - row.forced.split(' ').length,
      ).toBe(true);
    expect(rows.every(({ row }) => row.forced.endsWith(' solution'))).toBe(true);
  });

  it('gives the same result on two threads, and reuses its files unless mazes or interventions change', async () => {
    const first = await run();
    expect((await run({ threads: 2, outDir: join(folder, 'two') })).result).toBe(first.result);
    const file = join(folder, 'out', 'forced-wilson-gold.jsonl');
    // Set, because the clock of a file system may stand still for some milliseconds.
    await utimes(file, 1, 1);
    expect((await run()).result).toBe(first.result);
    expect((await stat(file)).mtimeMs).toBe(1000);
    const fewer = await run({ limit: 10 });
    expect(fewer.distributions[0].own.n).toBe(10);
    expect((await stat(file)).mtimeMs).toBeGreaterThan(1000);
  });

  it('does not take rows of another call, or edited ones, for its own', async () => {
    const outDir = join(folder, 'crossed');
    const file = join(outDir, 'forced-wilson-gold.jsonl');
    const gold = await run({ outDir });
    const key = await readFile(`${file}.key`, 'utf8');
    await run({ outDir, seed: 2, limit: 10 });
    // Stopped between the rows and their key.
    await writeFile(`${file}.key`, key);
    expect((await run({ outDir })).result).toBe(gold.result);
    await writeFile(file, (await readFile(file, 'utf8')).replaceAll('"valid":false', '"valid":true '));
    expect((await run({ outDir })).result).toBe(gold.result);
  });

  it('gives the same table in one call and in calls that share the completions without intervention', async () => {
    const names = ['empty', 'early@0', 'gold'];
    const kindsOf = (...some: string[]) => some.flatMap((name) => readInterventions(name) ?? []);
    const together = await run({ interventions: kindsOf(...names), outDir: join(folder, 'together') });
    const own = join(folder, 'alone-own');
    await run({ interventions: [], outDir: own });
    const folders = new Map(names.map((name) => [name, join(folder, `alone-${name}`)] as const));
    for (const [name, outDir] of folders) await run({ interventions: kindsOf(name), own, outDir });
    const { sets } = await readTests(options.tests, null);
    expect(await summarizeForced(sets, own, folders)).toEqual(together.distributions);
    expect(existsSync(join(folder, 'alone-gold/forced-wilson-own.jsonl'))).toBe(false);
  });

  it('reports its share of the completions of all distributions, those of an earlier call included', async () => {
    const outDir = join(folder, 'shares');
    const tests = ['wilson', 'dfs'].map((distribution) => ({ distribution, file: join(folder, 'mazes.jsonl') }));
    const sharesOf = async (names: readonly string[]): Promise<number[]> => {
      const shares: number[] = [];
      const kinds = names.flatMap((name) => readInterventions(name) ?? []);
      const progress = ({ share }: { readonly share: number }) => shares.push(share);
      await intervene({ ...options, tests, interventions: kinds, outDir }, { progress });
      return shares;
    };
    const shares = await sharesOf(['gold']);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(shares[0]).toBeLessThan(0.25);
    expect(shares.at(-1)).toBe(1);
    // 30 of 90 each were kept of both distributions twice.
    const more = await sharesOf(['gold', 'empty']);
    expect(more[0]).toBeGreaterThan(2 / 6);
    expect(more.at(-1)).toBe(1);
  });

  it('stops at the signal and says so', async () => {
    expect(await run({ outDir: join(folder, 'stopped') }, AbortSignal.abort())).toMatchObject({
      finished: false,
      distributions: [],
    });
  });

  it('refuses a later file of another grid size before it has generated anything', async () => {
    const file = join(folder, 'large.jsonl');
    const [prompt, completion] = ['query start 0 0 goal 1 0 reasoning', 'solution plan 0 0 plan 1 0 end'];
    await writeFile(file, `${JSON.stringify({ id: 'a', generator: 'free', size: SIZE + 1, prompt, completion })}\n`);
    const outDir = join(folder, 'large');
    await expect(run({ tests: [...options.tests, { distribution: 'drunkard', file }], outDir })).rejects.toMatchObject({
      code: 'GRID_SIZE',
      exitCode: 2,
    });
    expect(existsSync(outDir)).toBe(false);
  });

  it("takes another model's completions by maze, and refuses those of other mazes", async () => {
    const gold = await readFile(join(folder, 'mazes.jsonl'), 'utf8');
    await writeFile(join(folder, 'completions-wilson.jsonl'), gold.trim().split('\n').toReversed().join('\n'));
    const other = await run({
      interventions: readInterventions('other') ?? [],
      other: folder,
      outDir: join(folder, 'other'),
    });
    expect(other.finished).toBe(true);
    const forced = await rowsOf('other', 'other');
    expect(forced.map((row) => ('left_out' in row ? null : row.forced))).toEqual(
      (await run({ interventions: readInterventions('gold') ?? [], outDir: join(folder, 'gold') }),
      await rowsOf('gold', 'gold')).map((row) => ('left_out' in row ? null : row.forced)),
    );
    await writeFile(join(folder, 'completions-wilson.jsonl'), gold.replace('maze-7', 'maze-x'));
    await expect(
      run({ interventions: readInterventions('other') ?? [], other: folder, outDir: join(folder, 'refused') }),
    ).rejects.toMatchObject({ code: 'OTHER_MISSING', message: expect.stringContaining('maze-7') as string });
  });
});
