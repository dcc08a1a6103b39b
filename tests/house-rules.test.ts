// Rules of the house that no compiler checks: short files that say what they are, whole-word names, kernels that depend
// on nothing.
import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const MAXIMUM_LINES = 400;

const root = new URL('..', import.meta.url).pathname;
const read = (pattern: string): (readonly [path: string, text: string])[] =>
  globSync(pattern, { cwd: root })
    .sort()
    .map((path) => [path, readFileSync(`${root}/${path}`, 'utf8')] as const);

const sources = [...read('src/**/*.ts'), ...read('assembly/**/*.ts'), ...read('bench/**/*.ts')];

/** What is wrong with a file, one line each, with what to do. */
function breaches(path: string, text: string): string[] {
  const found: string[] = [];
  const lines = text.trimEnd().split('\n');
  if (lines.length > MAXIMUM_LINES)
    found.push(
      `${path}: ${lines.length} lines, at most ${MAXIMUM_LINES}; split it where one thing ends and another begins`,
    );
  if (/(?:^|[/-])(?:utils?|helpers?|misc|common)(?:[/.-])/i.test(path))
    found.push(`${path}: the name says nothing; name the thing that the file is`);
  const first = lines[0].startsWith('#!') ? lines[1] : lines[0];
  if (!/^\/\/ \S.{20,}/.test(first) && !first.startsWith('/*'))
    found.push(`${path}: open with a comment of one or two sentences: what it is, and what it is not`);
  if (/^\s*await using /m.test(text) && /\bimport\('\.{1,2}\//.test(text))
    found.push(
      `${path}: import() and \`await using\` in one file; in a function with both TypeScript leaves .ts in the built import`,
    );
  if (path.startsWith('assembly/')) {
    const foreign = [...text.matchAll(/^\s*(?:import|export)\b[^;]*?\bfrom\s+['"]([^'"]+)['"]/gm)]
      .map(([, from]) => from)
      .filter((from) => !/^\.\/[\w-]+$/.test(from));
    for (const from of foreign) found.push(`${path} imports ${from}: kernels depend on other files of assembly/ only`);
    const host = /\b(?:Math|NativeMath)\.random\b|\bDate\.now\b|\bconsole\.|\bnew\s+[A-Z]|\bthrow\b/.exec(
      text.replaceAll(/\/\/.*|\/\*[^]*?\*\//g, ''),
    );
    if (host)
      found.push(
        `${path}: ${host[0].trim()}; kernels never allocate, log, throw or ask the host, they return a status`,
      );
  }
  return found;
}

test('every source file keeps the rules', () => {
  expect(sources.length).toBeGreaterThan(80);
  expect(sources.flatMap(([path, text]) => breaches(path, text))).toEqual([]);
});

test('every test file says what it tests', () => {
  const tests = read('tests/**/*.ts').filter(([, text]) => !text.startsWith('// '));
  expect(tests.map(([path]) => path)).toEqual([]);
});

describe('what the check catches', () => {
  const OPENING = '// One file that is here for the sake of the rules.\n';

  test('a good file passes', () => {
    expect(breaches('src/base/hash.ts', `${OPENING}export const one = 1;\n`)).toEqual([]);
    expect(breaches('src/cli/bin.ts', `#!/usr/bin/env node\n${OPENING}`)).toEqual([]);
    expect(
      breaches(
        'assembly/gemm.ts',
        `${OPENING}import { lanes } from './simd';\nexport function gemm(): i32 { return 0; } // never new F32Array\n`,
      ),
    ).toEqual([]);
  });

  test.each([
    ['a long file', 'src/model/update.ts', OPENING + 'x;\n'.repeat(MAXIMUM_LINES), '401 lines'],
    ['a name that says nothing', 'src/base/utils.ts', OPENING, 'name the thing'],
    ['a part of a name that says nothing', 'src/base/string-helpers.ts', OPENING, 'name the thing'],
    ['a folder that says nothing', 'src/common/dates.ts', OPENING, 'name the thing'],
    [
      'an import that the build leaves as it is',
      'src/cli/serve.ts',
      `${OPENING}const run = async () => {\n  await using model = await (await import('../model.ts')).open();\n};\n`,
      'TypeScript leaves .ts',
    ],
    ['a file without an opening', 'src/base/hash.ts', 'export const one = 1;\n', 'open with a comment'],
    [
      'a kernel that imports the host',
      'assembly/gemm.ts',
      `${OPENING}import { log } from '../src/cli/main';\n`,
      'depend on other files of assembly/ only',
    ],
    [
      'a kernel that allocates',
      'assembly/gemm.ts',
      `${OPENING}const a = new Float32Array(4);\n`,
      'kernels never allocate',
    ],
    ['a kernel that throws', 'assembly/gemm.ts', `${OPENING}throw 1;\n`, 'kernels never allocate, log, throw'],
    ['a kernel that rolls dice', 'assembly/gemm.ts', `${OPENING}const a = Math.random();\n`, 'Math.random'],
  ])('%s', (_, path, text, message) => {
    expect(breaches(path, text)).toEqual([expect.stringContaining(message)]);
  });
});
