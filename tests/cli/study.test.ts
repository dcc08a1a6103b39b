// A whole small study through the real command line: stopped, refused to a second process, resumed, and finished with one result.
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { runCli, startCli } from './run-cli.ts';

// Processes and disks of a busy machine are slow.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-cli-study-'));
  writeFileSync(
    join(folder, 'tiny.yaml'),
    `
study: tiny
conditions: [correct, swapped]
data: {size: 6, train: 400, dev: 4, test: 4, distributions: [wilson, drunkard]}
model: {d_model: 48, n_layer: 2, n_head: 2, d_ff: 96}
train: {epochs: 3, batch_tokens: 1024, lr: 2e-3, checkpoints: 2}
`,
  );
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const resultOf = (out: string): string => /^result ([0-9a-f]{64})$/m.exec(out)?.[1] ?? 'none';

it('gives the same result whether it was stopped or not, and on one thread', async () => {
  const study = ['study', 'tiny.yaml', '--threads', '2'];
  const stopped = startCli(study, folder);
  await stopped.until('train-correct-seed1');
  const second = await runCli(study, folder);
  expect(second.error).toMatch(
    /error\[RUN_IN_USE\] runs\/tiny: this run directory is in use; expected one process at a time, got process \d+ on /,
  );
  expect(second.code).toBe(4);
  stopped.kill('SIGINT');
  const { code, out, error } = await stopped.finished;
  expect(error).toContain('stopping at the next safe point (at most 5 s); press Ctrl-C again to stop at once\n');
  expect(error).toMatch(/\nstopped; run the same command to resume\n$/);
  expect([code, out]).toEqual([130, '']);
  expect(existsSync(join(folder, 'runs/tiny/results.json'))).toBe(false);
  expect(existsSync(join(folder, 'runs/tiny/.lock'))).toBe(false);

  const resumed = await runCli(study, folder);
  expect(resumed.code).toBe(0);
  expect(resumed.error).toContain('[1/9] data: done earlier');
  expect(resumed.error).toContain('study tiny: about ');
  expect(resumed.out).toMatch(/F3 {3}UNDERTRAINED/);
  expect(resumed.out).toMatch(/Wilson +[\d.]+ \[[\d.]+, [\d.]+\] +[\d.]+ \[[\d.]+, [\d.]+\] +[\d.]+\n/);

  const again = await runCli(study, folder);
  expect(again).toEqual({ code: 0, out: resumed.out, error: '' });

  const whole = await runCli(['study', 'tiny.yaml', '--threads', '1', '--runs-dir', 'others'], folder);
  expect(resultOf(whole.out)).toBe(resultOf(resumed.out));
  expect(resultOf(whole.out)).not.toBe('none');
});

it('a report names the folders of its own study, with --runs-dir too', () => {
  const commandsOf = (run: string): string[] =>
    readFileSync(join(folder, run, 'report.html'), 'utf8').match(/npx tracelab [^<\n]*/g) ?? [];
  expect(commandsOf('runs/tiny')).toContain('npx tracelab analyse lengths runs/tiny --html lengths.html');
  expect(commandsOf('others/tiny')).toContain('npx tracelab analyse lengths others/tiny --html lengths.html');
  expect(commandsOf('others/tiny')).toContain('npx tracelab study ./tiny.yaml --runs-dir others');
  expect(commandsOf('others/tiny').filter((command) => command.includes('runs/'))).toEqual([]);
});

it('writes the report, and writes it again from the results alone', async () => {
  const report = readFileSync(join(folder, 'runs/tiny/report.html'), 'utf8');
  expect(report).toMatch(/^<!doctype html>/);
  expect(report).toContain('undertrained');
  const { code } = await runCli(['report', 'runs/tiny', '--out', 'again.html'], folder);
  expect([code, readFileSync(join(folder, 'again.html'), 'utf8') === report]).toEqual([0, true]);
  const text = await runCli(['report', 'runs/tiny', '--text'], folder);
  expect(text.out).toContain('UNDERTRAINED');
});

it('tells JSON events one a line, and nothing else on stdout', async () => {
  const { out, error } = await runCli(['study', 'tiny.yaml', '--json', '--set', 'evaluate.temperature=1'], folder);
  const events = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { event: string; result?: string });
  expect(events[0].event).toBe('measuring');
  expect(events.at(-1)).toMatchObject({
    event: 'finished',
    report: 'runs/tiny/report.html',
    result: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
  });
  expect(new Set(events.map(({ event }) => event))).toEqual(
    new Set(['measuring', 'plan', 'cell_finished', 'cell_started', 'evaluating', 'finished', 'scoring']),
  );
  expect(error).toBe('');
});

it('plans without making a run directory', async () => {
  const { code, out } = await runCli(['study', 'tiny.yaml', '--plan', '--runs-dir', 'planned'], folder);
  expect(code).toBe(0);
  expect(out).toMatch(/^study tiny: 9 cells, [\d,]+ parameters, vocabulary of 56 words\n/);
  expect(out).toMatch(/train-swapped-seed1 +[\d.]+ [kM] +[\d.]+ [GT]FLOP +/);
  expect(readdirSync(folder)).not.toContain('planned');
});
