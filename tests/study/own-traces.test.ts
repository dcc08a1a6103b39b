// Traces of the user's own in a study: the same weights as the command alone trains, next to the study's conditions;
// refused before anything is drawn.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { hashFile } from '../../src/base/hash.ts';
import type { StudyResults } from '../../src/study/results.ts';
import type { Example } from '../../src/domain/types.ts';
import { runCli } from '../cli/run-cli.ts';

// Processes of a busy machine are slow.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const CONFIG = `
conditions: [correct, {name: mine, data: mine.jsonl}]
data: {size: 6, train: 40, dev: 4, test: 4, generator: wilson}
model: {d_model: 16, n_layer: 1, n_head: 1, d_ff: 32}
train: {epochs: 1, batch_tokens: 2048, lr: 2e-3, warmup_steps: 2, checkpoints: 1}
rl: {from: [own-mine], steps: 1, prompts: 4, group: 2}
`;

let folder: string;
let rows: Example[];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-own-'));
  writeFileSync(join(folder, 'own.yaml'), `study: own${CONFIG}`);
  expect((await runCli(['generate', 'own.yaml', '--out', 'data'], folder)).error).toMatch(
    /own traces|no such file|cannot read/,
  );
  writeFileSync(join(folder, 'mine.jsonl'), '');
  const made = await runCli(['generate', 'own.yaml', '--out', 'data'], folder);
  expect(made.code, made.error).toBe(0);
  rows = readFileSync(join(folder, 'data/train.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Example);
  // The trace of another maze, and walls in another order.
  const [first, second, ...others] = rows;
  const changed = [{ ...first, completion: second.completion, generator: 'theirs' }, second, ...others];
  writeFileSync(join(folder, 'mine.jsonl'), changed.map((row) => JSON.stringify(row)).join('\n'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

it('are trained on as they are, and tested on the mazes of the study', async () => {
  const { code, error } = await runCli(['study', 'own.yaml'], folder);
  expect(code, error).toBe(0);
  expect(error).toContain('mine: ');
  const results = JSON.parse(readFileSync(join(folder, 'runs/own/results.json'), 'utf8')) as StudyResults;
  expect(results.config).toMatchObject({
    conditions: ['correct', 'own-mine'],
    own_traces: [{ name: 'mine', data: 'mine.jsonl', sha256: await hashFile(join(folder, 'mine.jsonl')) }],
  });
  const [correct, own] = results.conditions;
  expect([correct.condition, own.condition]).toEqual(['correct', 'own-mine']);
  expect(own.evaluation.map(({ distribution, n }) => [distribution, n])).toEqual(
    correct.evaluation.map(({ distribution, n }) => [distribution, n]),
  );
  expect(results.rl?.map(({ condition }) => condition)).toEqual(['own-mine']);
  // The command alone gives the same weights, for both.
  for (const [run, args, weights] of [
    ['theirs', ['--data', 'mine.jsonl', '--condition', 'mine', '--unchecked'], own.weights_sha256],
    ['ours', ['--data', 'data'], correct.weights_sha256],
  ] as const) {
    const trained = await runCli(['train', 'own.yaml', ...args, '--out', run], folder);
    expect(trained.code, trained.error).toBe(0);
    const [checkpoint] = readdirSync(join(folder, run, 'checkpoints'));
    expect(await hashFile(join(folder, run, 'checkpoints', checkpoint, 'model.safetensors'))).toBe(weights);
  }
  expect(own.weights_sha256).not.toBe(correct.weights_sha256);
});

it('that changed are another study; the same content under another name is the same cell', async () => {
  const cells = readdirSync(join(folder, 'runs/cells'));
  writeFileSync(join(folder, 'copy.jsonl'), readFileSync(join(folder, 'mine.jsonl')));
  writeFileSync(join(folder, 'copy.yaml'), `study: copy${CONFIG.replace('mine.jsonl', 'copy.jsonl')}`);
  expect((await runCli(['study', 'copy.yaml'], folder)).code).toBe(0);
  expect(readdirSync(join(folder, 'runs/cells'))).toEqual(cells);
  writeFileSync(join(folder, 'copy.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'));
  const changed = await runCli(['study', 'copy.yaml'], folder);
  expect([changed.code, changed.error.slice(0, 18)]).toEqual([2, 'error[STUDY_OTHER]']);
});

it.each([
  [
    'no file',
    'conditions: [{name: mine, data: none.jsonl}]',
    'error[FILE_MISSING] x.yaml:2:1: cannot read the traces mine (no such file)',
  ],
  ['a name that is a condition', 'conditions: [{name: swapped, data: mine.jsonl}]', 'error[CONFIG_VALUE] x.yaml:2:'],
  ['a name without a file', 'conditions: [own-mine]', 'error[CONFIG_IMPOSSIBLE] x.yaml:2:'],
  [
    'the same name twice',
    'conditions: [{name: mine, data: mine.jsonl}, {name: mine, data: copy.jsonl}]',
    'error[CONFIG_VALUE] x.yaml:2:',
  ],
])('%s is refused', async (_, conditions, message) => {
  const rest = CONFIG.split('\n').slice(2, -2).join('\n');
  writeFileSync(join(folder, 'x.yaml'), `study: x\n${conditions}\n${rest}\n`);
  const { code, error } = await runCli(['study', 'x.yaml'], folder);
  expect([code, error.slice(0, message.length)]).toEqual([2, message]);
});
