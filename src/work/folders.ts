// Folders of a runs directory: the one of all cells, those on their way in or out, and deleting one.
import { randomUUID } from 'node:crypto';
import { dirname, join } from 'node:path';
import { entriesOf, removeTreeSync, renameSync, syncFolderSync } from '../base/disk.ts';
import { diskRefusal, isSystemError } from '../base/files.ts';

/** Folder of the cells in a runs directory. */
export const CELLS_FOLDER = 'cells';
/** A cell that is being deleted has left its place under such a name. */
export const TRASH_PREFIX = '.trash-';
/** Archives are unpacked in such folders of the runs directory (cell-archive.ts), each under a lease. */
export const MERGE_PREFIX = '.merge-';

/** Names of the folders in a folder, sorted; none in one that does not exist. */
export async function foldersIn(folder: string): Promise<string[]> {
  const entries = await entriesOf(folder).catch((cause: unknown) => {
    if (isSystemError(cause) && cause.code === 'ENOENT') return [];
    throw cause;
  });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

/**
 * Deletes a folder that this process has the lease of: out of its place at once, then file by file.
 * @throws TracelabError FILE_WRITE (environment)
 */
export function deleteFolder(directory: string): void {
  const trash = join(dirname(directory), `${TRASH_PREFIX}${randomUUID()}`);
  try {
    renameSync(directory, trash);
    // A power cut must not keep what is deleted below, and lose the move: half a cell would be in its place.
    syncFolderSync(dirname(directory));
    removeTreeSync(trash);
  } catch (cause) {
    if (!isSystemError(cause)) throw cause;
    if (cause.code === 'ENOENT') return;
    throw diskRefusal('FILE_WRITE', directory, 'cannot delete', cause);
  }
}
