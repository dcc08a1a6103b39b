// Refuses what cannot run before anything is written: models that no memory holds, and sizes that a sample of the
// problems already contradicts.
import { TracelabError } from '../base/errors.ts';
import { domainOf } from '../domain/domains.ts';
import { checkRequest, testCount } from '../domain/splits.ts';
import { countParameters } from '../model/config.ts';
import { planRl } from '../rl/memory.ts';
import { MEMORY_CEILING, sampleCondition, sampleOf, vocabularySize } from '../tasks/facts.ts';
import type { Facts } from '../tasks/facts.ts';
import { longestOf, planStep } from '../tasks/rl.ts';
import { lengthsOf, longestTrained, sequenceTotals } from '../tasks/sequence-lengths.ts';
import { planMemory } from '../training/memory.ts';
import { checkLater, checkLengths, checkRlCap } from './config-checks.ts';
import { rlSettings } from './config-sections.ts';
import type { StudyConfig } from './config.ts';
import type { LoadedConfig } from './config-file.ts';
import { armsOf } from './graph.ts';
import { phasePointsOf } from './phase.ts';

type Where = LoadedConfig['where'];

export interface MemoryPlan {
  readonly bytes: number;
  readonly parts: readonly { readonly name: string; readonly bytes: number }[];
}

/**
 * @returns the memory plan of a training of the study itself on one thread
 * @throws TracelabError CONFIG_IMPOSSIBLE for sizes and lengths that contradict each other, MEMORY_PLAN (refused input)
 */
export function checkFit({ config, where }: Pick<LoadedConfig, 'config' | 'where'>, facts: Facts): MemoryPlan {
  checkLater(config, where);
  const [memory] = [config, ...phasePointsOf(config).map((point) => point.config)].map((each) => {
    checkRequest(each.data, domainOf(each.data.domain));
    const plan = checkTraining(each, where, each.model.n_layer === config.model.n_layer ? 'model' : 'phase.layers');
    checkSample(each, where, facts);
    return plan;
  });
  checkRl(config, where, facts);
  return memory;
}

/**
 * The largest batch and the longest sequence that the configuration allows, on one thread.
 * @param sizes the setting that the size of the model comes from
 */
function checkTraining({ model, train, data }: StudyConfig, where: Where, sizes: string): MemoryPlan {
  const vocab = vocabularySize(data);
  const { batch_tokens, accumulators, position_offset } = train;
  const batch = { vocab, batch_tokens, accumulators, longest: model.context, position_offset };
  const plan = planMemory({ model, ...batch, threads: 1 });
  return withinOneMemory(plan, {
    where: where(sizes),
    what: `a model of ${countParameters(model, vocab).toLocaleString('en-US')} parameters`,
    hint: `lower ${sizes === 'model' ? 'model sizes' : sizes}, train.accumulators or train.batch_tokens`,
  });
}

/** The data themselves are checked again once they exist. */
function checkSample(config: StudyConfig, where: Where, facts: Facts): void {
  const samples = facts.samples(config.data);
  const sample = sampleOf(samples, config.data.generator);
  const trained = armsOf(config).map((arm) =>
    longestTrained(sample, sampleCondition(sample, arm), arm.seed, config.train),
  );
  const tested = [...samples.values()].map((examples) => sequenceTotals(lengthsOf(examples)).longest);
  checkLengths(config, where, Math.max(...trained, ...tested), Math.max(...trained));
}

/**
 * Reinforcement learning lays out memories of its own, for its steps and for the sampled groups of each distribution.
 */
function checkRl(config: StudyConfig, where: Where, facts: Facts): void {
  const { rl, model, data } = config;
  if (!rl) return;
  const { accumulators, group, prompts } = rl;
  const { longestPrompt } = longestOf(model.context, data, data.generator, facts);
  checkRlCap(config, where, longestPrompt);
  const step = planStep(rlSettings(rl), model, data, 1, facts);
  withinOneMemory(step, {
    where: where('rl'),
    what: `reinforcement learning with ${(prompts * group).toLocaleString('en-US')} completions a step`,
    hint: 'lower rl.prompts, rl.group, rl.cap or rl.accumulators',
  });
  if (step.rolloutBytes > MEMORY_CEILING) {
    const sampled = Math.min(prompts + rl.resample, data.train) * group;
    throw new TracelabError({
      code: 'MEMORY_PLAN',
      kind: 'refused_input',
      where: where('rl'),
      what: `${sampled.toLocaleString('en-US')} completions a step, replaced ones included, are too many`,
      expected: 'at most 4.00 GiB',
      got: gibibytes(step.rolloutBytes),
      hint: 'lower rl.resample, rl.prompts, rl.group or rl.cap',
    });
  }
  for (const name of rl.curve_prompts > 0 ? data.distributions : []) {
    const groups = Math.min(rl.curve_prompts, testCount(data, name));
    const sizes = { model, vocab: vocabularySize(data), size: data.size, group, accumulators, threads: 1 };
    const sampled = planRl({
      ...sizes,
      ...longestOf(model.context, data, name, facts),
      groups,
      sampledGroups: groups,
      withReference: true,
    });
    withinOneMemory(sampled, {
      where: where('rl'),
      what: `sampling ${(groups * group).toLocaleString('en-US')} completions of ${name}`,
      hint: 'lower rl.curve_prompts, rl.group or rl.accumulators',
    });
  }
}

/** @throws TracelabError MEMORY_PLAN */
function withinOneMemory(
  planned: MemoryPlan,
  { where, what, hint }: { readonly where: string; readonly what: string; readonly hint: string },
): MemoryPlan {
  // Addresses that the core lays out are 32 bits wide: beyond 4 GiB the sum of the parts that it could compute is a
  // lower bound.
  const counted = planned.parts.filter(({ bytes }) => bytes > 0);
  const bytes = Math.max(
    planned.bytes,
    counted.reduce((sum, part) => sum + part.bytes, 0),
  );
  if (bytes <= MEMORY_CEILING) return { bytes, parts: counted };
  const parts = counted
    .toSorted((a, b) => b.bytes - a.bytes)
    .map((part) => `${part.name} ${gibibytes(part.bytes)}`)
    .join(', ');
  throw new TracelabError({
    code: 'MEMORY_PLAN',
    kind: 'refused_input',
    where,
    what: `${what} does not fit one WebAssembly memory`,
    expected: 'at most 4.00 GiB',
    got: `${gibibytes(bytes)} (${parts})`,
    hint,
  });
}

export function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(2)} GiB`;
}
