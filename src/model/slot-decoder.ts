// The decoding loop of one thread: slots decode side by side, a finished slot takes the next prompt. Every completion
// is a function of its prompt, the weights and the draws of its own index alone: slots and threads change nothing.
import type { CoreExports } from '../core/exports.ts';
import { type DecodingRoom, type DecodingSizes, type ListName, LISTS } from './generation-memory.ts';

/** Which prompts there are, and how their completions are drawn. */
export interface DecodingTask {
  /** Token ids of all prompts, one after the other, and where each begins. */
  readonly promptIds: Uint16Array;
  readonly promptStarts: Uint32Array;
  /** The prompt that completion `index` answers. */
  promptOf(index: number): number;
  /** The next completion to begin, or null when there are none left. */
  next(): number | null;
  /** How completion `index` is drawn; asked once. */
  drawingOf(index: number): Drawing;
  /** Asked after every token; true ends the loop at once. */
  isStopped(): boolean;
  /** Asked before every token of a completion; true leaves it unfinished. */
  isGivenUp?(index: number): boolean;
  readonly stream: number;
  /** Whether completions carry their chances; needs a temperature above 0. */
  readonly withChances: boolean;
  finished(completion: DecodedCompletion): void;
}

/** How the tokens of one completion are drawn: each is a function of (seed, stream, index, position). */
export interface Drawing {
  /** Most new tokens. */
  readonly maxNewTokens: number;
  /** 0 = greedy. */
  readonly temperature: number;
  readonly seed: number;
  readonly index: number;
}

export interface DecodedCompletion {
  readonly index: number;
  /** `end` among them, <eos> not. */
  readonly ids: readonly number[];
  /** Every token that was drawn, <eos> too, with its log-probability at the temperature; empty without chances. */
  readonly logProbabilities: readonly number[];
  /** Sum over the tokens drawn of the entropy that each was drawn from, nats. */
  readonly entropy: number;
  /** Cut at the cap, before `end` or <eos>. */
  readonly truncated: boolean;
}

/** What decoding needs of a model. Addresses in bytes. */
export interface DecodedModel {
  readonly parameters: number;
  readonly packed: number;
  /** Tokens that end a completion; `end` is kept in it, <eos> is not. */
  readonly endId: number;
  readonly eosId: number;
}

interface Slot {
  readonly index: number;
  readonly drawing: Drawing;
  /** Position of the next token to feed. */
  position: number;
  readonly ids: number[];
  readonly logProbabilities: number[];
  entropy: number;
}

/** Decodes completions of many prompts in parallel slots; a finished slot takes the next prompt. */
export class SlotDecoder {
  private readonly core: CoreExports;
  private readonly sizes: DecodingSizes;
  private readonly model: DecodedModel;
  private readonly at: Readonly<Record<ListName, number>>;
  private readonly lists: Readonly<Record<ListName, Int32Array>>;
  private readonly chancesAt: number;
  private readonly chances: Float64Array;
  private readonly slots: (Slot | null)[];

  /** @param core this thread's instance, configured for decoding in `room` and with a workspace of mode 1 or 2 */
  constructor(
    core: CoreExports,
    memory: WebAssembly.Memory,
    room: DecodingRoom,
    sizes: DecodingSizes,
    model: DecodedModel,
  ) {
    this.core = core;
    this.sizes = sizes;
    this.model = model;
    this.at = room.lists;
    this.lists = Object.fromEntries(
      LISTS.map((name) => [
        name,
        new Int32Array(memory.buffer, this.at[name], Math.max(sizes.prefillTokens, sizes.slots + 1)),
      ]),
    ) as Record<ListName, Int32Array>;
    this.chancesAt = room.chances;
    this.chances = new Float64Array(memory.buffer, room.chances, 2 * sizes.slots);
    this.slots = Array.from({ length: sizes.slots }, () => null);
  }

  /** Completes prompts until the task has no more. */
  run(task: DecodingTask): void {
    let hasMore = true;
    this.slots.fill(null);
    while (!task.isStopped()) {
      const free = this.slots.flatMap((slot, i) => (slot === null ? [i] : []));
      const isIdle = free.length === this.slots.length;
      // A few prompts at once keep the prefill's matrix products tall.
      if (hasMore && (isIdle || free.length >= Math.ceil(this.slots.length / 16))) hasMore = this.prefill(free, task);
      if (this.slots.every((slot) => slot === null)) {
        if (!hasMore) return;
        continue;
      }
      this.decode(task);
    }
  }

  /**
   * Runs as many new prompts as fit at once into free slots and samples their first tokens. False when there were none
   * left.
   */
  private prefill(free: readonly number[], task: DecodingTask): boolean {
    const { promptIds, promptStarts } = task;
    const { longestPrompt, prefillTokens } = this.sizes;
    const { tokens, positions, offsets, rows, slots } = this.lists;
    const started: number[] = [];
    let n = 0,
      hasMore = true;
    offsets[0] = 0;
    for (const slot of free) {
      if (n + longestPrompt > prefillTokens) break;
      const index = task.next();
      if (index === null) {
        hasMore = false;
        break;
      }
      const prompt = task.promptOf(index);
      const from = promptStarts[prompt],
        length = promptStarts[prompt + 1] - from;
      for (let t = 0; t < length; t++) {
        tokens[n + t] = promptIds[from + t];
        positions[n + t] = t;
      }
      n += length;
      rows[started.length] = n - 1;
      slots[started.length] = slot;
      started.push(slot);
      offsets[started.length] = n;
      const drawing = task.drawingOf(index);
      this.slots[slot] = { index, drawing, position: length, ids: [], logProbabilities: [], entropy: 0 };
    }
    if (started.length === 0) return hasMore;
    const { at } = this;
    this.core.prefill(this.model.parameters, at.tokens, at.positions, n, at.offsets, started.length, at.rows, at.slots);
    this.sample(started, this.core.logits_address(), task);
    return hasMore;
  }

  /** One more token for every running slot. */
  private decode(task: DecodingTask): void {
    for (const [i, slot] of this.slots.entries())
      if (slot !== null && task.isGivenUp?.(slot.index) === true) this.slots[i] = null;
    const active = this.slots.flatMap((slot, i) => (slot === null ? [] : [i]));
    if (active.length === 0) return;
    const { tokens, positions, slots } = this.lists;
    for (const [i, slot] of active.entries()) {
      const state = this.slots[slot] as Slot;
      tokens[i] = state.ids[state.ids.length - 1];
      positions[i] = state.position;
      slots[i] = slot;
      state.position += 1;
    }
    this.core.decode_step(
      this.model.parameters,
      this.model.packed,
      this.at.tokens,
      this.at.positions,
      this.at.slots,
      active.length,
    );
    this.sample(active, this.core.decode_logits_address(), task);
  }

  /** Picks the next token of each listed slot and ends completions. */
  private sample(active: readonly number[], logits: number, task: DecodingTask): void {
    const { endId, eosId } = this.model;
    const { indices, positions, sampled } = this.lists;
    for (const [i, slot] of active.entries()) {
      const state = this.slots[slot] as Slot;
      indices[i] = state.drawing.index;
      positions[i] = state.position;
    }
    for (let from = 0; from < active.length;) from = this.sampleAlike(active, from, logits, task);
    for (const [i, slot] of active.entries()) {
      const state = this.slots[slot] as Slot;
      const token = sampled[i];
      if (token !== eosId) state.ids.push(token);
      if (task.withChances) {
        state.logProbabilities.push(this.chances[2 * i]);
        state.entropy += this.chances[2 * i + 1];
      }
      const isEnd = token === endId || token === eosId;
      if (!isEnd && state.ids.length < state.drawing.maxNewTokens) continue;
      this.slots[slot] = null;
      task.finished({
        index: state.index,
        ids: state.ids,
        logProbabilities: state.logProbabilities,
        entropy: state.entropy,
        truncated: !isEnd,
      });
    }
  }

  /**
   * Samples the slots from `from` on that are drawn with one temperature and seed, in one call of the core.
   * @returns the first slot that is drawn otherwise
   */
  private sampleAlike(active: readonly number[], from: number, logits: number, task: DecodingTask): number {
    const { temperature, seed } = (this.slots[active[from]] as Slot).drawing;
    let to = from + 1;
    for (; to < active.length; to++) {
      const { drawing } = this.slots[active[to]] as Slot;
      if (drawing.temperature !== temperature || drawing.seed !== seed) break;
    }
    this.core.sample(
      this.at.sampled + 4 * from,
      logits + 4 * this.core.logits_stride() * from,
      to - from,
      temperature,
      seed,
      task.stream,
      this.at.indices + 4 * from,
      this.at.positions + 4 * from,
      task.withChances ? this.chancesAt + 16 * from : 0,
    );
    return to;
  }
}
