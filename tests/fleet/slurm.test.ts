// Job arrays of a graph, and the batch script of a task, which runs here in a shell with commands of its own in place
// of tracelab and Slurm. A real cluster: tests/cli/slurm.test.ts.
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { timeLimit } from '../../src/cli/slurm-options.ts';
import { readFailure } from '../../src/fleet/shared/fleet-file.ts';
import { arraysOf } from '../../src/fleet/slurm/arrays.ts';
import { quoted, taskScript } from '../../src/fleet/slurm/scripts.ts';
import type { Estimate } from '../../src/work/kind.ts';
import type { Graph, Task } from '../../src/work/task.ts';

const task = (id: string, kind: string, ...needs: readonly string[]): Task => ({
  id,
  kind,
  config: {},
  needs: Object.fromEntries(needs.map((need, i) => [`need${i}`, need])),
});
const graphOf = (...tasks: readonly Task[]): Graph => ({ format: 1, tasks, given: {} });
const estimate = (seconds: number, mebibytes: number, threads: readonly number[] = [1]): Estimate => ({
  tokens: 0,
  flops: 0,
  seconds,
  threads,
  bytes: () => mebibytes * 2 ** 20,
});
const nothing = (): boolean => false;

describe('arrays', () => {
  const graph = graphOf(
    task('data', 'data'),
    task('a', 'train', 'data'),
    task('b', 'train', 'data'),
    task('rl-a', 'rl', 'data', 'a'),
    task('test-b', 'test', 'data', 'b'),
    task('test-rl', 'test', 'data', 'rl-a'),
  );
  const estimates = new Map(graph.tasks.map(({ id }) => [id, estimate(10, 100)]));
  const arrays = (isFinished: (id: string) => boolean, longest = 1000) =>
    arraysOf(graph, isFinished, estimates, { cores: 1, longest });

  test('no element needs one of its own array, and an array waits for all that have what its elements need', () => {
    for (const longest of [1, 2, 1000]) {
      const made = arrays(nothing, longest);
      const placeOf = new Map(made.flatMap(({ name, ids }) => ids.map((id) => [id, name])));
      expect([...placeOf.keys()].sort()).toEqual(graph.tasks.map(({ id }) => id).sort());
      for (const { name, ids, after } of made) {
        expect(ids.length).toBeLessThanOrEqual(longest);
        const needed = graph.tasks.filter(({ id }) => ids.includes(id)).flatMap(({ needs }) => Object.values(needs));
        expect([...new Set(needed.map((id) => placeOf.get(id)))].sort()).toEqual([...after].sort());
        expect(after).not.toContain(name);
      }
      // Arrays come after those that they wait for.
      const names = made.map(({ name }) => name);
      for (const { name, after } of made)
        for (const each of after) expect(names.indexOf(each)).toBeLessThan(names.indexOf(name));
    }
  });

  test('a test of a training does not wait for reinforcement learning of another', () => {
    const test1 = arrays(nothing).find(({ ids }) => ids.includes('test-b'));
    expect(test1?.after).toEqual(['1-data', '2-train']);
  });

  test('finished tasks are left out, and nothing waits for them', () => {
    const made = arrays((id) => ['data', 'a', 'b'].includes(id));
    expect(made.map(({ ids, after }) => [ids, after])).toEqual([
      [['rl-a'], []],
      [['test-b'], []],
      [['test-rl'], ['1-rl']],
    ]);
    expect(arrays(() => true)).toEqual([]);
  });

  test('elements begin with the longest chain, and tasks of much memory have an array of their own', () => {
    const trains = graphOf(...['a', 'b', 'c', 'd'].map((id) => task(id, 'train')), task('t', 'test', 'c'));
    const of = new Map([
      ['a', estimate(10, 100)],
      ['b', estimate(30, 110, [1, 2, 4])],
      ['c', estimate(25, 120)],
      ['d', estimate(5, 8000)],
      ['t', estimate(10, 100)],
    ]);
    const made = arraysOf(trains, nothing, of, { cores: 1, longest: 10 });
    expect(made.map(({ ids, mebibytes }) => [ids, mebibytes])).toEqual([
      // 1.25 * 120 + 256: of its largest task.
      [['c', 'b', 'a'], 406],
      [['d'], 10_256],
      [['t'], 381],
    ]);
    // A task gets no core that it cannot use.
    expect(arraysOf(trains, nothing, of, { cores: 3, longest: 10 }).map(({ ids, cores }) => [ids, cores])).toEqual([
      [['c', 'a'], 1],
      [['b'], 2],
      [['d'], 1],
      [['t'], 1],
    ]);
  });
});

test('time limits as sbatch reads them', () => {
  const seconds = (text: string): number | undefined => timeLimit(text)?.seconds;
  expect(['90', '90:30', '1:30:00', '2-0', '2-1:30', '2-1:30:15'].map(seconds)).toEqual([
    5400, 5430, 5400, 172_800, 178_200, 178_215,
  ]);
  expect(['', '0', '0:00', '1h', '1:2:3:4', '-5', '1-', '1.5', ' 5', '5 ', '1;2'].map(seconds)).toEqual(
    Array(11).fill(undefined),
  );
});

describe('the script of a task', () => {
  let root: string;
  let folder: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'tracelab-slurm-script-'));
    // The shell has its own idea of these characters.
    folder = join(root, `it's "a" $HOME \`x\` %j`);
    for (const name of ['slurm/tries', 'logs', 'failures']) mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, 'slurm/1-train.ids'), 'other\ntrain-a\nlast\n');
    mkdirSync(join(root, 'bin'));
    program('scontrol', 'echo "$@" >>"$REQUEUED"');
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const program = (name: string, text: string): string => {
    const path = join(root, 'bin', name);
    writeFileSync(path, `#!/bin/sh\n${text}\n`);
    chmodSync(path, 0o755);
    return path;
  };
  const read = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '');
  const requeued = (): string[] => read(join(root, 'requeued')).split('\n').filter(Boolean);

  /** @param tracelab what runs in place of tracelab */
  async function run(tracelab: string, signal?: NodeJS.Signals): Promise<number | null> {
    const command = ['/bin/sh', program('trace lab', tracelab)];
    const script = join(root, 'task.sh');
    writeFileSync(script, taskScript({ name: 'rates', folder, config: '', command }));
    const env = {
      PATH: `${join(root, 'bin')}:/usr/bin:/bin`,
      HOME: '/home/of-the-test',
      REQUEUED: join(root, 'requeued'),
      SLURM_ARRAY_TASK_ID: '2',
      SLURM_ARRAY_JOB_ID: '12',
      SLURM_JOB_ID: '14',
      SLURM_CPUS_PER_TASK: '3',
      SLURMD_NODENAME: 'node7',
    };
    const child = spawn('/bin/bash', [script, '1-train'], { env, stdio: 'ignore' });
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    if (signal) {
      await expect.poll(() => read(join(folder, 'logs/train-a.log')), { timeout: 20_000 }).toContain('begun');
      child.kill(signal);
    }
    return ended;
  }

  test('the task of its line runs with the cores of its job; what it prints is in its log', async () => {
    expect(await run('for each; do echo "<$each>"; done')).toBe(0);
    const log = read(join(folder, 'logs/train-a.log'));
    expect(log.split('\n').slice(0, -1)).toEqual(
      ['task', join(folder, 'graph.json'), 'train-a', '--fleet', '--threads', '3'].map((word) => `<${word}>`),
    );
    expect(requeued()).toEqual([]);
  });

  test('a failure that tracelab has reported is not tried again', async () => {
    for (const code of [2, 3, 4, 70]) expect(await run(`exit ${code}`)).toBe(code);
    expect(requeued()).toEqual([]);
  });

  test('a killed process is tried again, and set aside after the third time', async () => {
    const kill = 'kill -KILL $$';
    for (const times of [1, 2]) {
      expect(await run(kill)).toBe(137);
      expect(requeued()).toEqual(Array(times).fill('requeue 14'));
      expect(await readFailure(folder, 'train-a')).toBeUndefined();
    }
    expect(await run(kill)).toBe(137);
    expect(requeued()).toHaveLength(2);
    const failure = await readFailure(folder, 'train-a');
    expect(failure).toMatchObject({ code: 'TASK_CRASHED', exit_code: 4 });
    expect(failure?.message).toMatch(
      /^error\[TASK_CRASHED\] train-a: .*; expected .*, got exit code 137 \(hint: .*\)$/,
    );
    expect(read(join(folder, 'logs/train-a.log'))).toContain('job 12_2 on node7: ended with 137, back into the queue');
  });

  const SAVES = 'trap "echo saved; exit 143" TERM; echo begun; while :; do sleep 0.05; done';

  test('the warning before the time limit lets the task save its state, and puts it back into the queue', async () => {
    expect(await run(SAVES, 'SIGUSR1')).toBe(143);
    expect(read(join(folder, 'logs/train-a.log'))).toContain('saved\n');
    expect(requeued()).toEqual(['requeue 14']);
  });

  test('a time limit that came a hundred times has no further try, and is no failure of the task', async () => {
    writeFileSync(join(folder, 'slurm/tries/train-a'), 'time limit\n'.repeat(99));
    await run(SAVES, 'SIGUSR1');
    expect(requeued()).toEqual([]);
    expect(await readFailure(folder, 'train-a')).toBeUndefined();
    expect(read(join(folder, 'logs/train-a.log'))).toContain('came too often');
  });

  test('SIGTERM of a preemption or of scancel waits for the task, and asks for nothing', async () => {
    // Slurm sends it to all processes.
    const ended = run('trap "" TERM; echo begun; sleep 1; echo saved; exit 143', 'SIGTERM');
    expect(await ended).toBe(143);
    await wait(50);
    expect(read(join(folder, 'logs/train-a.log'))).toContain('saved\n');
    expect(requeued()).toEqual([]);
  });
});

test('words of a shell', () => {
  expect(['plain', '--a=b/c:d', '', 'a b', `it's`, '$x', '--chdir=/a b'].map(quoted)).toEqual([
    'plain',
    '--a=b/c:d',
    "''",
    "'a b'",
    String.raw`'it'\''s'`,
    "'$x'",
    "'--chdir=/a b'",
  ]);
});
