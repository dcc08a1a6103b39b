// The levels at which a trace is judged: their order, names and meanings, once for all tables.
import type { DomainWords } from '../domain/domain.ts';
import { TRACE_LEVELS } from '../evaluation/types.ts';
import type { TraceLevel } from '../evaluation/types.ts';
import { upperFirst } from './format.ts';

/** From the lenient one to the one that is hardest to meet: the order of all tables. */
export const LEVELS: readonly TraceLevel[] = TRACE_LEVELS;

/** The levels that name the rule which is broken first. */
export const RULE_LEVELS = ['paper', 'strict'] as const;

const NAMES: Readonly<Record<TraceLevel, string>> = {
  paper: 'lenient',
  strict: 'strict',
  exact: 'exact',
};

type LevelWords = Pick<DomainWords, 'paperLevel' | 'freeOrder' | 'search'>;

const MEANINGS: Readonly<Record<TraceLevel, (words: LevelWords) => string>> = {
  paper: ({ paperLevel }) => `${paperLevel}, tied to the plan`,
  strict: ({ search, freeOrder }) => `a faithful ${search} run for some order of ${freeOrder}`,
  exact: ({ search }) => `equal to the deterministic ${search} trace`,
};

/** `strict`, `lenient`, `exact`. */
export function levelName(level: TraceLevel): string {
  return NAMES[level];
}

/** Each level with what it asks for in a domain, for a caption. */
export function levelWords(words: LevelWords, levels: readonly TraceLevel[] = LEVELS): string {
  return levels.map((level) => `${upperFirst(NAMES[level])}: ${MEANINGS[level](words)}`).join('; ');
}
