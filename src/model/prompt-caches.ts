// Which prompts the caches of a thread's slots contain. Completions of one prompt share one copy of its keys and
// values: the first slot computes them, later ones read most of them there and copy the rest.
import type { CoreExports } from '../core/exports.ts';

interface Holding {
  /** Number of the prompt, and its tokens. */
  readonly prompt: number;
  readonly length: number;
  /** Slot whose cache contains the shared part: itself, or another one that was the first. */
  source: number;
  /** False while the prompt is not in the cache yet. */
  isFed: boolean;
  isRunning: boolean;
}

/** The prompts in the caches of the slots of one thread. */
export class PromptCaches {
  private readonly core: CoreExports;
  private readonly slots: (Holding | null)[];

  constructor(core: CoreExports, slots: number) {
    this.core = core;
    this.slots = Array.from({ length: slots }, () => null);
  }

  /** Nothing in the caches counts any more. */
  forget(): void {
    this.slots.fill(null);
  }

  /** A slot begins a completion of a prompt. */
  begin(slot: number, prompt: number, length: number): void {
    const held = this.slots[slot];
    if (held?.prompt === prompt && held.isFed) {
      held.isRunning = true;
      return;
    }
    this.handOver(slot);
    this.slots[slot] = { prompt, length, source: slot, isFed: false, isRunning: true };
  }

  /** A slot's completion has ended or was given up; its prompt may still be shared. */
  end(slot: number): void {
    const held = this.slots[slot];
    if (held === null) return;
    held.isRunning = false;
    if (!held.isFed) this.slots[slot] = null;
  }

  /**
   * Asked before the first token of a completion is fed.
   * @returns tokens of the prompt that the slot's cache contains; null: another slot is feeding this prompt, wait
   */
  fed(slot: number): number | null {
    const own = this.slots[slot] as Holding;
    const all = own.length - 1;
    if (own.isFed) return all;
    const first = this.slots.findIndex((held) => held?.prompt === own.prompt);
    const from = this.slots.findIndex((held) => held?.prompt === own.prompt && held.isFed);
    if (from < 0) {
      if (first !== slot) return null;
      this.core.own_cache(slot);
      return 0;
    }
    own.source = (this.slots[from] as Holding).source;
    this.core.share_prefix(own.source, slot, all);
    own.isFed = true;
    return all;
  }

  /** The whole prompt of a slot has been fed. */
  isFed(slot: number): void {
    (this.slots[slot] as Holding).isFed = true;
  }

  /** A slot's cache will be overwritten: who reads it gets what it reads, the first of them for all. */
  private handOver(slot: number): void {
    let heir = -1;
    for (const [i, held] of this.slots.entries()) {
      if (i === slot || held === null || held.source !== slot) continue;
      if (!held.isRunning) this.slots[i] = null;
      else if (heir < 0) {
        heir = i;
        this.core.take_prefix(heir);
        held.source = heir;
      } else {
        this.core.move_prefix(i, heir);
        held.source = heir;
      }
    }
  }
}
