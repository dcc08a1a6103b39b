// Teams of threads: the threads of a team share the outputs of one micro-batch, teams work on different accumulators.
// Neither changes a bit; the split only decides how long a step takes and how much memory it needs.
import type { CoreExports } from '../core/exports.ts';
import { gradientWorkspaceBytes } from './gradient-workspace.ts';

/** How the threads of a run form teams of one size; threads that are left over only sum and update. */
export interface TeamSplit {
  readonly teams: number;
  /** Threads of a team. */
  readonly size: number;
}

/** Share of the time that a team loses for each thread more, by meetings and uneven shares. */
const LOSS_OF_THREAD = 0.01;

/** A number of threads is useful when it takes at most this share of the time of the useful number before. */
const LEAST_GAIN = 0.97;

/** Activations of all teams are at most this large, unless one team needs more: they should not displace the data. */
const ACTIVATION_BYTES = 1024 ** 3;

/**
 * The split with the shortest step among those whose activations are small enough.
 * @param accumulators of the run
 * @param sequences that a batch has at least; accumulators without a sequence have no work
 * @param bytesOf activations of a team of so many threads
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

/**
 * Numbers of threads that make a step shorter than the number before, by more than a few percent.
 * @param most the largest number
 */
export function usefulTeamThreads(
  most: number,
  accumulators: number,
  sequences: number,
  bytesOf: (size: number) => number,
): number[] {
  const useful: number[] = [];
  let shortest = Infinity;
  for (let threads = 1; threads <= most; threads++) {
    const time = splitTime(splitThreads(threads, accumulators, sequences, bytesOf), accumulators, sequences);
    if (time > LEAST_GAIN * shortest) continue;
    useful.push(threads);
    shortest = time;
  }
  return useful;
}

/** For example `4 teams of 2 threads`. */
export function describeSplit({ teams, size }: TeamSplit): string {
  const threads = `${size} thread${size === 1 ? '' : 's'}`;
  if (size === 1) return teams === 1 ? threads : `${teams} threads`;
  return teams === 1 ? `a team of ${threads}` : `${teams} teams of ${threads}`;
}

/** Words in shared memory that a team agrees on, in front of the module's own words; a cache line. */
const AGREED_BYTES = 64;

/** Bytes that a team of so many threads needs in shared memory. */
export function teamBytes(core: CoreExports, size: number): number {
  return AGREED_BYTES + (core.team_bytes(size) >>> 0);
}

/**
 * Bytes of the activations of a team of so many threads.
 * @param core configured for the model
 */
export function teamWorkspaceBytes(core: CoreExports, size: number, microTokens: number, longest: number): number {
  core.configure_team(0, size, 0);
  const bytes = gradientWorkspaceBytes(core, microTokens, longest);
  Team.leave(core);
  return bytes;
}

/** Offset of the word that ends a team's waiting; see assembly/team.ts. */
const ABORTED = AGREED_BYTES + 128;

/** Ends the meetings of a team with an error: a thread of it cannot continue. */
export function abortTeam(memory: WebAssembly.Memory, at: number): void {
  Atomics.store(new Int32Array(memory.buffer, at + ABORTED, 1), 0, 1);
}

/** One thread's membership of a team. */
export class Team {
  /** Number of the team. */
  readonly team: number;
  private readonly rank: number;
  private readonly size: number;
  private readonly core: CoreExports;
  private readonly words: number;
  private readonly agreed: Int32Array;
  private turn = 0;

  /**
   * The membership of a thread, or null where it is left over.
   * @param core this thread's instance
   * @param words of each team: teamBytes(size) zeroed bytes
   */
  static of(
    core: CoreExports,
    memory: WebAssembly.Memory,
    { teams, size }: TeamSplit,
    words: readonly number[],
    thread: number,
  ): Team | null {
    const team = Math.floor(thread / size);
    return team < teams ? new Team(core, memory, team, words[team], thread % size, size) : null;
  }

  private constructor(
    core: CoreExports,
    memory: WebAssembly.Memory,
    team: number,
    words: number,
    rank: number,
    size: number,
  ) {
    this.core = core;
    this.team = team;
    this.words = words + AGREED_BYTES;
    this.rank = rank;
    this.size = size;
    this.agreed = new Int32Array(memory.buffer, words, 2);
  }

  /** Makes the instance a member; its workspace is configured after that. */
  join(): void {
    this.core.configure_team(this.rank, this.size, this.words);
  }

  /** Makes the instance work alone; its workspace is configured after that. */
  static leave(core: CoreExports): void {
    core.configure_team(0, 1, 0);
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
