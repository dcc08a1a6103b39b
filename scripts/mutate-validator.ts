// Mutation test of the validators: changes one thing in a copy of the sources and asks the tests whether they see it.
// Its last result is in tests/README.md. Prints the survivors, and those that only a test file saw (`tests`).
// Usage: npm run mutate-validator -- readable|fast [mutants, default all] [seed, default 1] [first, default 0]
//
// Every mutant first sits an exam in a worker: the examples of every rule, the golden rows, and damaged traces of the
// agreement test, each with the verdict on which both unchanged validators agree. Only survivors are shown to the test
// files themselves.
import { spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import ts from 'typescript';
import { RandomSequence } from '../src/base/random.ts';
import { parsePrompt } from '../src/domain/maze/grammar.ts';
import type { Problem } from '../src/domain/maze/types.ts';
import { judge } from '../src/domain/maze/verdict/judge.ts';
import { damagedTrace, told } from '../tests/core/agreement.ts';
import { BEND, BEND_SOLUTION } from '../tests/domain/pictures.ts';
import { TRACE_EXAMPLES } from '../tests/domain/rule-examples.ts';
import type { ExamItem, ExamOrder } from './mutant-exam.ts';
import { type Mutant, mutantsOf } from './validator-mutants.ts';

const READABLE = 'src/domain/maze/verdict';
const DAMAGE_SEED = 5;
/** Of processor time, so that a busy machine makes no mutant late. */
const EXAM_SECONDS = 20;
const TEST_SECONDS = 120;
const OTHER_TESTS = [
  'verdict-trace',
  'verdict-plan',
  'verdict-hostile',
  'verdict-search',
  'verdict-all-runs',
  'golden',
  'replay',
].map((name) => `tests/domain/${name}.test.ts`);
/** What the readable validator's files are tested by; the others by all of OTHER_TESTS. */
const OWN_TESTS: Readonly<Record<string, readonly string[]>> = {
  'parse.ts': [...OTHER_TESTS, 'tests/cli/verify.test.ts'],
  'replay.ts': ['tests/domain/replay.test.ts', 'tests/cli/explain.test.ts'],
  'search.ts': ['tests/domain/verdict-search.test.ts', 'tests/domain/verdict-all-runs.test.ts'],
  'search-run.ts': ['tests/domain/verdict-search.test.ts'],
};
/** On one module: both would be the same mutant. */
const CORE_TESTS = [
  'tests/core/validator.test.ts',
  'tests/core/validator-memory.test.ts',
  'tests/core/validator-words.test.ts',
  '--testNamePattern=portable module',
];

/** The part of the compiler's interface that is used; its own types would declare a second `console`. */
interface Compiler {
  main(
    args: readonly string[],
    system: {
      readonly stdout: { write: () => void };
      readonly stderr: { write: () => void };
      readonly readFile: (name: string) => string | null;
      readonly writeFile: (name: string, bytes: Uint8Array) => void;
      readonly listFiles: () => string[];
    },
  ): Promise<{ readonly error: Error | null }>;
}

type Outcome = 'invalid' | 'exam' | 'timeout' | 'tests' | 'survived';

const root = join(import.meta.dirname, '..');
const asc = (await import(join(root, 'node_modules/assemblyscript/dist/asc.js'))) as Compiler;
const [implementation, ...numbers] = process.argv.slice(2);
const [count = Infinity, seed = 1, first = 0] = numbers.map(Number);
if (
  (implementation !== 'readable' && implementation !== 'fast') ||
  ![count === Infinity ? 0 : count, seed, first].every((value) => Number.isInteger(value) && value >= 0)
) {
  console.error('mutate-validator: expected readable or fast, then whole numbers: mutants, seed, first mutant');
  process.exit(2);
}

/** The exam in two parts: what most mutants fail at once, and the rest. */
function writeExams(folder: string): string[] {
  const item = (problem: Problem, completion: string): ExamItem => ({
    size: problem.size,
    walls: problem.walls.join(''),
    start: problem.start,
    goal: problem.goal,
    completion,
    expected: told(judge(problem, completion)),
  });
  const examples = TRACE_EXAMPLES.map(({ problem = BEND, trace, solution = BEND_SOLUTION }) =>
    item(problem, [...trace, solution].join(' ')),
  );
  const golden = readFileSync(join(root, 'tests/golden/verdicts.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { size: number; prompt: string; completion: string })
    .filter(({ size }) => implementation === 'fast' || size === 8)
    .map(({ size, prompt, completion }) => item(parsePrompt(prompt, size, 'free'), completion));
  const damaged = (from: number, to: number): ExamItem[] =>
    Array.from({ length: to - from }, (_, i) => damagedTrace(DAMAGE_SEED, from + i)).map(({ problem, completion }) =>
      item(problem, completion),
    );
  return [
    [...examples, ...damaged(0, 1_000)],
    [...golden, ...damaged(1_000, implementation === 'fast' ? 20_000 : 10_000)],
  ].map((items, part) => {
    const path = join(folder, `exam-${part}.json`);
    writeFileSync(path, JSON.stringify(items));
    return path;
  });
}

/** What a worker finds wrong with a mutant; null when nothing. */
async function sitExam(order: ExamOrder): Promise<{ readonly fault: string | null; readonly late: boolean }> {
  const worker = new Worker(join(import.meta.dirname, 'mutant-exam.ts'), {
    workerData: order,
    resourceLimits: { maxOldGenerationSizeMb: 1024 },
    stderr: true,
    stdout: true,
  });
  return new Promise((resolve) => {
    const before = process.cpuUsage();
    const end = (fault: string | null, late = false): void => {
      clearInterval(watch);
      resolve({ fault, late });
      void worker.terminate();
    };
    const watch = setInterval(() => {
      // Nothing but the worker computes meanwhile.
      if (process.cpuUsage(before).user > 1e6 * EXAM_SECONDS) end('no answer', true);
    }, 500);
    worker.once('message', (fault: string | null) => {
      end(fault);
    });
    worker.once('error', (error) => {
      end(`failed: ${String(error)}`);
    });
    worker.once('exit', () => {
      end('ended without a word');
    });
  });
}

/** The module of the validator alone, from the sources with one file changed; null when that does not compile. */
async function compile(changed: string, content: string): Promise<Uint8Array<ArrayBuffer> | null> {
  let wasm: Uint8Array<ArrayBuffer> | null = null;
  const { error } = await asc.main(
    [
      'assembly/validator.ts',
      '--outFile',
      'mutant.wasm',
      '--runtime',
      'stub',
      '--importMemory',
      '--sharedMemory',
      '--initialMemory',
      '1',
      '--maximumMemory',
      '65536',
      '--enable',
      'simd,threads,bulk-memory,sign-extension,nontrapping-f2i,mutable-globals',
      '--noAssert',
      '--optimizeLevel',
      '2',
    ],
    {
      stdout: { write: () => undefined },
      stderr: { write: () => undefined },
      readFile: (name) => {
        if (name === changed) return content;
        return name.startsWith('assembly/') && globSync(name, { cwd: root }).length > 0
          ? readFileSync(join(root, name), 'utf8')
          : null;
      },
      writeFile: (name, bytes) => {
        if (name === 'mutant.wasm') wasm = Uint8Array.from(bytes);
      },
      listFiles: () => [],
    },
  );
  return error === null ? wasm : null;
}

/** Do the files of the readable validator still pass the compiler with one of them changed? */
function makeTypeChecker(): (changed: string, content: string) => boolean {
  const options = ts.parseJsonConfigFileContent(
    ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path)).config,
    ts.sys,
    root,
  ).options;
  const files = globSync(`${READABLE}/*.ts`, { cwd: root }).map((path) => join(root, path));
  let path = '',
    text = '',
    version = 0;
  const service = ts.createLanguageService({
    getCompilationSettings: () => ({ ...options, noUnusedLocals: false, noUnusedParameters: false }),
    getScriptFileNames: () => files,
    getScriptVersion: (name) => (name === path ? String(version) : '0'),
    getScriptSnapshot: (name) => {
      const content = name === path ? text : ts.sys.readFile(name);
      return content === undefined ? undefined : ts.ScriptSnapshot.fromString(content);
    },
    getCurrentDirectory: () => root,
    getDefaultLibFileName: (compilerOptions) => ts.getDefaultLibFilePath(compilerOptions),
    fileExists: (name) => ts.sys.fileExists(name),
    readFile: (name) => ts.sys.readFile(name),
    readDirectory: (...args) => ts.sys.readDirectory(...args),
    directoryExists: (name) => ts.sys.directoryExists(name),
    getDirectories: (name) => ts.sys.getDirectories(name),
  });
  return (changed, content) => {
    [path, text, version] = [join(root, changed), content, version + 1];
    return files.every(
      (file) => service.getSyntacticDiagnostics(file).length === 0 && service.getSemanticDiagnostics(file).length === 0,
    );
  };
}

/**
 * Runs test files in the copy.
 * @param files and options of vitest
 * @returns whether one of them fails
 */
function testsFail(copy: string, files: readonly string[]): boolean {
  // Threads end with their process, and a mutant that fills its memory ends its own. No test may fail for being late on
  // a busy machine.
  const vitest = [
    join(root, 'node_modules/vitest/vitest.mjs'),
    'run',
    '--bail=1',
    '--testTimeout=3600000',
    '--pool=threads',
    '--maxWorkers=1',
    ...files,
  ];
  return (
    spawnSync(
      'sh',
      [
        '-c',
        'ulimit -t "$0"; exec "$@"',
        String(TEST_SECONDS),
        process.execPath,
        '--max-old-space-size=2048',
        ...vitest,
      ],
      { cwd: copy },
    ).status !== 0
  );
}

const copy = mkdtempSync(join(tmpdir(), 'tracelab-mutants-'));
process.on('exit', () => {
  rmSync(copy, { recursive: true, force: true });
});
for (const part of ['src', 'tests', 'configs', 'package.json', 'tsconfig.json'])
  cpSync(join(root, part), join(copy, part), { recursive: true });
symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
mkdirSync(join(copy, 'build'));
for (const name of ['portable', 'fused']) cpSync(join(root, `build/${name}.wasm`), join(copy, `build/${name}.wasm`));

const exams = writeExams(copy);
const isTyped = implementation === 'readable' ? makeTypeChecker() : () => true;

async function examine(mutant: Mutant, original: string): Promise<Outcome> {
  const content = original.slice(0, mutant.start) + mutant.after + original.slice(mutant.end);
  const files = implementation === 'fast' ? CORE_TESTS : (OWN_TESTS[basename(mutant.path)] ?? OTHER_TESTS);
  if (implementation === 'fast') {
    const wasm = await compile(mutant.path, content);
    if (wasm === null) return 'invalid';
    const { fault, late } = await sitExam({ exams, mutant: { wasm } });
    if (fault !== null) return late ? 'timeout' : 'exam';
    for (const name of ['portable', 'fused']) writeFileSync(join(copy, `build/${name}.wasm`), wasm);
    return testsFail(copy, files) ? 'tests' : 'survived';
  }
  if (!isTyped(mutant.path, content)) return 'invalid';
  const changed = join(copy, mutant.path);
  writeFileSync(changed, content);
  try {
    const { fault, late } = await sitExam({ exams, mutant: { judge: join(copy, READABLE, 'judge.ts') } });
    if (fault !== null) return late ? 'timeout' : 'exam';
    return testsFail(copy, files) ? 'tests' : 'survived';
  } finally {
    writeFileSync(changed, original);
  }
}

const paths = globSync(implementation === 'fast' ? 'assembly/validator*.ts' : `${READABLE}/*.ts`, { cwd: root }).sort();
const originals = new Map(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')]));
const mutants = [...originals].flatMap(([path, text]) => mutantsOf(path, text));
new RandomSequence(seed, 0, 0).shuffle(mutants);
const chosen = mutants.slice(first, Math.min(mutants.length, first + count));
console.log(
  `${chosen.length} of ${mutants.length} mutants of the ${implementation} validator, seed ${seed}, from ${first}`,
);

// The unchanged validator must pass, or every kill would prove nothing.
const unchanged: Mutant = { path: paths[0], operator: 'none', start: 0, end: 0, after: '' };
const control = await examine(unchanged, originals.get(paths[0]) ?? '');
if (control !== 'survived') throw new Error(`the unchanged validator does not pass: ${control}`);

const tally: Record<Outcome, number> = { invalid: 0, exam: 0, timeout: 0, tests: 0, survived: 0 };
for (const [i, mutant] of chosen.entries()) {
  const original = originals.get(mutant.path) ?? '';
  const outcome = await examine(mutant, original);
  tally[outcome] += 1;
  const line = original.slice(0, mutant.start).split('\n').length;
  if (outcome === 'survived' || outcome === 'tests')
    console.log(
      `${outcome} ${first + i}: ${mutant.path}:${line}, ${mutant.operator}: ` +
        `${original.slice(mutant.start, mutant.end)} -> ${mutant.after}`,
    );
}
const valid = chosen.length - tally.invalid,
  killed = valid - tally.survived;
console.log(
  `${valid} valid mutants, ${killed} killed (${((100 * killed) / valid).toFixed(1)} %): by the exam ` +
    `${tally.exam}, by its time limit ${tally.timeout}, by the test files ${tally.tests}; ${tally.survived} ` +
    `survived; ${tally.invalid} did not compile`,
);
