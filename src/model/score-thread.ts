// One scoring thread: draws examples from the queue and runs each through the forward pass alone. It writes sums and
// nothing else.
import { WORKSPACE } from '../core/exports.ts';
import { type CoreHandle, instantiateCore } from '../core/module.ts';
import { threadWork } from '../core/thread-work.ts';
import type { ThreadTask } from '../core/threads.ts';
import type { ModelMemory } from './model-map.ts';
import { configureModel } from './place.ts';
import { type ScoreRoom, SUMS } from './score-memory.ts';

export interface ScoreShared {
  readonly core: CoreHandle;
  readonly memory: WebAssembly.Memory;
  readonly map: ModelMemory;
  readonly room: ScoreRoom;
  /** Token ids of all examples, and where each begins [examples + 1]. */
  readonly ids: Uint16Array<SharedArrayBuffer>;
  readonly starts: Uint32Array<SharedArrayBuffer>;
  /** [examples, 2]: positions of `reasoning` and `solution` within the example. */
  readonly splits: Uint32Array<SharedArrayBuffer>;
}

/** Examples between two messages. */
const POST_SIZE = 64;

/** Entry of a thread that computes losses for its share of the sequences. */
export default async function scoreThread({
  shared,
  thread,
  port,
}: ThreadTask<ScoreShared>): ReturnType<typeof threadWork> {
  return threadWork(port, () => {
    const { memory, map, room, ids, starts, splits } = shared;
    const core = instantiateCore(shared.core, memory);
    const at = room.threads[thread];
    configureModel(core, map.placed);
    core.configure_workspace(at.workspace, room.longest, room.longest, room.longest, WORKSPACE.forward);
    const list = (address: number, length: number): Int32Array => new Int32Array(memory.buffer, address, length);
    const [tokens, positions, rows, targets] = [at.tokens, at.positions, at.rows, at.targets].map((address) =>
      list(address, room.longest),
    );
    const offsets = list(at.offsets, 2);
    const losses = new Float64Array(memory.buffer, at.losses, room.longest);
    const sums = new Float64Array(memory.buffer, room.sums, SUMS * (starts.length - 1));
    const queue = list(room.queue, 2);
    // The room may hold what an earlier call left.
    offsets[0] = 0;
    let done = 0;
    while (Atomics.load(queue, 1) === 0) {
      const example = Atomics.add(queue, 0, 1);
      if (example >= starts.length - 1) break;
      const [from, reasoning, solution] = [starts[example], splits[2 * example], splits[2 * example + 1]];
      // The last token is only a target.
      const n = starts[example + 1] - from - 1;
      const count = n - reasoning;
      offsets[1] = n;
      for (let t = 0; t < n; t++) {
        tokens[t] = ids[from + t];
        positions[t] = t;
      }
      for (let r = 0; r < count; r++) {
        rows[r] = reasoning + r;
        targets[r] = ids[from + reasoning + r + 1];
      }
      core.forward(map.parameters, at.tokens, at.positions, n, at.offsets, 1, at.rows, count);
      core.row_losses(core.logits_address(), core.logits_stride(), map.placed.vocabSize, count, at.targets, at.losses);
      for (let r = 0; r < count; r++) {
        const target = reasoning + r + 1;
        sums[SUMS * example + (target >= solution ? 1 : 0)] += losses[r];
        if (target > solution && target < n) sums[SUMS * example + 2] += losses[r];
      }
      done += 1;
      if (done % POST_SIZE === 0) port.postMessage(POST_SIZE);
    }
    if (done % POST_SIZE > 0) port.postMessage(done % POST_SIZE);
  });
}
