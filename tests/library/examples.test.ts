// Every example of docs/library.md prints what the page says: in Node, from the sources, and bundled in Chromium. And
// what is public is listed there and marked.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundleForBrowser, libraryExamples, runInChromium } from '../../scripts/library-examples.ts';
import * as core from '../../src/core-api.ts';
import * as library from '../../src/index.ts';
import { useChromium } from '../browser/use-chromium.ts';
import { writeSmallCheckpoint } from '../model/small-checkpoint.ts';

const ROOT = join(import.meta.dirname, '../..');
const ALIAS = {
  'tracelab/core': join(ROOT, 'src/core-api.ts'),
  tracelab: join(ROOT, 'src/index.ts'),
};
const page = readFileSync(join(ROOT, 'docs/library.md'), 'utf8');
const examples = libraryExamples(page);
const chromium = useChromium();

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-library-'));
  await writeSmallCheckpoint(join(folder, 'model'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

test.each(examples)('the example $name', ({ name, code, prints }) => {
  const file = join(folder, `${name}.mjs`);
  writeFileSync(
    file,
    Object.entries(ALIAS).reduce(
      (text, [from, to]) => text.replaceAll(`'${from}'`, `'${pathToFileURL(to).href}'`),
      code,
    ),
  );
  const { stdout, stderr } = spawnSync(process.execPath, [file], { cwd: folder, encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(stdout).toBe(prints);
});

test('the plain part bundles for a browser and imports nothing', async () => {
  expect(await bundleForBrowser(join(ROOT, 'src/index.ts'), {})).toContain('generateMaze');
  await expect(bundleForBrowser(join(ROOT, 'src/core-api.ts'), {})).rejects.toThrow(/imports .*node:/);
});

test.each(examples.filter(({ needsNode }) => !needsNode))(
  'the example $name in Chromium',
  async ({ name, code, prints }) => {
    const file = join(folder, `${name}-browser.mjs`);
    writeFileSync(file, code);
    expect(await runInChromium(chromium(), file, ALIAS)).toBe(prints);
  },
);

/** Exported names of a module, types included, and whether the declaration of each is marked `@public`. */
function publicNames(path: string): Map<string, boolean> {
  const program = ts.createProgram([join(ROOT, path)], {
    target: ts.ScriptTarget.ES2024,
    module: ts.ModuleKind.NodeNext,
    allowImportingTsExtensions: true,
    noEmit: true,
    skipLibCheck: true,
  });
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(join(ROOT, path));
  const module = source && checker.getSymbolAtLocation(source);
  return new Map(
    (module ? checker.getExportsOfModule(module) : []).map((symbol) => {
      const origin = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      return [symbol.name, origin.getJsDocTags().some(({ name }) => name === 'public')];
    }),
  );
}

describe.each(['src/index.ts', 'src/core-api.ts'])('what %s exports', (path) => {
  const names = publicNames(path);

  test('is listed on the page', () => {
    expect(names.size).toBeGreaterThan(5);
    expect([...names.keys()].filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });

  test('is marked as public', () => {
    expect([...names].filter(([, marked]) => !marked).map(([name]) => name)).toEqual([]);
  });
});

test('every function has an example', () => {
  const functions = [...Object.entries(library), ...Object.entries(core)].filter(
    ([, value]) => typeof value === 'function',
  );
  const code = examples.map((example) => example.code).join('\n');
  expect(functions.map(([name]) => name).filter((name) => !new RegExp(`\\b${name}\\b`).test(code))).toEqual([]);
});

test('an example without its output is not lost', () => {
  expect(page.split('```js').length - 1).toBe(examples.length);
});
