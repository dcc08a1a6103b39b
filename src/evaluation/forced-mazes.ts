// The mazes of a test file on which traces can be forced on a model.
import { TracelabError } from '../base/errors.ts';
import type { TestSet } from '../data/test-sets.ts';
import { checkSameDomain } from '../domain/domains.ts';
import type { Example } from '../domain/types.ts';
import type { Model } from '../model/model.ts';

/**
 * @param limit only the first so many
 * @throws TracelabError DOMAIN_MIXED, GRID_SIZE
 */
export function forcedMazes({ checkpoint }: Model, { file, examples: all }: TestSet, limit?: number): Example[] {
  const examples = all.slice(0, limit);
  for (const { domain, id } of examples)
    checkSameDomain(`${file}, example ${id}`, 'traces are forced in mazes only', 'maze', domain);
  const wrong = examples.find(({ size }) => size !== checkpoint.origin.size);
  if (wrong)
    throw new TracelabError({
      code: 'GRID_SIZE',
      kind: 'refused_input',
      where: `${file}, example ${wrong.id}`,
      what: 'the model was trained on another grid size',
      expected: String(checkpoint.origin.size),
      got: String(wrong.size),
    });
  return examples;
}
