// One generating thread: draws prompts from the queue of all threads, and posts finished completions in handfuls.
import { type CoreHandle, instantiateCore } from '../core/module.ts';
import { threadWork } from '../core/thread-work.ts';
import type { ThreadTask } from '../core/threads.ts';
import { STREAMS } from '../base/random.ts';
import { configureDecoding, type GenerationRoom } from './generation-memory.ts';
import type { ModelMemory } from './model-map.ts';
import { configureModel } from './place.ts';
import { SlotDecoder } from './slot-decoder.ts';

/** What completion i is made of, an element of each array. */
export interface SharedJobs {
  /** Number of its prompt. */
  readonly prompts: Uint32Array<SharedArrayBuffer>;
  /** Most new tokens. */
  readonly caps: Uint32Array<SharedArrayBuffer>;
  /** 0 = greedy. */
  readonly temperatures: Float64Array<SharedArrayBuffer>;
  readonly seeds: Uint32Array<SharedArrayBuffer>;
  /** The index that its draws are a function of. */
  readonly indices: Uint32Array<SharedArrayBuffer>;
  /** 1 once nobody wants it. */
  readonly givenUp: Int32Array<SharedArrayBuffer>;
}

export interface GenerationShared {
  readonly core: CoreHandle;
  readonly memory: WebAssembly.Memory;
  readonly map: ModelMemory;
  readonly room: GenerationRoom;
  /** Token ids of all prompts, one after the other, and where each begins [prompts + 1]. */
  readonly promptIds: Uint16Array<SharedArrayBuffer>;
  readonly promptStarts: Uint32Array<SharedArrayBuffer>;
  /** The same of all drafts. */
  readonly draftIds: Uint16Array<SharedArrayBuffer>;
  readonly draftStarts: Uint32Array<SharedArrayBuffer>;
  /** [jobs]: the draft of each, -1 for none. */
  readonly draftOf: Int32Array<SharedArrayBuffer>;
  readonly jobs: SharedJobs;
  /** Tokens that end a completion; `end` is kept in it, <eos> is not. */
  readonly endId: number;
  readonly eosId: number;
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

/** Entry of a generating thread: draws jobs from the shared queue and posts finished completions. */
export default async function generationThread({
  shared,
  thread,
  port,
}: ThreadTask<GenerationShared>): ReturnType<typeof threadWork> {
  const { memory, map, room, promptIds, promptStarts, jobs, draftIds, draftStarts, draftOf } = shared;
  let finished: GeneratedCompletion[] = [];
  const post = (): void => {
    if (finished.length > 0) port.postMessage(finished);
    finished = [];
  };
  const isGivenUp = (index: number): boolean => Atomics.load(jobs.givenUp, index) !== 0;
  return threadWork(port, () => {
    const core = instantiateCore(shared.core, memory);
    configureModel(core, map.placed);
    configureDecoding(core, room.threads[thread], room.decoding);
    const queue = new Int32Array(memory.buffer, room.queue, 2);
    const decoder = new SlotDecoder(core, memory, room.threads[thread], room.decoding, { ...map, ...shared });
    const counts = decoder.run({
      promptIds,
      promptStarts,
      drawingOf: (index) => ({
        maxNewTokens: jobs.caps[index],
        temperature: jobs.temperatures[index],
        seed: jobs.seeds[index],
        index: jobs.indices[index],
      }),
      draftOf: (index) =>
        draftOf[index] < 0 ? null : draftIds.subarray(draftStarts[draftOf[index]], draftStarts[draftOf[index] + 1]),
      stream: STREAMS.sampling,
      withChances: false,
      promptOf: (index) => jobs.prompts[index],
      next: () => {
        let index = Atomics.add(queue, 0, 1);
        while (index < jobs.prompts.length && isGivenUp(index)) index = Atomics.add(queue, 0, 1);
        return index < jobs.prompts.length ? index : null;
      },
      isGivenUp,
      isStopped: () => Atomics.load(queue, 1) !== 0,
      finished: ({ index, ids, truncated }) => {
        finished.push({ index, ids: Uint16Array.from(ids), truncated });
        if (finished.length >= POST_SIZE) post();
      },
    });
    post();
    port.postMessage(counts);
  });
}
