// Gives a sweep to Slurm: an array of jobs for tasks of one rank, and a report behind them. The runs directory is
// shared, so results, failures and leases are those of workers on a shared folder.
import { join } from 'node:path';
import { mkdirs, removeTree } from '../../base/disk.ts';
import { TracelabError } from '../../base/errors.ts';
import { writeFileAtomic } from '../../base/files.ts';
import { writeFleet } from '../shared/fleet-file.ts';
import type { SharedSweep } from '../shared/fleet-file.ts';
import type { JobArray } from './arrays.ts';
import { cancelJobs, queuedJobs, submitJob } from './commands.ts';
import { readJobs, writeJobs } from './jobs-file.ts';
import type { SubmittedJob } from './jobs-file.ts';
import { afterAny, arrayOptions, quoted, reportOptions, reportScript, SLURM_FOLDER, taskScript } from './scripts.ts';
import type { JobSettings } from './scripts.ts';

const TASK_SCRIPT = 'task.sh';
const REPORT_SCRIPT = 'report.sh';

/**
 * Refuses a sweep whose jobs wait or run: two jobs with one task would wait for each other.
 * @param folder of the sweep
 * @throws TracelabError SLURM_QUEUED (refused input), SLURM_GONE (environment), SLURM_FILE (damaged artefact)
 */
export async function checkQueue(folder: string): Promise<void> {
  const queued = await queuedJobs((await readJobs(folder)).map(({ id }) => id));
  if (queued.length === 0) return;
  throw new TracelabError({
    code: 'SLURM_QUEUED',
    kind: 'refused_input',
    where: folder,
    what: 'jobs of this sweep wait or run',
    expected: 'a sweep without jobs',
    got: queued.join(', '),
    hint: 'wait for them, or end them with tracelab sweep cancel',
  });
}

/**
 * Writes scripts and lists of tasks, and submits them.
 * @param sweep what the jobs compute; graph.json is in the sweep's folder already
 * @returns the jobs, the report last
 * @throws TracelabError SLURM_GONE (environment), SLURM_REFUSED (refused input); then no job of this call is left
 */
export async function submitJobs(
  arrays: readonly JobArray[],
  settings: JobSettings,
  sweep: SharedSweep,
): Promise<readonly SubmittedJob[]> {
  const { folder } = settings;
  const own = join(folder, SLURM_FOLDER);
  await removeTree(own);
  await writeFleet(folder, sweep);
  for (const path of [own, join(own, 'out'), join(own, 'tries'), join(folder, 'logs'), join(folder, 'failures')])
    await mkdirs(path);
  for (const { name, ids } of arrays)
    await writeFileAtomic(join(own, `${name}.ids`), ids.map((id) => `${id}\n`).join(''));
  for (const [path, text] of scriptsOf(settings)) await writeFileAtomic(path, text);
  const jobs: SubmittedJob[] = [];
  try {
    for (const { name, after, tasks, words } of submissions(arrays, settings)) {
      const id = await submitJob(words(jobs.filter((job) => after.includes(job.name)).map((job) => job.id)));
      jobs.push({ id, name, tasks });
      // After each: whatever ends this process, the jobs are known.
      await writeJobs(folder, jobs);
    }
  } catch (error) {
    // If Slurm cannot be reached any more, the list stays, and checkQueue() finds these jobs.
    await cancelJobs(jobs.map(({ id }) => id)).then(
      async () => writeJobs(folder, []),
      () => undefined,
    );
    throw error;
  }
  return jobs;
}

/** The scripts of a sweep, each with its path. */
function scriptsOf(settings: JobSettings): readonly (readonly [path: string, text: string])[] {
  const path = (name: string): string => join(settings.folder, SLURM_FOLDER, name);
  return [
    [path(TASK_SCRIPT), taskScript(settings)],
    [path(REPORT_SCRIPT), reportScript(settings)],
  ];
}

interface Submission {
  readonly name: string;
  /** Names of those that must have ended before. */
  readonly after: readonly string[];
  readonly tasks: number;
  /** Arguments of sbatch. */
  readonly words: (after: readonly string[]) => readonly string[];
}

function submissions(arrays: readonly JobArray[], settings: JobSettings): Submission[] {
  const path = (name: string): string => join(settings.folder, SLURM_FOLDER, name);
  return [
    ...arrays.map((array) => ({
      name: array.name,
      after: array.after,
      tasks: array.ids.length,
      words: (ids: readonly string[]) => [
        ...arrayOptions(array, settings),
        ...afterAny(ids),
        path(TASK_SCRIPT),
        array.name,
      ],
    })),
    {
      name: 'report',
      after: arrays.map(({ name }) => name),
      tasks: 0,
      words: (ids) => [...reportOptions(settings), ...afterAny(ids), path(REPORT_SCRIPT)],
    },
  ];
}

/** The jobs that submitJobs() would submit, as a shell would submit them. */
export interface DryRun {
  readonly scripts: readonly { readonly path: string; readonly text: string }[];
  readonly jobs: readonly { readonly name: string; readonly tasks: readonly string[]; readonly command: string }[];
}

/** Everything that submitJobs() would write and run; ids of jobs are variables of a shell. */
export function dryRun(arrays: readonly JobArray[], settings: JobSettings): DryRun {
  const variable = (name: string): string => `job_${name.replaceAll(/\W/g, '_')}`;
  return {
    scripts: scriptsOf(settings).map(([path, text]) => ({ path, text })),
    jobs: submissions(arrays, settings).map(({ name, after, words }) => {
      const [dependency] = afterAny(after.map((each) => `$${variable(each)}`));
      const command = words([]).map(quoted);
      // The variables must not be quoted.
      const all = ['sbatch', ...(after.length === 0 ? [] : [dependency]), ...command].join(' ');
      const tasks = arrays.find((array) => array.name === name)?.ids ?? [];
      return { name, tasks, command: `${variable(name)}=$(${all})` };
    }),
  };
}
