// The models that a report holds: which, with what numbers, within which size; and what it says when it holds none.
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../src/base/hash.ts';
import type { Condition } from '../../src/domain/conditions/condition.ts';
import { MAZE } from '../../src/domain/maze/domain.ts';
import { parsePrompt } from '../../src/domain/maze/grammar.ts';
import type { Checkpoint } from '../../src/model/checkpoint.ts';
import { tensorShapes } from '../../src/model/layout.ts';
import { liveBlocks } from '../../src/report/live/blocks.ts';
import type { LiveData } from '../../src/report/live/data.ts';
import { renderPlayPage } from '../../src/report/live/play-page.ts';
import { exampleProblems } from '../../src/report/live/problems.ts';
import { readLiveModel } from '../../src/report/live/read-model.ts';
import { type LiveLimits, readLiveStudy } from '../../src/report/live/study-models.ts';
import { reportOfStudy } from '../../src/report/live/study-report.ts';
import type { ConditionResult, StudyResults } from '../../src/study/results.ts';
import { ORIGIN, SIZE, writeSmallCheckpoint } from '../model/small-checkpoint.ts';
import { CASES, fixture, rowOf } from './fixture.ts';
import { policyOf } from './policy.ts';

const STEPS = ORIGIN.step;
let folder = '';
let checkpoint: Checkpoint;
let hash = '';
let results: StudyResults;

const cellOf = (condition: Condition, seed: number): string => `train-${condition}-${seed}`;
const weightsOf = (condition: Condition): string =>
  join(folder, 'runs/cells', cellOf(condition, 1), `checkpoints/step-${STEPS}/model.safetensors`);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tracelab-live-report-'));
  checkpoint = await writeSmallCheckpoint(join(folder, 'model'));
  hash = sha256(await readFile(join(folder, 'model/model.safetensors')));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  const study = fixture();
  const conditions = study.conditions.map((run): ConditionResult => ({
    ...run,
    cell: cellOf(run.condition, run.seed),
    test_cell: `test-${run.condition}-${run.seed}`,
    steps: STEPS,
    weights_sha256: hash,
  }));
  results = { ...study, conditions };
  const cells = join(folder, 'runs/cells');
  await rm(cells, { recursive: true, force: true });
  for (const run of conditions) {
    await cp(join(folder, 'model'), dirname(weightsOf(run.condition)), { recursive: true });
    await mkdir(join(cells, run.test_cell), { recursive: true });
    for (const { distribution } of run.evaluation) {
      const rows = CASES.filter(({ generator }) => generator === distribution).map(rowOf);
      const lines = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
      await writeFile(join(cells, run.test_cell, `completions-${distribution}.jsonl`), lines);
    }
  }
});

const read = (limits?: Partial<LiveLimits>) => readLiveStudy(results, join(folder, 'runs/quick'), limits);
const report = (): Promise<string> => reportOfStudy(results, join(folder, 'runs/quick'), 'runs/quick');

describe('a report', () => {
  it('holds the last models of correct and swapped traces of the first seed, with numbers of the results', async () => {
    const live = await read();
    expect(live?.missing).toBeNull();
    expect(live?.models.map(({ id }) => id)).toEqual(['correct-1', 'swapped-1']);
    for (const { validity, condition, ...model } of live?.models ?? []) {
      expect(condition).toBe(ORIGIN.condition);
      expect(model.hash).toBe(hash);
      expect(model.weights.length).toBe(
        tensorShapes(checkpoint.model, checkpoint.vocabulary.length).reduce(
          (sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1),
          0,
        ),
      );
      const run = results.conditions.find(({ cell }) => cell === cellOf(model.id.split('-')[0] as Condition, 1));
      expect(validity).toEqual(
        run?.evaluation.map(({ distribution, plan_valid: { count, n } }) => ({
          label: MAZE.distributions.find(({ name }) => name === distribution)?.label,
          valid: count,
          of: n,
        })),
      );
    }
  });

  it('holds the first test mazes of each distribution, with what each model wrote', async () => {
    const live = await read();
    for (const { distribution } of results.conditions[0].evaluation) {
      const label = MAZE.distributions.find(({ name }) => name === distribution)?.label;
      const expected = CASES.filter(({ generator }) => generator === distribution).slice(0, 3);
      const problems = live?.problems.filter(({ group }) => group === label) ?? [];
      expect(problems.map(({ prompt }) => prompt)).toEqual([...new Set(expected.map(({ prompt }) => prompt))]);
      for (const { recorded } of problems) expect(Object.keys(recorded)).toEqual(['correct-1', 'swapped-1']);
    }
  });

  it('has no recorded completions where tokens were drawn', async () => {
    results = { ...results, config: { ...results.config, evaluate: { ...results.config.evaluate, temperature: 1 } } };
    for (const { recorded } of (await read())?.problems ?? []) expect(recorded).toEqual({});
  });

  it('is the same for the same cells, and its policy lets WebAssembly run', async () => {
    const page = await report();
    expect(await report()).toBe(page);
    expect(policyOf(page)['script-src']).toContain("'wasm-unsafe-eval'");
    expect(page).toContain('id="live-weights-correct-1"');
    expect(page).toContain('npx tracelab play runs/quick');
  });

  it('says how to get models where the cells are not', async () => {
    await rm(join(folder, 'runs/cells'), { recursive: true });
    const page = await report();
    expect(page).toContain(
      'This page holds no models: the cells of swapped traces, seed 1 are not next to the results',
    );
    expect(page).toContain('npx tracelab report runs/quick');
    expect(policyOf(page)['script-src']).not.toContain("'wasm-unsafe-eval'");
    expect(page).not.toContain('id="live-data"');
  });

  it('leaves a damaged model out, one with other weights than the results say, and one that is too large', async () => {
    const weights = await readFile(weightsOf('swapped'));
    weights[weights.length - 1] ^= 1;
    await writeFile(weightsOf('swapped'), weights);
    expect(await read()).toMatchObject({
      models: [{ id: 'correct-1' }],
      missing: 'the checkpoint of swapped traces, seed 1 is damaged',
    });
    const conditions = results.conditions.map((run) => ({ ...run, weights_sha256: 'ab'.repeat(32) }));
    results = { ...results, conditions: conditions.filter(({ condition }) => condition !== 'swapped') };
    expect(await read()).toMatchObject({
      models: [],
      missing: 'the weights of correct traces, seed 1 are not those of the results',
    });
  });

  it('holds as many models as its size allows', async () => {
    const one = (await read())?.models[0].weights.length ?? 0;
    const live = await read({ characters: Math.ceil((4 * 4 * one) / 3) + 4 });
    expect(live?.models.map(({ id }) => id)).toEqual(['correct-1']);
    expect(live?.missing).toBe('a model of swapped would make this page too large');
  });

  it('has no such section for another domain', async () => {
    const { config } = results;
    results = { ...results, config: { ...config, data: { ...config.data, domain: 'sokoban' } } };
    expect(await read()).toBeNull();
  });
});

describe('the blocks of a page', () => {
  it('hold names as data: nothing ends a block', async () => {
    const model = await readLiveModel(join(folder, 'model'), { id: 'one' });
    const hostile = {
      id: '</script><script>alert(1)</script>',
      group: '<b>',
      size: SIZE,
      prompt: '<!--',
      recorded: {},
    };
    const { text } = liveBlocks([model], [hostile]);
    const json = /<script type="application\/json" id="live-data">(.*?)<\/script>/s.exec(text)?.[1] ?? '';
    expect(json).not.toContain('<');
    expect((JSON.parse(json) as LiveData).problems).toEqual([hostile]);
    expect(text.match(/<\/script>/g)?.length).toBe(4);
  });

  it('hold the very weights', async () => {
    const model = await readLiveModel(join(folder, 'model'), { id: 'one' });
    const text = /id="live-weights-one">([^<]*)</.exec(liveBlocks([model], []).text)?.[1] ?? '';
    const bytes = Uint8Array.from(Buffer.from(text, 'base64'));
    expect(new Float32Array(bytes.buffer)).toEqual(model.weights);
  });
});

describe('the page of play', () => {
  it('is the same for the same models, names each, and takes mazes of every distribution', async () => {
    const model = await readLiveModel(join(folder, 'model'));
    const problems = exampleProblems(SIZE, 2, 1);
    const given = { models: [model], problems, version: '1.2.3' };
    const page = renderPlayPage(given);
    expect(renderPlayPage(given)).toBe(page);
    expect(page).toContain(hash);
    expect(page).toContain(`correct traces, seed ${ORIGIN.seed}`.replace('correct', 'Correct'));
    const groups = new Set(problems.map(({ group }) => group));
    expect([...groups]).toEqual(MAZE.distributions.filter(({ control }) => !control).map(({ label }) => label));
    for (const { prompt } of problems)
      expect(MAZE.solve(parsePrompt(prompt, SIZE, 'test')).completion).toContain('plan');
  });

  it('refuses a model that is not of mazes', async () => {
    const other = join(folder, 'other');
    await writeSmallCheckpoint(other);
    const text = await readFile(join(other, 'tracelab.json'), 'utf8');
    await writeFile(join(other, 'tracelab.json'), text.replace('"maze"', '"sokoban"'));
    await expect(readLiveModel(other)).rejects.toThrow(/error\[/);
  });
});
