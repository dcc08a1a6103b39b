// The words of a report that its domain has: what a problem is called, what a valid plan is, what a broken rule means.
import type { DomainWords } from '../domain/domain.ts';
import { domainOf } from '../domain/domains.ts';
import type { StudyResults } from '../study/results.ts';

/** How the completions of all test problems were drawn: `greedy completions`. */
export function completionsWords({
  config: {
    evaluate: { temperature },
  },
}: StudyResults): string {
  return temperature === 0 ? 'greedy completions' : `completions sampled at temperature ${temperature}`;
}

/** The words of the study's domain. */
export function wordsOf({ config }: StudyResults): DomainWords {
  return domainOf(config.data.domain).words;
}
