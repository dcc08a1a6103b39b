// Builds unless dist and build are newer than all that they are made from. npm runs `prepare` after `npm ci`, and again
// for the first `npx tracelab` of a clone, where a study may be running from dist.
// Usage: npm run prepare
import { execSync } from 'node:child_process';
import { existsSync, globSync, statSync } from 'node:fs';

const SOURCES = ['src/**/*', 'assembly/**/*', 'asconfig.json', 'tsconfig*.json', 'package.json', 'package-lock.json'];
const BUILT = [
  'dist/src/cli/bin.js',
  'build/portable.wasm',
  'build/fused.wasm',
  'build/page-portable.wasm',
  'build/page-fused.wasm',
  'build/page/report.js',
];

const times = (paths: readonly string[]): number[] => paths.map((path) => statSync(path).mtimeMs);
const isBuilt = BUILT.every((path) => existsSync(path));
// Folders count, too: their time changes when a file is deleted.
if (!isBuilt || Math.max(...times(globSync(SOURCES))) > Math.min(...times(BUILT)))
  execSync('npm run build', { stdio: 'inherit' });
