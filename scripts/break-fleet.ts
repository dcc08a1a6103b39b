// A sweep on PostgreSQL while everything breaks: a worker is killed every few seconds, the server crashes twice, one
// worker is paused past its lease, one has a full disk, the follower is killed. All tasks must finish once, no try of
// ours may count as failed, and the table must be that of the same sweep on one machine, byte for byte.
// Usage: npm run break-fleet -- [--repetitions N, default 1] [--seed N, default 1] [--first N, default 0]
//        [--trials N, default 24] [--json]. Needs PostgreSQL's packages; the full disk needs root (a small tmpfs), and
//        is left out with a word without it. Exit code 1 at the first fault.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RandomSequence, STREAMS } from '../src/base/random.ts';
import { PostgresServer } from '../tests/fleet/postgres-server.ts';
import { printSummary, readShare } from './campaign-options.ts';

const share = readShare('break-fleet', 0, ['repetitions', 'trials']);
const repetitions = Number(share.others.repetitions ?? 1);
const trials = Number(share.others.trials ?? 24);

const CLI = join(import.meta.dirname, '../src/cli/bin.ts');
const WORKERS = 3;
/** A paused worker is silent for longer than the term of a lease, and the time in which that is noticed. */
const PAUSE_SECONDS = 50;
const MOST_SECONDS = 3600;

const counts = new Map<string, number>();
const count = (what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1);

/** A process of its own group, so that all of it can be paused or killed at once. */
class Process {
  readonly #start: () => ChildProcess;
  #child: ChildProcess;
  /** Of the newest start that has ended. */
  code: number | null | undefined;
  #isWanted = true;

  constructor(name: string, args: readonly string[], folder: string, restartSeconds: number | undefined) {
    const log = openSync(join(folder, `${name}.log`), 'a');
    this.#start = () => {
      const child = spawn(process.execPath, [CLI, ...args], {
        cwd: folder,
        detached: true,
        stdio: ['ignore', log, log],
      });
      child.once('exit', (code) => {
        this.code = code;
        if (restartSeconds === undefined || !this.#isWanted) return;
        setTimeout(() => {
          if (this.#isWanted) this.#child = this.#start();
        }, restartSeconds * 1000);
      });
      return child;
    };
    this.#child = this.#start();
  }

  signal(signal: NodeJS.Signals, group: boolean): void {
    const { pid } = this.#child;
    if (pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    try {
      process.kill(group ? -pid : pid, signal);
    } catch {
      // It has ended in this moment.
    }
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  restart(): void {
    if (!this.isRunning) this.#child = this.#start();
  }

  end(): void {
    this.#isWanted = false;
    this.signal('SIGCONT', true);
    this.signal('SIGKILL', true);
  }
}

function writeSweep(folder: string): void {
  writeFileSync(
    join(folder, 'base.yaml'),
    `study: base
data: {size: 6, train: 60, dev: 6, test: 6}
conditions: [correct, swapped]
model: {d_model: 32, n_layer: 2, n_head: 2, d_ff: 64}
train: {epochs: 3, batch_tokens: 1024, lr: 2e-3, warmup_steps: 2, checkpoints: 2}
`,
  );
  const rates = Array.from({ length: trials }, (_, i) => ((i + 1) * 1e-4).toFixed(4));
  writeFileSync(
    join(folder, 'sweep.yaml'),
    `sweep: broken\nstudy: base.yaml\nparameters:\n  train.lr: {values: [${rates.join(', ')}]}\n`,
  );
}

const tableOf = (folder: string): string => readFileSync(join(folder, 'broken/trials.csv'), 'utf8');

/** @returns what is wrong, or undefined */
async function repeat(random: RandomSequence, expected: string): Promise<string | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'tracelab-break-'));
  writeSweep(folder);
  const server = await PostgresServer.start();
  const engine = ['--engine', server.url];
  const ends: (() => void)[] = [];
  try {
    const workers = Array.from({ length: WORKERS }, (_, i) => {
      const args = ['worker', ...engine, '--threads', '1', '--runs-dir', `worker-${i}`];
      return new Process(`worker-${i}`, args, folder, 1);
    });
    const others: Process[] = [];
    if (userInfo().uid === 0) {
      const disk = join(folder, 'full');
      mkdirSync(disk);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=200k', 'tmpfs', disk]);
      ends.push(() => execFileSync('umount', ['-l', disk]));
      others.push(new Process('full', ['worker', ...engine, '--threads', '1', '--runs-dir', 'full'], folder, 5));
    }
    const follower = new Process(
      'follower',
      ['sweep', 'sweep.yaml', ...engine, '--runs-dir', 'runs'],
      folder,
      undefined,
    );
    ends.unshift(() => {
      for (const each of [...workers, ...others, follower]) each.end();
    });
    const tasksNow = (): number => {
      try {
        return Number(server.query('select count(*) from tracelab.task')[0]);
      } catch {
        // No tables yet.
        return 0;
      }
    };
    while (tasksNow() === 0) await sleep(250);
    const begun = performance.now();
    const seconds = (): number => (performance.now() - begun) / 1000;
    const crashes = [8 + random.below(10), 25 + random.below(10)];
    let pauseAt = 5 + random.below(5);
    let followerAt = 12 + random.below(10);
    let paused: { readonly worker: Process; readonly until: number } | undefined;
    let nextKill = 4;
    for (;;) {
      await sleep(250);
      const now = seconds();
      if (now > MOST_SECONDS) return `nothing has come to an end in ${MOST_SECONDS} s`;
      if (now > followerAt) {
        followerAt = Infinity;
        follower.signal('SIGKILL', true);
        count('follower killed');
        await sleep(500);
        follower.restart();
      }
      // Exit code 4: the server was away when it began.
      if (!follower.isRunning && follower.code === 4) follower.restart();
      else if (!follower.isRunning && follower.code !== null) break;
      if (now > nextKill) {
        nextKill = now + 3 + random.below(8);
        const worker = workers[random.below(WORKERS)];
        if (worker !== paused?.worker) {
          worker.signal('SIGKILL', random.below(2) === 0);
          count('worker killed');
        }
      }
      if (crashes.length > 0 && now > crashes[0]) {
        crashes.shift();
        await server.kill();
        count('server crashed');
        await sleep(1000 + 1000 * random.below(4));
        await server.resume();
      }
      if (!paused && now > pauseAt) {
        pauseAt = Infinity;
        paused = { worker: workers[random.below(WORKERS)], until: now + PAUSE_SECONDS };
        paused.worker.signal('SIGSTOP', true);
        count('worker paused');
      }
      if (paused && now > paused.until) {
        paused.worker.signal('SIGCONT', true);
        paused = undefined;
      }
    }
    const [states] = [server.query('select state, count(*) from tracelab.task group by state')];
    const tasks = Number(server.query('select count(*) from tracelab.task')[0]);
    const cells = Number(server.query('select count(*) from tracelab.cell')[0]);
    const alarms = server.query('select text from tracelab.alarm');
    const left = server.query('select hash from tracelab.unfinished');
    counts.set('tasks', (counts.get('tasks') ?? 0) + tasks);
    console.log(
      `${tasks} tasks, ${cells} cells, ${Math.round(seconds())} s: ` +
        [...counts].map((each) => each.join(' ')).join(', '),
    );
    if (follower.code !== 0) return `the follower ended with ${follower.code}`;
    if (states.join() !== `finished|${tasks}` || cells !== tasks)
      return `not all is finished: ${states.join()}, ${cells} cells`;
    if (alarms.length > 0) return `alarms: ${alarms.join()}`;
    if (left.length > 0) return `unfinished cells are left: ${left.join()}`;
    if (tableOf(join(folder, 'runs')) !== expected) return 'the table differs from that of one machine';
    return undefined;
  } finally {
    for (const end of ends) end();
    await sleep(500);
    await server.stop();
    if (process.env.KEEP === undefined) rmSync(folder, { recursive: true, force: true });
    else console.log(folder);
  }
}

const alone = mkdtempSync(join(tmpdir(), 'tracelab-break-'));
writeSweep(alone);
execFileSync(process.execPath, [CLI, 'sweep', 'sweep.yaml', '--runs-dir', 'runs'], { cwd: alone, stdio: 'ignore' });
const expected = tableOf(join(alone, 'runs'));
rmSync(alone, { recursive: true, force: true });
if (userInfo().uid !== 0) console.log('no worker has a full disk: that needs root');
let faults = 0;
let done = 0;
for (let i = share.first; i < share.first + repetitions && faults === 0; i++) {
  const fault = await repeat(new RandomSequence(share.seed, STREAMS.sampling, i), expected);
  done += 1;
  if (fault === undefined) continue;
  faults += 1;
  console.log(`repetition ${i}: ${fault}`);
}
console.log(`${done} repetitions, ${faults} faults`);
printSummary(share, { campaign: 'break-fleet', cases: done, of: null, faults, counts });
process.exitCode = faults > 0 ? 1 : 0;
