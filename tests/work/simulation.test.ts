// A small part of the simulation of runner, store and leases (npm run simulate-runner): no violation in some worlds,
// the same events from the same seed, and deliberate faults that are found.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
/** Processes of a busy machine are slow. */
const PATIENCE_MS = 300_000;

function simulate(...args: readonly string[]): { readonly status: number | null; readonly out: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/simulate-runner.ts', ...args], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return { status, out: stdout + stderr };
}

test(
  '10,000 steps without a violation',
  () => {
    const { status, out } = simulate('--steps', '10000');
    expect(out).toMatch(/^\d{5,} steps, .*: no violation\n$/);
    expect(status).toBe(0);
  },
  PATIENCE_MS,
);

test(
  'a violation names its seed and step, and the seed repeats it',
  () => {
    const mutant = ['--mutant', 'commit-before-needs'];
    const first = simulate('--steps', '20000', ...mutant);
    expect(first.status).toBe(1);
    const [line = '', seed = ''] = /^seed (\d+), step \d+: .*commits.*$/m.exec(first.out) ?? [];
    expect(line).not.toBe('');
    const again = simulate('--seed', seed, ...mutant);
    expect(again.out).toContain(line);
    // The same events before it, too.
    expect(again.out.split(line)[0]).toBe(first.out.split(line)[0]);
  },
  PATIENCE_MS,
);

test(
  'deliberate faults are found within the steps that tests/work/simulation/mutants.ts states',
  () => {
    const names = [
      'lease-never-checked',
      'lease-taken-without-watching',
      'lease-created-without-exclusion',
      'finished-cell-computed-again',
      'waiting-forgotten',
      'record-committed-before-its-files',
      'lost-task-counts-as-failed',
    ];
    const { status, out } = simulate('--mutants', names.join());
    expect(out.match(/^seed \d+, step/gm)).toHaveLength(names.length);
    expect(status).toBe(0);
  },
  PATIENCE_MS,
);
