// `tracelab evaluate --samples`: a tiny run from end to end, and what is refused.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { runCli } from './run-cli.ts';

// Processes and disks of a busy machine are slow.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const DATA = ['data.size=4', 'data.train=40', 'data.dev=2', 'data.test=3', 'data.distributions=[wilson]'];
const MODEL = ['model.d_model=16', 'model.n_layer=1', 'train.epochs=1', 'train.checkpoints=1'];
const SMALL = [...DATA, ...MODEL].flatMap((each) => ['--set', each]);
const EVALUATE = ['evaluate', '--checkpoint', 'run', '--data', 'data'];
const SAMPLES = [...EVALUATE, '--samples', '4', '--temperature', '1'];

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-cli-samples-'));
  expect((await runCli(['generate', 'smoke', ...SMALL, '--out', 'data'], folder)).code).toBe(0);
  expect((await runCli(['train', 'smoke', ...SMALL, '--data', 'data', '--out', 'run'], folder)).code).toBe(0);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1) ?? '';

it('samples, prints and keeps, with the same result for any number of threads', async () => {
  const one = await runCli([...SAMPLES, '--out', 'one', '--threads', '1'], folder);
  expect(one.code).toBe(0);
  expect(one.out).toMatch(/^pass@1 +[\d.]+ \[[^]*^pass@2 [^]*^pass@4 [^]*^Chosen by its trace [^]*^All 4 +\d/m);
  expect(readFileSync(join(folder, 'one/samples-wilson.jsonl'), 'utf8').trimEnd().split('\n')).toHaveLength(12);
  expect(readdirSync(join(folder, 'one')).filter((name) => /^completions|^evaluation/.test(name))).toEqual([]);
  const two = await runCli([...SAMPLES, '--out', 'two', '--threads', '2', '--json'], folder);
  const { result, summaries } = JSON.parse(lastLine(two.out)) as { result: string; summaries: object[] };
  expect(lastLine(one.out)).toBe(`result ${result}`);
  const kept = JSON.parse(readFileSync(join(folder, 'two/samples.json'), 'utf8')) as object;
  expect(kept).toMatchObject({ temperature: 1, seed: 1, samples: 4, distributions: summaries });
  expect(summaries).toMatchObject([{ distribution: 'wilson', n: 3, samples: 4 }]);
  // A line is a completion as other commands read it.
  expect((await runCli(['explain', 'two/samples-wilson.jsonl:5'], folder)).code).toBe(0);
  const lengths = await runCli(['analyse', 'lengths', 'two'], folder);
  expect(lengths.error).toBe(
    'error[FILE_MISSING] two/evaluation.json: no such file; expected a file, got none (hint: check the path)\n',
  );
});

it.each([
  [
    'temperature 0',
    [...EVALUATE, '--samples', '4'],
    /equal; expected --samples with a --temperature above 0, got --samples 4 at/,
  ],
  ['no samples', [...SAMPLES, '--samples', '0'], /--samples: .* a whole number from 1 to 1024, got "0"/],
  ['too many samples', [...SAMPLES, '--samples', '1025'], /--samples: .* a whole number from 1 to 1024, got "1025"/],
])('refuses %s in one line', async (_, args, message) => {
  const { code, out, error } = await runCli([...args, '--out', 'refused'], folder);
  expect([code, out]).toEqual([2, '']);
  expect(error).toMatch(message);
  expect(error.trimEnd()).not.toContain('\n');
  expect(readdirSync(folder)).not.toContain('refused');
});

it('refuses to sample completions of a file', async () => {
  const { code, error } = await runCli(
    ['evaluate', '--completions', 'x.jsonl', '--samples', '4', '--temperature', '1'],
    folder,
  );
  expect([code, error]).toEqual([
    2,
    'error[COMMAND_LINE] tracelab evaluate: completions from a file are not sampled; expected --samples with ' +
      '--checkpoint, got --samples with --completions (hint: leave --samples out)\n',
  ]);
});
