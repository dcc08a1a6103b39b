// Threads that compute gradients together. Some lead: each draws accumulators and computes their micro-batches, one
// after the other, with activations of its own. All others help any of them, task by task, and so do leaders that have
// nothing left to draw. Nothing of this changes a bit; it only decides how long a step takes and how much memory it
// needs.
import type { CoreExports } from '../core/exports.ts';
import { activationBytes, configureActivations } from './gradient-workspace.ts';
import type { MemoryPlan } from './memory-plan.ts';

/**
 * Share of the time that a micro-batch loses for each thread more that helps with it. Measured on 16 cores
 * (docs/design.md, "Threads inside a step").
 */
const LOSS_OF_HELPER = 0.1;

/** A number of threads is useful when it takes at most this share of the time of the useful number before. */
const LEAST_GAIN = 0.97;

/** Most threads that a plan considers for one run. */
const MOST_THREADS = 256;

/**
 * Activations of all leaders are at most this large, unless those of one are larger: they should not displace the data.
 */
const ACTIVATION_BYTES = 1024 ** 3;

/** What decides how a run's threads work together. */
export interface TeamSizes {
  readonly threads: number;
  readonly accumulators: number;
  /** Sequences of a batch, at least; accumulators without a sequence have no work. */
  readonly sequences: number;
  readonly microTokens: number;
  readonly longest: number;
}

/**
 * How many threads lead.
 * @param bytes activations of a micro-batch
 */
export function leadingThreads(
  { threads, accumulators, sequences }: Pick<TeamSizes, 'threads' | 'accumulators' | 'sequences'>,
  bytes: number,
): number {
  return Math.max(1, Math.min(threads, accumulators, sequences, Math.floor(ACTIVATION_BYTES / bytes)));
}

/** Where the teams of a run are in shared memory. Addresses in bytes. */
export interface TeamMemory {
  readonly threads: number;
  /** An i32 [16] with the accumulators that are done, and the words of the module behind it. */
  readonly words: number;
  /** Activations of each leader; threads 0.. lead. */
  readonly activations: readonly number[];
  /** Of each thread. */
  readonly scratch: readonly number[];
  /** Most tokens of a micro-batch, and of a sequence. */
  readonly microTokens: number;
  readonly longest: number;
}

/** Bytes in front of the module's words; a cache line. */
const DONE_BYTES = 64;

/**
 * Lays the teams of a run out.
 * @param core configured for the model
 */
export function planTeams(core: CoreExports, plan: MemoryPlan, sizes: TeamSizes): TeamMemory {
  const { threads, microTokens, longest } = sizes;
  const bytes = activationBytes(core, microTokens);
  const leaders = leadingThreads(sizes, bytes);
  const words = plan.arena.take(DONE_BYTES + (core.team_bytes(threads, leaders) >>> 0));
  const activations = plan.part(`activations of ${leaders} micro-batch${leaders === 1 ? '' : 'es'}`, (arena) =>
    Array.from({ length: leaders }, () => arena.take(bytes)),
  );
  const scratchBytes = core.configure_scratch(0, microTokens, longest) >>> 0;
  const scratch = plan.part(`scratch of ${threads} thread${threads === 1 ? '' : 's'}`, (arena) =>
    Array.from({ length: threads }, () => arena.take(scratchBytes)),
  );
  return { threads, words, activations, scratch, microTokens, longest };
}

/**
 * Numbers of threads up to 256 that make a step shorter than the number before.
 * @param core configured for the model
 */
export function usefulTeamThreads(core: CoreExports, sizes: Omit<TeamSizes, 'threads'>): number[] {
  const bytes = activationBytes(core, sizes.microTokens);
  const useful: number[] = [];
  let shortest = Infinity;
  for (let threads = 1; threads <= MOST_THREADS; threads++) {
    const helpers = threads / leadingThreads({ ...sizes, threads }, bytes) - 1;
    const time = (1 + LOSS_OF_HELPER * helpers) / threads;
    if (time > LEAST_GAIN * shortest) continue;
    useful.push(threads);
    shortest = time;
  }
  return useful;
}

/** Offset of the word that ends all waiting; see assembly/team.ts. */
const ABORTED = DONE_BYTES + 128;

/** Ends the waiting of all threads with an error: one of them cannot continue. */
export function abortTeams(memory: WebAssembly.Memory, { words }: TeamMemory): void {
  Atomics.store(new Int32Array(memory.buffer, words + ABORTED, 1), 0, 1);
}

/** One thread's part in all gradients. */
export class Team {
  private readonly core: CoreExports;
  private readonly isAlone: boolean;
  private readonly leads: boolean;
  /** Accumulators that are done, of all rounds so far; wraps around. */
  private readonly done: Int32Array;
  private wanted = 0;

  /** @param core this thread's instance, configured for the model */
  constructor(core: CoreExports, memory: WebAssembly.Memory, map: TeamMemory, thread: number) {
    const { threads, words, activations, scratch, microTokens, longest } = map;
    const leaders = activations.length;
    this.core = core;
    this.isAlone = threads === 1;
    this.leads = thread < leaders;
    this.done = new Int32Array(memory.buffer, words, 1);
    configureActivations(core, activations[thread % leaders], microTokens);
    core.configure_scratch(scratch[thread], microTokens, longest);
    if (!this.isAlone) core.configure_team(words + DONE_BYTES, threads, leaders, thread % leaders);
  }

  /**
   * Leads micro-batches of accumulators while there are any to draw, if this thread leads, and helps others until all
   * accumulators are done. All threads must call it.
   * @param draw the next accumulator; a number from `accumulators` on when there is none
   * @param lead computes an accumulator
   * @param bump called when this thread has helped
   */
  work(accumulators: number, draw: () => number, lead: (accumulator: number) => void, bump: () => void): void {
    const { core, done, leads } = this;
    this.wanted = (this.wanted + accumulators) | 0;
    core.begin_round(Number(leads));
    if (leads) {
      for (let a = draw(); a < accumulators; a = draw()) {
        lead(a);
        Atomics.add(done, 0, 1);
      }
      core.end_lead();
    }
    if (this.isAlone) return;
    for (;;) {
      // Before the look: an announcement behind it ends the sleep of help().
      const seen = core.announced();
      if (((Atomics.load(done, 0) - this.wanted) | 0) >= 0) return;
      // Waiting is no headway.
      if (core.help(seen) > 0) bump();
    }
  }
}
