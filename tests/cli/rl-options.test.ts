// The options of `tracelab rl` made from the table of settings, and read back to checked settings.
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addRlOptions, readRlOptions } from '../../src/cli/rl-options.ts';
import { checkRlConfig, LOSSES, RL_DEFAULTS, RL_SETTINGS } from '../../src/rl/config.ts';
import type { RlConfig } from '../../src/rl/config.ts';

/** The settings that a command line gives. */
function read(...args: string[]): RlConfig {
  const command = new Command('rl').exitOverride().configureOutput({ writeErr: () => undefined });
  addRlOptions(command);
  command.parse(args, { from: 'user' });
  return readRlOptions(command.opts());
}

const HELP = (() => {
  const command = new Command('rl').configureHelp({ helpWidth: 10_000 });
  addRlOptions(command);
  return command.helpInformation();
})();
/** Line of the help about a setting. */
const helpOf = (flag: string): string => HELP.split('\n').find((line) => line.trim().startsWith(`${flag} `)) ?? '';

/** A value of each setting other than its default, together with what it needs. */
const OTHERS: { readonly [K in keyof RlConfig]-?: readonly [value: RlConfig[K], ...needs: string[]] } = {
  steps: [7],
  prompts: [5],
  group: [3],
  inner_epochs: [2],
  temperature: [0.5],
  reward: ['plan+trace'],
  length_penalty: [0.3, '--reward', 'plan-length'],
  loss: ['dr_grpo'],
  clip_low: [0.1, '--inner-epochs', '2'],
  clip_high: [0.28, '--inner-epochs', '2'],
  max_skipped_steps: [3],
  kl: [0.04],
  kl_every: [3],
  resample: [9],
  lr: [2e-4],
  warmup_steps: [0],
  beta1: [0.8],
  beta2: [0.99],
  eps: [1e-6],
  weight_decay: [0.1],
  grad_clip: [0.5],
  cap: [300],
  accumulators: [4],
  checkpoint_every: [10],
};

describe('the options of reinforcement learning', () => {
  it('give the defaults when none is given', () => {
    expect(read()).toEqual(RL_DEFAULTS);
  });

  it.each(Object.entries(OTHERS))('%s has a flag whose value arrives, and arrives alone', (key, [value, ...needs]) => {
    const got = read(`--${key.replaceAll('_', '-')}`, String(value), ...needs);
    expect(got).toEqual({ ...read(...needs), [key]: value });
  });

  it.each(Object.keys(RL_SETTINGS.shape))('%s has a line of help with its default', (key) => {
    const line = helpOf(`--${key.replaceAll('_', '-')}`);
    const value = RL_DEFAULTS[key as keyof RlConfig];
    expect(line.length).toBeGreaterThan(30);
    expect(line).not.toContain('`');
    if (value === null || value === undefined) expect(line).not.toContain('(default');
    else expect(line.endsWith(` (default: ${value})`), line).toBe(true);
  });

  it('say what kind of value they take, and name other settings by their flags', () => {
    expect(helpOf('--steps')).toContain('--steps <n> ');
    expect(helpOf('--lr')).toContain('--lr <x> ');
    expect(helpOf('--cap')).toContain('--cap <n> ');
    expect(helpOf('--loss')).toMatch(new RegExp(`--loss <name> .*; one of ${LOSSES.join(', ')} `));
    expect(helpOf('--clip-low')).toContain('needs --inner-epochs above 1');
    expect(helpOf('--beta1')).toContain(' AdamW beta 1 ');
    expect(helpOf('--prompts')).toContain(' prompts per step ');
  });

  it('pass over the other options of the command', () => {
    expect(readRlOptions({ data: 'd', seed: 3, json: true, klEvery: 4 })).toEqual({ ...RL_DEFAULTS, kl_every: 4 });
  });

  it.each([
    [['--group', '1'], 'error[RL_CONFIG] --group: out of range; expected a whole number from 2 to 1024, got 1'],
    [['--steps', '1.5'], 'error[RL_CONFIG] --steps: out of range; expected a whole number from 1 to 1000000, got 1.5'],
    [['--lr', '2'], 'error[RL_CONFIG] --lr: out of range; expected a number from 0 to 1, got 2'],
    [['--cap', '0'], 'error[RL_CONFIG] --cap: out of range; expected a whole number from 1 to 100000, got 0'],
    [['--loss', 'mean'], 'error[RL_CONFIG] --loss: out of range; expected one of token, sequence, dr_grpo, got mean'],
    [
      ['--kl', '0.1', '--kl-every', '10'],
      'error[OPTION_IDLE] --kl-every: has no effect with the other options; expected --kl 0, got 10 ' +
        '(hint: leave it out, or change the other)',
    ],
    [
      ['--clip-low', '0.2'],
      'error[OPTION_IDLE] --clip-low: has no effect with the other options; expected --inner-epochs above 1, ' +
        'got 0.2 (hint: leave it out, or change the other)',
    ],
  ])('%j is refused', (args, message) => {
    expect(() => read(...args)).toThrow(message);
  });
});

describe('checked settings', () => {
  it.each(Object.keys(RL_DEFAULTS))('%s is refused when it is not a number or no known name', (key) => {
    const config = { ...RL_DEFAULTS, [key]: key === 'reward' || key === 'loss' ? 'none' : Number.NaN };
    expect(() => {
      checkRlConfig(config);
    }).toThrow(
      new RegExp(`^error\\[RL_CONFIG\\] rl\\.${key}: out of range; expected .+, got (?:none|NaN) \\(hint: .+\\)$`),
    );
  });

  it('hold no other setting', () => {
    expect(() => {
      checkRlConfig({ ...RL_DEFAULTS, klevery: 3 } as RlConfig);
    }).toThrow(/^error\[RL_CONFIG\] rl\.klevery: no such setting; expected one of steps, .*, got 3 \(hint: .+\)$/);
  });
});
