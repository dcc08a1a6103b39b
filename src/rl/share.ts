// What the threads of reinforcement learning share, made from settings and prompts: one memory laid out for them, and
// the arrays outside of it. Contains no weights yet.
import { createMemory } from '../core/memory.ts';
import { type Core, instantiateCore } from '../core/module.ts';
import { domainModule } from '../data/domain-module.ts';
import type { Checkpoint } from '../model/checkpoint.ts';
import { writeRopeTables } from '../model/place.ts';
import type { RlConfig } from './config.ts';
import { checkRlMemory, planRlMemory, type RlMemory } from './memory.ts';
import type { PromptSet } from './prompts.ts';
import { createRollouts } from './rollouts.ts';
import type { RlShared } from './thread.ts';

export interface ShareOptions {
  readonly core: Core;
  readonly config: RlConfig;
  readonly checkpoint: Pick<Checkpoint, 'model' | 'vocabulary'>;
  readonly prompts: PromptSet;
  /** Most tokens of a completion. */
  readonly cap: number;
  readonly threads: number;
  /** What to lower where it does not fit. */
  readonly hint: string;
}

type Shared = Omit<RlShared, 'seed' | 'firstStep' | 'skipped' | 'keptSteps' | 'stateSeconds'>;

/**
 * The layout alone.
 * @throws TracelabError MEMORY_LIMIT (refused input)
 */
export function planShare({
  core,
  config,
  checkpoint: { model, vocabulary },
  prompts,
  cap,
  threads,
  hint,
}: ShareOptions): RlMemory {
  const withReference = config.kl > 0 || config.kl_every > 0;
  const planner = instantiateCore(core, createMemory(1 << 16));
  const map = planRlMemory(planner, {
    model,
    vocabSize: vocabulary.length,
    size: vocabulary.size,
    groups: config.prompts,
    sampledGroups: sampledGroups(config, prompts),
    group: config.group,
    longestPrompt: prompts.longest,
    cap,
    accumulators: config.accumulators,
    threads,
    withReference,
  });
  checkRlMemory(map, hint);
  return map;
}

/** @throws TracelabError MEMORY_LIMIT (refused input), MEMORY (environment) */
export function share(options: ShareOptions): Shared {
  const {
    core,
    config,
    checkpoint: { vocabulary },
    prompts,
    cap,
    threads,
  } = options;
  const map = planShare(options);
  const memory = createMemory(map.bytes);
  writeRopeTables(memory, map.placed);
  return {
    core: { module: core.module, tile: core.tile },
    memory,
    map,
    config,
    prompts,
    domainModule: domainModule()?.module ?? null,
    rollouts: createRollouts(sampledGroups(config, prompts), config.group, cap),
    verdictSeconds: new Float64Array(new SharedArrayBuffer(8 * threads)),
    words: vocabulary.words,
    endId: vocabulary.idOf('end'),
    eosId: vocabulary.eos,
  };
}

/** Most groups of a step: each prompt is drawn at most once. */
function sampledGroups({ prompts, resample }: RlConfig, { count }: PromptSet): number {
  return Math.min(prompts + resample, count);
}
