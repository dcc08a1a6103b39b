// The mazes of a test file on which traces can be forced on a model.
import { TracelabError } from '../base/errors.ts';
import type { TestSet } from '../data/test-sets.ts';
import { untruthOf } from '../data/truth.ts';
import { DEFAULT_DOMAIN, domainOf } from '../domain/domains.ts';
import type { Example } from '../domain/types.ts';
import type { Model } from '../model/model.ts';

/**
 * @param limit number of mazes from the beginning of the file
 * @throws TracelabError DOMAIN_MIXED, GRID_SIZE, REFERENCE_UNTRUE
 */
export function forcedMazes({ checkpoint }: Model, { file, examples: all }: TestSet, limit?: number): Example[] {
  const examples = all.slice(0, limit);
  const other = examples.find(({ domain = DEFAULT_DOMAIN }) => domain !== DEFAULT_DOMAIN);
  if (other)
    throw new TracelabError({
      code: 'DOMAIN_MIXED',
      kind: 'refused_input',
      where: `${file}, example ${other.id}`,
      what: 'interventions and information exist for mazes only',
      expected: `the domain ${DEFAULT_DOMAIN}`,
      got: String(other.domain),
      hint: 'verify, evaluate, rl, explain and report take other domains',
    });
  const wrong = examples.find(({ size }) => size !== checkpoint.origin.size);
  if (wrong)
    throw new TracelabError({
      code: 'GRID_SIZE',
      kind: 'refused_input',
      where: `${file}, example ${wrong.id}`,
      what: 'the model was trained on another grid size',
      expected: String(checkpoint.origin.size),
      got: String(wrong.size),
      hint: 'give problems of the grid size of the model',
    });
  checkReferences(file, examples);
  return examples;
}

/** The traces of a test file are forced as right ones: none that is wrong may pass for one. */
function checkReferences(file: string, examples: readonly Example[]): void {
  for (const example of examples) {
    const reason = untruthOf(domainOf(example.domain).judge(example));
    if (reason !== null)
      throw new TracelabError({
        code: 'REFERENCE_UNTRUE',
        kind: 'refused_input',
        where: `${file}, example ${example.id}`,
        what: 'its completion is no correct one to force on a model',
        expected: 'a valid plan behind a faithful trace of A*',
        got: reason,
        hint: 'tracelab verify FILE counts such rows',
      });
  }
}
