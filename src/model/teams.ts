// Teams of threads: the threads of a team share the outputs of one micro-batch, teams work on different accumulators.
// Neither changes a bit; the split only decides how long a step takes and how much memory it needs.
import type { CoreExports } from '../core/exports.ts';
import { configureGradientWorkspace, gradientWorkspaceBytes } from './gradient-workspace.ts';
import type { MemoryPlan } from './memory-plan.ts';

/** How the threads of a run form teams of one size; threads that are left over only sum and update. */
export interface TeamSplit {
  readonly teams: number;
  /** Threads of a team. */
  readonly size: number;
}

/**
 * Share of the time that a team loses for each thread more, by meetings and uneven shares. Measured: 0.01 to 0.09 on
 * two idle cores, 0.15 to 0.3 on 16 busy ones of a shared host (docs/design.md, "Threads inside a step").
 */
const LOSS_OF_THREAD = 0.1;

/** A number of threads is useful when it takes at most this share of the time of the useful number before. */
const LEAST_GAIN = 0.97;

/** Most threads that a plan considers for one run. */
const MOST_THREADS = 256;

/** Activations of all teams are at most this large, unless one team needs more: they should not displace the data. */
const ACTIVATION_BYTES = 1024 ** 3;

/**
 * The split with the shortest step among those whose activations are small enough.
 * @param accumulators of the run
 * @param sequences that a batch has at least; accumulators without a sequence have no work
 * @param bytesOf activations of a team of that size
 */
export function splitThreads(
  threads: number,
  accumulators: number,
  sequences: number,
  bytesOf: (size: number) => number,
): TeamSplit {
  let best: TeamSplit = { teams: 1, size: threads };
  for (let teams = 2; teams <= Math.min(threads, accumulators, sequences); teams++) {
    const split = { teams, size: Math.floor(threads / teams) };
    if (teams * bytesOf(split.size) > ACTIVATION_BYTES) continue;
    if (splitTime(split, accumulators, sequences) <= splitTime(best, accumulators, sequences)) best = split;
  }
  return best;
}

/** Time of a step, in units of one accumulator's work by one thread. */
function splitTime({ teams, size }: TeamSplit, accumulators: number, sequences: number): number {
  const busy = Math.max(1, Math.min(accumulators, sequences));
  return (Math.ceil(busy / teams) / size) * (1 + LOSS_OF_THREAD * (size - 1));
}

/** For example `4 teams of 2 threads`. */
function describeSplit({ teams, size }: TeamSplit): string {
  const threads = `${size} thread${size === 1 ? '' : 's'}`;
  if (size === 1) return teams === 1 ? threads : `${teams} threads`;
  return teams === 1 ? `a team of ${threads}` : `${teams} teams of ${threads}`;
}

/** Words in shared memory that a team agrees on, in front of the module's own words; a cache line. */
const AGREED_BYTES = 64;

/** Where the teams of a run are in shared memory. Addresses in bytes. */
export interface TeamMemory {
  readonly split: TeamSplit;
  /** Of each team: its words, and its activations. */
  readonly words: readonly number[];
  readonly workspaces: readonly number[];
  /** Most tokens of a micro-batch, and of a sequence. */
  readonly microTokens: number;
  readonly longest: number;
}

/** What decides how a run forms teams. */
export interface TeamSizes {
  readonly threads: number;
  readonly accumulators: number;
  /** Sequences of a batch, at least. */
  readonly sequences: number;
  readonly microTokens: number;
  readonly longest: number;
}

/**
 * Lays the teams of a run out.
 * @param core configured for the model
 */
export function planTeams(core: CoreExports, plan: MemoryPlan, sizes: TeamSizes): TeamMemory {
  const { threads, accumulators, sequences, microTokens, longest } = sizes;
  const bytesOf = (size: number): number => teamWorkspaceBytes(core, size, microTokens, longest);
  const split = splitThreads(threads, accumulators, sequences, bytesOf);
  const words = Array.from({ length: split.teams }, () =>
    plan.arena.take(AGREED_BYTES + (core.team_bytes(split.size) >>> 0)),
  );
  const workspaces = plan.part(`activations of ${describeSplit(split)}`, (arena) =>
    words.map(() => {
      const base = arena.end;
      arena.skipTo(base + bytesOf(split.size));
      return base;
    }),
  );
  return { split, words, workspaces, microTokens, longest };
}

/** Numbers of threads up to 256 that make a step shorter than the number before. */
export function usefulTeamThreads(core: CoreExports, sizes: Omit<TeamSizes, 'threads'>): number[] {
  const { accumulators, sequences, microTokens, longest } = sizes;
  const known = new Map<number, number>();
  const bytesOf = (size: number): number => {
    const bytes = known.get(size) ?? teamWorkspaceBytes(core, size, microTokens, longest);
    known.set(size, bytes);
    return bytes;
  };
  const useful: number[] = [];
  let shortest = Infinity;
  for (let threads = 1; threads <= MOST_THREADS; threads++) {
    const time = splitTime(splitThreads(threads, accumulators, sequences, bytesOf), accumulators, sequences);
    if (time > LEAST_GAIN * shortest) continue;
    useful.push(threads);
    shortest = time;
  }
  return useful;
}

/**
 * Bytes of the activations of a team of that size.
 * @param core configured for the model
 */
function teamWorkspaceBytes(core: CoreExports, size: number, microTokens: number, longest: number): number {
  core.configure_team(0, size, 0);
  const bytes = gradientWorkspaceBytes(core, microTokens, longest);
  core.configure_team(0, 1, 0);
  return bytes;
}

/** Offset of the word that ends a team's waiting; see assembly/team.ts. */
const ABORTED = AGREED_BYTES + 128;

/** Ends the meetings of all teams with an error: a thread of one of them cannot continue. */
export function abortTeams(memory: WebAssembly.Memory, { words }: TeamMemory): void {
  for (const at of words) Atomics.store(new Int32Array(memory.buffer, at + ABORTED, 1), 0, 1);
}

/** One thread's membership of a team. */
export class Team {
  private readonly rank: number;
  private readonly size: number;
  private readonly core: CoreExports;
  private readonly agreed: Int32Array;
  private turn = 0;

  /**
   * Makes a thread's instance a member of its team and lays out its activations.
   * @param core this thread's instance, configured for the model
   * @returns null for a thread that is left over
   */
  static join(core: CoreExports, memory: WebAssembly.Memory, map: TeamMemory, thread: number): Team | null {
    const { teams, size } = map.split;
    const team = Math.floor(thread / size);
    if (team >= teams) return null;
    const member = new Team(core, memory, map.words[team], thread % size, size);
    configureGradientWorkspace(core, map.workspaces[team], map.microTokens, map.longest);
    return member;
  }

  private constructor(core: CoreExports, memory: WebAssembly.Memory, words: number, rank: number, size: number) {
    this.core = core;
    this.rank = rank;
    this.size = size;
    this.agreed = new Int32Array(memory.buffer, words, 2);
    core.configure_team(rank, size, words + AGREED_BYTES);
  }

  /** @returns the first member's i32, in all members; all must call it */
  agree(value: () => number): number {
    if (this.size === 1) return value();
    // Two words take turns: the first member only writes a word again when all have come to the meeting after it.
    const word = this.turn++ & 1;
    if (this.rank === 0) Atomics.store(this.agreed, word, value());
    this.core.meet();
    return Atomics.load(this.agreed, word);
  }

  /** This member's part of `bytes`, in whole cache lines. */
  share(bytes: number): { readonly from: number; readonly to: number } {
    const lines = Math.ceil(bytes / 64);
    const start = (rank: number): number => Math.min(bytes, 64 * Math.floor((lines * rank) / this.size));
    return { from: start(this.rank), to: start(this.rank + 1) };
  }
}
