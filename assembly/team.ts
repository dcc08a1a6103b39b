// Threads that share one micro-batch. Each has an instance of the module over the same memory and runs the same passes,
// but computes its own share of the outputs: rows, columns, or blocks of queries. The sum of an output is never split,
// so the bits are those of one thread. Before a phase that reads what others wrote, all meet.

/** This thread's number in its team, and the team's threads. */
export let RANK: i32 = 0;
export let TEAM: i32 = 1;
let words: usize = 0;

// The team's words, a cache line each: threads that have arrived, meetings so far, whether the team gives up, and then
// each thread's progress through attention's chain.
// @ts-ignore: decorator
@inline const GENERATION: usize = 64;
// @ts-ignore: decorator
@inline const ABORTED: usize = 128;
// @ts-ignore: decorator
@inline const PROGRESS: usize = 192;
/** Looks at a word before a thread sleeps: some microseconds. */
// @ts-ignore: decorator
@inline const SPINS: i32 = 2000;
/** Nanoseconds of a sleep in which a change of `ABORTED` may go unseen. */
// @ts-ignore: decorator
@inline const NAP: i64 = 100_000_000;

/** Bytes of the words of a team. */
export function team_bytes(size: i32): usize { return PROGRESS + (<usize>size << 6); }

/**
 * Makes this instance a member of a team. Before configure_workspace, whose room depends on it.
 * @param at team_bytes(size) zeroed bytes, 64-aligned, the same for all members
 */
export function configure_team(rank: i32, size: i32, at: usize): void {
  RANK = rank; TEAM = size; words = at;
}

/** First of `n` rows or columns that belongs to thread `rank`; shares begin at multiples of `grain`. */
export function share_start(n: i32, rank: i32, grain: i32): i32 {
  const groups = (n + grain - 1) / grain;
  return min(n, <i32>(<i64>groups * rank / TEAM) * grain);
}

/**
 * Returns when all threads of the team have called it. What a thread wrote before is seen by all after. Traps when the
 * team gives up.
 */
export function meet(): void {
  if (TEAM == 1) return;
  const generation = atomic.load<i32>(words, GENERATION);
  if (atomic.add<i32>(words, 1) == TEAM - 1) {
    atomic.store<i32>(words, 0);
    atomic.store<i32>(words, generation + 1, GENERATION);
    atomic.notify(words + GENERATION, -1);
  } else wait_while(words + GENERATION, generation);
}

/** Waits until the word differs from `value`. */
function wait_while(word: usize, value: i32): void {
  for (let spin = 0; spin < SPINS; spin++) if (atomic.load<i32>(word) != value) return;
  while (atomic.load<i32>(word) == value) {
    if (atomic.load<i32>(words, ABORTED) != 0) unreachable();
    atomic.wait<i32>(word, value, NAP);
  }
}

/** This thread's progress through a chain, seen by the next thread. */
export function set_progress(done: i32): void {
  const word = words + PROGRESS + (<usize>RANK << 6);
  atomic.store<i32>(word, done);
  atomic.notify(word, -1);
}

/** Waits until thread `rank` has reached `done`. */
export function wait_for_progress(rank: i32, done: i32): void {
  const word = words + PROGRESS + (<usize>rank << 6);
  for (let now = atomic.load<i32>(word); now < done; now = atomic.load<i32>(word)) wait_while(word, now);
}
