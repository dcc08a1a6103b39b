// All domains by name. A domain is a folder here and a line in this table. Configurations, keys, cards, manifests and
// checkpoints always name theirs.
import { TracelabError } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import type { Distribution, Domain } from './domain.ts';
import { MAZE } from './maze/domain.ts';
import { SOKOBAN } from './sokoban/domain.ts';

/** In the order of messages. The types of their problems differ, and nobody but a domain itself looks into one. */
export const DOMAINS: readonly Domain[] = [MAZE, SOKOBAN];

/** The default of `data.domain`; also the domain of rows, and of checkpoints of 0.1.0, that name none. */
export const DEFAULT_DOMAIN = MAZE.name;

/** @throws TracelabError DOMAIN_UNKNOWN */
export function domainOf(name: string = DEFAULT_DOMAIN, where = 'domain'): Domain {
  const found = DOMAINS.find((domain) => domain.name === name);
  if (found !== undefined) return found;
  const names = DOMAINS.map((domain) => domain.name);
  const near = nearest(name, names);
  throw new TracelabError({
    code: 'DOMAIN_UNKNOWN',
    kind: 'refused_input',
    where,
    what: 'no such domain',
    expected: `one of ${names.join(', ')}`,
    got: JSON.stringify(name).slice(0, 60),
    hint: near === undefined ? `without a name it is ${DEFAULT_DOMAIN}` : `did you mean ${near}?`,
  });
}

/**
 * Refuses examples or models of different domains in one place.
 * @throws TracelabError DOMAIN_MIXED
 */
export function checkSameDomain(where: string, what: string, expected: string, got: string = DEFAULT_DOMAIN): void {
  if (expected === got) return;
  throw new TracelabError({
    code: 'DOMAIN_MIXED',
    kind: 'refused_input',
    where,
    what,
    expected: `the domain ${expected}`,
    got,
    hint: 'give each domain a file and a model of its own',
  });
}

/** The distribution of this name in any domain, for labels of results. */
export function knownDistribution(name: string): Distribution | undefined {
  return domainOfDistribution(name)?.distributions.find((distribution) => distribution.name === name);
}

/** The domain that a distribution's name belongs to. */
export function domainOfDistribution(name: string): Domain | undefined {
  return DOMAINS.find(({ distributions }) => distributions.some((distribution) => distribution.name === name));
}
