// One generating thread: draws prompts from the queue of all threads, and posts finished completions in handfuls.
import { type CoreHandle, instantiateCore } from '../core/module.ts';
import { threadWork } from '../core/thread-work.ts';
import type { ThreadTask } from '../core/threads.ts';
import { STREAMS } from '../base/random.ts';
import { configureGeneration, type GenerationRoom } from './generation-memory.ts';
import type { ModelMemory } from './model-memory.ts';
import { SlotDecoder } from './slot-decoder.ts';

export interface GenerationShared {
  readonly core: CoreHandle;
  readonly memory: WebAssembly.Memory;
  readonly map: ModelMemory;
  readonly room: GenerationRoom;
  /** Token ids of all prompts, one after the other, and where each begins [prompts + 1]. */
  readonly promptIds: Uint16Array<SharedArrayBuffer>;
  readonly promptStarts: Uint32Array<SharedArrayBuffer>;
  /** Completions in all; completion i answers prompt i modulo the number of prompts. */
  readonly completions: number;
  /** Most new tokens a completion. */
  readonly maxNewTokens: number;
  /** Tokens that end a completion; `end` is kept in it, <eos> is not. */
  readonly endId: number;
  readonly eosId: number;
  readonly temperature: number;
  readonly seed: number;
}

/** A finished completion. */
export interface GeneratedCompletion {
  /** Index of the completion. */
  readonly index: number;
  readonly ids: Uint16Array;
  /** Cut at the cap, before `end` or <eos>. */
  readonly truncated: boolean;
}

/** Finished completions that a thread gathers before it posts them. */
const POST_SIZE = 16;

export default async function generationThread({
  shared,
  thread,
  port,
}: ThreadTask<GenerationShared>): ReturnType<typeof threadWork> {
  const { memory, map, room, promptIds, promptStarts, maxNewTokens, temperature, seed } = shared;
  let finished: GeneratedCompletion[] = [];
  const post = (): void => {
    if (finished.length > 0) port.postMessage(finished);
    finished = [];
  };
  return threadWork(port, () => {
    const core = instantiateCore(shared.core, memory);
    configureGeneration(core, map.placed, room, thread);
    const queue = new Int32Array(memory.buffer, room.queue, 2);
    new SlotDecoder(core, memory, room.threads[thread], room.decoding, { ...map, ...shared }).run({
      promptIds,
      promptStarts,
      maxNewTokens,
      temperature,
      seed,
      stream: STREAMS.sampling,
      withChances: false,
      promptOf: (index) => index % (promptStarts.length - 1),
      next: () => {
        const index = Atomics.add(queue, 0, 1);
        return index < shared.completions ? index : null;
      },
      isStopped: () => Atomics.load(queue, 1) !== 0,
      finished: ({ index, ids, truncated }) => {
        finished.push({ index, ids: Uint16Array.from(ids), truncated });
        if (finished.length >= POST_SIZE) post();
      },
    });
    post();
  });
}
