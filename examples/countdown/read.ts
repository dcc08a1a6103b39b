// Reads any completion, right or wrong, and never throws: what a model wrote is data.
import { type Operation, type Sign, SIGNS } from './game.ts';

/** A record before the plan; null for one that is no event. */
export type BodyRecord = (Operation & { readonly kind: 'create' | 'close' }) | null;

export interface Reading {
  /** Exactly events, one `solution`, at least one plan record, one `end`, and nothing else. */
  readonly format: boolean;
  readonly body: readonly BodyRecord[];
  /** The words of each body record. */
  readonly texts: readonly string[];
  /** The last unbroken run of plan records; empty where there is none. */
  readonly plan: readonly Operation[];
}

const KEYWORDS: readonly string[] = ['create', 'close', 'plan'];
const RECORD_WORDS = 6;

export function readCompletion(completion: string): Reading {
  const words = completion.split(/[ \t\n\v\f\r]+/).filter((word) => word !== '');
  const records: string[][] = [];
  for (const word of words.filter((each) => each !== 'solution' && each !== 'end')) {
    const last = records.at(-1);
    const isArgument = last !== undefined && KEYWORDS.includes(last[0]) && last.length < RECORD_WORDS;
    if (isArgument && !KEYWORDS.includes(word)) last.push(word);
    else records.push([word]);
  }
  const plan: Operation[] = [];
  for (let last = records.at(-1); last?.[0] === 'plan'; last = records.at(-1)) {
    const operation = operationOf(last);
    if (operation === null) break;
    plan.unshift(operation);
    records.pop();
  }
  const body = records.map((record): BodyRecord => {
    const [kind] = record;
    const operation = kind === 'create' || kind === 'close' ? operationOf(record) : null;
    return operation && { ...operation, kind: kind as 'create' | 'close' };
  });
  const at = RECORD_WORDS * body.length;
  const format =
    plan.length > 0 &&
    !body.includes(null) &&
    words.length === at + 1 + RECORD_WORDS * plan.length + 1 &&
    words[at] === 'solution' &&
    words[words.length - 1] === 'end' &&
    words.filter((word) => word === 'solution' || word === 'end').length === 2;
  return { format, body, texts: records.map((record) => record.join(' ')), plan };
}

function operationOf(record: readonly string[]): Operation | null {
  const [, left, sign, right, equals, result] = record;
  const numbers = [left, right, result].map((word) => (/^(?:0|[1-9]\d?)$/.test(word) ? Number(word) : -1));
  const found = SIGNS.find((each): each is Sign => each === sign);
  if (record.length !== RECORD_WORDS || found === undefined || equals !== '=' || numbers.includes(-1)) return null;
  return { left: numbers[0], sign: found, right: numbers[1], result: numbers[2] };
}
