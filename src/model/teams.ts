// Teams of threads: the threads of a team share the outputs of one micro-batch, teams work on different accumulators.
// Neither changes a bit; the split only decides how long a step takes and how much memory it needs.
import type { CoreExports } from '../core/exports.ts';

/** How the threads of a run form teams of one size; threads that are left over only sum and update. */
export interface TeamSplit {
  readonly teams: number;
  /** Threads of a team. */
  readonly size: number;
}

/** Share of the time that a team loses, for each doubling of its threads, by meetings and uneven shares. */
const LOSS_OF_DOUBLING = 0.06;

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
  const busy = Math.max(1, Math.min(accumulators, sequences));
  let best: TeamSplit & { readonly time: number } = { teams: 1, size: threads, time: stepTime(1, threads, busy) };
  for (let teams = 2; teams <= Math.min(threads, busy); teams++) {
    const size = Math.floor(threads / teams);
    if (teams * bytesOf(size) > ACTIVATION_BYTES) continue;
    const time = stepTime(teams, size, busy);
    if (time <= best.time) best = { teams, size, time };
  }
  return { teams: best.teams, size: best.size };
}

/** In units of one accumulator's work by one thread. */
function stepTime(teams: number, size: number, busy: number): number {
  return (Math.ceil(busy / teams) / size) * (1 + LOSS_OF_DOUBLING * Math.log2(size));
}

/** Words in shared memory that a team agrees on, in front of the module's own words; a cache line. */
const AGREED_BYTES = 64;

/** Bytes that a team of so many threads needs in shared memory. */
export function teamBytes(core: CoreExports, size: number): number {
  return AGREED_BYTES + (core.team_bytes(size) >>> 0);
}

/** Offset of the word that ends a team's waiting; see assembly/team.ts. */
const ABORTED = AGREED_BYTES + 128;

/** Ends the meetings of a team with an error: a thread of it cannot continue. */
export function abortTeam(memory: WebAssembly.Memory, at: number): void {
  Atomics.store(new Int32Array(memory.buffer, at + ABORTED, 1), 0, 1);
}

/** One thread's membership of a team. */
export class Team {
  readonly rank: number;
  readonly size: number;
  private readonly core: CoreExports;
  private readonly agreed: Int32Array;
  private turn = 0;

  /**
   * Makes the instance a member; its workspace is configured after that.
   * @param core this thread's instance
   * @param at teamBytes(size) zeroed bytes, the same for all members
   */
  constructor(core: CoreExports, memory: WebAssembly.Memory, at: number, rank: number, size: number) {
    this.core = core;
    this.rank = rank;
    this.size = size;
    this.agreed = new Int32Array(memory.buffer, at, 2);
    core.configure_team(rank, size, at + AGREED_BYTES);
  }

  /** A team of one. */
  static alone(core: CoreExports, memory: WebAssembly.Memory): Team {
    return new Team(core, memory, 0, 0, 1);
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
