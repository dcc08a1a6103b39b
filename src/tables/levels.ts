// The levels at which a trace is judged: their order, names and meanings, once for all tables.
import { TRACE_LEVELS } from '../evaluation/types.ts';
import type { TraceLevel } from '../evaluation/types.ts';
import { upperFirst } from './format.ts';

/** From the lenient one to the one that is hardest to meet: the order of all tables. */
export const LEVELS: readonly TraceLevel[] = TRACE_LEVELS;

/** The levels that name the rule which is broken first. */
export const RULE_LEVELS = ['paper', 'strict'] as const;

const NAMES: Readonly<Record<TraceLevel, string>> = {
  paper: 'lenient (published validator)',
  strict: 'strict',
  exact: 'exact',
};

const MEANINGS: Readonly<Record<TraceLevel, string>> = {
  paper: 'tied to the plan',
  strict: 'a faithful A* run for some order of ties and neighbours',
  exact: 'equal to the deterministic A* trace',
};

/** `strict`, `lenient (published validator)`, `exact`. */
export function levelName(level: TraceLevel): string {
  return NAMES[level];
}

/**
 * Each level with what it asks for, for a caption.
 * @param lenient what the domain's published validator does
 */
export function levelWords(lenient: string, levels: readonly TraceLevel[] = LEVELS): string {
  return levels
    .map((level) => `${upperFirst(NAMES[level])}: ${level === 'paper' ? `${lenient}, ` : ''}${MEANINGS[level]}`)
    .join('; ');
}
