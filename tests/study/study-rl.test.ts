// Reinforcement learning as cells of a study, through fakes: what is done again and what is not, stopping, names,
// refusals.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LoadedConfig } from '../../src/study/config-file.ts';
import type { StudyEvent } from '../../src/study/events.ts';
import type { StudyOutcome } from '../../src/study/study.ts';
import type { StudyResults } from '../../src/study/results.ts';
import { createFakes, tinyStudy } from './fakes.ts';
import type { Fakes } from './fakes.ts';
import { planWith, runWith } from './run-study.ts';

// Processes and disks of a busy machine are slow.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let runs: string;
let fakes: Fakes;
let events: StudyEvent[];
beforeEach(() => {
  runs = mkdtempSync(join(tmpdir(), 'tracelab-study-rl-'));
  fakes = createFakes();
  events = [];
});
afterEach(() => {
  rmSync(runs, { recursive: true, force: true });
});

async function run(loaded: LoadedConfig, signal?: AbortSignal): Promise<StudyOutcome> {
  return runWith(runs, fakes, loaded, { emit: (event) => events.push(event), signal, replace: true });
}

async function finish(loaded: LoadedConfig): Promise<StudyResults> {
  const outcome = await run(loaded);
  if (outcome.outcome !== 'finished') throw new Error(`the study ended as ${outcome.outcome}`);
  return outcome.results;
}

describe('reinforcement learning in a study', () => {
  it('does again only reinforcement learning when only that has changed', async () => {
    await finish(tinyStudy('rl={from: [swapped], steps: 3, prompts: 2, group: 2}'));
    const before = fakes.calls.length;
    await finish(tinyStudy('rl={from: [swapped], steps: 4, prompts: 2, group: 2}'));
    const [first, ...others] = fakes.calls.slice(before);
    expect(first).toBe('rl swapped 1 on 2');
    // The curve and the test after it are ready at once: which of them is first is chance.
    expect(others.toSorted()).toEqual(
      [
        'evaluate wilson+drunkard limit 10',
        'evaluate wilson+drunkard limit 10',
        'evaluate wilson+drunkard limit none',
        'observe wilson+drunkard first 64',
        'observe wilson+drunkard first 64',
      ].toSorted(),
    );
  });

  it('an early start comes next to the last one, which is found again', async () => {
    const settings = (starts: string): LoadedConfig =>
      tinyStudy(`rl={from: [correct, swapped], starts: ${starts}, steps: 3, prompts: 2, group: 2, curve_prompts: 0}`);
    const last = await finish(settings('[last]'));
    const before = fakes.calls.length;
    const both = await finish(settings('[last, early]'));
    // Correct traces alone have an early start: its test before, the run, its curve at step 0 and 3, its test after.
    expect(fakes.calls.slice(before).toSorted()).toEqual([
      'evaluate wilson+drunkard limit 10',
      'evaluate wilson+drunkard limit 10',
      'evaluate wilson+drunkard limit none',
      'evaluate wilson+drunkard limit none',
      'rl correct 1 on 2',
    ]);
    expect(both.rl?.filter(({ start }) => start === 'last')).toEqual(last.rl);
    expect(both.rl?.map(({ condition, start, start_step }) => [condition, start, start_step])).toEqual([
      ['correct', 'last', undefined],
      ['correct', 'early', 500],
      ['swapped', 'last', undefined],
    ]);
    // Traces of fakes are all valid, at step 500 and at step 1,000: the earlier is taken.
    const early = both.rl?.[1];
    expect(early?.start_trace_valid_strict).toMatchObject({ count: 8, n: 8 });
    expect(early?.before.map(({ n }) => n)).toEqual(early?.after.map(({ n }) => n));
    const f4 = both.findings.find(({ id }) => id === 'F4');
    expect(f4?.rows?.map(({ label }) => label)).toEqual([
      'correct, plans',
      'correct, early, plans',
      'swapped, plans',
      'correct, traces (no headroom)',
      'correct, early, traces (no headroom)',
      'swapped, traces (no headroom)',
    ]);
  });

  it('stops between the completions and the sampled groups of a curve, and goes on with the rest', async () => {
    const loaded = tinyStudy('rl={from: [swapped], steps: 3, prompts: 2, group: 2}');
    const stop = new AbortController();
    let asked = 0;
    fakes.beforeEvaluation = (outDir) => {
      if (outDir.includes('rl-curve') && ++asked === 2) stop.abort();
    };
    expect(await run(loaded, stop.signal)).toEqual({ outcome: 'stopped' });
    expect(fakes.calls.at(-1)).toBe('evaluate wilson+drunkard limit 10');
    expect(events.at(-1)).toMatchObject({ event: 'stopped', id: 'rl-curve-swapped-seed1' });
    const before = fakes.calls.length;
    const stopped = await finish(loaded);
    const rest = fakes.calls.slice(before);
    for (const call of ['evaluate wilson+drunkard limit 10', 'observe wilson+drunkard first 64'])
      expect(rest.filter((each) => each === call)).toHaveLength(2);
    expect(rest.filter((call) => call.startsWith('rl'))).toEqual([]);
    rmSync(runs, { recursive: true });
    expect((await finish(loaded)).rl?.[0].curve).toEqual(stopped.rl?.[0].curve);
  });

  it('samples as many groups on the curve of reinforcement learning as it is told, or none, and does nothing else again for it', async () => {
    const settings = (more: string): LoadedConfig =>
      tinyStudy(`rl={from: [swapped], steps: 3, prompts: 2, group: 2${more}}`);
    const first = await finish(settings(''));
    for (const [more, observed] of [
      [', curve_prompts: 3', ['observe wilson+drunkard first 3']],
      [', curve_prompts: 0', []],
    ] as const) {
      const before = fakes.calls.length;
      const results = await finish(settings(more));
      expect(fakes.calls.slice(before)).toEqual([
        'evaluate wilson+drunkard limit 10',
        ...observed,
        'evaluate wilson+drunkard limit 10',
        ...observed,
      ]);
      expect(results.rl?.[0].curve.map(({ sampled }) => sampled?.[0].groups)).toEqual(
        observed.length === 0 ? [undefined, undefined] : [3, 3],
      );
      expect(results.result).toBe(first.result);
    }
    // Said or not, the default is the same work under another name of the configuration.
    const before = fakes.calls.length;
    await finish(settings(', curve_prompts: 64'));
    expect(fakes.calls.length).toBe(before);
  });

  it('refuses a cap that the longest training prompt leaves no room for, before it trains', async () => {
    const loaded = tinyStudy('rl={from: [swapped], prompts: 2, cap: 1000}');
    // A 6x6 Wilson maze has 19 walls of three words each, whatever the draw.
    const message =
      /rl\.cap and the longest training prompt \(66 tokens\) do not fit into the context; expected at most 958, got 1000 \(hint: .+\)$/;
    await expect(run(loaded)).rejects.toThrow(message);
    expect(fakes.calls).toEqual([]);
    await expect(planWith(runs, fakes, loaded)).rejects.toThrow(message);
    const fits = tinyStudy('rl={from: [swapped], prompts: 2, cap: 958}');
    await expect(planWith(runs, fakes, fits)).resolves.toBeDefined();
  });

  it('refuses a cap that only the prompts of the data themselves leave no room for, before it trains', async () => {
    const { writeDataset } = fakes;
    fakes.writeDataset = async (directory, config, hooks) => {
      const manifest = await writeDataset(directory, config, hooks);
      if (manifest === null) return null;
      const train = manifest.files['train.jsonl'];
      const longer = { ...train, prompt_words: { ...train.prompt_words, max: 100 } };
      return { ...manifest, files: { ...manifest.files, 'train.jsonl': longer } };
    };
    await expect(run(tinyStudy('rl={from: [swapped], prompts: 2, cap: 950}'))).rejects.toThrow(
      /the longest training prompt \(101 tokens\) do not fit into the context; expected at most 923, got 950 \(hint: .+\)$/,
    );
    expect(fakes.calls).toContain('data');
    expect(fakes.calls.filter((call) => call.startsWith('evaluate'))).toEqual([]);
  });

  it('stops in reinforcement learning and ends with the result of an uninterrupted study', async () => {
    const loaded = tinyStudy('rl={from: [swapped], steps: 3, prompts: 2, group: 2}');
    const stop = new AbortController();
    let trained = 0;
    fakes.betweenSteps = () => {
      if (++trained === 4) stop.abort();
    };
    expect(await run(loaded, stop.signal)).toEqual({ outcome: 'stopped' });
    const stopped = await finish(loaded);
    rmSync(runs, { recursive: true });
    expect((await finish(loaded)).result).toBe(stopped.result);
  });
});
