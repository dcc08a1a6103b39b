// A sweep on a folder that all machines share: `fleet.json` in its folder says that workers shall compute it, by what
// code, and what its tasks cost. `failures/TASK.json` says why a task was set aside, `cancelled.json` that no task is
// begun any more.
import { join } from 'node:path';
import { z } from 'zod';
import { existsSync, mkdirs, remove, removeTree } from '../../base/disk.ts';
import { TracelabError } from '../../base/errors.ts';
import { writeFileAtomic } from '../../base/files.ts';
import { brokenSeal, sealed } from '../../base/sealed.ts';
import { issueText } from '../../base/schema-issue.ts';
import { readIfThere } from '../../work/cell-record.ts';
import type { TaskFailure } from '../../work/executor.ts';
import { foldersIn } from '../../work/folders.ts';
import type { Estimate } from '../../work/kind.ts';
import type { FleetIdentity } from '../engine.ts';

const FLEET_FILE = 'fleet.json';
const FAILURES = 'failures';
const CANCELLED = 'cancelled.json';

const identitySchema = z.strictObject({
  version: z.string(),
  numeric_version: z.int(),
  core: z.strictObject({ module_sha256: z.string(), kernel_path: z.enum(['fused', 'portable']) }),
});
const costSchema = z.strictObject({
  seconds: z.number().min(0),
  /** Useful numbers of threads, and memory with each. */
  threads: z.array(z.tuple([z.int().min(1), z.number().min(0)])).min(1),
});
const fleetSchema = z.strictObject({
  format: z.literal(1),
  config_hash: z.string(),
  identity: identitySchema,
  submitted: z.string(),
  tasks: z.record(z.string(), costSchema),
  sha256: z.string(),
});
const failureSchema = z.strictObject({ code: z.string(), message: z.string(), exit_code: z.int() });

/** A sweep that workers shall compute. */
export interface SharedSweep {
  readonly config_hash: string;
  readonly identity: FleetIdentity;
  readonly submitted: Date;
  readonly estimates: ReadonlyMap<string, Estimate>;
}

/** Writes fleet.json, and forgets failures and a cancellation of before. */
export async function writeFleet(
  folder: string,
  { config_hash, identity, submitted, estimates }: SharedSweep,
): Promise<void> {
  await removeTree(join(folder, FAILURES));
  await remove(join(folder, CANCELLED));
  const tasks = Object.fromEntries(
    [...estimates].map(([id, { seconds, threads, bytes }]) => [
      id,
      { seconds, threads: threads.map((each) => [each, bytes(each)]) },
    ]),
  );
  const value = { format: 1, config_hash, identity, submitted: submitted.toISOString(), tasks };
  await writeFileAtomic(join(folder, FLEET_FILE), `${JSON.stringify(sealed(value))}\n`);
}

/**
 * @param folder of the sweep
 * @returns undefined for a folder that was not given to workers
 * @throws TracelabError FLEET_FILE (damaged artefact)
 */
export async function readFleet(folder: string): Promise<SharedSweep | undefined> {
  const path = join(folder, FLEET_FILE);
  const value = await readIfThere(path);
  if (value === undefined) return undefined;
  const { success, data, error } = fleetSchema.safeParse(value);
  const broken = success ? brokenSeal(data) : null;
  if (!success || broken)
    throw new TracelabError({
      code: 'FLEET_FILE',
      kind: 'damaged_artifact',
      where: path,
      what: 'does not say what workers shall compute',
      expected: broken?.expected ?? 'format 1',
      got: broken?.got ?? (error ? issueText(error) : 'another file'),
      hint: 'submit the sweep again: tracelab sweep CONFIG --engine FOLDER',
    });
  const { config_hash, identity, submitted, tasks } = data;
  return { config_hash, identity, submitted: new Date(submitted), estimates: estimatesOf(tasks) };
}

function estimatesOf(tasks: Readonly<Record<string, z.infer<typeof costSchema>>>): ReadonlyMap<string, Estimate> {
  return new Map(
    Object.entries(tasks).map(([id, { seconds, threads }]) => {
      const bytes = new Map(threads);
      const most = threads.at(-1)?.[1] ?? 0;
      return [
        id,
        {
          tokens: 0,
          flops: 0,
          seconds,
          threads: threads.map(([each]) => each),
          bytes: (each: number) => bytes.get(each) ?? most,
        },
      ];
    }),
  );
}

/** Names of the sweeps of a shared folder that were given to workers. */
export async function sharedSweeps(root: string): Promise<string[]> {
  return (await foldersIn(root)).filter((name) => existsSync(join(root, name, FLEET_FILE)));
}

/** Where the failures of a sweep are, a file TASK.json each. */
export function failuresFolder(folder: string): string {
  return join(folder, FAILURES);
}

/** @param folder of the sweep */
export async function writeFailure(folder: string, id: string, failure: TaskFailure): Promise<void> {
  await mkdirs(join(folder, FAILURES));
  await writeFileAtomic(join(folder, FAILURES, `${id}.json`), `${JSON.stringify(failure)}\n`);
}

/**
 * Why a task was set aside; undefined as long as it was not.
 * @throws TracelabError FLEET_FILE (damaged artefact)
 */
export async function readFailure(folder: string, id: string): Promise<TaskFailure | undefined> {
  const path = join(folder, FAILURES, `${id}.json`);
  const value = await readIfThere(path);
  if (value === undefined) return undefined;
  const { success, data, error } = failureSchema.safeParse(value);
  if (success) return data;
  throw new TracelabError({
    code: 'FLEET_FILE',
    kind: 'damaged_artifact',
    where: path,
    what: 'is not the failure of a task',
    expected: 'code, message and exit_code',
    got: issueText(error),
    hint: `delete ${path}: the task is tried again`,
  });
}

/** @param folder of the sweep */
export async function writeCancelled(folder: string): Promise<void> {
  await writeFileAtomic(join(folder, CANCELLED), '{}\n');
}

/** Whether a sweep was cancelled: what the file says does not matter. */
export function isCancelled(folder: string): boolean {
  return existsSync(join(folder, CANCELLED));
}
