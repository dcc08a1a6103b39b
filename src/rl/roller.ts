// One thread's part in the rollouts of a step: draws completions from the queue that all threads share, and judges
// those that it has made.
import { STREAMS, threefry2x32 } from '../base/random.ts';
import type { CoreExports } from '../core/exports.ts';
import { ALL_LEVELS, judgeIds, type ValidatorRegion, wordCodes } from '../core/validator.ts';
import { SlotDecoder } from '../model/slot-decoder.ts';
import { CONTROL } from './memory.ts';
import { problemOf } from './prompts.ts';
import { storeCompletion, storeVerdict } from './rollouts.ts';
import type { RlShared } from './shared.ts';

export class Roller {
  private readonly shared: RlShared;
  private readonly thread: number;
  private readonly control: Int32Array;
  private readonly decoder: SlotDecoder;
  private readonly codes: Uint32Array;
  private readonly validator: ValidatorRegion;

  /** @param core this thread's instance, configured for decoding */
  constructor(core: CoreExports, shared: RlShared, thread: number, control: Int32Array) {
    const { memory, map, words, endId, eosId } = shared;
    this.shared = shared;
    this.thread = thread;
    this.control = control;
    this.decoder = new SlotDecoder(core, memory, map.rooms[thread], map.decoding, {
      parameters: map.update.parameters,
      packed: map.packed,
      endId,
      eosId,
    });
    this.codes = wordCodes(words);
    this.validator = { exports: core, memory, base: map.validators[thread], bytes: map.validatorBytes };
  }

  /** @param isStopped asked after every token; true ends the rollouts */
  roll(step: number, isStopped: () => boolean): void {
    const { config, seed, prompts, rollouts, eosId, verdictSeconds } = this.shared;
    const end = Atomics.load(this.control, CONTROL.rolloutEnd);
    // One key a step, so that a draw is a function of (seed, step, completion, position).
    const key = new Uint32Array(2);
    threefry2x32(seed, STREAMS.rollouts, step, 0, key);
    const made: number[] = [];
    this.decoder.run({
      promptIds: prompts.ids,
      promptStarts: prompts.starts,
      drawingOf: (index) => ({
        maxNewTokens: rollouts.cap,
        temperature: config.temperature,
        seed: key[0],
        index,
      }),
      stream: key[1],
      withChances: true,
      promptOf: (index) => this.promptOf(index),
      next: () => {
        const index = Atomics.add(this.control, CONTROL.rolloutQueue, 1);
        return index < end ? index : null;
      },
      isStopped,
      finished: (completion) => {
        storeCompletion(rollouts, completion, eosId);
        made.push(completion.index);
      },
    });
    const started = performance.now();
    this.judge(made.sort((a, b) => a - b));
    verdictSeconds[this.thread] += (performance.now() - started) / 1000;
  }

  /**
   * Verdicts of the core's validator, straight from the token ids.
   * @param made ascending: completions of one group share their maze
   */
  private judge(made: readonly number[]): void {
    const { prompts, rollouts, eosId } = this.shared;
    let prompt = -1,
      problem = problemOf(prompts, 0);
    const items = made.map((index) => {
      if (this.promptOf(index) !== prompt) {
        prompt = this.promptOf(index);
        problem = problemOf(prompts, prompt);
      }
      const at = index * rollouts.cap,
        drawn = rollouts.ids.subarray(at, at + rollouts.tokens[index]);
      return { problem, ids: drawn[drawn.length - 1] === eosId ? drawn.subarray(0, -1) : drawn };
    });
    for (const [i, verdict] of judgeIds(this.validator, this.codes, items, ALL_LEVELS).entries())
      storeVerdict(rollouts, made[i], verdict);
  }

  private promptOf(index: number): number {
    const { rollouts, config } = this.shared;
    return rollouts.prompts[Math.floor(index / config.group)];
  }
}
