// `tracelab rl` as a process: from a checkpoint to rl.json, again without work, stopped and resumed, and what it
// refuses.
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { displayEvent } from '../../src/cli/display/event-schema.ts';
import type { RlEvaluation } from '../../src/cli/commands/rl.ts';
import { writeDataset } from '../../src/data/dataset.ts';
import { RL_DEFAULTS } from '../../src/rl/config.ts';
import { trainHalf } from '../rl/half-trained.ts';
import { runCli, startCli } from './run-cli.ts';

const SMALL = [
  '--steps',
  '3',
  '--prompts',
  '2',
  '--group',
  '2',
  '--cap',
  '20',
  '--checkpoint-every',
  '2',
  '--eval-mazes',
  '2',
  '--eval-prompts',
  '3',
  '--threads',
  '2',
];

describe('tracelab rl', { timeout: 30_000 }, () => {
  let folder = '';
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tracelab-cli-rl-'));
    await writeDataset(join(folder, 'data'), {
      domain: 'maze',
      generator: 'drunkard',
      size: 4,
      train: 12,
      dev: 2,
      test: 4,
      test_in_distribution: 4,
      distributions: ['drunkard', 'dfs'],
      drunkard_coverage: 0.5,
      seed: 4,
    });
    await writeDataset(join(folder, 'long'), {
      domain: 'maze',
      generator: 'drunkard',
      size: 4,
      train: 12,
      dev: 2,
      test: 40,
      test_in_distribution: 4,
      distributions: ['free'],
      drunkard_coverage: 0.5,
      seed: 3,
    });
    cpSync(
      (await trainHalf(join(folder, 'trained'), join(folder, 'data', 'train.jsonl'), 220)).directory,
      join(folder, 'start'),
      { recursive: true },
    );
  }, 30_000);
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** What is given takes the place of the same option here: an option is given once. */
  const command = (out: string, ...args: string[]): string[] => {
    const usual = ['--data', 'data', '--out', out, ...SMALL];
    return ['rl', 'start', ...usual.filter((_, i) => !args.includes(usual[i - (i % 2)])), ...args];
  };
  const run = (out: string, ...args: string[]) => runCli(command(out, ...args), folder);
  const last = (text: string): string => text.trimEnd().split('\n').at(-1) ?? '';

  it('writes a row a kept step and distribution, prints before and after, and does nothing twice', async () => {
    const first = await run('out');
    expect([first.code, first.error]).toEqual([0, expect.not.stringContaining('error')]);
    expect(first.out).toMatch(
      /^Before and after reinforcement learning\. Greedy completions of all\stest\smazes\sbefore and after 3 steps of GRPO: /,
    );
    // Every distribution at the start and at the end; KL is 0 before anything was learnt.
    expect(first.out).toMatch(/^DFS, before .*\nDFS, after .*\nDrunkard, before .*\nDrunkard, after /m);
    expect(first.out.slice(first.out.indexOf('Sampled groups'))).toMatch(
      /Groups of equal\n[^]*\n.* n 3 +Reward +Entropy +KL .*\nDFS, before +[\d.]+ \[[\d.]+, [\d.]+\] +[\d.]+ +[\d.]+ +0\.000 .*\nDFS, after .*\nDrunkard, before .* 0\.000 .*\nDrunkard, after /,
    );
    expect(last(first.out)).toMatch(/^result [0-9a-f]{64}$/);
    const { rows, config } = JSON.parse(readFileSync(join(folder, 'out', 'rl.json'), 'utf8')) as {
      rows: RlEvaluation[];
      config: unknown;
    };
    expect(config).toEqual({ ...RL_DEFAULTS, steps: 3, prompts: 2, group: 2, cap: 20, checkpoint_every: 2 });
    // Two mazes for every checkpoint, all four for the first and the last one; groups of three.
    const of = (step: number, mazes: string, n: number) =>
      ['dfs', 'drunkard'].map((distribution) => [step, distribution, mazes, n, mazes === 'first' ? 3 : undefined]);
    expect(
      rows.map(({ step, distribution, mazes, n, sampled }) => [step, distribution, mazes, n, sampled?.groups]).sort(),
    ).toEqual(
      [...of(0, 'all', 4), ...of(0, 'first', 2), ...of(2, 'first', 2), ...of(3, 'all', 4), ...of(3, 'first', 2)].sort(),
    );
    expect(rows.flatMap(({ step, sampled }) => (step === 0 && sampled ? [sampled.kl] : []))).toEqual([0, 0]);
    expect(
      readFileSync(join(folder, 'out', 'metrics.jsonl'), 'utf8')
        .trim()
        .split('\n').length,
    ).toBe(3);
    expect(existsSync(join(folder, 'out', 'resume.safetensors'))).toBe(false);
    const again = await run('out');
    expect([again.code, last(again.out)]).toEqual([0, last(first.out)]);
    expect(again.error.trimEnd().split('\n').sort()).toEqual(
      ['rl', 'rl-curve', 'test-after', 'test-before'].map((id) => `reused     ${id}`),
    );
    // The run itself is the folder; evaluations are cells below it.
    expect(
      readdirSync(join(folder, 'out'))
        .filter((name) => !name.startsWith('.lease-'))
        .sort(),
    ).toEqual(['cell.json', 'checkpoints', 'done.json', 'evaluation', 'metrics.jsonl', 'rl.json'].sort());
    expect(
      readdirSync(join(folder, 'out/evaluation/cells'))
        .map((name) => name.replace(/-[0-9a-f]+$/, ''))
        .sort(),
    ).toEqual(['rl-curve', 'test', 'test']);
    const without = await run('out', '--eval-prompts', '0');
    expect([without.code, without.out]).toEqual([0, expect.not.stringContaining('Sampled groups')]);
    expect(await run('out', '--seed', '2')).toMatchObject({
      code: 2,
      error: expect.stringMatching(
        /^error\[CELL_OTHER\] out: holds the result of other settings \(config\.seed\); expected [0-9a-f]{12}, got [0-9a-f]{12} \(hint: give another directory\)\n$/,
      ) as unknown,
    });
  });

  it('stopped and called again it prints the result of an uninterrupted run', async () => {
    const steps = ['--steps', '60'];
    const running = startCli(command('stopped', ...steps, '--checkpoint-every', '60', '--json'), folder);
    await running.until('"event":"progress"');
    running.kill('SIGINT');
    const stopped = await running.finished;
    expect(stopped.code).toBe(130);
    expect(stopped.error).toBe('');
    const events = stopped.out
      .trimEnd()
      .split('\n')
      .map((line) => displayEvent.parse(JSON.parse(line)));
    expect(events.filter(({ event }) => event === 'stopped')).toMatchObject([{ id: 'rl' }]);
    expect(events.at(-1)).toMatchObject({ event: 'message', text: 'stopped; run the same command to resume' });
    const resumed = await run('stopped', ...steps, '--checkpoint-every', '60');
    const whole = await run('whole', ...steps, '--checkpoint-every', '60', '--threads', '1');
    expect([resumed.code, whole.code]).toEqual([0, 0]);
    expect(last(resumed.out)).toBe(last(whole.out));
  });

  it('the help tells the defaults that are used', async () => {
    const { out } = await runCli(['rl', '--help'], folder);
    const text = out.replaceAll(/\s+/g, ' ');
    const shown = {
      steps: 'steps',
      prompts: 'prompts',
      group: 'group',
      inner_epochs: 'inner-epochs',
      temperature: 'temperature',
      reward: 'reward',
      length_penalty: 'length-penalty',
      loss: 'loss',
      clip_low: 'clip-low',
      clip_high: 'clip-high',
      kl: 'kl',
      kl_every: 'kl-every',
      resample: 'resample',
      lr: 'lr',
      warmup_steps: 'warmup-steps',
      weight_decay: 'weight-decay',
      grad_clip: 'grad-clip',
      accumulators: 'accumulators',
      checkpoint_every: 'checkpoint-every',
    } as const;
    for (const [key, flag] of Object.entries(shown)) {
      const found = new RegExp(`--${flag} <[^>]*> [^(]*(?:\\([^d][^)]*\\)[^(]*)*\\(default: ([^)]*)\\)`).exec(text);
      expect(found?.[1], flag).toBe(String(RL_DEFAULTS[key as keyof typeof shown]));
    }
  });

  it.each([
    [
      'a number that is none',
      ['--prompts', 'many'],
      /^error\[COMMAND_LINE\] tracelab rl --prompts: wrong value; expected a number, got "many" \(hint: .*\)\n$/,
    ],
    [
      'a number out of range',
      ['--group', '1'],
      /^error\[RL_CONFIG\] --group: out of range; expected a whole number from 2 to 1024, got 1 \(hint: .+\)\n$/,
    ],
    [
      'a reward that nobody knows',
      ['--reward', 'beauty'],
      /^error\[RL_CONFIG\] --reward: out of range; expected one of plan, plan\+trace, trace, plan-length, got beauty \(hint: .+\)\n$/,
    ],
    [
      'a penalty for what is not rewarded',
      ['--length-penalty', '0.2'],
      /^error\[OPTION_IDLE\] --length-penalty: has no effect with the other options; expected --reward plan-length, got 0\.2 \(hint: leave it out, or change the other\)\n$/,
    ],
    [
      'a clip where no ratio can move',
      ['--clip-high', '0.28'],
      /^error\[OPTION_IDLE\] --clip-high: .*expected --inner-epochs above 1, got 0\.28/,
    ],
    [
      'an interval for a KL that every step has',
      ['--kl', '0.04', '--kl-every', '5'],
      /^error\[OPTION_IDLE\] --kl-every: .*expected --kl 0, got 5/,
    ],
    [
      'more prompts than there are',
      ['--prompts', '13'],
      /^error\[NO_EXAMPLES\] data\/train\.jsonl: a step draws each prompt at most once; expected at least 13 examples, got 12 \(hint: fewer prompts a step\)\n$/,
    ],
  ])('refuses %s in one line, before any file', async (_, args, message) => {
    const { code, error } = await run('refused', ...args);
    expect(error).toMatch(message);
    expect(code).toBe(2);
    expect(existsSync(join(folder, 'refused'))).toBe(false);
  });

  it('refuses test mazes that the context cannot hold before it learns for hours', async () => {
    expect(await run('refused', '--data', 'long')).toMatchObject({
      code: 2,
      error: expect.stringMatching(/^error\[CONTEXT_TOO_SHORT\] long\/test-free\.jsonl/) as unknown,
    });
    expect(existsSync(join(folder, 'refused'))).toBe(false);
  });

  it('refuses folders without a checkpoint or mazes', async () => {
    expect(await runCli(['rl', 'data', '--data', 'data', '--out', 'refused'], folder)).toMatchObject({
      code: 2,
      error: expect.stringMatching(/^error\[CHECKPOINT_MISSING\] data: no checkpoint here/) as unknown,
    });
    expect(await runCli(['rl', 'start', '--data', 'start', '--out', 'refused'], folder)).toMatchObject({
      code: 2,
      error: expect.stringMatching(/^error\[TEST_FILES\] --data: no test files/) as unknown,
    });
  });
});
