// Two workers of one thread each on PostgreSQL against two jobs on one machine: the same sweep, a share of
// configs/phase-small.yaml, computed both ways in turn. Prints both times and their ratio; every cell and the table
// must be equal, byte for byte. Runs what is built in dist. The machine must be quiet: nothing here corrects for other
// programs.
// Usage: npm run measure-fleet -- [--scale SHARE, default 0.1] [--rounds N, default 1] [--without-points]
//        SHARE is that of tokens and of problems. A trial: --scale 0.002 --without-points, which leaves the phase
//        diagram out, 8 tasks instead of 58. Needs PostgreSQL's packages. Exit code 1 if results differ or a command
//        fails.
import { spawn, type ChildProcess } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { parseConfig } from '../src/study/config-file.ts';
import { PostgresServer } from '../tests/fleet/postgres-server.ts';

const { values } = parseArgs({
  options: {
    scale: { type: 'string', default: '0.1' },
    rounds: { type: 'string', default: '1' },
    'without-points': { type: 'boolean', default: false },
  },
});
const [scale, rounds] = [Number(values.scale), Number(values.rounds)];
const CLI = join(import.meta.dirname, '../dist/src/cli/bin.js');
const STUDY = join(import.meta.dirname, '../configs/phase-small.yaml');
const WORKERS = 2;

if (!(scale > 0 && scale <= 1 && Number.isSafeInteger(rounds) && rounds > 0) || !existsSync(CLI)) {
  console.error('measure-fleet: expected --scale above 0 and at most 1, --rounds from 1, and dist (npm run build)');
  process.exit(2);
}

/** The study as a sweep of one trial, because a fleet computes sweeps. */
function sweepText(): string {
  const { train, phase, data, evaluate } = parseConfig(readFileSync(STUDY, 'utf8'), STUDY).config;
  const scaled = (value: number, least: number): number => Math.max(least, Math.round(scale * value));
  const set = {
    'train.tokens': scaled(train.tokens ?? 0, 1),
    ...(values['without-points'] ? { phase: null } : { 'phase.tokens': phase?.tokens.map((each) => scaled(each, 1)) }),
    'data.train': scaled(data.train, 200),
    'data.test': scaled(data.test, 10),
    'evaluate.dev_mazes': scaled(evaluate.dev_mazes, 4),
  };
  const parameters = { 'train.lr': { values: [train.lr] } };
  return JSON.stringify({ sweep: 'measured', study: STUDY, parameters, set });
}

function start(folder: string, name: string, args: readonly string[]): ChildProcess {
  const log = openSync(join(folder, `${name}.log`), 'a');
  return spawn(process.execPath, [CLI, ...args], { cwd: folder, stdio: ['ignore', log, log] });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise<void>((resolve) => {
    child.once('exit', () => {
      resolve();
    });
  });
  child.kill('SIGTERM');
  await exit;
}

/** @returns seconds until the command has ended */
async function timed(folder: string, name: string, args: readonly string[]): Promise<number> {
  const begun = performance.now();
  const child = start(folder, name, args);
  const code = await new Promise((resolve) => child.once('exit', resolve));
  if (code !== 0) throw new Error(`${name} ended with ${String(code)}: ${join(folder, `${name}.log`)}`);
  return (performance.now() - begun) / 1000;
}

const alone = async (folder: string): Promise<number> =>
  timed(folder, 'alone', ['sweep', 'sweep.yaml', '--jobs', '2', '--threads', '2', '--runs-dir', 'alone']);

async function onFleet(folder: string): Promise<number> {
  const server = await PostgresServer.start();
  const engine = ['--engine', server.url];
  const workers = Array.from({ length: WORKERS }, (_, i) =>
    start(folder, `worker-${i}`, ['worker', ...engine, '--threads', '1', '--runs-dir', `worker-${i}`]),
  );
  try {
    const here = (): number => {
      try {
        return Number(server.query('select count(*) from tracelab.worker')[0]);
      } catch {
        // No tables yet.
        return 0;
      }
    };
    while (here() < WORKERS) await sleep(250);
    return await timed(folder, 'fleet', ['sweep', 'sweep.yaml', ...engine, '--runs-dir', 'fleet']);
  } finally {
    for (const worker of workers) await ended(worker);
    await server.stop();
  }
}

/** The hash of each cell's exact outputs by the name of the cell, and the table of the sweep. */
function resultsOf(runs: string): Record<string, string> {
  const cells = readdirSync(join(runs, 'cells')).toSorted();
  const records = cells.map((name) => {
    const record = JSON.parse(readFileSync(join(runs, 'cells', name, 'done.json'), 'utf8')) as { result: string };
    return [name, record.result] as const;
  });
  const results: Record<string, string> = Object.fromEntries(records);
  return { ...results, table: readFileSync(join(runs, 'measured/trials.csv'), 'utf8') };
}

const folder = mkdtempSync(join(tmpdir(), 'tracelab-measure-fleet-'));
const times = { alone: 0, fleet: 0 };
for (let round = 1; round <= rounds; round++) {
  const own = join(folder, `round-${round}`);
  mkdirSync(own);
  writeFileSync(join(own, 'sweep.yaml'), sweepText());
  // Whoever is second finds a warm machine: the order alternates.
  const seconds = { alone: 0, fleet: 0 };
  const order = round % 2 === 1 ? (['alone', 'fleet'] as const) : (['fleet', 'alone'] as const);
  for (const way of order) seconds[way] = way === 'alone' ? await alone(own) : await onFleet(own);
  const [here, there] = [resultsOf(join(own, 'alone')), resultsOf(join(own, 'fleet'))];
  const differ = [...new Set([...Object.keys(here), ...Object.keys(there)])].filter(
    (name) => here[name] !== there[name],
  );
  console.log(
    `round ${round}: alone ${seconds.alone.toFixed(1)} s, fleet ${seconds.fleet.toFixed(1)} s, ` +
      `${Object.keys(here).length - 1} cells ${differ.length === 0 ? 'equal' : `differ in ${differ.join(', ')}`}`,
  );
  if (differ.length > 0) process.exitCode = 1;
  times.alone += seconds.alone;
  times.fleet += seconds.fleet;
}
console.log(
  `two workers of one thread are ${(times.alone / times.fleet).toFixed(3)} times as fast as --jobs 2 --threads 2 ` +
    `(${times.alone.toFixed(1)} s against ${times.fleet.toFixed(1)} s, scale ${scale}, ${rounds} rounds)`,
);
if (process.exitCode === 1) console.log(`kept: ${folder}`);
else rmSync(folder, { recursive: true, force: true });
