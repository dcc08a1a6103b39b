// The decoding loop of one thread: slots decode side by side, a finished slot takes the next prompt. A pass feeds a
// prompt or a part of it, a piece of a draft, or a single token of each slot. Every completion is a function of its
// prompt, the weights and the draws of its own index alone: slots, threads, passes and drafts change nothing.
import type { CoreExports } from '../core/exports.ts';
import { type DecodedModel, DecodingPass } from './decoding-pass.ts';
import { Draft, type DraftCounts, newDraftRecords } from './drafts.ts';
import type { DecodingRoom, DecodingSizes } from './generation-memory.ts';
import { PromptCaches } from './prompt-caches.ts';

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
  /** What completion `index` may turn out to be, token ids of the vocabulary; null for no guess. Asked once. */
  draftOf?(index: number): Uint16Array | null;
  /** Asked before every pass; true ends the loop at once. */
  isStopped(): boolean;
  /** Asked before every pass; true leaves a completion unfinished. */
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

/** Tokens that end a completion; `end` is kept in it, <eos> is not. */
interface SpecialTokens {
  readonly endId: number;
  readonly eosId: number;
}

interface Slot {
  readonly index: number;
  readonly drawing: Drawing;
  readonly prompt: Uint16Array;
  /** Tokens of the prompt that are in the cache. */
  fed: number;
  readonly draft: Draft | null;
  readonly ids: number[];
  readonly logProbabilities: number[];
  entropy: number;
}

/** A slot's part of a pass. */
interface Part {
  readonly slot: number;
  readonly piece: Uint16Array;
  /** Its first drawn token in the lists, and how many there are. */
  readonly first: number;
  readonly drawn: number;
}

/** Decodes completions of many prompts in parallel slots; a finished slot takes the next prompt. */
export class SlotDecoder {
  private readonly sizes: DecodingSizes;
  private readonly model: DecodedModel & SpecialTokens;
  private readonly work: DecodingPass;
  private readonly slots: (Slot | null)[];
  private readonly caches: PromptCaches;
  /** The slot that the next pass begins with. */
  private turn = 0;
  private drafted = 0;
  private accepted = 0;

  /** @param core this thread's instance, configured for decoding in `room` */
  constructor(
    core: CoreExports,
    memory: WebAssembly.Memory,
    room: DecodingRoom,
    sizes: DecodingSizes,
    model: DecodedModel & SpecialTokens,
  ) {
    this.sizes = sizes;
    this.model = model;
    this.work = new DecodingPass(core, memory, room, sizes, model);
    this.slots = Array.from({ length: sizes.slots }, () => null);
    this.caches = new PromptCaches(core, sizes.slots);
  }

  /** Completes prompts until the task has no more. */
  run(task: DecodingTask): DraftCounts {
    const records = newDraftRecords();
    this.slots.fill(null);
    this.caches.forget();
    [this.turn, this.drafted, this.accepted] = [0, 0, 0];
    let hasMore = true;
    while (!task.isStopped()) {
      for (const [i, slot] of this.slots.entries()) {
        if (slot !== null && task.isGivenUp?.(slot.index) === true) this.end(i);
        while (hasMore && this.slots[i] === null) {
          const index = task.next();
          if (index === null) hasMore = false;
          else this.begin(i, index, task, records);
        }
      }
      const parts = this.gather();
      if (parts === null) break;
      this.pass(parts, task);
    }
    return { drafted: this.drafted, accepted: this.accepted };
  }

  private begin(
    slot: number,
    index: number,
    task: DecodingTask,
    records: ConstructorParameters<typeof Draft>[1],
  ): void {
    const { promptIds, promptStarts } = task;
    const { endId, eosId } = this.model;
    const number = task.promptOf(index);
    const prompt = promptIds.subarray(promptStarts[number], promptStarts[number + 1]);
    // What follows the end of a draft is never drawn.
    const guess = task.draftOf?.(index) ?? null;
    const end = guess?.findIndex((id) => id === endId || id === eosId) ?? -1;
    this.slots[slot] = {
      index,
      drawing: task.drawingOf(index),
      prompt,
      fed: 0,
      draft: guess === null ? null : new Draft(end < 0 ? guess : guess.subarray(0, end), records),
      ids: [],
      logProbabilities: [],
      entropy: 0,
    };
    this.caches.begin(slot, number, prompt.length);
  }

  private end(slot: number): void {
    this.slots[slot] = null;
    this.caches.end(slot);
  }

  /**
   * Lists the tokens of the next pass, slot by slot, until it is full; the slots that are left out begin the one after
   * it.
   * @returns null when no slot is running
   */
  private gather(): Part[] | null {
    const { tokens, positions, slots, rows, indices, drawnPositions } = this.work.lists;
    const parts: Part[] = [];
    let n = 0,
      drawn = 0,
      isRunning = false;
    const put = (slot: number, token: number, position: number): void => {
      tokens[n] = token;
      positions[n] = position;
      slots[n++] = slot;
    };
    for (let i = 0; i < this.slots.length; i++) {
      const slot = (this.turn + i) % this.slots.length;
      const state = this.slots[slot];
      if (state === null) continue;
      isRunning = true;
      if (n === this.sizes.passTokens) {
        this.turn = slot;
        break;
      }
      const { prompt, ids, drawing, draft } = state;
      if (state.fed === 0) {
        const fed = this.caches.fed(slot);
        if (fed === null) continue;
        state.fed = fed;
      }
      const to = Math.min(prompt.length, state.fed + this.sizes.passTokens - n);
      for (; state.fed < to; state.fed++) put(slot, prompt[state.fed], state.fed);
      if (to < prompt.length) continue;
      const { length } = ids;
      if (length > 0) put(slot, ids[length - 1], prompt.length + length - 1);
      const piece =
        draft?.next(Math.min(this.sizes.passTokens - n, drawing.maxNewTokens - length - 1)) ?? prompt.subarray(0, 0);
      for (const [j, token] of piece.entries()) put(slot, token, prompt.length + length + j);
      parts.push({ slot, piece, first: drawn, drawn: 1 + piece.length });
      for (let j = 0; j <= piece.length; j++) {
        rows[drawn] = n - 1 - piece.length + j;
        indices[drawn] = drawing.index;
        drawnPositions[drawn++] = prompt.length + length + j;
      }
    }
    if (!isRunning) return null;
    this.work.feed(n, drawn);
    return parts;
  }

  /** Draws the next tokens of all parts; keeps those up to the first difference, and ends completions. */
  private pass(parts: readonly Part[], task: DecodingTask): void {
    const { endId, eosId } = this.model;
    const { chances } = this.work;
    const { drawn } = this.work.lists;
    for (let from = 0; from < parts.length;) from = this.drawAlike(parts, from, task);
    for (const { slot, piece, first } of parts) {
      const state = this.slots[slot] as Slot;
      const { ids, draft, drawing } = state;
      const before = ids.length;
      this.caches.isFed(slot);
      for (let j = 0; j <= piece.length; j++) {
        const token = drawn[first + j];
        if (token !== eosId) ids.push(token);
        if (task.withChances) {
          state.logProbabilities.push(chances[2 * (first + j)]);
          state.entropy += chances[2 * (first + j) + 1];
        }
        const isEnd = token === endId || token === eosId;
        if (isEnd || ids.length === drawing.maxNewTokens) {
          this.end(slot);
          this.count(piece.length, j);
          const { index, logProbabilities, entropy } = state;
          draft?.follow(ids, before, piece.length, j);
          task.finished({ index, ids, logProbabilities, entropy, truncated: !isEnd });
          break;
        }
        if (j < piece.length && token === piece[j]) continue;
        this.count(piece.length, j);
        draft?.follow(ids, before, piece.length, j);
        break;
      }
    }
  }

  private count(drafted: number, accepted: number): void {
    this.drafted += drafted;
    this.accepted += accepted;
  }

  /**
   * Draws the parts from `from` on that are drawn with one temperature and seed, in one call of the core.
   * @returns the first part that is drawn otherwise
   */
  private drawAlike(parts: readonly Part[], from: number, task: DecodingTask): number {
    const { temperature, seed } = (this.slots[parts[from].slot] as Slot).drawing;
    let to = from + 1;
    for (; to < parts.length; to++) {
      const { drawing } = this.slots[parts[to].slot] as Slot;
      if (drawing.temperature !== temperature || drawing.seed !== seed) break;
    }
    const { first } = parts[from];
    const last = parts[to - 1];
    const count = last.first + last.drawn - first;
    this.work.draw(first, count, temperature, seed, task.stream, task.withChances);
    return to;
  }
}
