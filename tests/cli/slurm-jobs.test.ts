// What tracelab asks of Slurm: commands of the test's own, in place of Slurm's, write down their arguments.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { runCli } from './run-cli.ts';

const AWKWARD = `a b's "50%" $HOME`;
const SBATCH = `printf '%s\\n' "$@" '' >>"$FAKE/asked"
[ ! -e "$FAKE/refuses" ] || [ "$(grep -c '^--parsable' "$FAKE/asked")" -lt 3 ] || { cat "$FAKE/refuses" >&2; exit 1; }
echo $((100 + $(grep -c '^--parsable' "$FAKE/asked")))`;

let root: string;
let folder: string;
let fake: string;
const before = process.env.PATH;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'tracelab-cli-slurm-jobs-'));
  folder = join(root, AWKWARD);
  fake = join(root, 'fake');
  for (const path of [folder, fake]) mkdirSync(path);
  process.env.FAKE = fake;
  program('sbatch', SBATCH);
  program('scontrol', 'echo "MaxArraySize            = 3"');
  program('squeue', 'cat "$FAKE/queue"');
  program('scancel', 'echo "$@" >>"$FAKE/cancelled"');
  writeFileSync(
    join(folder, 'sweep.yaml'),
    `sweep: rates
study: smoke
set: {rl: null}
seeds: [1]
parameters:
  train.lr: {values: [1e-3, 2e-3, 3e-3]}
`,
  );
});
afterAll(() => {
  delete process.env.FAKE;
  rmSync(root, { recursive: true, force: true });
});
beforeEach(() => {
  process.env.PATH = `${fake}:${before}`;
  for (const name of ['asked', 'refuses', 'cancelled']) rmSync(join(fake, name), { force: true });
  writeFileSync(join(fake, 'queue'), '');
  rmSync(join(folder, 'runs'), { recursive: true, force: true });
  return () => {
    process.env.PATH = before;
  };
});

function program(name: string, text: string): void {
  writeFileSync(join(fake, name), `#!/bin/sh\n${text}\n`);
  chmodSync(join(fake, name), 0o755);
}

/** The arguments of each call of sbatch. */
const asked = (): string[][] =>
  readFileSync(join(fake, 'asked'), 'utf8')
    .split('\n\n')
    .slice(0, -1)
    .map((call) => call.split('\n'));
const jobsFile = (): unknown => JSON.parse(readFileSync(join(folder, 'runs/rates/slurm/jobs.json'), 'utf8')) as unknown;
const sweep = async (...args: readonly string[]) =>
  runCli(['sweep', 'sweep.yaml', '--engine', 'slurm', ...args], folder);
const sorted = (calls: readonly (readonly string[])[]): string[][] => calls.map((call) => call.toSorted());

test('arrays keep below MaxArraySize and wait for what they need; the printed commands are those that run', async () => {
  const options = ['--partition', 'short', '--time', '4:00:00', '--cores', '2'];
  const { code, error } = await sweep(...options);
  expect([code, error]).toEqual([0, '']);
  const calls = asked();
  const option = (call: readonly string[], name: string): string | undefined =>
    call.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3);
  for (const call of calls) {
    expect(option(call, 'partition')).toBe('short');
    expect(option(call, 'time')).toBe('4:00:00');
    expect(option(call, 'chdir')).toBe(join(folder, 'runs/rates/slurm'));
    expect(call).toContain('--requeue');
  }
  const tasks = calls.slice(0, -1);
  const ids = tasks.map((call) => {
    const lines = readFileSync(join(folder, 'runs/rates/slurm', `${call.at(-1)}.ids`), 'utf8')
      .trimEnd()
      .split('\n');
    expect(option(call, 'array')).toBe(`1-${lines.length}`);
    expect(lines.length).toBeLessThanOrEqual(2);
    expect(option(call, 'signal')).toBe('B:USR1@120');
    return lines;
  });
  const { tasks: all } = JSON.parse(readFileSync(join(folder, 'runs/rates/graph.json'), 'utf8')) as {
    tasks: { id: string; needs: Record<string, string> }[];
  };
  expect(ids.flat().sort()).toEqual(all.map(({ id }) => id).sort());
  // Job 101 is the first call.
  const jobOf = (id: string): string => String(101 + ids.findIndex((some) => some.includes(id)));
  for (const [i, call] of tasks.entries()) {
    const needed = all.filter(({ id }) => ids[i].includes(id)).flatMap(({ needs }) => Object.values(needs).map(jobOf));
    expect(option(call, 'dependency')).toBe(
      needed.length === 0 ? undefined : `afterany:${[...new Set(needed)].sort().join(':')}`,
    );
  }
  expect(option(calls.at(-1) ?? [], 'dependency')).toBe(`afterany:${tasks.map((_, i) => 101 + i).join(':')}`);

  // The same as text, run by a shell.
  rmSync(join(folder, 'runs'), { recursive: true });
  rmSync(join(fake, 'asked'));
  const dry = await sweep(...options, '--dry-run', '--json');
  expect(existsSync(join(folder, 'runs'))).toBe(false);
  const { jobs, scripts } = JSON.parse(dry.out) as { jobs: { command: string }[]; scripts: { path: string }[] };
  execFileSync('bash', ['-euc', jobs.map(({ command }) => command).join('\n')]);
  expect(sorted(asked())).toEqual(sorted(calls));
  expect(scripts.map(({ path }) => path)).toEqual(
    ['task.sh', 'report.sh'].map((name) => join(folder, 'runs/rates/slurm', name)),
  );
  const printed = await sweep(...options, '--dry-run');
  expect(printed.code).toBe(0);
  for (const { command } of jobs) expect(printed.out).toContain(command);
});

test('jobs that wait or run are shown, refuse the sweep, and are cancelled', async () => {
  expect((await sweep()).code).toBe(0);
  writeFileSync(join(fake, 'queue'), '103 103\n7 7\n');
  const { out } = await runCli(['sweep', 'status', '--engine', 'slurm'], folder);
  expect(out).toContain('Jobs of rates: 103\n');
  // Ids decide what is cancelled: a list that was changed is refused.
  const list = join(folder, 'runs/rates/slurm/jobs.json');
  const text = readFileSync(list, 'utf8');
  writeFileSync(list, text.replace('"103"', '"7"'));
  const damaged = await runCli(['sweep', 'cancel', 'rates', '--engine', 'slurm'], folder);
  expect(damaged.code).toBe(3);
  expect(damaged.error).toMatch(/^error\[SLURM_FILE\]/);
  expect(existsSync(join(fake, 'cancelled'))).toBe(false);
  writeFileSync(list, text);
  const again = await sweep();
  expect(again.code).toBe(2);
  expect(again.error).toMatch(/^error\[SLURM_QUEUED\] .*: jobs of this sweep wait or run; .* got 103 \(hint: .*\)\n$/);
  expect((await runCli(['sweep', 'cancel', 'rates', '--engine', 'slurm', '--drain'], folder)).code).toBe(0);
  expect((await runCli(['sweep', 'cancel', 'rates', '--engine', 'slurm'], folder)).code).toBe(0);
  expect(readFileSync(join(fake, 'cancelled'), 'utf8')).toBe('--state=PENDING 103\n103\n');
  // A task that starts nevertheless computes nothing, and is no failure.
  const task = ['task', 'runs/rates/graph.json', 'data', '--fleet'];
  const refused = await runCli(task, folder);
  expect(refused.code).toBe(2);
  expect(refused.error).toMatch(/^error\[SWEEP_CANCELLED\]/);
  expect(readdirSync(join(folder, 'runs/rates/failures'))).toEqual([]);
});

test('when sbatch fails, the jobs before it are cancelled, and Slurm is quoted', async () => {
  writeFileSync(join(fake, 'refuses'), 'sbatch: error: invalid partition specified: none\nsbatch: error: so no\n');
  writeFileSync(join(fake, 'queue'), '101 101\n102 102\n');
  const { code, error } = await sweep('--partition', 'none');
  expect(code).toBe(2);
  expect(error).toBe(
    'error[SLURM_REFUSED] sbatch: Slurm refused the job; expected a job that Slurm accepts, got sbatch: error: invalid ' +
      'partition specified: none; sbatch: error: so no (hint: sinfo lists partitions and their limits)\n',
  );
  expect(readFileSync(join(fake, 'cancelled'), 'utf8')).toBe('101 102\n');
  expect(jobsFile()).toMatchObject({ format: 1, jobs: [] });
  writeFileSync(
    join(fake, 'refuses'),
    'sbatch: error: Batch job submission failed: Unable to contact slurm controller\n',
  );
  rmSync(join(fake, 'asked'));
  writeFileSync(join(fake, 'queue'), '');
  const gone = await sweep();
  expect(gone.code).toBe(4);
  expect(gone.error).toMatch(/^error\[SLURM_GONE\] sbatch: cannot reach Slurm; /);
});

test('a sweep of more tasks than Slurm takes jobs is refused', async () => {
  program('scontrol', 'echo "MaxJobCount             = 13"');
  const { code, error } = await sweep('--dry-run');
  program('scontrol', 'echo "MaxArraySize            = 3"');
  expect(code).toBe(2);
  expect(error).toMatch(
    /^error\[SLURM_JOBS\] rates: .*; expected fewer than MaxJobCount, 13, got \d+ unfinished tasks/,
  );
});

test('without Slurm nothing is written', async () => {
  process.env.PATH = join(root, 'empty');
  const { code, error } = await sweep();
  expect(code).toBe(4);
  expect(error).toMatch(/^error\[SLURM_GONE\] squeue: is not installed here; .*\n$/);
  expect(existsSync(join(folder, 'runs'))).toBe(false);
});
