// Names of cells that were added to a long list of a study (study-cells.ts) since it was written: one line each, so
// that a name costs the same however long the list is. Writing the list again takes the lines in. Processes of several
// machines have a file each, since a shared file system may mix up lines that are added at the same time.
import { join } from 'node:path';
import { z } from 'zod';
import { entriesBelow, existsSync, mkdirs, openFile, remove, removeTree } from '../base/disk.ts';
import { diskRefusal, isSystemError, readText } from '../base/files.ts';
import { TracelabError } from '../base/errors.ts';
import { brokenSeal, sealed } from '../base/sealed.ts';
import { hashSchema } from './cell-record.ts';

export const CELLS_JOURNAL = 'cells.jsonl';

/** The files of processes of several machines, one for each task. */
const CELLS_FOLDER = 'cells.jsonl.d';

const lineSchema = z.strictObject({ config_hash: hashSchema, task: z.string(), cell: hashSchema, sha256: hashSchema });
type Line = z.infer<typeof lineSchema>;

/** How each line begins, and what only a line that was written to its end has. */
const BEGIN = '{"config_hash":"';
const END = /"sha256":"[0-9a-f]{64}"/;

/**
 * Adds a name; it is on the disk when the promise resolves.
 * @param folder of the study
 * @throws TracelabError FILE_WRITE (environment)
 */
export async function appendCell(folder: string, config_hash: string, task: string, cell: string): Promise<void> {
  await append(join(folder, CELLS_JOURNAL), { config_hash, task, cell });
}

/** Like appendCell, for a process that knows nothing of others which do the same. */
export async function appendCellApart(folder: string, config_hash: string, task: string, cell: string): Promise<void> {
  await mkdirs(join(folder, CELLS_FOLDER));
  await append(join(folder, CELLS_FOLDER, task), { config_hash, task, cell });
}

/** Once the list has all names. */
export async function removeJournals(folder: string): Promise<void> {
  await remove(join(folder, CELLS_JOURNAL));
  await removeTree(join(folder, CELLS_FOLDER));
}

async function append(path: string, line: Omit<Line, 'sha256'>): Promise<void> {
  try {
    const file = await openFile(path, 'a');
    try {
      // A line that a crash cut short ends here.
      await file.write(`\n${JSON.stringify(sealed(line))}`);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (!isSystemError(cause)) throw cause;
    throw diskRefusal('FILE_WRITE', path, 'cannot write', cause);
  }
}

/**
 * Names that were added, by task id; those of other configurations are left out.
 * @throws TracelabError STUDY_CELLS (damaged artefact); FILE_READ
 */
export async function readJournal(folder: string, configHash: string): Promise<Readonly<Record<string, string>>> {
  const names: Record<string, string> = {};
  const apart = join(folder, CELLS_FOLDER);
  const files = existsSync(apart) ? (await entriesBelow(apart)).map(({ name }) => join(apart, name)) : [];
  for (const path of [join(folder, CELLS_JOURNAL), ...files]) Object.assign(names, await namesOf(path, configHash));
  return names;
}

async function namesOf(path: string, configHash: string): Promise<Readonly<Record<string, string>>> {
  const text = await readText(path).catch((error: unknown) => {
    if (error instanceof TracelabError && error.code === 'FILE_MISSING') return '';
    throw error;
  });
  const names: Record<string, string> = {};
  for (const [i, line] of text.split('\n').entries()) {
    // Some file systems have zeros where the end of a line was not written.
    const written = line.replace(/\0+$/, '');
    const name = nameIn(written);
    if (name?.config_hash === configHash) names[name.task] = name.cell;
    // Nothing before the first line end; and what a crash cut short, whose task did not begin.
    if (name || isCutShort(written)) continue;
    throw new TracelabError({
      code: 'STUDY_CELLS',
      kind: 'damaged_artifact',
      where: `${path}:${i + 1}`,
      what: 'is not the name of a cell',
      expected: 'config_hash, task, cell and their sha256',
      got: line.slice(0, 60),
      hint: `delete ${path} and run the study again: finished cells are found again`,
    });
  }
  return names;
}

function nameIn(line: string): Line | undefined {
  // Without its last byte a line is still whole.
  const { data } = lineSchema.safeParse(jsonOf(line) ?? jsonOf(`${line}}`));
  return data && brokenSeal(data) === null ? data : undefined;
}

function isCutShort(line: string): boolean {
  return BEGIN.startsWith(line.slice(0, BEGIN.length)) && !line.endsWith('}') && !END.test(line);
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
