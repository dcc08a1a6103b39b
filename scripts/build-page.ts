// Bundles the code of pages, src/page, into build/page: a script and a style sheet a page, minified, loading nothing.
// Usage: npm run build:page
import { basename, join } from 'node:path';
import { globSync } from 'node:fs';
import { build } from 'esbuild-wasm';

const ROOT = join(import.meta.dirname, '..');

await build({
  absWorkingDir: ROOT,
  entryPoints: globSync('src/page/*.{ts,css}', { cwd: ROOT }).map((path) => ({
    in: path,
    out: basename(path).replace(/\.\w+$/, ''),
  })),
  outdir: 'build/page',
  bundle: true,
  minify: true,
  format: 'iife',
  platform: 'browser',
  target: ['es2022', 'chrome105', 'firefox115', 'safari16.4'],
  charset: 'utf8',
  legalComments: 'none',
  logLevel: 'warning',
});
