// The cells that a study names: `cells.json` of its folder in the runs directory. A cell that no study names may be
// swept (cells.ts).
import { join } from 'node:path';
import { z } from 'zod';
import { TracelabError } from '../base/errors.ts';
import { writeFileAtomic } from '../base/files.ts';
import { brokenSeal, sealed } from '../base/sealed.ts';
import { issueText } from '../base/schema-issue.ts';
import { hashSchema, readIfThere } from './cell-record.ts';
import { readJournal, removeJournals } from './cells-journal.ts';
import { CELLS_FOLDER, foldersIn } from './folders.ts';
import { refuseOldRun } from './old-run.ts';

export const STUDY_CELLS_FILE = 'cells.json';

const studySchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/)
  .refine((name) => name !== CELLS_FOLDER, { message: `expected another name than ${CELLS_FOLDER}` });

const studyCellsSchema = z.strictObject({
  format: z.literal(1),
  study: studySchema,
  config_hash: hashSchema,
  /** Cell's hash by task id. */
  cells: z.record(z.string(), hashSchema),
  /** Of all the rest; absent from lists of older versions. */
  sha256: hashSchema.optional(),
});

export type StudyCells = Omit<z.infer<typeof studyCellsSchema>, 'sha256'>;

/**
 * Writes the list anew, without what was added to it: the caller has read that.
 * @param replace whether a study of the same name with another configuration gives way
 * @throws TracelabError STUDY_OTHER (refused input) for such a study; what readStudyCells() throws
 */
export async function writeStudyCells(root: string, cells: StudyCells, replace = false): Promise<void> {
  const valid = studyCellsSchema.omit({ sha256: true }).parse(cells);
  const before = await readStudyCells(root, valid.study);
  if (before && before.config_hash !== valid.config_hash && !replace)
    throw otherStudy(root, before, valid.config_hash, 'give the study another name, or --replace');
  await writeFileAtomic(join(root, valid.study, STUDY_CELLS_FILE), `${JSON.stringify(sealed(valid), null, 2)}\n`);
  await removeJournals(join(root, valid.study));
}

/** The refusal to mix two configurations under one name. */
export function otherStudy(root: string, before: StudyCells, got: string, hint: string): TracelabError {
  return new TracelabError({
    code: 'STUDY_OTHER',
    kind: 'refused_input',
    where: join(root, before.study),
    what: 'there is a study of this name with another configuration',
    expected: before.config_hash.slice(0, 12),
    got: got.slice(0, 12),
    hint,
  });
}

/**
 * @returns undefined when there is no such study
 * @throws TracelabError STUDY_CELLS (damaged artefact); RUN_OLD_FORMAT (refused input)
 */
export async function readStudyCells(root: string, study: string): Promise<StudyCells | undefined> {
  const folder = join(root, study);
  await refuseOldRun(folder);
  const path = join(folder, STUDY_CELLS_FILE);
  const value = await readIfThere(path).catch((error: unknown) => {
    if (error instanceof TracelabError && error.code === 'JSON_SYNTAX')
      throw new TracelabError({ ...error.details, hint: wayOut(path) });
    throw error;
  });
  if (value === undefined) return undefined;
  const list = parseStudyCells(value, study, path);
  return { ...list, cells: { ...list.cells, ...(await readJournal(folder, list.config_hash)) } };
}

/**
 * @param study whose list it must be; null: of any
 * @param where for the error
 * @throws TracelabError STUDY_CELLS (damaged artefact)
 */
export function parseStudyCells(value: unknown, study: string | null, where: string): StudyCells {
  const { success, data, error } = studyCellsSchema.safeParse(value);
  const broken = data?.sha256 === undefined ? null : brokenSeal(data);
  if (success && !broken && (study === null || data.study === study)) {
    const { format, study: name, config_hash, cells } = data;
    return { format, study: name, config_hash, cells };
  }
  throw new TracelabError({
    code: 'STUDY_CELLS',
    kind: 'damaged_artifact',
    where,
    what: "is not the list of a study's cells",
    expected: broken?.expected ?? (study === null ? 'format 1' : `format 1, study ${study}`),
    got: broken ? broken.got : error ? issueText(error) : `study ${data.study}`,
    hint: wayOut(where),
  });
}

function wayOut(path: string): string {
  return `delete ${path} and run the study again: finished cells are found again`;
}

/** Whether a folder of a runs directory may be that of a study. */
export function isStudyName(name: string): boolean {
  return studySchema.safeParse(name).success;
}

/** Names of the studies of a runs directory, sorted. Folders of 0.1.0 and of others are none. */
export async function listStudies(root: string): Promise<string[]> {
  const studies: string[] = [];
  for (const name of (await foldersIn(root)).filter(isStudyName))
    if ((await readIfThere(join(root, name, STUDY_CELLS_FILE)).catch(damagedCounts)) !== undefined) studies.push(name);
  return studies.sort();
}

/** A study whose list is damaged is a study: its cells must not be swept. */
function damagedCounts(error: unknown): unknown {
  if (error instanceof TracelabError && error.code === 'JSON_SYNTAX') return null;
  throw error;
}
