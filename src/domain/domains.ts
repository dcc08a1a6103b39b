// All domains by name. A built-in domain is a folder here and a line in this table; one from outside is added while a
// process runs. Configurations, keys, cards, manifests and checkpoints always name theirs.
import { TracelabError } from '../base/errors.ts';
import { admitted } from './admit-domain.ts';
import { nearest } from '../base/nearest.ts';
import type { Distribution, Domain } from './domain.ts';
import { MAZE } from './maze/domain.ts';
import { SOKOBAN } from './sokoban/domain.ts';

const domains: Domain[] = [MAZE, SOKOBAN];

/** In the order of messages. The types of their problems differ, and nobody but a domain itself looks into one. */
export const DOMAINS: readonly Domain[] = domains;

/** Domains from outside, as they were given. */
const given = new Map<string, unknown>();
/** What a configuration may name them by. */
const modules = new Map<string, Domain>();

/**
 * Adds a domain from outside to the table of this process. The same value again changes nothing.
 * @param where its module, which domainOf finds it by, too
 * @returns the domain as it is called from now on
 * @throws TracelabError DOMAIN_MODULE, DOMAIN_CLASH for a name or a stream that another domain has
 */
export function useDomain(value: unknown, where = 'domain'): Domain {
  const known = domains.find(({ name }) => given.has(name) && given.get(name) === value);
  if (known !== undefined) return known;
  const domain = admitted(value, where);
  const mine = domain.distributions.flatMap(({ name, stream }) => [name, stream]);
  const theirs = domains.flatMap(({ distributions }) => distributions.flatMap(({ name, stream }) => [name, stream]));
  const taken = [...mine, ...theirs].find((each, i, all) => all.indexOf(each) !== i);
  if (taken !== undefined || domains.some(({ name }) => name === domain.name))
    throw new TracelabError({
      code: 'DOMAIN_CLASH',
      kind: 'refused_input',
      where,
      what: 'another domain has the same name, or a distribution of the same name or stream',
      expected: 'names and streams of its own',
      got: String(taken ?? domain.name),
      hint: 'rename it, or start a process for each of the two',
    });
  domains.push(domain);
  given.set(domain.name, value);
  modules.set(where, domain);
  return domain;
}

/** The default of `data.domain`; also the domain of rows, and of checkpoints of 0.1.0, that name none. */
export const DEFAULT_DOMAIN = MAZE.name;

/** Is there a domain of this name, or from this module? */
export function isDomain(name: string): boolean {
  return domains.some((domain) => domain.name === name) || modules.has(name);
}

/** @throws TracelabError DOMAIN_UNKNOWN */
export function domainOf(name: string = DEFAULT_DOMAIN, where = 'domain'): Domain {
  const found = DOMAINS.find((domain) => domain.name === name) ?? modules.get(name);
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
    hint:
      near === undefined
        ? 'a row without `domain` is a maze; --domain-module MODULE brings another domain'
        : `did you mean ${near}?`,
  });
}

/**
 * A size for people: `6×6`; in a domain from outside, where it may be anything, `size 3`.
 * @param times between the sides
 */
export function sizeWords(name: string | undefined, size: number, times = '×'): string {
  return given.has(domainOf(name).name) ? `size ${size}` : `${size}${times}${size}`;
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
