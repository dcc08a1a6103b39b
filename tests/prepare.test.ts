// `npm run prepare` builds what is missing or older than its sources, and nothing else: npm gives it in a clone whose
// dist a study may be using.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, expect, it } from 'vitest';

const SCRIPT = join(import.meta.dirname, '../scripts/prepare.ts');
const folder = mkdtempSync(join(tmpdir(), 'tracelab-prepare-'));
const SOURCES = ['src/cli/bin.ts', 'assembly/index.ts', 'asconfig.json', 'tsconfig.json', 'package-lock.json'];
const BUILT = [
  'dist/src/cli/bin.js',
  'build/portable.wasm',
  'build/fused.wasm',
  'build/page-portable.wasm',
  'build/page-fused.wasm',
  'build/page/report.js',
];

function write(path: string, seconds: number, text = ''): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
  utimesSync(join(folder, path), seconds, seconds);
}

/** @returns whether it built */
function builds(): boolean {
  rmSync(join(folder, 'marker'), { force: true });
  execFileSync(process.execPath, [SCRIPT], { cwd: folder, stdio: 'ignore' });
  return existsSync(join(folder, 'marker'));
}

beforeEach(() => {
  const build = `node -e "fs.writeFileSync('marker', '')"`;
  for (const path of SOURCES) write(path, 1000);
  write('package.json', 1000, JSON.stringify({ scripts: { build } }));
  for (const path of BUILT) write(path, 2000);
  for (const path of ['src', 'src/cli', 'assembly']) utimesSync(join(folder, path), 1000, 1000);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

it('builds nothing when all that is built is newer', () => {
  expect(builds()).toBe(false);
});

it.each([...SOURCES, 'package.json', 'src/cli'])('builds when %s is newer', (path) => {
  utimesSync(join(folder, path), 3000, 3000);
  expect(builds()).toBe(true);
});

it.each(BUILT)('builds when %s is missing', (path) => {
  rmSync(join(folder, path));
  expect(builds()).toBe(true);
});
