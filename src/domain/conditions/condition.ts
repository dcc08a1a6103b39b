// A condition as it is written: a name, or name@rate with the share that it touches (`thinned@0.25`). Always in its
// shortest form, so that equal conditions are equal texts: they name cells, folders and rows.
import { LIMITS } from '../../base/limits.ts';
import { SEARCHES, type SearchName } from '../types.ts';
import type { ConditionRule } from './rule.ts';
import { CONDITION_NAMES, CONDITION_RULES, type ConditionName } from './table.ts';

export type Condition = ConditionName | `${ConditionName}@${number}` | OwnCondition;

/** Traces that a user brings, under a name of theirs: nothing is known of them, and nothing is done to them. */
export type OwnCondition = `own-${string}`;

const OWN = 'own-';
const NAME_LENGTH = LIMITS.ownName.most;
const OWN_NAME = new RegExp(`^[a-z0-9][a-z0-9-]{0,${NAME_LENGTH - 1}}$`);
/** Own traces as a condition. */
export const OWN_CONDITION = new RegExp(`^own-[a-z0-9][a-z0-9-]{0,${NAME_LENGTH - 1}}$`);

/** What a name of own traces must be, for messages. */
export const OWN_NAME_EXPECTED = `a name of 1 to ${NAME_LENGTH} small letters, digits and -, that is no condition`;

/** @returns null for a name that is none, or that is a condition's */
export function ownCondition(name: string): OwnCondition | null {
  return OWN_NAME.test(name) && readCondition(name) === null ? `${OWN}${name}` : null;
}

/** Whether a condition names the user's own traces (`own-NAME`). */
export function isOwn(condition: Condition): condition is OwnCondition {
  return condition.startsWith(OWN);
}

const ownRule = (condition: OwnCondition): ConditionRule => ({
  label: `Own traces: ${condition.slice(OWN.length)}`,
  meaning: () => 'the traces of a file that was given, as they are',
  keepsLength: true,
  usualRate: 1,
  change: 'nothing',
});

/** What a condition does. */
export function ruleOf(condition: Condition): ConditionRule {
  return isOwn(condition) ? ownRule(condition) : CONDITION_RULES[nameAndRate(condition).name];
}

/** No traces: what the others are compared with. */
export const BASELINE: Condition = 'solution-only';

/** What the study of the paper compares. */
export const PAPER_CONDITIONS: readonly Condition[] = [BASELINE, 'correct', 'swapped'];

/** What a text must be to be a condition, for messages. */
export const CONDITION_EXPECTED = `one of ${CONDITION_NAMES.join(', ')}, or one of them with a rate, as thinned@0.25`;

/** The conditions that take a rate from 0 to 1, with up to four digits after the point. */
export const RATED_CONDITION = new RegExp(
  `^(${CONDITION_NAMES.filter((name) => CONDITION_RULES[name].change !== 'nothing').join(
    '|',
  )})@(0(?:\\.[0-9]{1,4})?|1(?:\\.0{1,4})?)$`,
);

/**
 * Reads a condition; null when the text is none. `thinned@0.50` is `thinned@0.5`, and a usual rate is left out:
 * `swapped@1` is `swapped`.
 */
export function readCondition(text: string): Condition | null {
  const named = CONDITION_NAMES.find((name) => name === text);
  if (named) return named;
  if (OWN_CONDITION.test(text)) return text as OwnCondition;
  const match = RATED_CONDITION.exec(text);
  if (!match) return null;
  const name = match[1] as ConditionName;
  const rate = Number(match[2]);
  return rate === CONDITION_RULES[name].usualRate ? name : `${name}@${rate}`;
}

/** Name and rate, 0..1. */
export function nameAndRate(condition: Exclude<Condition, OwnCondition>): {
  readonly name: ConditionName;
  readonly rate: number;
} {
  const [name, rate] = condition.split('@') as [ConditionName, string | undefined];
  return { name, rate: rate === undefined ? CONDITION_RULES[name].usualRate : Number(rate) };
}

/** Order of tables and keys: that of the conditions' table, then by rate; own ones last, by name. */
export function compareConditions(a: Condition, b: Condition): number {
  if (isOwn(a) || isOwn(b)) return Number(isOwn(a)) - Number(isOwn(b)) || (a < b ? -1 : a > b ? 1 : 0);
  const [first, second] = [nameAndRate(a), nameAndRate(b)];
  return CONDITION_NAMES.indexOf(first.name) - CONDITION_NAMES.indexOf(second.name) || first.rate - second.rate;
}

/** Does a model that trains on it write traces? */
export function hasTraces(condition: Condition): boolean {
  return condition !== 'solution-only';
}

/** The search other than A* whose traces a condition trains on, if it does. */
export function searchOf(condition: Condition): SearchName | undefined {
  if (isOwn(condition)) return undefined;
  const { name } = nameAndRate(condition);
  return SEARCHES.find((search) => search === name);
}

/** Heading of tables and keys: `Swapped traces`, `Thinned traces, 25 %`. */
export function conditionLabel(condition: Condition): string {
  const { label } = ruleOf(condition);
  if (isOwn(condition)) return label;
  const { name, rate } = nameAndRate(condition);
  return condition === name ? label : `${label}, ${percent(rate)}`;
}

/**
 * What a model of this condition trains on, in words: `plans without any trace`.
 * @param words the domain's
 */
export function conditionMeaning(
  condition: Condition,
  { problem, search }: { readonly problem: string; readonly search: string },
): string {
  const { change, meaning: meaningFor } = ruleOf(condition);
  const meaning = meaningFor(problem, search);
  const rate = isOwn(condition) ? 1 : nameAndRate(condition).rate;
  switch (change) {
    case 'nothing':
      return meaning;
    case 'trace':
    case 'owner':
      return rate === 1 ? meaning : `${meaning} (${percent(rate)} of the examples)`;
    case 'events':
      return rate === 1 ? meaning : `${meaning} (${percent(rate)} of the events)`;
    default:
      return change satisfies never;
  }
}

/** 0.125 -> `12.5 %`. */
function percent(rate: number): string {
  return `${Number((100 * rate).toFixed(2))} %`;
}
