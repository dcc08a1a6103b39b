// One owner of a folder at a time, also among machines that share it over a network file system.
//
// Leases of a folder are numbered files; the newest one owns it, unless that says `free`. A taker reads the newest, n,
// finds it free or its owner dead, and creates n + 1, which succeeds for one taker only. The newest file is never
// deleted or replaced as long as the folder exists, so a generation is created once and a slow taker can harm nobody:
// its n + 1 is there already, or, where files between the first and the newest were swept, it sees a newer one and
// withdraws. A folder that was deleted and made again has another first file, whose token is part of all later names:
// who still looks for the old one withdraws, too.
//
// Needed of the file system: creating a file or hard link is exclusive; renaming is atomic; who opens a file sees what
// was written and synced before (close-to-open, as NFS has it); who has just created a file in a folder sees the files
// that were created there before. Clocks of machines are never compared: the owner raises a counter in its file, and a
// taker elsewhere counts it as dead if the counter has not changed for a period of the taker's own monotonic clock.
//
// What no lease can give: an owner on another machine that sleeps for longer than the period wakes up as its
// successor works. It learns so when it asks held(); ask before what must not be done twice.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../base/clock.ts';
import { SYSTEM_CLOCK } from '../base/clock.ts';
import { mkdirs } from '../base/disk.ts';
import { TracelabError } from '../base/errors.ts';
import { diskRefusal, isSystemError } from '../base/files.ts';
import { OwnLeaseFile, newestLease } from './lease-file.ts';
import type { SeenLease } from './lease-file.ts';
import { describeOwner, isHere, judge, thisOwner } from './lease-owner.ts';
import type { Judgement, LeaseOwner } from './lease-owner.ts';

/** Seconds between two signs of life. */
const BEAT_SECONDS = 5;
/** Seconds without a sign of life after which an owner elsewhere counts as dead: twelve beats. */
const PERIOD_SECONDS = 60;
/** A process that was just killed needs a moment to be gone; only then is its owner named to the user. */
const PATIENCE_SECONDS = 0.5;
const PATIENCE_STEPS = 5;
/** Each failed attempt is the success of another process; this number in a row must have another cause. */
const MOST_ATTEMPTS = 200;

/** Called between the steps of taking a lease, so that tests can force every order of several takers. */
export interface LeaseHooks {
  readonly afterRead?: () => Promise<void>;
  readonly beforeCreate?: () => Promise<void>;
  readonly afterCreate?: () => Promise<void>;
}

export interface LeaseOptions {
  readonly clock?: Clock;
  readonly beatSeconds?: number;
  readonly periodSeconds?: number;
  readonly patienceSeconds?: number;
  /** Ends the watching of an owner elsewhere: the taker is refused as if that owner lived. */
  readonly signal?: AbortSignal;
  /** Called with the owner in words when the watching of an owner elsewhere begins. */
  readonly onWatch?: (owner: string) => void;
  /** Called once, when a beat or held() finds that the lease is another's. */
  readonly onLost?: () => void;
  readonly hooks?: LeaseHooks;
  /** Waiting, for tests. */
  readonly wait?: (seconds: number, signal: AbortSignal | undefined) => Promise<void>;
  /** Who takes it, for tests. */
  readonly owner?: LeaseOwner;
}

/** A folder in the hands of this process. */
export class Lease {
  readonly generation: number;
  readonly owner: LeaseOwner;
  private readonly file: OwnLeaseFile;
  private readonly onLost: (() => void) | undefined;
  private readonly timer: NodeJS.Timeout;
  private ended = false;

  constructor(file: OwnLeaseFile, owner: LeaseOwner, beatSeconds: number, onLost: (() => void) | undefined) {
    this.file = file;
    this.generation = file.generation;
    this.owner = owner;
    this.onLost = onLost;
    this.timer = setInterval(() => void this.renew(), beatSeconds * 1000);
    // The work keeps the process alive, not its lease.
    this.timer.unref();
  }

  /**
   * Whether the file system shows now that the lease is still ours. Synchronous. Also false while the file system fails
   * to answer; the lease is not given up then, because its owner still works.
   */
  held(): boolean {
    if (this.ended) return false;
    const isNewest = this.file.isNewest();
    if (isNewest !== false) return isNewest ?? false;
    this.end();
    this.onLost?.();
    return false;
  }

  /** Whether it was lost or given back. */
  isOver(): boolean {
    return this.ended;
  }

  /** Gives a sign of life. The timer does it. */
  async renew(): Promise<void> {
    if (!this.held()) return;
    // A disk that fails for a moment is no loss yet: held() says what became of the lease.
    await this.file.beat().catch((cause: unknown) => {
      if (!isSystemError(cause)) throw cause;
    });
  }

  /** Deletes the files of earlier owners. Only for a folder whose work is done. */
  async sweepOlder(): Promise<void> {
    if (this.held()) await this.file.sweepOlder();
  }

  /** Gives the folder back; safe to call twice, and from an exit handler (synchronous). */
  release(): void {
    if (!this.ended) this.end();
  }

  private end(): void {
    this.ended = true;
    clearInterval(this.timer);
    this.file.free();
  }
}

/**
 * Takes the lease of a folder, which is made when missing.
 * @throws TracelabError CELL_IN_USE (environment) while a living owner has it; FILE_WRITE (environment)
 */
export async function takeLease(folder: string, options: LeaseOptions = {}): Promise<Lease> {
  const { clock = SYSTEM_CLOCK, beatSeconds = BEAT_SECONDS, hooks } = options;
  const owner = options.owner ?? thisOwner(clock.now());
  let known = 0;
  try {
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      await mkdirs(folder);
      const before = await newestLease(folder, known);
      await hooks?.afterRead?.();
      if (before && !before.free && !(await isGone(folder, before, options))) continue;
      await hooks?.beforeCreate?.();
      const file = await OwnLeaseFile.create(folder, before, owner);
      await hooks?.afterCreate?.();
      if (file?.isNewest()) return new Lease(file, owner, beatSeconds, options.onLost);
      if (file) file.free();
      else known = (before?.generation ?? 0) + 1;
    }
  } catch (cause) {
    if (!isSystemError(cause)) throw cause;
    throw diskRefusal('FILE_WRITE', folder, "cannot take the folder's lease", cause);
  }
  throw inUse(folder, undefined);
}

/** What a folder's lease says to one who does not want it; `free` also where there is none. */
export interface LeaseState {
  readonly state: Judgement | 'free';
  /** In words. */
  readonly owner: string | undefined;
}

/**
 * Looks at a folder's lease without taking it. `watch` may be alive: only takeLease() waits to find out.
 * @throws TracelabError FILE_READ (environment)
 */
export async function lookAtLease(folder: string): Promise<LeaseState> {
  const newest = await newestLease(folder).catch((cause: unknown) => {
    if (!isSystemError(cause)) throw cause;
    throw diskRefusal('FILE_READ', folder, "cannot read the folder's lease", cause);
  });
  if (!newest || newest.free) return { state: 'free', owner: undefined };
  return { state: judge(newest.owner), owner: describeOwner(newest.owner) };
}

/**
 * Whether the owner of what was seen is dead.
 * @returns false when there is something newer to look at
 * @throws TracelabError CELL_IN_USE when it lives
 */
async function isGone(folder: string, before: SeenLease, options: LeaseOptions): Promise<boolean> {
  const { patienceSeconds = PATIENCE_SECONDS, wait = defaultWait } = options;
  for (let step = 0; ; step++) {
    const judgement = judge(before.owner);
    if (judgement === 'dead') return true;
    if (judgement === 'watch') return await standsStill(folder, before, options);
    if (step >= PATIENCE_STEPS || patienceSeconds === 0) throw inUse(folder, before.owner);
    await wait(patienceSeconds / PATIENCE_STEPS, options.signal);
    const now = await newestLease(folder, before.generation);
    if (now?.generation !== before.generation || now.free) return false;
  }
}

/** Watches the counter of an owner whose process cannot be asked. Results as of isGone(). */
async function standsStill(folder: string, before: SeenLease, options: LeaseOptions): Promise<boolean> {
  const { clock = SYSTEM_CLOCK, periodSeconds = PERIOD_SECONDS, beatSeconds = BEAT_SECONDS } = options;
  const { wait = defaultWait, signal } = options;
  options.onWatch?.(describeOwner(before.owner));
  let still = 0;
  let last = clock.seconds();
  while (still < periodSeconds) {
    if (signal?.aborted) throw inUse(folder, before.owner);
    await wait(beatSeconds, signal);
    const now = await newestLease(folder, before.generation);
    if (now?.generation !== before.generation || now.free) return false;
    if (now.text !== before.text) {
      // A file that had no owner yet has one now.
      if (now.owner?.token !== before.owner?.token) return false;
      throw inUse(folder, before.owner);
    }
    // When this machine slept, the other may have slept as well: only time in which both were seen to run counts.
    const moment = clock.seconds();
    still += Math.min(moment - last, 2 * beatSeconds);
    last = moment;
  }
  return true;
}

async function defaultWait(seconds: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(seconds * 1000, undefined, { signal }).catch(() => undefined);
}

function inUse(folder: string, owner: LeaseOwner | undefined): TracelabError {
  return new TracelabError({
    code: 'CELL_IN_USE',
    kind: 'environment',
    where: folder,
    what: 'this folder is in use',
    expected: 'one process at a time',
    got: describeOwner(owner),
    hint:
      owner && isHere(owner)
        ? 'wait for it, or stop it, or give another directory'
        : 'it still renews its lease: wait for it, or stop it there',
  });
}
