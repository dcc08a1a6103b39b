// One generating thread: slots decode side by side, a finished slot takes the next prompt from the queue. Every completion is a function of
// its prompt, the weights and (seed, index) alone: slots and threads change nothing.
import type { CoreExports } from '../core/exports.ts';
import { type CoreHandle, instantiateCore } from '../core/module.ts';
import type { ThreadTask } from '../core/threads.ts';
import { STREAMS } from '../base/random.ts';
import { configureGeneration, type GenerationMemory, type ListName, LISTS } from './generation-memory.ts';

export interface GenerationShared {
  readonly core: CoreHandle;
  readonly memory: WebAssembly.Memory;
  readonly map: GenerationMemory;
  /** Token ids of all prompts, one after the other, and where each begins [prompts + 1]. */
  readonly promptIds: Uint16Array<SharedArrayBuffer>;
  readonly promptStarts: Uint32Array<SharedArrayBuffer>;
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
  /** Index of the prompt. */
  readonly index: number;
  readonly ids: Uint16Array;
  /** Cut at the cap, before `end` or <eos>. */
  readonly truncated: boolean;
}

/** Finished completions that a thread gathers before it posts them. */
const POST_SIZE = 16;

interface Slot {
  index: number;
  /** Position of the next token to feed. */
  position: number;
  ids: number[];
}

export default async function generationThread(task: ThreadTask<GenerationShared>): Promise<void> {
  try {
    new GenerationThread(task).run();
  } finally {
    task.port.close();
  }
}

class GenerationThread {
  private readonly task: ThreadTask<GenerationShared>;
  private readonly core: CoreExports;
  private readonly at: Readonly<Record<ListName, number>>;
  private readonly lists: Readonly<Record<ListName, Int32Array>>;
  private readonly queue: Int32Array;
  private readonly slots: (Slot | null)[];
  private finished: GeneratedCompletion[] = [];
  private exhausted = false;

  constructor(task: ThreadTask<GenerationShared>) {
    const { core, memory, map } = task.shared;
    this.task = task;
    this.core = instantiateCore(core, memory);
    configureGeneration(this.core, map, task.thread);
    this.at = map.threads[task.thread].lists;
    this.lists = Object.fromEntries(LISTS.map((name) => [name, new Int32Array(memory.buffer, this.at[name], Math.max(map.prefillTokens, map.slots + 1))])) as Record<ListName, Int32Array>;
    this.queue = new Int32Array(memory.buffer, map.queue, 2);
    this.slots = Array.from({ length: map.slots }, () => null);
  }

  run(): void {
    while (Atomics.load(this.queue, 1) === 0) {
      const free = this.slots.flatMap((slot, i) => (slot === null ? [i] : []));
      const isIdle = free.length === this.slots.length;
      // A few prompts at once keep the prefill's matrix products tall.
      if (!this.exhausted && (isIdle || free.length >= Math.ceil(this.slots.length / 16))) this.prefill(free);
      if (this.slots.every((slot) => slot === null)) {
        if (this.exhausted) break;
        continue;
      }
      this.decode();
    }
    this.post();
  }

  /** Runs as many new prompts as fit at once into free slots and samples their first tokens. */
  private prefill(free: readonly number[]): void {
    const { promptIds, promptStarts, map } = this.task.shared;
    const { tokens, positions, offsets, rows, slots } = this.lists;
    const started: { slot: number; index: number }[] = [];
    let n = 0;
    offsets[0] = 0;
    for (const slot of free) {
      if (n + map.longestPrompt > map.prefillTokens) break;
      const index = Atomics.add(this.queue, 0, 1);
      if (index >= promptStarts.length - 1) {
        this.exhausted = true;
        break;
      }
      const from = promptStarts[index], length = promptStarts[index + 1] - from;
      for (let t = 0; t < length; t++) {
        tokens[n + t] = promptIds[from + t];
        positions[n + t] = t;
      }
      n += length;
      rows[started.length] = n - 1;
      slots[started.length] = slot;
      started.push({ slot, index });
      offsets[started.length] = n;
    }
    if (started.length === 0) return;
    const { at } = this;
    this.core.prefill(map.parameters, at.tokens, at.positions, n, at.offsets, started.length, at.rows, at.slots);
    for (const { slot, index } of started) this.slots[slot] = { index, position: promptStarts[index + 1] - promptStarts[index], ids: [] };
    this.sample(started.map(({ slot }) => slot), this.core.logits_address());
  }

  /** One more token for every running slot. */
  private decode(): void {
    const active = this.slots.flatMap((slot, i) => (slot === null ? [] : [i]));
    const { tokens, positions, slots } = this.lists;
    for (const [i, slot] of active.entries()) {
      const state = this.slots[slot] as Slot;
      tokens[i] = state.ids[state.ids.length - 1];
      positions[i] = state.position;
      slots[i] = slot;
      state.position += 1;
    }
    const { parameters, packed } = this.task.shared.map;
    this.core.decode_step(parameters, packed, this.at.tokens, this.at.positions, this.at.slots, active.length);
    this.sample(active, this.core.decode_logits_address());
  }

  /** Picks the next token of each listed slot and ends completions. */
  private sample(active: readonly number[], logits: number): void {
    const { temperature, seed, endId, eosId, maxNewTokens } = this.task.shared;
    const { indices, positions, sampled } = this.lists;
    for (const [i, slot] of active.entries()) {
      const state = this.slots[slot] as Slot;
      indices[i] = state.index;
      positions[i] = state.position;
    }
    this.core.sample(this.at.sampled, logits, active.length, temperature, seed, STREAMS.sampling, this.at.indices, this.at.positions);
    for (const [i, slot] of active.entries()) {
      const state = this.slots[slot] as Slot;
      const token = sampled[i];
      if (token !== eosId) state.ids.push(token);
      const isEnd = token === endId || token === eosId;
      if (!isEnd && state.ids.length < maxNewTokens) continue;
      this.finished.push({ index: state.index, ids: Uint16Array.from(state.ids), truncated: !isEnd });
      this.slots[slot] = null;
      if (this.finished.length >= POST_SIZE) this.post();
    }
  }

  private post(): void {
    if (this.finished.length > 0) this.task.port.postMessage(this.finished);
    this.finished = [];
  }
}
