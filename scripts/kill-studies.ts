// Kills the parent and the children of small studies at random moments, runs the same command again until it ends, and
// compares every cell and the result of the study with those of a run that nobody killed.
// Usage: npm run kill-studies -- [kills, default 100] [seed, default 1]. Exit code 1 at a differing bit or another exit
// code than 0 or that of a kill.
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sha256 } from '../src/base/hash.ts';
import { RandomSequence, STREAMS } from '../src/base/random.ts';
import { startCli } from '../tests/cli/run-cli.ts';

const [kills = 100, seed = 1] = process.argv.slice(2).map(Number);
if (![kills, seed].every((value) => Number.isSafeInteger(value) && value > 0)) {
  console.error('kill-studies: expected whole numbers above 0: kills, seed');
  process.exit(2);
}

/** After the first child is there: long enough to finish some tasks, short enough for many kills. */
const LONGEST_LIFE_MS = 4000;
/** Number of kills, of ten, that come at any time, the start of the study included. */
const EARLY_KILLS = 2;
const STUDY = `
study: small
conditions: [solution-only, correct, swapped]
data: {size: 6, train: 400, dev: 6, test: 6, distributions: [wilson, drunkard]}
model: {d_model: 48, n_layer: 2, n_head: 2, d_ff: 96}
train: {epochs: 4, batch_tokens: 1024, lr: 2e-3, checkpoints: 3}
rl: {from: [correct], steps: 4, prompts: 4, group: 4, checkpoint_every: 2, curve_mazes: 4}
interventions: {conditions: [correct], mazes: 4}
information: {conditions: [correct, swapped], mazes: 4}
`;

const folder = mkdtempSync(join(tmpdir(), 'tracelab-kills-'));
const random = new RandomSequence(seed, STREAMS.sampling, 0);
const pick = <T>(values: readonly T[]): T => values[random.below(values.length)];

interface Ended {
  readonly code: number | null;
  readonly text: string;
  readonly killed: 'parent' | 'child' | undefined;
}

/** One run of the study, with one kill when `life` milliseconds have passed. */
async function run(runs: string, jobs: number, threads: number, life: number | undefined): Promise<Ended> {
  const args = ['study', 'small.yaml', '--runs-dir', runs, '--jobs', `${jobs}`, '--threads', `${threads}`];
  const study = startCli(args, folder);
  let hasEnded = false;
  const isRunning = (): boolean => !hasEnded;
  const ended = study.finished.finally(() => (hasEnded = true));
  let killed: Ended['killed'];
  if (life !== undefined) {
    const early = random.below(10) < EARLY_KILLS;
    while (!early && isRunning() && childrenOf(study.pid).length === 0) await Promise.race([sleep(20), ended]);
    await Promise.race([sleep(life), ended]);
    const children = isRunning() ? childrenOf(study.pid) : [];
    const victim = children.length > 0 && random.below(2) === 0 ? pick(children) : undefined;
    if (isRunning()) {
      killed = victim === undefined ? 'parent' : 'child';
      try {
        if (victim === undefined) study.kill('SIGKILL');
        else process.kill(victim, 'SIGKILL');
      } catch {
        killed = undefined; // it ended by itself in the meantime
      }
    }
  }
  const { code, out, error } = await ended;
  return { code, text: out + error, killed };
}

function childrenOf(pid: number | undefined): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** Name, result and hashes of all files of every cell, and the result of the study. */
function bitsOf(runs: string): Map<string, string> {
  const cells = join(folder, runs, 'cells');
  const bits = new Map<string, string>();
  for (const name of readdirSync(cells).sort()) {
    const record = JSON.parse(readFileSync(join(cells, name, 'done.json'), 'utf8')) as {
      result: string;
      outputs: Record<string, string>;
    };
    bits.set(name, record.result);
    for (const [path, hash] of Object.entries(record.outputs))
      if (sha256(readFileSync(join(cells, name, path))) !== hash)
        bits.set(`${name}/${path}`, 'not the bytes of its record');
    // Lease files stay: their numbers say who comes next.
    const rest = readdirSync(join(cells, name), { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.tmp'),
    );
    if (rest.length > 0) bits.set(`${name}: left behind`, rest.join(', '));
  }
  const results = JSON.parse(readFileSync(join(folder, runs, 'small/results.json'), 'utf8')) as { result: string };
  return bits.set('study', results.result);
}

let failures = 0;
const fail = (words: string): void => {
  failures += 1;
  console.log(words);
};
try {
  writeFileSync(join(folder, 'small.yaml'), STUDY);
  const whole = await run('whole', 2, 2, undefined);
  if (whole.code !== 0) throw new Error(`the study fails without a kill, too:\n${whole.text}`);
  const expected = bitsOf('whole');
  console.log(`${expected.size - 1} cells, result ${expected.get('study')}`);
  const counts = { parent: 0, child: 0 };
  for (let chain = 0; counts.parent + counts.child < kills; chain++) {
    const runs = `chain-${chain}`;
    for (;;) {
      const left = kills - counts.parent - counts.child;
      const [jobs, threads] = [pick([1, 2, 4]), pick([1, 2, 4])];
      const life = left > 0 ? random.below(LONGEST_LIFE_MS) : undefined;
      const { code, text, killed } = await run(runs, jobs, threads, life);
      if (killed) counts[killed] += 1;
      // A task that is killed often enough without new state is set aside: code 5, and the same command runs it again.
      if (code === 0) break;
      if (killed === 'parent' || (killed === 'child' && code === 5)) continue;
      fail(`chain ${chain}: code ${code} after ${killed ? `a kill of the ${killed}` : 'no kill'}\n${text}`);
      break;
    }
    const got = bitsOf(runs);
    for (const name of new Set([...expected.keys(), ...got.keys()]))
      if (got.get(name) !== expected.get(name))
        fail(`chain ${chain}: ${name}: ${got.get(name)}, not ${expected.get(name)}`);
    rmSync(join(folder, runs), { recursive: true });
    console.log(
      `${chain + 1} studies, ${counts.parent} kills of the parent, ${counts.child} of a child, ${failures} faults`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = failures === 0 ? 0 : 1;
