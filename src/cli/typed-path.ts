// Paths as a user would type them again from the same folder: a report's commands should neither hold a home folder nor
// point nowhere.
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { existsSync } from '../base/disk.ts';

/** Relative if the path is below the current folder or was relative before; otherwise unchanged. */
export function typedPath(path: string, currentFolder = process.cwd()): string {
  if (!isAbsolute(path)) return path;
  const below = relative(currentFolder, resolve(path));
  return below === '' ? '.' : below === '..' || below.startsWith(`..${sep}`) || isAbsolute(below) ? path : below;
}

/** The study's folder that a results.json is in; undefined for a copy without the cells of the study. */
export function runPathOf(resultsFile: string): string | undefined {
  const folder = dirname(resultsFile);
  return existsSync(join(folder, 'cells.json')) ? typedPath(folder) : undefined;
}
