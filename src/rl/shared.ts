// What the threads of reinforcement learning share: one memory and its map, settings, prompts and the arrays of
// completions.
import type { CoreHandle } from '../core/module.ts';
import type { RlConfig } from './config.ts';
import type { RlMemory } from './memory.ts';
import type { PromptSet } from './prompts.ts';
import type { Rollouts } from './rollouts.ts';

export interface RlShared {
  readonly core: CoreHandle;
  readonly memory: WebAssembly.Memory;
  readonly map: RlMemory;
  readonly config: RlConfig;
  readonly seed: number;
  readonly prompts: PromptSet;
  /** Module of the domain, where it is not built in: every thread imports it. */
  readonly domainModule: string | null;
  readonly rollouts: Rollouts;
  /** [threads]: seconds of each in the validator, this step. */
  readonly verdictSeconds: Float64Array<SharedArrayBuffer>;
  /** Words of the vocabulary by id, and the ids that end a completion. */
  readonly words: readonly string[];
  readonly endId: number;
  readonly eosId: number;
  /** Steps already done. */
  readonly firstStep: number;
  /** Steps so far whose update was skipped. */
  readonly skipped: number;
  /** Ascending steps after which the leader sends its weights. */
  readonly keptSteps: readonly number[];
  /** Seconds between states that a stopped run resumes from. */
  readonly stateSeconds: number;
}
