// The bundled scripts and style sheets of pages, which `npm run build` makes from src/page.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TracelabError } from '../base/errors.ts';
import { packageRoot } from '../base/package-root.ts';
import type { KernelPath } from '../core/exports.ts';

/** Kinds of page. Each has a style sheet; those that move have a script. */
export type PageKind = 'plain' | 'bench' | 'explained' | 'report' | 'play' | 'dashboard' | 'login';

export interface PageAssets {
  /** Empty for a page on which nothing moves. */
  readonly script: string;
  readonly style: string;
}

const read = new Map<PageKind, PageAssets>();

/**
 * What a kind of page runs and how it looks.
 * @throws TracelabError PAGE_MISSING (environment) when the package is not built
 */
export function pageAssets(kind: PageKind): PageAssets {
  const known = read.get(kind);
  if (known !== undefined) return known;
  const file = (suffix: string): string => join(packageRoot(), 'build/page', `${kind}.${suffix}`);
  if (!existsSync(file('css'))) throw missing(file('css'));
  const assets = {
    script: existsSync(file('js')) ? readFileSync(file('js'), 'utf8') : '',
    style: readFileSync(file('css'), 'utf8'),
  };
  read.set(kind, assets);
  return assets;
}

/**
 * The module of the core that pages run; a build makes it from assembly/page.ts.
 * @throws TracelabError PAGE_MISSING (environment) when the package is not built
 */
export function pageCoreBytes(path: KernelPath): Buffer {
  const file = join(packageRoot(), 'build', `page-${path}.wasm`);
  if (!existsSync(file)) throw missing(file);
  return readFileSync(file);
}

function missing(file: string): TracelabError {
  return new TracelabError({
    code: 'PAGE_MISSING',
    kind: 'environment',
    where: file,
    what: 'the code of pages is missing',
    expected: 'the files that a build makes',
    got: 'no such file',
    hint: 'run npm run build, or install the package again',
  });
}
