// A checkpoint folder as a page's model.
import { join } from 'node:path';
import { TracelabError } from '../../base/errors.ts';
import { hashFile } from '../../base/hash.ts';
import { type Condition, conditionLabel, isOwn, readCondition } from '../../domain/conditions/condition.ts';
import { DEFAULT_DOMAIN } from '../../domain/domains.ts';
import { readCheckpoint } from '../../model/checkpoint.ts';
import { flatWeights } from '../../model/step-decoder.ts';
import type { LiveModelData, LiveValidity } from './data.ts';

/** A model with its weights, ready to be embedded. */
export interface LiveModel extends LiveModelData {
  /** As tracelab.json has it. */
  readonly condition: string;
  readonly seed: number;
  readonly weights: Float32Array;
}

export interface LiveModelOptions {
  /** Unique in the page; letters, digits and hyphens. */
  readonly id?: string;
  /** From results or from a card; default none. */
  readonly validity?: readonly LiveValidity[];
}

/**
 * Reads a checkpoint folder; every file of it is checked.
 * @throws TracelabError as readCheckpoint; DOMAIN_MIXED (refused input) for a model that is not of mazes
 */
export async function readLiveModel(folder: string, { id, validity = [] }: LiveModelOptions = {}): Promise<LiveModel> {
  const { model, vocabulary, origin, weights } = await readCheckpoint(folder);
  const { domain, condition, seed, step, size, rl } = origin;
  if (domain !== DEFAULT_DOMAIN)
    throw new TracelabError({
      code: 'DOMAIN_MIXED',
      kind: 'refused_input',
      where: folder,
      what: 'pages run models of mazes only',
      expected: `the domain ${DEFAULT_DOMAIN}`,
      got: domain,
      hint: 'complete, evaluate and explain take other domains',
    });
  const hash = await hashFile(join(folder, 'model.safetensors'));
  const words = `${nameOf(condition)}, seed ${seed}`;
  return {
    id: id ?? `model-${hash.slice(0, 16)}`,
    label: rl === undefined ? words : `${words}, after RL`,
    step: rl?.step ?? step,
    size,
    hash,
    model,
    validity,
    condition,
    seed,
    weights: flatWeights(weights.tensors, model, vocabulary.length),
  };
}

/** A checkpoint may name a condition of a later version. */
function nameOf(condition: string): string {
  const known = readCondition(condition);
  return known === null || isOwn(known) ? condition : conditionLabel(known satisfies Condition);
}
