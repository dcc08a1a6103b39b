// `tracelab sweep --engine slurm`: plans a sweep, and gives what is missing to Slurm.
import { extname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SYSTEM_CLOCK } from '../base/clock.ts';
import { TracelabError } from '../base/errors.ts';
import { refuseOthersFiles } from '../fleet/others-files.ts';
import { arraysOf } from '../fleet/slurm/arrays.ts';
import { slurmLimits } from '../fleet/slurm/commands.ts';
import type { SlurmLimits } from '../fleet/slurm/commands.ts';
import { quoted } from '../fleet/slurm/scripts.ts';
import type { JobSettings } from '../fleet/slurm/scripts.ts';
import type { DryRun } from '../fleet/slurm/submit.ts';
import { checkQueue, dryRun, submitJobs } from '../fleet/slurm/submit.ts';
import { counted } from '../render/terminal-text.ts';
import { sweepHash } from '../study/sweep/config.ts';
import type { LoadedSweep } from '../study/sweep/config.ts';
import { planSweep } from '../study/sweep/sweep.ts';
import type { SweepOptions } from '../study/sweep/sweep.ts';
import { GraphFolder } from '../study/folder.ts';
import { lookAt } from '../study/progress.ts';
import type { SlurmOptions } from './slurm-options.ts';
import { identityHere } from './engine.ts';
import { print, printLines } from './fit.ts';
import { slotsOf, workshopOf } from './workshop.ts';

export interface SlurmSweep {
  readonly sweep: LoadedSweep;
  readonly study: SweepOptions['study'];
  /** Path of the sweep's file. */
  readonly file: string;
  readonly runsDir: string;
  readonly threads: number;
  readonly replace: boolean;
}

/**
 * Submits what is missing, or prints what would be submitted.
 * @throws TracelabError CONFIG_IMPOSSIBLE, SLURM_QUEUED, SLURM_JOBS, SLURM_REFUSED (refused input), SLURM_GONE
 * (environment), and the refusals of planSweep
 */
export async function submitSweep(
  { sweep, study, file, runsDir, threads, replace }: SlurmSweep,
  { partition, time, cores = 1, dryRun: isDry }: SlurmOptions,
  json: boolean,
): Promise<void> {
  const { config } = sweep;
  if (config.halving !== undefined) throw halvingRefused(sweep);
  const folder = new GraphFolder(resolve(runsDir), { name: config.sweep, hash: sweepHash(sweep), value: config });
  if (!isDry) await checkQueue(folder.path);
  const workshop = await workshopOf(runsDir);
  const planned = await planSweep({ sweep, study, slots: await slotsOf(threads, threads) }, workshop);
  const { graph } = planned;
  refuseOthersFiles(graph);
  const { estimates } = planned.planned;
  const { finished } = await lookAt(graph, workshop.kinds, workshop.store, workshop.core());
  const limits = await slurmLimits();
  const arrays = arraysOf(graph, (id) => finished.has(id), estimates, { cores, longest: limits.elements });
  const most = graph.tasks.length - finished.size;
  if (most >= limits.jobs) throw tooMany(config.sweep, most, limits);
  const settings: JobSettings = {
    name: config.sweep,
    folder: folder.path,
    config: resolve(file),
    command: [process.execPath, fileURLToPath(BIN)],
    ...(partition !== undefined && { partition }),
    ...(time && { time }),
  };
  if (isDry) {
    const dry = dryRun(arrays, settings);
    if (json) process.stdout.write(`${JSON.stringify({ event: 'dry_run', sweep: config.sweep, ...dry })}\n`);
    else printLines(dryRunText(dry));
    return;
  }
  await folder.open(graph, replace);
  await folder.nameCells(new Map([...finished].map(([id, { hash }]) => [id, hash])), true);
  const jobs = await submitJobs(arrays, settings, {
    config_hash: sweepHash(sweep),
    identity: await identityHere(),
    submitted: SYSTEM_CLOCK.now(),
    estimates,
  });
  if (json) process.stdout.write(`${JSON.stringify({ event: 'submitted', sweep: config.sweep, jobs })}\n`);
  else {
    const report = jobs.at(-1)?.id ?? '';
    const tasks = jobs.reduce((sum, job) => sum + job.tasks, 0);
    const where = runsDir === 'runs' ? '' : ` --runs-dir ${quoted(runsDir)}`;
    print(
      `submitted ${counted(tasks, 'task')} as ${counted(arrays.length, 'job array')}, the report as job ${report}\n` +
        `tracelab sweep status --engine slurm${where} shows how far they are.\n` +
        `Tables and page are in ${folder.path} when job ${report} has ended.\n`,
    );
  }
}

/** The command itself, as source or built. A job starts it; nothing of it is imported here. */
const BIN = new URL(`bin${extname(import.meta.url)}`, import.meta.url);

/** Scripts, and a command for each job. */
function dryRunText({ scripts, jobs }: DryRun): string {
  const lines = ['# Nothing was written, and nothing was submitted.'];
  for (const { path, text } of scripts) lines.push('', `# ${path}`, text.trimEnd());
  for (const { tasks, command } of jobs) {
    const [first] = tasks;
    const more = tasks.length < 2 ? '' : ` and ${counted(tasks.length - 1, 'other')}`;
    lines.push('', tasks.length === 0 ? '# the report' : `# ${first}${more}`, command);
  }
  return `${lines.join('\n')}\n`;
}

/** sbatch would wait for minutes, and then give up. */
function tooMany(where: string, tasks: number, { jobs }: SlurmLimits): TracelabError {
  return new TracelabError({
    code: 'SLURM_JOBS',
    kind: 'refused_input',
    where,
    what: 'has more tasks than Slurm takes jobs',
    expected: `fewer than MaxJobCount, ${jobs}`,
    got: `${tasks} unfinished tasks`,
    hint: 'raise MaxJobCount in slurm.conf, or use --engine FOLDER with tracelab worker in jobs of Slurm',
  });
}

function halvingRefused(sweep: LoadedSweep): TracelabError {
  return new TracelabError({
    code: 'CONFIG_IMPOSSIBLE',
    kind: 'refused_input',
    where: sweep.where('halving'),
    what: 'which trials go on is decided between rungs, and jobs are submitted before',
    expected: 'a sweep without halving, or another engine',
    got: '--engine slurm',
    hint: 'a shared folder (--engine FOLDER, with tracelab worker in jobs of Slurm), PostgreSQL and one machine can',
  });
}
