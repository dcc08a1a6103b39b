// Archives of cells as streams: packing and unpacking a gzipped tar through the file port. What may be in one, and what
// becomes of it, is cell-archive.ts.
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { create, Parser, type ReadEntry } from 'tar';
import { mkdirs, type OpenFile, openFile, readPieces } from '../base/disk.ts';

/**
 * Packs files.
 * @param root folder that the paths begin at
 * @param file new archive
 * @param paths with forward slashes
 * @throws the error of the system or of the archiver
 */
export async function packFiles(root: string, file: string, paths: readonly string[]): Promise<void> {
  const archive = await openFile(file, 'wx');
  try {
    const options = { gzip: true, portable: true, noMtime: true, strict: true, cwd: root };
    // The leading ./ because tar reads a name that begins with @ as an archive.
    const packed = create(
      options,
      paths.map((path) => `./${path}`),
    );
    for await (const piece of packed) await archive.write(piece);
  } finally {
    await archive.close();
  }
}

/**
 * Unpacks an archive into a folder; each file is on the disk when it resolves.
 * @param fits whether an entry is taken
 * @throws the error of the system, or what is wrong with the archive
 */
export async function unpackFiles(file: string, to: string, fits: (entry: ReadEntry) => boolean): Promise<void> {
  const parser = new Parser({ strict: true });
  const source = Readable.from(readPieces(file));
  const whole = Promise.withResolvers<undefined>();
  let work = Promise.resolve();
  let open: OpenFile | undefined;
  let ended = false;
  const then = (next: () => Promise<void>): void => {
    // A parser that has failed may still give what it has.
    work = work.then(async () => (ended ? undefined : next()));
    // Not by way of the source, which may have given all that it has: the parser then waits for this entry forever.
    work.catch(whole.reject);
  };
  parser.on('entry', (entry: ReadEntry) => {
    if (!fits(entry)) {
      entry.resume();
      return;
    }
    then(async () => {
      const path = join(to, entry.path);
      await mkdirs(dirname(path));
      open = await openFile(path, 'wx');
    });
    entry.on('data', (piece) => {
      // No piece comes before the one before it is written.
      entry.pause();
      then(async () => {
        await open?.write(piece);
        entry.resume();
      });
    });
    entry.on('end', () => {
      then(async () => {
        await open?.sync();
        await open?.close();
      });
    });
  });
  try {
    parser.on('error', whole.reject).on('end', () => {
      whole.resolve(undefined);
    });
    source.on('error', whole.reject).pipe(parser);
    await whole.promise;
    await work;
  } finally {
    ended = true;
    source.destroy();
    await work.catch(() => undefined);
    await open?.close();
  }
}
