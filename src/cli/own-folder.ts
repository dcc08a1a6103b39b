// A folder that a command may write into: new, empty, or left by the same command.
import { mkdirs, readdir } from '../base/disk.ts';
import { TracelabError } from '../base/errors.ts';
import { diskRefusal, isSystemError } from '../base/files.ts';

/**
 * @param mark file that the command leaves there
 * @throws TracelabError RUN_DIRECTORY (refused input), FILE_WRITE (environment)
 */
export async function ownFolder(folder: string, mark: string): Promise<void> {
  try {
    await mkdirs(folder);
    const names = await readdir(folder);
    if (names.length === 0 || names.includes(mark)) return;
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
