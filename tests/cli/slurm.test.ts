// A sweep on a real Slurm cluster of one node, which the test starts (tests/fleet/slurm-cluster.ts): the tables of one
// machine, byte for byte; a killed task, a killed node, a time limit, paths with blanks and quotes.
//
// Slurm takes minutes and is not on every machine: these tests run with TRACELAB_SLURM=1 alone.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PARTLY_FAILED } from '../../src/base/errors.ts';
import { SlurmCluster } from '../fleet/slurm-cluster.ts';
import { runCli, type Finished } from './run-cli.ts';

const LAST_RUN = '2026-11-30, Slurm 22.05.8: all passed';

const PATIENCE_MS = 1_500_000;
/** The shell, sbatch and Slurm all have their own idea of these characters. */
const AWKWARD = `a b's "50%" $HOME`;
const STUDY = `study: base
data: {size: 6, train: 60, dev: 6, test: 6}
conditions: [correct]
model: {d_model: 32, n_layer: 2, n_head: 2, d_ff: 64}
train: {epochs: 1, batch_tokens: 2048, lr: 2e-3, warmup_steps: 2, checkpoints: 2}
`;
const RATES = Array.from({ length: 24 }, (_, i) => `${i + 1}e-4`).join(', ');

const isWanted = process.env.TRACELAB_SLURM === '1';

// What is skipped is said, as .ci/run says it of others.
if (!isWanted) process.stdout.write(`Slurm is not tested: TRACELAB_SLURM=1 starts one; last run: ${LAST_RUN}\n`);

describe.skipIf(!isWanted)(`on Slurm (TRACELAB_SLURM=1; last run: ${LAST_RUN})`, () => {
  let folder: string;
  let cluster: SlurmCluster;
  const before = process.env.SLURM_CONF;

  beforeAll(async () => {
    // The temporary folder of tests is not closed to the jobs, which root starts.
    folder = join(mkdtempSync(join(tmpdir(), 'tracelab-cli-slurm-')), AWKWARD);
    mkdirSync(folder);
    cluster = await SlurmCluster.start();
    process.env.SLURM_CONF = cluster.env.SLURM_CONF;
    writeFileSync(join(folder, 'base.yaml'), STUDY);
  }, PATIENCE_MS);

  afterAll(async () => {
    await cluster.stop();
    if (before === undefined) delete process.env.SLURM_CONF;
    else process.env.SLURM_CONF = before;
    rmSync(join(folder, '..'), { recursive: true, force: true });
  });

  const write = (name: string, text: string): void =>
    writeFileSync(join(folder, `${name}.yaml`), `sweep: ${name}\n${text}`);
  const read = (path: string): string => readFileSync(join(folder, path), 'utf8');
  const submit = async (name: string, ...args: readonly string[]): Promise<Finished> =>
    runCli(['sweep', `${name}.yaml`, '--engine', 'slurm', ...args], folder);
  const jobsOf = ({ out }: Finished): { id: string; name: string; tasks: number }[] =>
    (JSON.parse(out) as { jobs: { id: string; name: string; tasks: number }[] }).jobs;
  const logOf = (name: string, id: string): string => read(`runs/${name}/logs/${id}.log`);

  test(
    'the table of 24 trials is that of one machine, and so is the exit code of the report',
    async () => {
      write('rates', `study: base.yaml\nparameters:\n  train.lr: {values: [${RATES}]}\n`);
      expect(await submit('rates')).toMatchObject({ code: 0, error: '' });
      const refused = await submit('rates');
      expect(refused).toMatchObject({ code: 2 });
      expect(refused.error).toContain('SLURM_QUEUED');
      const [alone] = await Promise.all([
        runCli(['sweep', 'rates.yaml', '--runs-dir', 'alone', '--threads', '1'], folder),
        cluster.empty(PATIENCE_MS / 1000),
      ]);
      expect(alone.code).toBe(0);
      expect(read('runs/rates/trials.csv')).toBe(read('alone/rates/trials.csv'));
      const { out } = await runCli(['sweep', 'status', '--engine', 'slurm'], folder);
      expect(out).toMatch(/rates +finished +97\/97/);
      // No cell is left without a name: `runs clean` would delete it.
      expect((await runCli(['runs', 'clean', '--dry-run'], folder)).out).not.toContain('no study names it');
      // Given again, nothing is submitted but the report.
      const again = await submit('rates', '--json');
      expect(jobsOf(again).map(({ name }) => name)).toEqual(['report']);
      await cluster.empty(300);
    },
    PATIENCE_MS,
  );

  test(
    'a task that fails stops no other, the report says so, and the same sweep, given again, does what is missing',
    async () => {
      write('partial', 'study: base.yaml\nparameters:\n  train.lr: {values: [1e-4, 2e-4]}\n');
      expect((await runCli(['sweep', 'partial.yaml', '--runs-dir', 'alone', '--threads', '1'], folder)).code).toBe(0);
      // A folder where the task writes a file: no try could succeed.
      const { cells } = JSON.parse(read('alone/partial/cells.json')) as { cells: Record<string, string> };
      const cell = join(folder, `parts/cells/test-${cells['test-correct-seed1'].slice(0, 16)}`);
      mkdirSync(join(cell, 'completions-wilson.jsonl/folder'), { recursive: true });
      const jobs = jobsOf(await submit('partial', '--json', '--runs-dir', 'parts'));
      await cluster.empty(600);
      const report = cluster.run('scontrol', ['show', 'job', jobs.at(-1)?.id ?? '']);
      expect(/ExitCode=(\d+):0/.exec(report)?.[1]).toBe(String(PARTLY_FAILED));
      const status = ['sweep', 'status', '--engine', 'slurm', '--runs-dir', 'parts', '--json'];
      const { graphs } = JSON.parse((await runCli(status, folder)).out) as { graphs: { states: object }[] };
      expect(graphs[0].states).toMatchObject({ finished: 7, set_aside: 1, blocked: 1, ready: 0, waiting: 0 });
      expect(read('parts/partial/logs/lengths-correct-seed1.log')).toContain('error[TASK_NEEDS]');
      const logs = ['sweep', 'logs', 'partial', 'test-correct-seed1', '--engine', 'slurm', '--runs-dir', 'parts'];
      expect((await runCli(logs, folder)).out).toContain('completions-wilson.jsonl');
      rmSync(cell, { recursive: true });
      const again = jobsOf(await submit('partial', '--json', '--runs-dir', 'parts'));
      expect(again.map(({ tasks }) => tasks)).toEqual([1, 1, 0]);
      await cluster.empty(600);
      expect(read('parts/partial/trials.csv')).toBe(read('alone/partial/trials.csv'));
    },
    PATIENCE_MS,
  );

  test(
    'a killed task, a killed node, a cancelled sweep and a time limit: the training resumes, and its table is the same',
    async () => {
      writeFileSync(
        join(folder, 'longer.yaml'),
        STUDY.replace('study: base', 'study: longer').replace('epochs: 1', 'epochs: 1500'),
      );
      write('long', 'study: longer.yaml\nparameters:\n  train.lr: {values: [1e-3]}\n');
      const id = 'train-correct-seed1';
      const alone = runCli(['sweep', 'long.yaml', '--runs-dir', 'alone', '--threads', '1'], folder);
      expect((await submit('long')).code).toBe(0);
      const training = async (): Promise<number> => {
        const found = (): number[] => cluster.processes(new RegExp(`^\\S*node .* task .* ${id} `));
        await expect.poll(() => found().length, { timeout: 300_000 }).toBe(1);
        // Long enough to be at work.
        await wait(8000);
        return found()[0];
      };

      process.kill(await training(), 'SIGKILL');
      await expect.poll(() => logOf('long', id), { timeout: 60_000 }).toContain('ended with 137, back into the queue');

      await training();
      await cluster.killNode();
      await cluster.startNode();

      await training();
      const cancelled = await runCli(['sweep', 'cancel', 'long', '--engine', 'slurm'], folder);
      expect(cancelled).toMatchObject({ code: 0, error: '' });
      await cluster.empty(120);
      expect(logOf('long', id)).toContain('stopped');

      // What Slurm sends before a time limit, whatever time the training takes on this machine.
      expect((await submit('long', '--time', '60')).code).toBe(0);
      await training();
      const running = cluster.run('squeue', ['--noheader', '--states=RUNNING', '--format=%i']).trim();
      cluster.run('scancel', ['--batch', '--signal=USR1', running]);
      await cluster.empty(PATIENCE_MS / 1000);
      expect(logOf('long', id)).toContain('time limit, back into the queue');
      expect((await alone).code).toBe(0);
      expect(read('runs/long/trials.csv')).toBe(read('alone/long/trials.csv'));
      // After the cancellation, and after the time limit.
      expect(logOf('long', id).match(/resumes at step/g)?.length).toBeGreaterThanOrEqual(2);
      expect(read(`runs/long/slurm/tries/${id}`)).toMatch(/^(time limit\n)+$/);
    },
    PATIENCE_MS,
  );
});
