// Whether a disk has the space that a run is planned to take, before the run begins.
import { dirname, join } from 'node:path';
import { entriesBelow, existsSync, stat } from './disk.ts';
import { TracelabError } from './errors.ts';
import { port } from './file-port.ts';

/**
 * Refuses a run that the disk has no room for.
 * @param folder that the run writes into; it need not exist yet
 * @param bytes that the run is planned to write
 * @param has bytes of them that an earlier start has written
 * @throws TracelabError DISK_SPACE (environment)
 */
export async function checkSpace(folder: string, bytes: number, has = 0): Promise<void> {
  let place = folder;
  while (!existsSync(place) && dirname(place) !== place) place = dirname(place);
  // A file system that does not say what is free is believed to have room.
  const free = await port()
    .async.freeBytes(place)
    .catch(() => Infinity);
  if (bytes - has <= free) return;
  throw new TracelabError({
    code: 'DISK_SPACE',
    kind: 'environment',
    where: folder,
    what: 'the disk has too little space for this run',
    expected: `${Math.ceil((bytes - has) / 1e6)} MB free`,
    got: `${Math.floor(free / 1e6)} MB`,
    hint: 'delete something (`tracelab runs clean` shows what may go), or give a folder on another disk',
  });
}

/** Bytes of all files below a folder; 0 without it. */
export async function bytesBelow(folder: string): Promise<number> {
  let bytes = 0;
  for (const { name, parentPath } of await entriesBelow(folder).catch(() => [])) {
    const found = await stat(join(parentPath, name)).catch(() => undefined);
    if (found?.isFile()) bytes += Number(found.size);
  }
  return bytes;
}
