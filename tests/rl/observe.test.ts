// Sampled groups of test problems on real threads: nothing learnt, KL against the start, the same draws for every
// checkpoint and thread count.
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashFile } from '../../src/base/hash.ts';
import { readExamples, writeDataset } from '../../src/data/dataset.ts';
import { readCheckpoint } from '../../src/model/checkpoint.ts';
import { completionCap } from '../../src/model/completion-cap.ts';
import { RL_DEFAULTS, type RlConfig } from '../../src/rl/config.ts';
import { readTests, type TestFile } from '../../src/data/test-sets.ts';
import {
  checkObservable,
  type ObservableOptions,
  observe,
  type ObserveHooks,
  type ObserveOptions,
  type SampledGroups,
} from '../../src/rl/observe.ts';
import { rl } from '../../src/rl/rl.ts';
import { trainHalf } from './half-trained.ts';

const CONFIG: RlConfig = {
  ...RL_DEFAULTS,
  steps: 3,
  prompts: 6,
  group: 4,
  inner_epochs: 2,
  lr: 2e-3,
  warmup_steps: 0,
  cap: 60,
  accumulators: 4,
  resample: 2,
  checkpoint_every: 3,
};
const TOLD = { progress: () => undefined };

describe('observe', { timeout: 60_000 }, () => {
  let folder = '',
    start = '',
    after = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tracelab-observe-'));
    // The test file holds training mazes, which the model solves now and then.
    await writeDataset(join(folder, 'data'), {
      domain: 'maze',
      generator: 'drunkard',
      size: 4,
      train: 20,
      dev: 2,
      test: 5,
      test_in_distribution: 5,
      distributions: ['drunkard', 'dfs'],
      drunkard_coverage: 0.5,
      seed: 3,
    });
    const trainFile = join(folder, 'data', 'train.jsonl');
    await mkdir(join(folder, 'tests'));
    await copyFile(join(folder, 'data', 'test-dfs.jsonl'), file('dfs'));
    await writeFile(
      file('drunkard'),
      (await readFile(trainFile, 'utf8'))
        .split('\n')
        .slice(0, 12)
        .map((line) => `${line}\n`)
        .join(''),
    );
    start = (await trainHalf(join(folder, 'trained'), trainFile)).directory;
    after = (
      await rl({ runDir: join(folder, 'rl'), checkpoint: start, rl: CONFIG, seed: 5, trainFile, threads: 2 }, TOLD)
    ).checkpoints[0].dir;
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  const file = (distribution: string): string => join(folder, 'tests', `test-${distribution}.jsonl`);
  /** Of an observation, its test files yet to be read. */
  type Changes = Partial<Omit<ObserveOptions, 'tests'> & { readonly tests: readonly TestFile[] }>;
  const run = async (
    name: string,
    { tests = [{ distribution: 'drunkard', file: file('drunkard') }], ...changes }: Changes = {},
    hooks: ObserveHooks = TOLD,
  ): Promise<SampledGroups[] | null> => {
    const outDir = join(folder, name);
    await mkdir(outDir, { recursive: true });
    const options = { checkpoint: start, start, rl: CONFIG, prompts: 10, seed: 7, outDir, threads: 2, ...changes };
    return observe({ ...options, tests: await readTests(tests, null) }, hooks);
  };
  const sampled = async (name: string, changes: Changes = {}): Promise<SampledGroups[]> => {
    const groups = await run(name, changes);
    if (groups === null) throw new Error('stopped');
    return groups;
  };
  const fileOf = (name: string): Promise<string> => readFile(join(folder, name, 'sampled-drunkard.json'), 'utf8');

  it('counts one group a problem, at the cap of the whole file, and leaves the weights alone', async () => {
    const before = await hashFile(join(start, 'model.safetensors'));
    const [groups] = await sampled('counts');
    expect(groups).toMatchObject({
      distribution: 'drunkard',
      groups: 10,
      completions: 40,
      cap: completionCap(await readExamples(file('drunkard')), await readCheckpoint(start), 'test'),
    });
    expect(groups.cap).not.toBe(CONFIG.cap);
    expect(groups.zero_spread).toBeGreaterThan(0);
    expect(groups.zero_spread).toBeLessThan(10);
    expect(groups.plan_valid).toBeGreaterThan(0);
    // A truncated completion earns nothing, whatever its verdict.
    expect(groups.reward).toBeLessThanOrEqual(groups.plan_valid / 40);
    expect(groups.reward).toBeGreaterThanOrEqual((groups.plan_valid - groups.truncated) / 40);
    expect(groups.entropy).toBeGreaterThan(0);
    expect(groups.entropy).toBeLessThanOrEqual(Math.log(34));
    expect(await hashFile(join(start, 'model.safetensors'))).toBe(before);
  });

  it('has KL exactly 0 for the start, and above 0 for what was learnt from it', async () => {
    const [[first], [last]] = [await sampled('kl-0'), await sampled('kl-3', { checkpoint: after })];
    expect(first.kl).toBe(0);
    expect(last.kl).toBeGreaterThan(0);
    expect(last.kl).toBeLessThan(10);
  });

  it.each([1, 3])(
    'writes the same file on %i threads, whatever steps, prompts and cap the run has',
    async (threads) => {
      const groups = await sampled('two', { checkpoint: after });
      expect(
        await sampled(`threads-${threads}`, {
          checkpoint: after,
          threads,
          rl: { ...CONFIG, steps: 99, prompts: 3, cap: 20, resample: 0, inner_epochs: 1, kl: 0.5, kl_every: 0 },
        }),
      ).toEqual(groups);
      expect(await fileOf(`threads-${threads}`)).toBe(await fileOf('two'));
    },
  );

  it('draws others for another seed, and fewer groups where the file has fewer problems', async () => {
    const [groups] = await sampled('seed-7'),
      [others] = await sampled('seed-8', { seed: 8 });
    expect(others.entropy).not.toBe(groups.entropy);
    const shares: number[] = [];
    const tests = ['drunkard', 'dfs'].map((distribution) => ({ distribution, file: file(distribution) }));
    const all = await run('fewer', { tests, prompts: 64 }, { progress: ({ share }) => shares.push(share) });
    expect(shares).toEqual([12 / 17, 1]);
    expect(all?.map(({ distribution, groups: count, completions }) => [distribution, count, completions])).toEqual([
      ['drunkard', 12, 48],
      ['dfs', 5, 20],
    ]);
  });

  it('takes what an earlier call has left, unless it is of other settings or was changed', async () => {
    const path = join(folder, 'kept', 'sampled-drunkard.json');
    const first = await sampled('kept');
    const written = await readFile(path, 'utf8');
    const speeds: number[] = [];
    expect(
      await run(
        'kept',
        {},
        {
          progress: ({ done, total }) => {
            speeds.push(done, total);
          },
        },
      ),
    ).toEqual(first);
    expect(speeds).toEqual([40, 40]);
    await writeFile(path, written.replace('"groups":10', '"groups":11'));
    expect(await sampled('kept')).toEqual(first);
    await writeFile(path, written.slice(0, 50));
    expect(await sampled('kept')).toEqual(first);
    expect(await readFile(path, 'utf8')).toBe(written);
    expect((await sampled('kept', { prompts: 4 }))[0].groups).toBe(4);
  });

  it('ends without a result when it is stopped', async () => {
    expect(await run('stopped', {}, { ...TOLD, signal: AbortSignal.abort() })).toBeNull();
  });

  it('is refused before it begins for files and sizes that cannot be', async () => {
    const check = (name: string): Promise<void> => {
      const tests = [{ distribution: 'dfs', file: join(folder, name) }];
      const options: ObservableOptions = { checkpoint: start, tests, rl: CONFIG, prompts: 10, threads: 2 };
      return checkObservable(options);
    };
    await writeFile(join(folder, 'none.jsonl'), '');
    await expect(check('none.jsonl')).rejects.toMatchObject({ code: 'NO_EXAMPLES' });
    const [prompt, completion] = ['query start 0 0 goal 1 0 reasoning', 'solution plan 0 0 plan 1 0 end'];
    const large = { id: 'a', generator: 'dfs', size: 5, prompt, completion };
    await writeFile(join(folder, 'large.jsonl'), `${JSON.stringify(large)}\n`);
    await expect(check('large.jsonl')).rejects.toMatchObject({ code: 'GRID_SIZE' });
    await expect(check('tests/test-drunkard.jsonl')).resolves.toBeUndefined();
  });
});
