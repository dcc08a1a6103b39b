// A tiny study that starts reinforcement learning from the last and from an early checkpoint, through the real command
// line; then single commands from the checkpoint that its report names, which must end with the same bits.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { hashFile } from '../../src/base/hash.ts';
import type { StudyResults } from '../../src/study/results.ts';
import { runCli } from './run-cli.ts';

// Processes and disks of a busy machine are slow.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-rl-starts-'));
  writeFileSync(
    join(folder, 'starts.yaml'),
    `
study: starts
conditions: [correct, swapped]
data: {size: 4, train: 120, dev: 4, test: 6, distributions: [wilson]}
model: {d_model: 16, n_layer: 1, n_head: 1, d_ff: 32}
train: {epochs: 2, batch_tokens: 1024, lr: 5e-3, warmup_steps: 2, checkpoints: 3}
rl: {from: [correct, swapped], starts: [early, last], steps: 2, prompts: 4, group: 4, curve_mazes: 6, curve_prompts: 0}
`,
  );
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const read = (...path: string[]): string => readFileSync(join(folder, ...path), 'utf8');

it('both starts, with tests of the checkpoints that they began with, and commands that repeat them', async () => {
  const study = await runCli(['study', 'starts.yaml', '--threads', '2'], folder);
  expect([study.code, study.error.includes('error')]).toEqual([0, false]);
  const { rl = [], conditions, dataset } = JSON.parse(read('runs/starts/results.json')) as StudyResults;
  expect(rl.map(({ condition, start }) => [condition, start])).toEqual([
    ['correct', 'last'],
    ['correct', 'early'],
    ['swapped', 'last'],
  ]);
  // Models of this size write no valid trace: of checkpoints that are equally far from 55 % the first.
  const [{ cell, dev, steps }] = conditions;
  const [last, early] = rl;
  expect(dev.map(({ trace_valid_strict }) => trace_valid_strict.count)).toEqual([0, 0, 0]);
  expect(early).toMatchObject({ start_step: dev[0].step, start_trace_valid_strict: { count: 0, n: 4 } });
  expect(early.start_step).toBeLessThan(steps);
  expect(last).not.toHaveProperty('start_step');
  // All six mazes are on the curve, so step 0 is the test before, of each start.
  for (const { curve, before, after } of rl) {
    expect(curve[0].evaluation).toEqual(before);
    expect(curve.at(-1)?.evaluation).toEqual(after);
  }

  // The test before an early start is what the checkpoint itself writes.
  const checkpoint = `runs/cells/${cell}/checkpoints/step-${early.start_step}`;
  const { cells } = JSON.parse(read('runs/starts/cells.json')) as { cells: Record<string, string> };
  const written = (id: string): string =>
    read('runs/cells', `test-${cells[id].slice(0, 16)}`, 'completions-wilson.jsonl');
  const data = `runs/cells/${dataset.cell}`;
  const evaluated = await runCli(['evaluate', '--checkpoint', checkpoint, '--data', data, '--out', 'alone'], folder);
  expect(evaluated.code).toBe(0);
  expect(written('test-correct-seed1-early')).toBe(read('alone/completions-wilson.jsonl'));
  expect(written('test-correct-seed1-early')).not.toBe(written('test-correct-seed1'));

  const command = /npx tracelab (rl .*-early-rl)/.exec(read('runs/starts/report.html'))?.[1] ?? '';
  expect(command).toContain(`rl ${checkpoint} --data ${data} `);
  const alone = await runCli(command.split(' '), folder);
  expect([alone.code, alone.error.includes('error')]).toEqual([0, false]);
  const weights = join(folder, 'runs/correct-seed1-early-rl/checkpoints/step-2/model.safetensors');
  expect(await hashFile(weights)).toBe(early.weights_sha256);
  expect(early.weights_sha256).not.toBe(last.weights_sha256);
});
