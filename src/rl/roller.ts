// One thread's part in the rollouts of a step: draws completions from the queue that all threads share, and judges
// those that it has made.
import { STREAMS, threefry2x32 } from '../base/random.ts';
import type { CoreExports } from '../core/exports.ts';
import { ALL_LEVELS, judgeIds, type Judgement, type ValidatorRegion, wordCodes } from '../core/validator.ts';
import { domainOf } from '../domain/domains.ts';
import type { Verdict } from '../domain/types.ts';
import { SlotDecoder } from '../model/slot-decoder.ts';
import { CONTROL } from './memory.ts';
import { type JudgedPrompts, problemOf } from './prompts.ts';
import { storeCompletion, storeVerdict } from './rollouts.ts';
import type { RlShared } from './shared.ts';

type Judged<By extends JudgedPrompts['by']> = Extract<JudgedPrompts, { readonly by: By }>;

/** One thread's part of the rollouts of a step: samples completions and judges them. */
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
      packed: map.update.packedForward,
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
      // A guess: the completion of the training file, as far as the policy follows it.
      draftOf: (index) => {
        const prompt = this.promptOf(index);
        return prompts.draftIds.subarray(prompts.draftStarts[prompt], prompts.draftStarts[prompt + 1]);
      },
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

  /** @param made ascending: completions of one group share their problem */
  private judge(made: readonly number[]): void {
    const { rollouts, prompts } = this.shared;
    const { judged } = prompts;
    const verdicts = judged.by === 'core' ? this.judgeByCore(made, judged) : this.judgeByDomain(made, judged);
    for (const [i, verdict] of verdicts.entries()) storeVerdict(rollouts, made[i], verdict);
  }

  /** Verdicts of the core's validator, straight from the token ids. */
  private judgeByCore(made: readonly number[], judged: Judged<'core'>): Judgement[] {
    const { size } = this.shared.prompts;
    let prompt = -1,
      problem = problemOf(size, judged, 0);
    const items = made.map((index) => {
      if (this.promptOf(index) !== prompt) {
        prompt = this.promptOf(index);
        problem = problemOf(size, judged, prompt);
      }
      return { problem, ids: this.idsOf(index) };
    });
    return judgeIds(this.validator, this.codes, items, ALL_LEVELS);
  }

  /** Verdicts of the domain's own validator, which reads text. */
  private judgeByDomain(made: readonly number[], { domain: name, examples }: Judged<'domain'>): Verdict[] {
    const { words } = this.shared;
    const domain = domainOf(name);
    return made.map((index) =>
      domain.judge({
        ...examples[this.promptOf(index)],
        completion: Array.from(this.idsOf(index), (id) => words[id]).join(' '),
      }),
    );
  }

  /** Tokens of a completion, without <eos>. */
  private idsOf(index: number): Uint16Array {
    const { rollouts, eosId } = this.shared;
    const at = index * rollouts.cap;
    const drawn = rollouts.ids.subarray(at, at + rollouts.tokens[index]);
    return drawn[drawn.length - 1] === eosId ? drawn.subarray(0, -1) : drawn;
  }

  private promptOf(index: number): number {
    const { rollouts, config } = this.shared;
    return rollouts.prompts[Math.floor(index / config.group)];
  }
}
