// Reads a completion as the published validator does: leniently, and never throwing. Model output is data, so it may
// contain anything.
import type { Cell, TraceEvent } from '../types.ts';

/** One record before the plan; null = a record or word that is not a well-formed `create` or `close`. */
export type BodyRecord = TraceEvent | null;

export interface ParsedCompletion {
  /** Exactly events, one `solution`, at least one plan record, one `end`, and nothing else. */
  readonly format: boolean;
  readonly body: readonly BodyRecord[];
  /** The words of each body record, well-formed or not. */
  readonly words: readonly (readonly string[])[];
  /** The unbroken run of well-formed plan records at the very end; empty when there is none. */
  readonly plan: readonly Cell[];
}

/** Well-formed create and close events of a body, right or wrong: stray words and broken records are none. */
export function countEvents(body: readonly BodyRecord[]): number {
  return body.filter((record) => record !== null).length;
}

/** ASCII blanks only: a no-break or ideographic space is part of a word, and so breaks its record. */
const BLANKS = /[ \t\n\v\f\r]+/;
const NUMBER = /^(?:0|[1-9][0-9]{0,3})$/;

const ARGUMENTS = new Map([
  ['create', 4],
  ['close', 4],
  ['plan', 2],
]);

/** Value of `0` or `[1-9][0-9]{0,3}`, else -1. Four digits at most, so no number can wrap or lose precision. */
function numberOf(word: string): number {
  return NUMBER.test(word) ? Number(word) : -1;
}

function costOf(word: string): number {
  return word.startsWith('c') ? numberOf(word.slice(1)) : -1;
}

function planCell(words: readonly string[]): Cell | null {
  if (words.length !== 3 || words[0] !== 'plan') return null;
  const cell = { x: numberOf(words[1]), y: numberOf(words[2]) };
  return cell.x >= 0 && cell.y >= 0 ? cell : null;
}

function traceEvent(words: readonly string[]): TraceEvent | null {
  const operation = words[0];
  if (words.length !== 5 || (operation !== 'create' && operation !== 'close')) return null;
  const event = {
    operation,
    x: numberOf(words[1]),
    y: numberOf(words[2]),
    g: costOf(words[3]),
    h: costOf(words[4]),
  } as const;
  return event.x >= 0 && event.y >= 0 && event.g >= 0 && event.h >= 0 ? event : null;
}

/**
 * Groups words into records: a keyword with its arguments (fewer when the next keyword or the end comes early), or one
 * junk word.
 */
function recordsOf(words: readonly string[]): string[][] {
  const records: string[][] = [];
  for (let at = 0; at < words.length;) {
    const wanted = ARGUMENTS.get(words[at]) ?? 0;
    let end = at + 1;
    while (end <= at + wanted && end < words.length && !ARGUMENTS.has(words[end])) end++;
    records.push(words.slice(at, end));
    at = end;
  }
  return records;
}

/** The exact grammar of docs/specification.md, section 3, over the raw words. */
function hasExactFormat(words: readonly string[]): boolean {
  let at = 0;
  while (traceEvent(words.slice(at, at + 5)) !== null) at += 5;
  if (words[at] !== 'solution') return false;
  at += 1;
  const planStart = at;
  while (planCell(words.slice(at, at + 3)) !== null) at += 3;
  return at > planStart && words[at] === 'end' && at === words.length - 1;
}

function wordsOf(completion: string): string[] {
  return completion.split(BLANKS).filter((word) => word !== '');
}

/** Records of all words but `solution` and `end`, which may be anywhere. */
function recordsOfCompletion(words: readonly string[]): string[][] {
  return recordsOf(words.filter((word) => word !== 'solution' && word !== 'end'));
}

/** The words of one record, counted as verdicts count them, plan records too; empty when there is no such record. */
export function recordText(completion: string, record: number): string {
  return (recordsOfCompletion(wordsOf(completion)).at(record) ?? []).join(' ');
}

/** The record that each word belongs to, counted as verdicts count them; -1 for `solution` and `end`. */
export function recordOfWords(words: readonly string[]): number[] {
  const lengths = recordsOfCompletion(words).map(({ length }) => length);
  let record = -1,
    left = 0;
  return words.map((word) => {
    if (word === 'solution' || word === 'end') return -1;
    if (left === 0) {
      record += 1;
      left = lengths[record];
    }
    left -= 1;
    return record;
  });
}

/** Words up to the last record that has all of its arguments: what can be judged while more words are to come. */
export function wholeRecords(words: readonly string[]): readonly string[] {
  const last = words.findLastIndex((word) => ARGUMENTS.has(word));
  if (last < 0) return words;
  const wanted = ARGUMENTS.get(words[last]) ?? 0;
  return words.length - last > wanted ? words : words.slice(0, last);
}

/**
 * Splits a completion into trace body and plan.
 * @param completion any text; never throws
 */
export function parseCompletionLeniently(completion: string): ParsedCompletion {
  const words = wordsOf(completion);
  const records = recordsOfCompletion(words);
  const plan: Cell[] = [];
  let bodyLength = records.length;
  while (bodyLength > 0) {
    const cell = planCell(records[bodyLength - 1]);
    if (cell === null) break;
    plan.push(cell);
    bodyLength -= 1;
  }
  const bodyWords = records.slice(0, bodyLength);
  return { format: hasExactFormat(words), body: bodyWords.map(traceEvent), words: bodyWords, plan: plan.reverse() };
}
