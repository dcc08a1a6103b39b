// Proves that the published package works: packs it, installs the tarball into empty folders, and runs it there on the
// Node versions that are asked for. Usage: node scripts/pack-smoke.ts [node version or range ...] For example: node
// scripts/pack-smoke.ts 22.12.0 24 26
import { spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Chromium } from '../tests/browser/chromium.ts';
import { libraryExamples, runInChromium } from './library-examples.ts';

/** The oldest version that package.json allows, and the two majors with the revectorised path. */
const DEFAULT_VERSIONS = ['22.12.0', '24', '26'];

const root = join(import.meta.dirname, '..');

/**
 * As a user's shell would have it: nothing of this clone in PATH, nothing of the npm that may have started this script.
 */
const cleanEnvironment: NodeJS.ProcessEnv = Object.fromEntries(
  Object.entries(process.env)
    .filter(
      ([name]) =>
        !/^npm_(?:lifecycle|package|command|execpath|node_execpath|config_local_prefix)/.test(name) &&
        name !== 'NODE_OPTIONS' &&
        name !== 'INIT_CWD',
    )
    .map(([name, value]) => [
      name,
      name === 'PATH'
        ? value
            ?.split(delimiter)
            .filter((folder) => !folder.startsWith(root) && !folder.includes('node-gyp-bin'))
            .join(delimiter)
        : value,
    ]),
);

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(folder: string, command: string, args: readonly string[]): Outcome {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: folder,
    env: cleanEnvironment,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (error) throw error;
  // What npm has to say about its own configuration is not ours.
  return { status, stdout, stderr: stderr.replaceAll(/^npm warn .*\n/gm, '') };
}

/**
 * Runs and demands an exit code.
 * @returns standard output
 */
function demand(folder: string, command: string, args: readonly string[], expected = 0): Outcome {
  const outcome = run(folder, command, args);
  if (outcome.status !== expected) {
    throw new Error(
      `${command} ${args.join(' ')}: expected exit code ${expected}, got ` +
        `${outcome.status}\n${outcome.stdout}${outcome.stderr}`,
    );
  }
  return outcome;
}

function ensure(condition: boolean, what: string, got: string): void {
  if (!condition) throw new Error(`${what}; got\n${got}`);
}

/** Bytes of the tarball. The models are most of it. */
const MOST_BYTES = 6_000_000;

/** The files that a user must find in the package, none of what only a clone needs, and a small size. */
function checkContent(packed: string): void {
  const [{ files, size }] = JSON.parse(packed) as { files: { path: string }[]; size: number }[];
  ensure(size < MOST_BYTES, `the package must have less than ${MOST_BYTES} bytes`, String(size));
  console.log(`the package has ${(size / 1e6).toFixed(2)} MB`);
  const paths = new Set(files.map(({ path }) => path));
  for (const path of [
    'package.json',
    'README.md',
    'LICENSE',
    'CHANGELOG.md',
    'CITATION.cff',
    'build/portable.wasm',
    'build/fused.wasm',
    'build/page-portable.wasm',
    'build/page-fused.wasm',
    'dist/src/cli/bin.js',
    'dist/src/index.js',
    'dist/src/index.d.ts',
    'dist/src/core-api.js',
    'dist/src/core-api.d.ts',
    'dist/bench/run.js',
    'configs/quick.yaml',
    'configs/schema.json',
    'models/README.md',
    'models/measured.json',
    'models/correct/model.safetensors',
    'models/swapped/model.safetensors',
  ]) {
    ensure(paths.has(path), `the package lacks ${path}`, [...paths].join('\n'));
  }
  const strays = [...paths].filter((path) =>
    /^(?:src|tests|assembly|bench|scripts|runs|docs|\.)|\.tsbuildinfo$|debug/.test(path),
  );
  ensure(strays.length === 0, 'the package holds files that only a clone needs', strays.join('\n'));
}

/**
 * Installs the tarball with one Node version and goes through a first hour with it.
 * @returns kernel path and result line of the smoke study
 */
function smoke(
  tarball: string,
  version: string,
  scratch: string,
): { readonly kernelPath: string; readonly result: string } {
  const folder = join(scratch, `node-${version}`);
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'empty', private: true }));
  // The npm package `node` is the Node version under test: npx puts node_modules/.bin first in PATH.
  demand(folder, 'npm', ['install', '--no-audit', '--no-fund', tarball, `node@${version}`]);
  const actual = demand(folder, 'npx', ['node', '--version']).stdout.trim();
  ensure(actual.startsWith(`v${version}`), `expected Node ${version}`, actual);

  const doctor = JSON.parse(demand(folder, 'npx', ['tracelab', 'doctor', '--json']).stdout) as {
    checks: { name: string; words: string }[];
  };
  const core = doctor.checks.find(({ name }) => name === 'core')?.words ?? '';
  const kernelPath = core.split(' ', 1)[0];

  const { stdout } = demand(folder, 'npx', ['tracelab', 'study', 'smoke']);
  ensure(stdout.includes('undertrained'), 'the smoke study must say that it is undertrained', stdout);
  const result = /^result [0-9a-f]{64}$/m.exec(stdout)?.[0] ?? '';
  ensure(result !== '', 'the smoke study must end with its result line', stdout);
  ensure(
    /^<!doctype html>/i.test(readFileSync(join(folder, 'runs/smoke/report.html'), 'utf8')),
    'the report must be an HTML file',
    readdirSync(join(folder, 'runs/smoke')).join('\n'),
  );
  const again = demand(folder, 'npx', ['tracelab', 'study', 'smoke']).stdout;
  ensure(again.includes(result), `a second run must print the same ${result}`, again);
  const refused = demand(folder, 'npx', ['tracelab', 'study', 'smoke', '--set', 'train.epoch=2'], 2).stderr;
  ensure(/^error\[\w+\] [^\n]*\n$/.test(refused), 'a typo must be one line of error', refused);
  const bench = JSON.parse(
    demand(folder, 'npx', ['tracelab', 'bench', '--quick', '--only', 'rope', '--json']).stdout,
  ) as { kernels: unknown[] };
  checkExamples(folder);
  const solved = demand(folder, 'npx', ['tracelab', 'solve', 'swapped']).stdout;
  ensure(/^✗ Strict trace/m.test(solved), 'the model of the package must break its own trace', solved);
  demand(folder, 'npx', ['tracelab', 'play']);
  ensure(
    readFileSync(join(folder, 'play.html'), 'utf8').startsWith('<!doctype html>'),
    'play must write a page',
    readdirSync(folder).join('\n'),
  );
  ensure(bench.kernels.length > 0, 'the benchmark must measure in the package too', JSON.stringify(bench));
  console.log(`node ${actual.padEnd(9)} ${core}\n                ${result}`);
  return { kernelPath, result };
}

/** Runs every example of docs/library.md in the folder of an installation, whose smoke study has trained a model. */
function checkExamples(folder: string): void {
  const [weights] = globSync('runs/cells/train-*/checkpoints/*/model.safetensors', { cwd: folder });
  cpSync(join(folder, weights, '..'), join(folder, 'model'), { recursive: true });
  for (const { name, code, prints } of libraryExamples()) {
    writeFileSync(join(folder, `${name}.mjs`), code);
    const { stdout } = demand(folder, 'npx', ['node', `${name}.mjs`]);
    ensure(stdout === prints, `the example ${name} must print\n${prints}`, stdout);
  }
}

/** The examples of the plain part, bundled from an installation. */
async function checkBrowser(folder: string): Promise<void> {
  await using chromium = await Chromium.start();
  const plain = libraryExamples().filter(({ needsNode }) => !needsNode);
  for (const { name, prints } of plain) {
    const printed = await runInChromium(chromium, join(folder, `${name}.mjs`), {});
    ensure(printed === prints, `the example ${name} must print in Chromium\n${prints}`, printed);
  }
  console.log(`${plain.length} examples run in Chromium`);
  await chromium.visitFile(join(folder, 'play.html'), {}, async ({ page }) => {
    ensure((await page.locator('h1').innerText()) !== '', 'the page of play must open', await page.content());
  });
}

/** The machine's own Node, where it is too old, must say so in one line. */
function checkOldNode(scratch: string): void {
  const [major = 0, minor = 0] = run(scratch, 'node', ['--version']).stdout.slice(1).split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 12)) return;
  const installed = join(
    scratch,
    readdirSync(scratch).find((name) => name.startsWith('node-')) ?? '',
    'node_modules/tracelab/dist/src/cli/bin.js',
  );
  const { stderr } = demand(scratch, 'node', [installed, 'doctor'], 4);
  ensure(/^error\[NODE_VERSION\] [^\n]*\n$/.test(stderr), 'an old Node must be refused in one line', stderr);
  console.log(`node ${major}.${minor} is refused: ${stderr.trim()}`);
}

const versions = process.argv.length > 2 ? process.argv.slice(2) : DEFAULT_VERSIONS;
const scratch = mkdtempSync(join(tmpdir(), 'tracelab-pack-'));
try {
  // Packs what is built; `npm run build` comes first (npm ci does it).
  const { stdout } = demand(root, 'npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', scratch]);
  checkContent(stdout);
  const tarball = join(scratch, readdirSync(scratch).find((name) => name.endsWith('.tgz')) ?? '');
  const outcomes = versions.map((version) => smoke(tarball, version, scratch));
  checkOldNode(scratch);
  await checkBrowser(join(scratch, `node-${versions[0]}`));
  for (const [path, group] of Map.groupBy(outcomes, ({ kernelPath }) => kernelPath)) {
    ensure(
      new Set(group.map(({ result }) => result)).size === 1,
      `every Node on the ${path} kernels must give the same result`,
      group.map(({ result }) => result).join('\n'),
    );
  }
  console.log(`pack smoke passed on Node ${versions.join(', ')}`);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
