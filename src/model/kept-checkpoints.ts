// Checkpoints that a run keeps in its directory: where they are, what was written, and whether it is still there.
import { join } from 'node:path';
import { TracelabError } from '../base/errors.ts';
import { hashFile } from '../base/hash.ts';
import { noteWritten, readWritten, type WrittenFile } from '../base/written-files.ts';
import { type Checkpoint, CHECKPOINT_FILES, readCheckpoint } from './checkpoint.ts';

/** Built from the current folder of the run: the run may have moved since a checkpoint was written. */
export function checkpointDirectory(runDir: string, step: number): string {
  return join(runDir, 'checkpoints', `step-${step}`);
}

/** @param written what writeCheckpoint gave */
export async function noteCheckpoint(runDir: string, step: number, written: readonly WrittenFile[]): Promise<void> {
  for (const { path, ...file } of written) await noteWritten(runDir, { path: pathOf(step, path), ...file });
}

/**
 * Compares the files of kept checkpoints with what was noted when they were written.
 * @param steps ascending
 * @returns the first step whose checkpoint is not what was written, and the refusal; null when all are
 * @throws TracelabError FILE_READ
 */
export async function damagedCheckpoint(
  runDir: string,
  steps: readonly number[],
): Promise<{ readonly step: number; readonly error: TracelabError } | null> {
  const notes = await readWritten(runDir);
  for (const step of steps) {
    for (const name of CHECKPOINT_FILES) {
      const error = await compare(runDir, pathOf(step, name), notes.get(pathOf(step, name)));
      if (error !== null) return { step, error };
    }
  }
  return null;
}

/**
 * A kept checkpoint, its files compared with what was noted when they were written.
 * @throws TracelabError CHECKPOINT_MISSING, CHECKPOINT_DAMAGED (damaged artefact); FILE_READ
 */
export async function readKeptCheckpoint(runDir: string, step: number): Promise<Checkpoint> {
  const damaged = await damagedCheckpoint(runDir, [step]);
  if (damaged !== null) throw damaged.error;
  return readCheckpoint(checkpointDirectory(runDir, step));
}

/** Relative to the run directory, with forward slashes. */
function pathOf(step: number, name: string): string {
  return `checkpoints/step-${step}/${name}`;
}

async function compare(runDir: string, path: string, note: WrittenFile | undefined): Promise<TracelabError | null> {
  const refusal = (code: string, what: string, expected: string, found: string): TracelabError =>
    new TracelabError({
      code,
      kind: 'damaged_artifact',
      where: join(runDir, path),
      what,
      expected,
      got: found,
      hint: `put it back, or delete ${runDir} to begin anew`,
    });
  const got = await hashFile(join(runDir, path)).catch((error: unknown) => {
    if (error instanceof TracelabError && error.code === 'FILE_MISSING') return null;
    throw error;
  });
  if (got === null)
    return refusal('CHECKPOINT_MISSING', 'a checkpoint that this run had kept is gone', 'the file', 'none');
  if (got === note?.sha256) return null;
  return refusal(
    'CHECKPOINT_DAMAGED',
    'a checkpoint that this run had kept was changed after it was written',
    note === undefined ? 'a note of what was written' : `sha256 ${note.sha256.slice(0, 16)}`,
    note === undefined ? 'none' : got.slice(0, 16),
  );
}
