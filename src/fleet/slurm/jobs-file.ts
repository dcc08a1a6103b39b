// `slurm/jobs.json` in the folder of a sweep: the jobs that were submitted for it. It has its own hash: a wrong id
// would be another job.
import { join } from 'node:path';
import { z } from 'zod';
import { TracelabError } from '../../base/errors.ts';
import { writeFileAtomic } from '../../base/files.ts';
import { brokenSeal, sealed } from '../../base/sealed.ts';
import { issueText } from '../../base/schema-issue.ts';
import { readIfThere } from '../../work/cell-record.ts';
import { SLURM_FOLDER } from './scripts.ts';

const jobsSchema = z.strictObject({
  format: z.literal(1),
  jobs: z.array(z.strictObject({ id: z.string().regex(/^\d+$/), name: z.string(), tasks: z.int().min(0) })),
  sha256: z.string(),
});

/** A job that was submitted; the report has no tasks. */
export type SubmittedJob = z.infer<typeof jobsSchema>['jobs'][number];

const fileOf = (folder: string): string => join(folder, SLURM_FOLDER, 'jobs.json');

/** @param folder of the sweep */
export async function writeJobs(folder: string, jobs: readonly SubmittedJob[]): Promise<void> {
  await writeFileAtomic(fileOf(folder), `${JSON.stringify(sealed({ format: 1, jobs }))}\n`);
}

/**
 * @param folder of the sweep
 * @returns none for a sweep that was not submitted to Slurm
 * @throws TracelabError SLURM_FILE (damaged artefact)
 */
export async function readJobs(folder: string): Promise<readonly SubmittedJob[]> {
  const value = await readIfThere(fileOf(folder));
  if (value === undefined) return [];
  const { success, data, error } = jobsSchema.safeParse(value);
  const broken = success ? brokenSeal(data) : null;
  if (success && !broken) return data.jobs;
  throw new TracelabError({
    code: 'SLURM_FILE',
    kind: 'damaged_artifact',
    where: fileOf(folder),
    what: 'is not the list of submitted jobs',
    expected: broken?.expected ?? 'format 1 and jobs',
    got: broken?.got ?? (error ? issueText(error) : 'another file'),
    hint: `cancel the jobs of this sweep with scancel, and delete ${fileOf(folder)}`,
  });
}
