// The commands of Slurm that tracelab runs. No shell reads their arguments.
import { execFile } from 'node:child_process';
import { TracelabError } from '../../base/errors.ts';

/** The defaults of Slurm, for a controller that does not answer. */
const USUAL = { MaxArraySize: 1001, MaxJobCount: 10_000 } as const;

/** What Slurm accepts at most. */
export interface SlurmLimits {
  /** Elements of an array. */
  readonly elements: number;
  /** Jobs that wait or run, of all users. Every element of an array is one. */
  readonly jobs: number;
}

interface Answer {
  readonly code: number | string;
  readonly out: string;
  readonly error: string;
}

async function run(command: string, args: readonly string[]): Promise<Answer> {
  return new Promise((resolve) => {
    execFile(command, args, { encoding: 'utf8' }, (error, out, text) => {
      resolve({
        code: error === null ? 0 : (error.code ?? 'a signal'),
        out,
        error: text.trim() || (error?.message ?? ''),
      });
    });
  });
}

/**
 * @returns what the command printed
 * @throws TracelabError SLURM_GONE (environment), SLURM_REFUSED (refused input)
 */
async function ask(command: string, args: readonly string[]): Promise<string> {
  const { code, out, error } = await run(command, args);
  if (code === 0) return out;
  const isGone = code === 'ENOENT' || /contact|connect|communication|munge|timed? ?out/i.test(error);
  throw new TracelabError({
    code: isGone ? 'SLURM_GONE' : 'SLURM_REFUSED',
    kind: isGone ? 'environment' : 'refused_input',
    where: command,
    what: code === 'ENOENT' ? 'is not installed here' : isGone ? 'cannot reach Slurm' : 'Slurm refused the job',
    expected: isGone ? 'a machine from which jobs are submitted' : 'a job that Slurm accepts',
    got: error.replaceAll(/\s*\n\s*/g, '; '),
    hint: isGone
      ? 'run it on a login node of the cluster, or use --engine FOLDER with workers'
      : 'sinfo lists partitions and their limits',
  });
}

/** Asks the controller. */
export async function slurmLimits(): Promise<SlurmLimits> {
  const { out } = await run('scontrol', ['show', 'config']);
  const valueOf = (name: keyof typeof USUAL): number =>
    Number(new RegExp(`^${name}\\s*=\\s*(\\d+)`, 'm').exec(out)?.[1] ?? USUAL[name]);
  // Indices end below MaxArraySize.
  return { elements: Math.max(1, valueOf('MaxArraySize') - 1), jobs: valueOf('MaxJobCount') };
}

/**
 * @param words options, script and its arguments
 * @returns the id of the job
 * @throws TracelabError SLURM_GONE (environment), SLURM_REFUSED (refused input)
 */
export async function submitJob(words: readonly string[]): Promise<string> {
  const out = await ask('sbatch', words);
  // Followed by `;CLUSTER` where there are several clusters.
  const id = /^(\d+)/.exec(out.trim())?.[1];
  if (id !== undefined) return id;
  throw new Error(`sbatch printed no id: ${out}`);
}

/**
 * @returns ids of those of the jobs that wait or run
 * @throws TracelabError SLURM_GONE (environment)
 */
export async function queuedJobs(ids: readonly string[]): Promise<readonly string[]> {
  // Jobs that ended long ago are unknown, and one of them alone is refused: so all jobs of the user are listed.
  const out = await ask('squeue', ['--me', '--noheader', '--format=%A %F']);
  const known = new Set(out.split(/\s+/));
  return ids.filter((id) => known.has(id));
}

/**
 * Ends jobs; those that have ended are no fault.
 * @param waiting whether running elements continue
 * @throws TracelabError SLURM_GONE (environment)
 */
export async function cancelJobs(ids: readonly string[], waiting = false): Promise<void> {
  const queued = ids.length === 0 ? [] : await queuedJobs(ids);
  if (queued.length > 0) await ask('scancel', [...(waiting ? ['--state=PENDING'] : []), ...queued]);
}
