// Threads that compute one micro-batch together. Each has an instance of the module over the same memory. A pass is a
// row of phases; a phase is cut into tasks, each of which writes outputs of its own: rows, columns, heads or ranges of
// keys. One thread leads the micro-batch: it opens one phase after the other. It draws tasks of the phase, and so does
// every thread that helps; the phase is over when all its tasks are done. Helpers come and go between any two tasks, so
// nobody waits for a slow thread longer than a task. Each thread begins with a lot of its own, the same rows and
// columns in every phase, which are in its cache; then it takes from the lots of others. No sum is split: the bits are
// those of one thread.
import { adopt_microbatch, publish_microbatch } from './microbatch';
import { activationsAt, place_activations } from './model';
import { run_task } from './phases';

/** Threads that the running phase is cut for; 0 for a thread that works alone, whose tasks are as large as can be. */
export let CUT: i32 = 0;
/** Lots that the running phase is dealt into: CUT, or 1 where tasks must be drawn in their order. */
let lots: i32 = 1;
/** Whether its tasks wait for those before them. */
let ordered: bool = false;
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

// The words of a team, a cache line each: tasks that nobody has drawn, tasks that are done, helpers at home in it, the
// round in which it is led, the open phase (its number, layer, threads, tasks, lots) and its micro-batch (two lines),
// and then for each thread of the run the tasks left in a lot. Behind them how far each task of attention's chains is.
// @ts-ignore: decorator
@inline const DONE: usize = 64;
// @ts-ignore: decorator
@inline const MEMBERS: usize = 128;
// @ts-ignore: decorator
@inline const ROUND: usize = 192;
// @ts-ignore: decorator
@inline const PHASE: usize = 256;
// @ts-ignore: decorator
@inline const LAYER: usize = 260;
// @ts-ignore: decorator
@inline const PHASE_CUT: usize = 264;
// @ts-ignore: decorator
@inline const TASKS: usize = 268;
// @ts-ignore: decorator
@inline const PHASE_LOTS: usize = 272;
// @ts-ignore: decorator
@inline const MICROBATCH: usize = 276;
// @ts-ignore: decorator
@inline const LOTS: usize = 384;

/**
 * Looks at a word before a thread sleeps, each followed by a pause: some fifty microseconds, about what waking costs.
 */
// @ts-ignore: decorator
@inline const LOOKS: i32 = 1000;
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
/** The words of the team that this thread works for, and the lot that it begins with. */
let words: usize = 0;
let ownLot: i32 = 0;
/** The words of the team that it leads or helps first; where its own activations begin. */
let ownWords: usize = 0;
let ownActivations: usize = 0;
/** The team in which it is at home as a helper, 0 without; also while it sleeps. */
let home: usize = 0;
/**
 * Twice the round of micro-batches that all threads are in. A team's word is this while it is led, and 1 more after.
 */
let round: i32 = 0;

/** Most tasks of a phase that may wait for each other. */
export function most_chained(): i32 { return run == 0 ? BEYOND : threads * CHAINED; }

function progress_at(): usize { return LOTS + (<usize>threads << 6); }
function bytes_of_team(): usize { return progress_at() + (<usize>(threads * CHAINED) << 6); }

/** Bytes of the words of a run of `size` threads, with `count` micro-batches at a time. */
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
  words = ownWords = team_at(team);
  ownActivations = activationsAt;
}

/**
 * One part of a phase: n rows or columns in tasks that begin at multiples of `grain`. Sets FIRST and OWN; OWN is 0 when
 * the task is one of another part.
 * @param task its number among the tasks of this part and the parts that follow
 * @param least rows or columns of a task in the mean, if there are several for each thread
 * @param most tasks of a thread: with several, a slow thread leaves some to the others
 * @returns its number among the tasks of the parts that follow
 */
export function part(task: i32, n: i32, grain: i32, least: i32, most: i32): i32 {
  OWN = 0;
  const groups = (n + grain - 1) / grain;
  const tasks = min(groups, CUT == 0 ? 1 : CUT * max(1, min(most, n / (least * CUT))));
  if (task >= 0 && task < tasks) {
    // Task i is in lot i modulo lots; the tasks of a lot are neighbours, the first of them the largest.
    const dealt = lots_of(tasks), size = tasks / dealt, lot = task % dealt, rank = task / dealt;
    FIRST = start_in_lots(groups, dealt, lot, rank, size) * grain;
    OWN = min(n, start_in_lots(groups, dealt, lot, rank + 1, size) * grain) - FIRST;
  }
  return behind(task, tasks);
}

/** One part of a phase: n tasks with one of n things each. A thread that works alone has all of them in one task. */
export function part_of_each(task: i32, n: i32): i32 {
  OWN = 0;
  const tasks = CUT == 0 ? min(n, 1) : n;
  if (task >= 0 && task < tasks) {
    const dealt = lots_of(tasks);
    FIRST = task % dealt * (tasks / dealt) + task / dealt;
    OWN = CUT == 0 ? n : 1;
  }
  return behind(task, tasks);
}

/** Lots that a part's tasks are dealt into: 1 where they do not come out even. */
function lots_of(tasks: i32): i32 { return tasks % lots == 0 ? lots : 1; }

/** A task's number behind those of a part; empty tasks at its end, so that the next part begins with the first lot. */
function behind(task: i32, tasks: i32): i32 { return task - (tasks + lots - 1) / lots * lots; }

/**
 * Where task `rank` of a lot begins. Its `size` tasks are size, ..., 3, 2, 1 times as large as the last: when threads
 * wait for the last tasks of a phase, these are short.
 */
function start_in_lots(groups: i32, dealt: i32, lot: i32, rank: i32, size: i32): i32 {
  const from = <i64>groups * lot / dealt, to = <i64>groups * (lot + 1) / dealt;
  return <i32>(from + (to - from) * rank * (2 * size - rank + 1) / (size * (size + 1)));
}

/** The tasks of the phase wait for those before them: they are drawn in their order. Before its parts. */
export function keep_order(): void {
  ordered = true;
  lots = 1;
}

/** Computes a phase of the open micro-batch, with every thread that helps. */
export function share(phase: i32, layer: i32): void {
  if (run == 0) {
    const count = BEYOND - run_task(phase, layer, BEYOND);
    for (let task = 0; task < count; task++) run_task(phase, layer, task);
    return;
  }
  lots = CUT = min(threads, 1 + atomic.load<i32>(words, MEMBERS));
  ordered = false;
  const count = BEYOND - run_task(phase, layer, BEYOND);
  store<i32>(words, phase, PHASE);
  store<i32>(words, layer, LAYER);
  store<i32>(words, CUT, PHASE_CUT);
  store<i32>(words, count, TASKS);
  store<i32>(words, lots, PHASE_LOTS);
  if (ordered)
    for (let task = 0; task < min(count, most_chained()); task++)
      atomic.store<i32>(progress_of(task), 0);
  atomic.store<i32>(words, 0, DONE);
  atomic.store<i32>(words, count);
  for (let lot = 0; lot < lots; lot++) atomic.store<i32>(words + (<usize>lot << 6), tasks_of(lot, count), LOTS);
  announce();
  for (let task = draw(); task >= 0; task = draw()) {
    run_task(phase, layer, task);
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
  publish_microbatch(words + MICROBATCH);
}

/** Tasks of a lot. */
function tasks_of(lot: i32, count: i32): i32 { return (count - lot + lots - 1) / lots; }

/**
 * Draws a task: of its own lot, or else of the next lot that has any.
 * @returns its number; -1 when there is none
 */
function draw(): i32 {
  for (let i = 0; i < threads && atomic.load<i32>(words) > 0; i++) {
    const lot = (ownLot + i) % threads, at = words + LOTS + (<usize>lot << 6);
    for (let left = atomic.load<i32>(at); left > 0; ) {
      const seen = atomic.cmpxchg<i32>(at, left, left - 1);
      if (seen == left) {
        atomic.sub<i32>(words, 1);
        // The phase stays open until the task is done.
        lots = load<i32>(words, PHASE_LOTS);
        return lot + (tasks_of(lot, load<i32>(words, TASKS)) - left) * lots;
      }
      left = seen;
    }
  }
  return -1;
}

/** Wakes threads that sleep in help(): there are tasks again, or there will be none. */
function announce(): void {
  atomic.add<i32>(run, 1);
  if (atomic.load<i32>(run, SLEEPERS) > 0) atomic.notify(run, -1);
}

let breath: f64 = 1;

/**
 * Some fifty nanoseconds in which this thread leaves the units of its core to the other thread of the core: a chain of
 * square roots, as WebAssembly has no pause.
 */
function pause(): void {
  let x = breath;
  for (let i = 0; i < 8; i++) x = sqrt<f64>(x + 1);
  breath = x;
}

/** Announcements so far. */
export function announced(): i32 { return atomic.load<i32>(run); }

/**
 * Begins a round of micro-batches, in which this thread leads its own team, or is at home in it. All threads call it.
 */
export function begin_round(leads: bool): void {
  if (run == 0) return;
  round += 2;
  words = ownWords;
  if (!leads) move(words);
  else {
    move(0);
    ownLot = 0;
    atomic.store<i32>(words, round, ROUND);
  }
}

/** Leader: its team has no more micro-batches in this round. */
export function end_lead(): void {
  if (run == 0) return;
  atomic.store<i32>(ownWords, round + 1, ROUND);
  announce();
}

/** Makes a team the home of this thread: its phases are cut for one thread more. */
function move(team: usize): void {
  if (home == team) return;
  if (home != 0) atomic.sub<i32>(home, 1, MEMBERS);
  home = team;
  if (team != 0) ownLot = 1 + atomic.add<i32>(team, 1, MEMBERS);
}

/**
 * Helps until there have been no tasks for a while, and then sleeps until the next announcement. Tasks of its home come
 * first, then those of any other team. When the home is not led any more, it moves to the team with the fewest helpers.
 * @param seen announced() before the caller last looked whether there is anything to do
 * @returns tasks done
 */
export function help(seen: i32): i32 {
  let tasks = 0;
  // Teams are looked through once after every announcement and every task.
  let looked = seen - 1;
  for (let look = 0; look < LOOKS; look++) {
    words = home;
    if (home == 0 || atomic.load<i32>(home) == 0) {
      const now = announced();
      if (now == looked) {
        pause();
        continue;
      }
      looked = now;
      if (home == 0 || atomic.load<i32>(home, ROUND) == round + 1) move(team_with_fewest_helpers());
      words = team_with_tasks();
      if (words == 0) continue;
    }
    const task = draw();
    if (task < 0) continue;
    adopt_microbatch(words + MICROBATCH);
    CUT = load<i32>(words, PHASE_CUT);
    run_task(load<i32>(words, PHASE), load<i32>(words, LAYER), task);
    const count = load<i32>(words, TASKS);
    if (atomic.add<i32>(words, 1, DONE) == count - 1) atomic.notify(words + DONE, 1);
    tasks++;
    looked = seen - 1;
    look = 0;
  }
  if (atomic.load<i32>(run, ABORTED) != 0) unreachable();
  atomic.add<i32>(run, 1, SLEEPERS);
  atomic.wait<i32>(run, seen, NAP);
  atomic.sub<i32>(run, 1, SLEEPERS);
  return tasks;
}

// @ts-ignore: decorator
@inline
function team_at(i: i32): usize { return run + TEAMS + <usize>i * bytes_of_team(); }

/** The words of the led team with the fewest helpers; 0 when none is led. */
function team_with_fewest_helpers(): usize {
  let best: usize = 0;
  let fewest = threads;
  for (let i = 0; i < teams; i++) {
    const team = team_at(i), helpers = atomic.load<i32>(team, MEMBERS);
    if (helpers >= fewest || atomic.load<i32>(team, ROUND) != round) continue;
    best = team;
    fewest = helpers;
  }
  return best;
}

/** The words of the team with the most tasks that nobody has drawn; 0 when there is none. */
function team_with_tasks(): usize {
  let best: usize = 0;
  let most = 0;
  for (let i = 0; i < teams; i++) {
    const team = team_at(i);
    const left = atomic.load<i32>(team);
    if (left <= most) continue;
    best = team;
    most = left;
  }
  return best;
}

/** Waits until the word differs from `value`. Traps when the run gives up. */
function wait_while(word: usize, value: i32): void {
  for (let look = 0; look < LOOKS; look++) {
    if (atomic.load<i32>(word) != value) return;
    pause();
  }
  while (atomic.load<i32>(word) == value) {
    if (atomic.load<i32>(run, ABORTED) != 0) unreachable();
    atomic.wait<i32>(word, value, NAP);
  }
}

/** The word with the progress of a task of a chain. */
function progress_of(task: i32): usize { return words + progress_at() + (<usize>task << 6); }

/** How far a task of a chain is, seen by the task behind it. */
export function set_progress(task: i32, done: i32): void {
  if (run == 0) return;
  const word = progress_of(task);
  atomic.store<i32>(word, done);
  atomic.notify(word, -1);
}

/** Waits until a task of a chain, which was drawn before this one, has come so far. */
export function wait_for_progress(task: i32, done: i32): void {
  if (run == 0) return;
  const word = progress_of(task);
  for (let now = atomic.load<i32>(word); now < done; now = atomic.load<i32>(word)) wait_while(word, now);
}
