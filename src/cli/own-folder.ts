// A folder that a command may write into: new, empty, or left by the same command.
import { join } from 'node:path';
import { mkdirs, readdir, remove } from '../base/disk.ts';
import { TracelabError } from '../base/errors.ts';
import { diskRefusal, isSystemError, writeFileAtomic } from '../base/files.ts';

/** Is in a folder until all files of its command are there: an interrupted command knows its own folder again. */
const BEGUN_FILE = '.begun';

/**
 * @param mark file that the command leaves there
 * @param write writes all files of the command, the mark last
 * @throws TracelabError RUN_DIRECTORY (refused input), FILE_WRITE (environment)
 */
export async function inOwnFolder(folder: string, mark: string, write: () => Promise<void>): Promise<void> {
  await checkOwn(folder, mark);
  const begun = join(folder, BEGUN_FILE);
  await writeFileAtomic(begun, '');
  await write();
  try {
    await remove(begun);
  } catch (cause) {
    if (!isSystemError(cause)) throw cause;
    throw diskRefusal('FILE_WRITE', begun, 'cannot delete', cause);
  }
}

async function checkOwn(folder: string, mark: string): Promise<void> {
  try {
    await mkdirs(folder);
    const names = (await readdir(folder)).filter((name) => !name.startsWith(`.${BEGUN_FILE}.`));
    if (names.length === 0 || names.includes(mark) || names.includes(BEGUN_FILE)) return;
    throw new TracelabError({
      code: 'RUN_DIRECTORY',
      kind: 'refused_input',
      where: folder,
      what: 'the folder holds other files',
      expected: `a new or empty folder, or one with ${mark}`,
      got: names[0],
      hint: 'give another folder',
    });
  } catch (cause) {
    if (!isSystemError(cause)) throw cause;
    throw diskRefusal('FILE_WRITE', folder, 'cannot create the folder', cause);
  }
}
