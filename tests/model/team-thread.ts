// One thread of a run on one micro-batch at a time: it leads, or it helps until the work is done.
import { parentPort, workerData } from 'node:worker_threads';
import type { CoreExports } from '../../src/core/exports.ts';
import { type CoreHandle, instantiateCore } from '../../src/core/module.ts';
import { configureModel, type PlacedModel } from '../../src/model/place.ts';
import { Team, type TeamMemory } from '../../src/model/teams.ts';

/** What a thread is to do. */
export interface ThreadWork {
  readonly handle: CoreHandle;
  readonly memory: WebAssembly.Memory;
  readonly placed: PlacedModel;
  readonly map: TeamMemory;
  readonly thread: number;
  /** Threads that come. */
  readonly started: number;
  /** Zeroed i32: threads that are ready. */
  readonly ready: number;
  /** Packed weights, or zeros. */
  readonly packed: readonly [forward: number, backward: number];
  /** Of each accumulator, twice in a row. */
  readonly calls: readonly (
    | { readonly name: 'train_microbatch'; readonly values: Parameters<CoreExports['train_microbatch']> }
    | { readonly name: 'policy_microbatch'; readonly values: Parameters<CoreExports['policy_microbatch']> }
    | { readonly name: 'wait' }
  )[];
}

const { handle, memory, placed, map, thread, started, ready, packed, calls } = workerData as ThreadWork;
const core = instantiateCore(handle, memory);
configureModel(core, placed);
const team = new Team(core, memory, map, thread);
core.use_packed_weights(...packed);
// Helpers come first, so that there are some.
const words = new Int32Array(memory.buffer, ready, 1);
Atomics.add(words, 0, 1);
if (thread === 0) for (let seen = Atomics.load(words, 0); seen < started; seen = Atomics.load(words, 0));
let bumps = 0;
// Accumulators are shared out in advance, so that every leader has some.
let next = thread;
team.work(
  calls.length,
  () => {
    const a = next;
    next += map.activations.length;
    return a;
  },
  (a) => {
    const call = calls[a];
    if (call.name === 'wait') {
      // Longer than a helper sleeps at a time.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
      return;
    }
    // The second finds what the first has left behind.
    for (let i = 0; i < 2; i++) {
      if (call.name === 'train_microbatch') core.train_microbatch(...call.values);
      else core.policy_microbatch(...call.values);
    }
  },
  () => {
    bumps += 1;
  },
);
parentPort?.postMessage(bumps);
