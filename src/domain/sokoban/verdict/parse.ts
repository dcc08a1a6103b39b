// Reads a completion leniently and never throws, by the rules that completions of mazes are read by
// (docs/specification.md, section 4): words between ASCII blanks, `solution` and `end` dropped, a keyword takes its
// words unless another keyword comes early, the plan is the last unbroken run.
import type { GridCell } from '../../types.ts';
import type { StateEvent } from '../types.ts';

/** One record before the plan; null = a record or word that is not a well-formed `create` or `close`. */
export type BodyRecord = StateEvent | null;

export interface ParsedCompletion {
  /** Exactly events, one `solution`, at least one plan record, one `end`, and nothing else. */
  readonly format: boolean;
  readonly body: readonly BodyRecord[];
  /** Cells of the worker; empty when there is no plan. */
  readonly plan: readonly GridCell[];
}

/** How a record is written: fixed words, `#` a coordinate, `$` a cost. */
const FORMS: Readonly<Record<string, readonly string[]>> = {
  create: 'create worker # # box # # box # # $ $'.split(' '),
  close: 'close worker # # box # # box # # $ $'.split(' '),
  plan: 'plan # #'.split(' '),
};

/**
 * The numbers of a record in their order, or null when its words do not have the form. Four digits at most, so no
 * number can wrap.
 */
function numbersOf(words: readonly string[]): number[] | null {
  const form = Object.hasOwn(FORMS, words[0]) ? FORMS[words[0]] : [];
  if (form.length === 0 || words.length !== form.length) return null;
  const numbers: number[] = [];
  for (const [i, sign] of form.entries()) {
    const match =
      sign === '#'
        ? /^(0|[1-9][0-9]{0,3})$/.exec(words[i])
        : sign === '$'
          ? /^c(0|[1-9][0-9]{0,3})$/.exec(words[i])
          : null;
    if (match !== null) numbers.push(Number(match[1]));
    else if (words[i] !== sign) return null;
  }
  return numbers.length === form.filter((sign) => sign === '#' || sign === '$').length ? numbers : null;
}

function readEvent(words: readonly string[]): BodyRecord {
  const numbers = numbersOf(words);
  const [operation] = words;
  if (numbers === null || (operation !== 'create' && operation !== 'close')) return null;
  const [wx, wy, ax, ay, bx, by, g, h] = numbers;
  return {
    operation,
    worker: { x: wx, y: wy },
    boxes: [
      { x: ax, y: ay },
      { x: bx, y: by },
    ],
    g,
    h,
  };
}

function readPlanCell(words: readonly string[]): GridCell | null {
  const numbers = words[0] === 'plan' ? numbersOf(words) : null;
  return numbers === null ? null : { x: numbers[0], y: numbers[1] };
}

function recordsOf(words: readonly string[]): string[][] {
  const records: string[][] = [];
  for (const word of words) {
    const last = records.at(-1);
    const isKeyword = Object.hasOwn(FORMS, word);
    if (!isKeyword && last !== undefined && Object.hasOwn(FORMS, last[0]) && last.length < FORMS[last[0]].length)
      last.push(word);
    else records.push([word]);
  }
  return records;
}

/** Is every word in its place? The leniently read records may have had `solution` and `end` anywhere, or not at all. */
function hasExactFormat(words: readonly string[], { body, plan }: Pick<ParsedCompletion, 'body' | 'plan'>): boolean {
  if (plan.length === 0 || body.includes(null)) return false;
  const before = body.length * FORMS.close.length;
  return (
    words.length === before + 1 + plan.length * FORMS.plan.length + 1 &&
    words[before] === 'solution' &&
    words[words.length - 1] === 'end' &&
    words.filter((word) => word === 'solution' || word === 'end').length === 2
  );
}

/**
 * Splits a completion into trace body and plan.
 * @param completion any text
 */
export function parseCompletionLeniently(completion: string): ParsedCompletion {
  const words = completion.split(/[ \t\n\v\f\r]+/).filter((word) => word !== '');
  const records = recordsOf(words.filter((word) => word !== 'solution' && word !== 'end'));
  const plan: GridCell[] = [];
  for (let last = records.at(-1); last !== undefined; last = records.at(-1)) {
    const cell = readPlanCell(last);
    if (cell === null) break;
    plan.push(cell);
    records.pop();
  }
  const body = records.map(readEvent);
  plan.reverse();
  return { format: hasExactFormat(words, { body, plan }), body, plan };
}
