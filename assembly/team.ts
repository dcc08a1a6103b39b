// Threads that compute one micro-batch together. Each has an instance of the module over the same memory. A pass is a
// row of phases; a phase is cut into tasks, each of which writes outputs of its own: rows, columns, heads or ranges of
// keys. One thread leads the micro-batch: it opens one phase after the other. It draws tasks of the phase, and so does
// every thread that helps; the phase is over when all its tasks are done. Helpers come and go between any two tasks, so
// nobody waits for a slow thread longer than a task. No sum is split: the bits are those of one thread.
import { adopt_microbatch, publish_microbatch } from './microbatch';
import { activationsAt, place_activations } from './model';
import { run_task } from './phases';

/** Threads that the running phase is cut for; 0 for a thread that works alone, whose tasks are as large as can be. */
export let CUT: i32 = 0;
/** The rows, columns or tasks of a part that the running task has: the first of them, and how many. */
export let FIRST: i32 = 0;
export let OWN: i32 = 0;

// The words of a run, a cache line each: tasks or ends announced so far, threads that sleep until the next, and whether
// the run gives up. Behind them the words of each team.
// @ts-ignore: decorator
@inline const SLEEPERS: usize = 64;
// @ts-ignore: decorator
@inline const ABORTED: usize = 128;
// @ts-ignore: decorator
@inline const TEAMS: usize = 192;

// The words of a team, a cache line each: tasks that nobody has drawn, tasks that are done, threads at work, the open
// phase and its micro-batch (two lines), and how far each task of attention's chains is.
// @ts-ignore: decorator
@inline const DONE: usize = 64;
// @ts-ignore: decorator
@inline const MEMBERS: usize = 128;
// @ts-ignore: decorator
@inline const PHASE: usize = 192;
// @ts-ignore: decorator
@inline const PROGRESS: usize = 320;

/** Looks at a word before a thread sleeps: some microseconds. */
// @ts-ignore: decorator
@inline const SPINS: i32 = 2000;
/** Nanoseconds of a sleep in which a change of `ABORTED` may go unseen. */
// @ts-ignore: decorator
@inline const NAP: i64 = 100_000_000;
/** A number of a task that no phase reaches. */
// @ts-ignore: decorator
@inline const BEYOND: i32 = 1 << 30;

/** Most tasks that wait for each other, for each thread of a run. */
// @ts-ignore: decorator
@inline const CHAINED: i32 = 8;

/** The words of the run, 0 without; its threads and teams. */
let run: usize = 0;
let threads: i32 = 1;
let teams: i32 = 0;
/** The words of the team that this thread works for, and of its own; where its own activations begin. */
let words: usize = 0;
let ownWords: usize = 0;
let ownActivations: usize = 0;

/** Most tasks of a phase that may wait for each other. */
export function most_chained(): i32 { return threads * CHAINED; }

function bytes_of_team(): usize { return PROGRESS + (<usize>most_chained() << 6); }

/** Bytes of the words of a run of so many threads, with so many micro-batches at a time. */
export function team_bytes(size: i32, count: i32): usize {
  threads = size;
  return TEAMS + <usize>count * bytes_of_team();
}

/**
 * Makes this instance work in a run of several threads. After configure_activations.
 * @param at team_bytes(size, count) zeroed bytes, 64-aligned, the same for all threads
 * @param size threads of the run
 * @param count teams
 * @param team the one that this thread leads or helps first
 */
export function configure_team(at: usize, size: i32, count: i32, team: i32): void {
  run = at;
  threads = size;
  teams = count;
  words = ownWords = at + TEAMS + <usize>team * bytes_of_team();
  ownActivations = activationsAt;
}

/**
 * One part of a phase: n rows or columns, in at most `most` tasks that begin at multiples of `grain`. Sets FIRST and
 * OWN; OWN is 0 when the task is one of another part.
 * @param task its number among the tasks of this part and the parts that follow
 * @returns its number among the tasks of the parts that follow
 */
export function part(task: i32, n: i32, grain: i32, most: i32): i32 {
  const groups = (n + grain - 1) / grain;
  const tasks = min(groups, CUT == 0 ? 1 : most);
  OWN = 0;
  if (task >= 0 && task < tasks) {
    FIRST = <i32>(<i64>groups * task / tasks) * grain;
    OWN = min(n, <i32>(<i64>groups * (task + 1) / tasks) * grain) - FIRST;
  }
  return task - tasks;
}

/** Computes a phase of the open micro-batch, with every thread that helps. */
export function share(phase: i32, layer: i32): void {
  if (run == 0) {
    const count = BEYOND - run_task(phase, layer, BEYOND);
    for (let task = 0; task < count; task++) run_task(phase, layer, task);
    return;
  }
  CUT = 1 + atomic.load<i32>(words, MEMBERS);
  const count = BEYOND - run_task(phase, layer, BEYOND);
  store<i32>(words, phase, PHASE);
  store<i32>(words, layer, PHASE + 4);
  store<i32>(words, CUT, PHASE + 8);
  store<i32>(words, count, PHASE + 12);
  for (let task = 0; task < min(count, most_chained()); task++)
    atomic.store<i32>(words + (<usize>task << 6), 0, PROGRESS);
  atomic.store<i32>(words, 0, DONE);
  atomic.store<i32>(words, count);
  announce();
  for (let left = draw(words); left > 0; left = draw(words)) {
    run_task(phase, layer, count - left);
    atomic.add<i32>(words, 1, DONE);
  }
  for (let done = atomic.load<i32>(words, DONE); done < count; done = atomic.load<i32>(words, DONE))
    wait_while(words + DONE, done);
}

/** Leader: what set_microbatch was given is what the next phases are about. */
export function open_microbatch(): void {
  if (run == 0) return;
  words = ownWords;
  if (activationsAt != ownActivations) place_activations(ownActivations);
  publish_microbatch(words + PHASE + 16);
}

/** @returns tasks of the team that nobody had drawn, this one among them; 0 when there is none */
function draw(team: usize): i32 {
  for (let left = atomic.load<i32>(team); left > 0; ) {
    const seen = atomic.cmpxchg<i32>(team, left, left - 1);
    if (seen == left) return left;
    left = seen;
  }
  return 0;
}

/** Wakes threads that sleep in help(): there are tasks again, or there will be none. */
export function announce(): void {
  if (run == 0) return;
  atomic.add<i32>(run, 1);
  if (atomic.load<i32>(run, SLEEPERS) > 0) atomic.notify(run, -1);
}

/** Draws tasks of any team until there have been none for a while, and then sleeps until the next announcement. */
export function help(): void {
  const seen = atomic.load<i32>(run);
  let member = false;
  for (let spin = 0; spin < SPINS; spin++) {
    if (atomic.load<i32>(words) == 0) {
      const other = team_with_tasks();
      if (other == 0) continue;
      if (member) atomic.sub<i32>(words, 1, MEMBERS);
      member = false;
      words = other;
    }
    const left = draw(words);
    if (left == 0) continue;
    if (!member) atomic.add<i32>(words, 1, MEMBERS);
    member = true;
    // The phase stays open until the task is done.
    adopt_microbatch(words + PHASE + 16);
    CUT = load<i32>(words, PHASE + 8);
    const count = load<i32>(words, PHASE + 12);
    run_task(load<i32>(words, PHASE), load<i32>(words, PHASE + 4), count - left);
    if (atomic.add<i32>(words, 1, DONE) == count - 1) atomic.notify(words + DONE, 1);
    spin = 0;
  }
  if (member) atomic.sub<i32>(words, 1, MEMBERS);
  if (atomic.load<i32>(run, ABORTED) != 0) unreachable();
  atomic.add<i32>(run, 1, SLEEPERS);
  atomic.wait<i32>(run, seen, NAP);
  atomic.sub<i32>(run, 1, SLEEPERS);
}

/** The words of the team with the most tasks that nobody has drawn; 0 when there is none. */
function team_with_tasks(): usize {
  let best: usize = 0;
  let most = 0;
  for (let i = 0; i < teams; i++) {
    const team = run + TEAMS + <usize>i * bytes_of_team();
    const left = atomic.load<i32>(team);
    if (left <= most) continue;
    best = team;
    most = left;
  }
  return best;
}

/** Waits until the word differs from `value`. Traps when the run gives up. */
function wait_while(word: usize, value: i32): void {
  for (let spin = 0; spin < SPINS; spin++) if (atomic.load<i32>(word) != value) return;
  while (atomic.load<i32>(word) == value) {
    if (atomic.load<i32>(run, ABORTED) != 0) unreachable();
    atomic.wait<i32>(word, value, NAP);
  }
}

/** How far a task of a chain is, seen by the task behind it. */
export function set_progress(task: i32, done: i32): void {
  const word = words + PROGRESS + (<usize>task << 6);
  atomic.store<i32>(word, done);
  atomic.notify(word, -1);
}

/** Waits until a task of a chain, which was drawn before this one, has come so far. */
export function wait_for_progress(task: i32, done: i32): void {
  const word = words + PROGRESS + (<usize>task << 6);
  for (let now = atomic.load<i32>(word); now < done; now = atomic.load<i32>(word)) wait_while(word, now);
}
