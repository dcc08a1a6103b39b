// A small part of the simulation of runner, store and leases (npm run simulate-runner): no violation in some worlds,
// the same events from the same seed, and deliberate faults that are found.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

function simulate(...args: readonly string[]): { readonly status: number | null; readonly out: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/simulate-runner.ts', ...args], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return { status, out: stdout + stderr };
}

/** Processes of a busy machine are slow. */
const PATIENCE_MS = 300_000;

test(
  '10,000 steps without a violation',
  () => {
    const { status, out } = simulate('--steps', '10000');
    expect({ status, out }).toEqual({ status: 0, out: expect.stringMatching(/^\d{5,} steps, .*: no violation\n$/) });
  },
  PATIENCE_MS,
);

test(
  'a violation names its seed and step, and the seed repeats it',
  () => {
    const mutant = ['--mutant', 'commit-before-needs'];
    const first = simulate('--steps', '20000', ...mutant);
    const line = /^seed (\d+), step \d+: .*/m.exec(first.out);
    expect({ status: first.status, line: line?.[0] }).toEqual({ status: 1, line: expect.stringContaining('commits') });
    const again = simulate('--seed', line?.[1] ?? '', ...mutant);
    // The same events before it, too.
    const worldOf = (out: string): string => out.slice(0, out.indexOf(line?.[0] ?? '')) + line?.[0];
    expect(worldOf(again.out)).toBe(worldOf(first.out));
    expect(again.out).toContain(line?.[0]);
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
    ];
    const { status, out } = simulate('--mutants', names.join());
    expect({ status, out: out.match(/^seed \d+, step/gm)?.length }).toEqual({ status: 0, out: names.length });
  },
  PATIENCE_MS,
);
