// Races real processes for one lease and kills its owners, again and again: proof by witnesses that know nothing of
// leases that there are never two owners. Prints counts; exits with 1 at the first violation.
// Usage: node scripts/race-leases.ts [takeovers] [processes]         for example: node scripts/race-leases.ts 5000 4
//
// First witness: the owner listens at a socket of a fixed name, which the kernel gives to one process at a time and
// takes back when that process has ended. Second: owners append `own`, `work` and `free` lines with their generation to
// one log, and the parent checks that no generation writes after a later one has begun.
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TracelabError } from '../src/base/errors.ts';
import { takeLease } from '../src/work/lease.ts';

export interface RaceCounts {
  /** Leases taken from an owner that was killed. */
  readonly takeovers: number;
  /** Leases taken in all. */
  readonly owners: number;
  readonly kills: number;
  /** Takers that were refused while another owned it. */
  readonly refusals: number;
  /** What must not be: each a sentence. */
  readonly violations: readonly string[];
}

/** What a child says to its parent. */
type Message = { readonly said: 'ready' | 'own' | 'refused' } | { readonly said: 'violation'; readonly text: string };

/** Owners that are let live and give the lease back, of a hundred. */
const SURVIVORS = 20;
/** After the others are ready to take over. */
const MOST_MILLISECONDS_OWNED = 6;
/** An owner's end is worth nothing as long as nobody waits for it. */
const WAITING_TAKERS = 2;

/**
 * @param takeovers from killed owners, at least
 * @param processes that want the lease at any time
 * @param progress called now and then
 */
export async function raceLeases(
  takeovers: number,
  processes: number,
  progress: (takeovers: number) => void = () => undefined,
): Promise<RaceCounts> {
  const root = mkdtempSync(join(tmpdir(), 'tracelab-race-'));
  const violations: string[] = [];
  let kills = 0;
  let refusals = 0;
  const children = new Set<ChildProcess>();
  /** Those that look for the lease. */
  const waiting = new Set<ChildProcess>();
  const owning = new Set<ChildProcess>();
  const done = Promise.withResolvers<undefined>();
  const log = (): ReturnType<typeof readLog> => {
    const path = join(root, 'log');
    return readLog(existsSync(path) ? readFileSync(path, 'utf8') : '');
  };
  let over = false;
  const endOwners = (): void => {
    if (waiting.size < Math.min(WAITING_TAKERS, processes - 1)) return;
    for (const child of owning) {
      owning.delete(child);
      const survives = randomInt(100) < SURVIVORS;
      setTimeout(() => {
        if (!survives) child.kill('SIGKILL');
        else if (child.connected) child.send('free');
      }, randomInt(MOST_MILLISECONDS_OWNED));
    }
  };
  const start = (): void => {
    const child = fork(import.meta.filename, ['child', root], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: { ...process.env, NODE_COMPILE_CACHE: join(root, 'compiled') },
    });
    children.add(child);
    child.on('message', (message: Message) => {
      if (message.said === 'violation') violations.push(message.text);
      else if (message.said === 'refused') refusals += 1;
      else if (message.said === 'ready') waiting.add(child);
      else {
        waiting.delete(child);
        owning.add(child);
      }
      endOwners();
    });
    child.on('exit', (code, signal) => {
      children.delete(child);
      waiting.delete(child);
      owning.delete(child);
      if (signal === 'SIGKILL') kills += 1;
      else if (!over && violations.length === 0) violations.push(`a taker ended with exit code ${code}`);
      if (kills % 100 === 0) progress(log().takeovers);
      // A takeover needs a kill; not every kill hits an owner.
      over ||= violations.length > 0 || (kills >= takeovers && log().takeovers >= takeovers);
      if (!over) start();
      else if (children.size === 0) done.resolve(undefined);
      else for (const other of children) other.kill('SIGKILL');
    });
  };
  try {
    for (let process = 0; process < processes; process++) start();
    await done.promise;
    const seen = log();
    return { ...seen, kills, refusals, violations: [...violations, ...seen.violations] };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Checks the log of all owners. Exported for its own test. */
export function readLog(text: string): Pick<RaceCounts, 'takeovers' | 'owners' | 'violations'> {
  const violations: string[] = [];
  let newest = 0;
  let freed = true;
  let takeovers = 0;
  let owners = 0;
  for (const [line, content] of text.trimEnd().split('\n').entries()) {
    const [word, number] = content.split(' ');
    const generation = Number(number);
    if (word === 'own') {
      // Owners that were killed before their first line leave a gap.
      if (generation <= newest) violations.push(`line ${line + 1}: generation ${generation} owns after ${newest}`);
      if (!freed) takeovers += 1;
      owners += 1;
      newest = generation;
      freed = false;
    } else if (generation !== newest || freed)
      violations.push(`line ${line + 1}: ${word} of generation ${generation} after ${freed ? 'its end' : newest}`);
    else if (word === 'free') freed = true;
  }
  return { takeovers, owners, violations };
}

/** One process: takes the lease whenever it can, works a little, gives it back, until it is killed. */
async function compete(root: string): Promise<void> {
  // Without a parent there is nothing to prove.
  if (!process.connected) throw new Error('started by hand: the parent starts takers');
  process.on('disconnect', () => process.exit());
  const say = (message: Message): void => void process.send?.(message);
  const log = join(root, 'log');
  const told = { free: false };
  const isTold = (): boolean => told.free;
  process.on('message', () => {
    told.free = true;
  });
  say({ said: 'ready' });
  for (;;) {
    const lease = await takeLease(join(root, 'cell'), { patienceSeconds: 0 }).catch((error: unknown) => {
      if (error instanceof TracelabError && error.code === 'CELL_IN_USE') return undefined;
      throw error;
    });
    if (!lease) {
      say({ said: 'refused' });
      await sleep(randomInt(1, 4));
      continue;
    }
    const witness = await listen(root);
    if (!witness) {
      say({ said: 'violation', text: `generation ${lease.generation} owns while another process listens` });
      process.exitCode = 1;
      process.disconnect?.();
      return;
    }
    appendFileSync(log, `own ${lease.generation}\n`);
    told.free = false;
    say({ said: 'own' });
    // Until the parent kills it or lets it go.
    while (!isTold()) {
      await sleep(1);
      if (!lease.held()) say({ said: 'violation', text: `generation ${lease.generation} was taken from its owner` });
      appendFileSync(log, `work ${lease.generation}\n`);
    }
    appendFileSync(log, `free ${lease.generation}\n`);
    await new Promise((resolve) => witness.close(resolve));
    lease.release();
    say({ said: 'ready' });
  }
}

/** @returns undefined when another process listens */
async function listen(root: string): Promise<Server | undefined> {
  const server = createServer();
  // An abstract name (unix(7)): it goes with its process, while a file would stay.
  const name = `\0tracelab-race-${root}`;
  return await new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(name, () => {
      resolve(server);
    });
  });
}

if (import.meta.main) {
  if (process.argv[2] === 'child') await compete(process.argv[3] ?? '');
  else {
    const counts = await raceLeases(Number(process.argv[2] ?? 5000), Number(process.argv[3] ?? 4), (soFar) => {
      console.error(`${soFar} takeovers`);
    });
    console.log(
      `${counts.takeovers} takeovers from killed owners, ${counts.owners} owners, ${counts.kills} kills, ` +
        `${counts.refusals} refusals, ${counts.violations.length} violations`,
    );
    for (const violation of counts.violations.slice(0, 20)) console.log(violation);
    process.exitCode = counts.violations.length > 0 ? 1 : 0;
  }
}
