// Where the package is: its wasm files, presets and version, whether this file runs as src/base or as dist/src/base.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { TracelabError } from './errors.ts';

let root: string | undefined;

/**
 * Folder of tracelab's own package.json.
 * @throws TracelabError PACKAGE_ROOT (environment) when no parent folder of this file has one
 */
export function packageRoot(): string {
  root ??= findRoot(import.meta.dirname);
  return root;
}

function findRoot(from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (existsSync(file) && (JSON.parse(readFileSync(file, 'utf8')) as { name?: string }).name === 'tracelab')
      return folder;
    if (dirname(folder) === folder) {
      throw new TracelabError({
        code: 'PACKAGE_ROOT',
        kind: 'environment',
        where: from,
        what: 'the package is incomplete',
        expected: 'a package.json of tracelab in a folder above',
        got: 'none',
        hint: 'install it again',
      });
    }
  }
}
