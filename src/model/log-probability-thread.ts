// One thread of log-probabilities: draws sequences from the queue and runs each through the forward pass alone.
import { WORKSPACE } from '../core/exports.ts';
import { type CoreHandle, instantiateCore } from '../core/module.ts';
import { threadWork } from '../core/thread-work.ts';
import type { ThreadTask } from '../core/threads.ts';
import { likeliestIds } from './likeliest.ts';
import type { ProbabilityRoom } from './log-probability-memory.ts';
import type { ModelMemory } from './model-map.ts';
import { configureModel } from './place.ts';

export interface LogProbabilityShared {
  readonly core: CoreHandle;
  readonly memory: WebAssembly.Memory;
  readonly map: ModelMemory;
  readonly room: ProbabilityRoom;
  /** Token ids of all sequences, and where each begins [sequences + 1]. */
  readonly ids: Uint16Array<SharedArrayBuffer>;
  readonly starts: Uint32Array<SharedArrayBuffer>;
  /** The first token of each that counts. */
  readonly firsts: Uint32Array<SharedArrayBuffer>;
  /** Where the results of each begin [sequences + 1]. */
  readonly places: Uint32Array;
  /** Results: nats of each token that counts, and [places, top] of the likeliest ones. */
  readonly chosen: Float64Array<SharedArrayBuffer>;
  readonly topIds: Int32Array<SharedArrayBuffer>;
  readonly top: Float64Array<SharedArrayBuffer>;
}

/** Entry of a thread that computes log-probabilities of tokens for its share of the sequences. */
export default async function logProbabilityThread({
  shared,
  thread,
  port,
}: ThreadTask<LogProbabilityShared>): ReturnType<typeof threadWork> {
  return threadWork(port, () => {
    const { memory, map, room, ids, starts, firsts, places } = shared;
    const { buffer } = memory;
    const core = instantiateCore(shared.core, memory);
    const at = room.threads[thread];
    const { vocabSize } = map.placed;
    configureModel(core, map.placed);
    core.configure_workspace(at.workspace, room.longest, room.longest, room.longest, WORKSPACE.forward);
    const [tokens, positions, rows] = [at.tokens, at.positions, at.rows].map(
      (address) => new Int32Array(buffer, address, room.longest),
    );
    const offsets = new Int32Array(buffer, at.offsets, 2);
    const targets = new Int32Array(buffer, at.targets, 1 + room.top);
    const losses = new Float64Array(buffer, at.losses, 1 + room.top);
    const queue = new Int32Array(buffer, room.queue, 2);
    const stride = core.logits_stride();
    const copies = new Float32Array(buffer, at.copies, (1 + room.top) * stride);
    offsets[0] = 0;
    while (Atomics.load(queue, 1) === 0) {
      const sequence = Atomics.add(queue, 0, 1);
      if (sequence >= firsts.length) break;
      const [begin, first] = [starts[sequence], firsts[sequence]];
      // The last token is only a target.
      const n = starts[sequence + 1] - begin - 1;
      const count = n + 1 - first;
      offsets[1] = n;
      for (let t = 0; t < n; t++) {
        tokens[t] = ids[begin + t];
        positions[t] = t;
      }
      for (let r = 0; r < count; r++) rows[r] = first - 1 + r;
      if (count > 0) core.forward(map.parameters, at.tokens, at.positions, n, at.offsets, 1, at.rows, count);
      const logits = new Float32Array(buffer, core.logits_address(), count * stride);
      for (let r = 0; r < count; r++) {
        const row = logits.subarray(r * stride, (r + 1) * stride);
        const place = places[sequence] + r;
        const likeliest = likeliestIds(row, vocabSize, room.top);
        shared.topIds.set(likeliest, room.top * place);
        targets[0] = ids[begin + first + r];
        targets.set(likeliest, 1);
        for (let copy = 0; copy <= room.top; copy++) copies.set(row, copy * stride);
        core.row_losses(at.copies, stride, vocabSize, 1 + room.top, at.targets, at.losses);
        shared.chosen[place] = -losses[0];
        for (let k = 0; k < room.top; k++) shared.top[room.top * place + k] = -losses[1 + k];
      }
      port.postMessage(1);
    }
  });
}
