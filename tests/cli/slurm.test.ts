// A sweep on a real Slurm cluster of one node, which the test starts (tests/fleet/slurm-cluster.ts): the tables of one
// machine, byte for byte; a killed task, a killed node, a time limit, paths with blanks and quotes.
//
// Slurm takes minutes and is not on every machine: these tests run with TRACELAB_SLURM=1 alone.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SlurmCluster } from '../fleet/slurm-cluster.ts';
import { runCli, type Finished } from './run-cli.ts';

const LAST_RUN = 'not yet';

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

  const write = (name: string, text: string): void => writeFileSync(join(folder, `${name}.yaml`), `sweep: ${name}\n${text}`);
  const read = (path: string): string => readFileSync(join(folder, path), 'utf8');
  const submit = async (name: string, ...args: readonly string[]): Promise<Finished> =>
    runCli(['sweep', `${name}.yaml`, '--engine', 'slurm', ...args], folder);
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
      expect((JSON.parse(again.out) as { jobs: { name: string }[] }).jobs.map(({ name }) => name)).toEqual(['report']);
      await cluster.empty(300);
    },
    PATIENCE_MS,
  );
});

