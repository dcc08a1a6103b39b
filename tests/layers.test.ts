// The layers of src/ and bench/: imports point down, folders of one layer know nothing of each other, nothing is
// circular, only src/core touches WebAssembly and threads, and only src/tasks and the graph of a study know kinds of
// task by name.
import { globSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { KINDS } from '../src/tasks/kinds.ts';

const LAYERS: readonly (readonly string[])[] = [
  ['base'],
  ['domain', 'core', 'host'],
  ['data', 'model', 'work'],
  ['training', 'rl', 'evaluation', 'analysis'],
  ['tasks', 'serve'],
  ['study'],
  ['tables'],
  ['render', 'fleet'],
  ['report', 'dashboard'],
  ['page', 'bench'],
  // The files of the library.
  ['cli', 'index.ts', 'core-api.ts'],
];
const LAYER_OF = new Map(LAYERS.flatMap((folders, layer) => folders.map((folder) => [folder, layer] as const)));

/** Packages that only src/core may import: the door to WebAssembly and to threads. */
const CORE_PACKAGES = new Set(['@assemblyscript/loader', 'piscina', 'node:worker_threads', 'node:v8']);

const FILE_PACKAGES = new Set(['node:fs', 'node:fs/promises', 'fs', 'fs/promises']);

/** Files of src/ that may use node:fs, each with its reason. All others go through the file port. */
const OWN_DOORS: Readonly<Record<string, string>> = {
  'src/base/cgroup.ts': 'reads files of the system about limits of memory, processors and processes',
  'src/base/file-port.ts': 'is the port',
  'src/base/package-root.ts': 'looks for the folder of the package',
  'src/base/place.ts': 'reads files of the system about boots and processes',
  'src/base/process-limits.ts': 'lists processes, to count those of this user',
  'src/cli/version.ts': "reads the package's own package.json",
  'src/cli/presets.ts': "lists the package's own presets",
  'src/core/module.ts': "reads the package's own wasm files",
  'src/report/page-assets.ts': "reads the package's own scripts and style sheets",
  'src/work/lease-owner.ts': 'reads files of the system about processes',
};

/** Paths such as `src/core/module.ts` and the source text of each. */
type Sources = ReadonlyMap<string, string>;

interface Import {
  readonly from: string;
  readonly specifier: string;
  /** Path of the imported source file; undefined for a package. */
  readonly to: string | undefined;
}

/** Static, dynamic and type imports, re-exports, and the entry files of threads. */
function importsOf(from: string, text: string): Import[] {
  const imported = ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
  const entries = [...text.matchAll(/['"](\.{1,2}\/[^'"]+\.ts)['"]/g)].map(([, path = '']) => path);
  return [...new Set([...imported, ...entries])].map((specifier) => ({
    from,
    specifier,
    to: specifier.startsWith('.') ? posix.join(posix.dirname(from), specifier) : undefined,
  }));
}

/** The layer's name of a file: a folder of src/, or bench/ with all that is in it. */
function folderOf(path: string): string {
  const [top, folder] = path.split('/');
  return top === 'bench' ? top : folder;
}

/** What is wrong with one import, and what to do; undefined when nothing is. */
function fault({ from, specifier, to }: Import, sources: Sources): string | undefined {
  const folder = folderOf(from);
  const layer = LAYER_OF.get(folder);
  const place = (name: string): string => (name === 'bench' ? 'bench' : `src/${name}`);
  if (layer === undefined)
    return `${from}: folder ${place(folder)} has no layer; add it to LAYERS here and to CONTRIBUTING.md, or move the file`;
  if (to === undefined) {
    if (FILE_PACKAGES.has(specifier) && from.startsWith('src/') && !(from in OWN_DOORS))
      return `${from} imports ${specifier}: files go through the file port, so that a test can let any operation fail; call src/base/disk.ts`;
    if (folder === 'core' || !CORE_PACKAGES.has(specifier)) return undefined;
    return `${from} imports ${specifier}: only src/core touches WebAssembly and threads; call a function of src/core`;
  }
  if (to.startsWith('assembly/') || to.startsWith('build/'))
    return `${from} imports ${specifier}: assembly/ and build/ are reached only through src/core/module.ts`;
  if (!sources.has(to))
    return `${from} imports ${specifier}: there is no ${to}; write relative imports of source files with their .ts extension`;
  const target = folderOf(to);
  if (target === folder) return undefined;
  const targetLayer = LAYER_OF.get(target) ?? Infinity;
  if (targetLayer > layer)
    return `${from} imports ${specifier}: ${place(folder)} (layer ${layer}) lies below ${place(target)} (layer ${targetLayer}); pass the value in as an argument, or move what is shared down`;
  if (targetLayer === layer)
    return `${from} imports ${specifier}: ${place(folder)} and ${place(target)} share layer ${layer} and know nothing of each other; exchange a file or a plain value, or move what is shared down`;
  return undefined;
}

/** The first circle of imports found, as the files on it; undefined when there is none. */
function circle(imports: readonly Import[]): string[] | undefined {
  const next = Map.groupBy(imports, ({ from }) => from);
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): string[] | undefined => {
    const start = path.indexOf(file);
    if (start >= 0) return [...path.slice(start), file];
    if (done.has(file)) return undefined;
    for (const { to } of next.get(file) ?? []) {
      const found = to === undefined ? undefined : visit(to, [...path, file]);
      if (found) return found;
    }
    done.add(file);
    return undefined;
  };
  for (const file of next.keys()) {
    const found = visit(file, []);
    if (found) return found;
  }
  return undefined;
}

/** Where a kind may be recognised by its name: the kinds themselves, and the graph that is made of them. */
function mayNameKinds(path: string): boolean {
  return path.startsWith('src/tasks/') || path === 'src/study/graph.ts';
}

const KIND = `['"\`](?:${[...KINDS.keys()].join('|')})['"\`]`;
const KIND_SWITCHES = [
  // kind === 'train', task.kind !== 'train', kind.name == 'train'
  `\\bkind(?:\\??\\.name)?\\s*[!=]==?\\s*${KIND}`,
  // 'train' === task.kind
  `${KIND}\\s*[!=]==?\\s*[\\w.?]*\\bkind\\b`,
  // switch (task.kind) { case 'train':
  `\\bswitch\\s*\\([^)]*\\bkind\\b[^)]*\\)\\s*\\{[^}]*?\\bcase\\s+${KIND}`,
  // ['train', 'rl'].includes(kind)
  `\\[[^\\]]*${KIND}[^\\]]*\\]\\s*\\.includes\\([^)]*\\bkind\\b`,
].map((pattern) => new RegExp(pattern));

/** The first decision by the name of a kind in a file, as it is written there. */
function kindSwitch(path: string, text: string): string | undefined {
  if (mayNameKinds(path)) return undefined;
  return KIND_SWITCHES.map((pattern) => pattern.exec(text)?.[0]).find((found) => found !== undefined);
}

/** Every breach of the layers, one line each, with what to do. */
function breaches(sources: Sources): string[] {
  const imports = [...sources].flatMap(([path, text]) => importsOf(path, text));
  const found = imports.map((each) => fault(each, sources)).filter((line) => line !== undefined);
  for (const [path, text] of sources) {
    if (
      folderOf(path) !== 'core' &&
      /\bWebAssembly\s*\.\s*(?:compile|instantiate|Module\s*\(|Instance\s*\()/.test(text)
    ) {
      found.push(
        `${path} compiles WebAssembly: only src/core does, so that every module is checked before it is used; call src/core/module.ts`,
      );
    }
  }
  for (const [path, text] of sources) {
    const decision = kindSwitch(path, text);
    if (decision !== undefined)
      found.push(
        `${path} decides by the name of a kind (${decision}): let the kind say it, by a field of Kind in src/work/kind.ts`,
      );
  }
  const files = circle(imports);
  if (files)
    found.push(
      `${files.join(' -> ')}: imports in a circle; move what they share into a file that imports none of them`,
    );
  return found;
}

test('src/ and bench/ keep their layers', () => {
  const root = new URL('..', import.meta.url).pathname;
  const sources = new Map(
    globSync(['src/**/*.ts', 'bench/**/*.ts'], { cwd: root }).map((path) => [
      path.replaceAll('\\', '/'),
      readFileSync(`${root}/${path}`, 'utf8'),
    ]),
  );
  expect(sources.size).toBeGreaterThan(50);
  expect(breaches(sources)).toEqual([]);
});

describe('what the check catches', () => {
  const check = (sources: Record<string, string>): string[] => breaches(new Map(Object.entries(sources)));

  test('imports that point down pass', () => {
    expect(
      check({
        'src/base/errors.ts': '',
        'src/domain/types.ts': "import { TracelabError } from '../base/errors.ts';",
        'src/study/study.ts':
          "import type { Problem } from '../domain/types.ts';\nimport { join } from 'node:path';\nexport const later = () => import('../base/errors.ts');",
        'src/core/threads.ts': "import { Piscina } from 'piscina';\nnew WebAssembly.Module(bytes);",
      }),
    ).toEqual([]);
  });

  test.each([
    ['a static import', "import { run } from '../study/study.ts';"],
    ['a type import', "import type { Run } from '../study/study.ts';"],
    ['a dynamic import', "const run = await import('../study/study.ts');"],
    ['a type in place', "let run: typeof import('../study/study.ts');"],
    ['a re-export', "export * from '../study/study.ts';"],
    ['the entry file of a thread', "new URL('../study/study.ts', import.meta.url);"],
  ])('%s that points up', (_, text) => {
    expect(check({ 'src/domain/astar.ts': text, 'src/study/study.ts': '' })).toEqual([
      'src/domain/astar.ts imports ../study/study.ts: src/domain (layer 1) lies below src/study (layer 5); pass the value in as an argument, or move what is shared down',
    ]);
  });

  test('bench: above the report, below the command line, and no door to WebAssembly', () => {
    expect(
      check({
        'src/report/charts.ts': '',
        'src/cli/commands/bench.ts': "import('../../../bench/run.ts');",
        'bench/run.ts': "import { chart } from '../src/report/charts.ts';\nimport './gemm.ts';",
        'bench/gemm.ts': '',
      }),
    ).toEqual([]);
    expect(
      check({
        'src/cli/help.ts': '',
        'src/training/train.ts': "import { time } from '../../bench/timing.ts';",
        'bench/timing.ts': "import '../src/cli/help.ts';\nimport { Worker } from 'node:worker_threads';",
      }),
    ).toEqual([
      expect.stringContaining('src/training (layer 3) lies below bench (layer 9)'),
      expect.stringContaining('bench (layer 9) lies below src/cli (layer 10)'),
      expect.stringContaining('only src/core touches WebAssembly and threads'),
    ]);
  });

  test('folders of one layer', () => {
    expect(
      check({
        'src/training/train.ts': "import { evaluate } from '../evaluation/evaluate.ts';",
        'src/evaluation/evaluate.ts': '',
      }),
    ).toEqual([
      expect.stringContaining('src/training and src/evaluation share layer 3 and know nothing of each other'),
    ]);
  });

  test('a store or an executor that knows the kinds', () => {
    expect(
      check({
        'src/work/perform.ts': "import type { TrainTask } from '../tasks/train.ts';",
        'src/tasks/train.ts': "import type { Kind } from '../work/kind.ts';",
        'src/work/kind.ts': '',
      }),
    ).toEqual([expect.stringContaining('src/work (layer 2) lies below src/tasks (layer 4)')]);
  });

  test.each([
    "if (kind === 'train') learn();",
    "if (task.kind !== 'rl-curve') learn();",
    'if (node.task.kind === "data") draw();',
    "if (kind.name === 'lengths') draw();",
    "if ('test' === task.kind) draw();",
    "switch (task.kind) {\n  case 'curve':\n    draw();\n}",
    "const learns = ['train', 'rl'].includes(task.kind);",
  ])('a decision by the name of a kind: %s', (text) => {
    expect(check({ 'src/study/plan.ts': text })).toEqual([
      expect.stringContaining('src/study/plan.ts decides by the name of a kind ('),
    ]);
    expect(check({ 'src/tasks/train.ts': text, 'src/study/graph.ts': text })).toEqual([]);
  });

  test('names that are no kinds, and tasks that are made, pass', () => {
    expect(
      check({
        'src/study/plan.ts': "if (message.kind === 'step' || split === 'train') go({ id: 'a', kind: 'train' });",
      }),
    ).toEqual([]);
  });

  test('a file that goes around the file port', () => {
    expect(
      check({
        'src/work/lease.ts': "import { open } from 'node:fs/promises';",
        'src/report/page-assets.ts': "reads the package's own scripts and style sheets",
        'src/work/lease-owner.ts': "import { readFileSync } from 'node:fs';",
        'bench/peers/jax.ts': "import { readFileSync } from 'node:fs';",
      }),
    ).toEqual([
      'src/work/lease.ts imports node:fs/promises: files go through the file port, so that a test can let any operation fail; call src/base/disk.ts',
    ]);
  });

  test('a folder without a layer', () => {
    expect(check({ 'src/misc/things.ts': "import { readFile } from 'node:fs';" })).toEqual([
      expect.stringContaining('folder src/misc has no layer'),
    ]);
  });

  test('a way into assembly, WebAssembly or threads around src/core', () => {
    expect(
      check({
        'src/model/update.ts': "import { gemm } from '../../assembly/gemm.ts';",
        'src/model/place.ts': "import { instantiate } from '@assemblyscript/loader';",
        'src/training/train.ts': "import { Worker } from 'node:worker_threads';",
        'src/evaluation/generate.ts': 'new WebAssembly.Module(bytes);',
      }),
    ).toEqual([
      expect.stringContaining('assembly/ and build/ are reached only through src/core/module.ts'),
      expect.stringContaining('only src/core touches WebAssembly and threads'),
      expect.stringContaining('only src/core touches WebAssembly and threads'),
      expect.stringContaining('src/evaluation/generate.ts compiles WebAssembly'),
    ]);
  });

  test('an import without its extension', () => {
    expect(check({ 'src/base/hash.ts': "import { files } from './files';", 'src/base/files.ts': '' })).toEqual([
      expect.stringContaining('with their .ts extension'),
    ]);
  });

  test('a circle within a folder', () => {
    expect(
      check({
        'src/report/report.ts': "import './table.ts';",
        'src/report/table.ts': "import './cell.ts';",
        'src/report/cell.ts': "import './table.ts';",
      }),
    ).toEqual([
      expect.stringContaining('src/report/table.ts -> src/report/cell.ts -> src/report/table.ts: imports in a circle'),
    ]);
  });
});
