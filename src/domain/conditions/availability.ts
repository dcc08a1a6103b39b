// Which conditions a domain has: those that work on whole events, and those that it makes itself.
import { TracelabError } from '../../base/errors.ts';
import type { Domain } from '../domain.ts';
import { type Condition, isOwn, nameAndRate } from './condition.ts';
import { CONDITION_NAMES, isDomainCondition } from './table.ts';

/** Does the domain have the condition, at any rate? */
export function hasCondition({ conditions }: Domain, condition: Condition): boolean {
  if (isOwn(condition)) return true;
  const { name } = nameAndRate(condition);
  return !isDomainCondition(name) || conditions[name] !== undefined;
}

/** The error for a condition that a domain does not have: CONDITION_DOMAIN, exit code 2. */
export function conditionRefused(where: string, condition: Condition, domain: Domain): TracelabError {
  return new TracelabError({
    code: 'CONDITION_DOMAIN',
    kind: 'refused_input',
    where,
    what: `condition ${condition} does not exist for ${domain.words.problems}`,
    expected: `one of ${CONDITION_NAMES.filter((name) => hasCondition(domain, name)).join(', ')}`,
    got: condition,
    hint: 'leave the condition out',
  });
}
