// Defines a kind with its own settings, summary and facts, as the untyped entry of the table that src/work reads.
import type { Kind } from '../work/kind.ts';
import type { Facts } from './facts.ts';

/** Returns the kind; only checks its type. */
export function defineKind<Config, Summary>(kind: Kind<Config, Summary, Facts>): Kind<Config, Summary, Facts> {
  return kind;
}
