// Prompts and completions as text, both ways. Reading is strict here: this is for data, which must be right. What a
// model writes is read leniently by the validator.
import { LARGEST, type Operation, operationText, type Puzzle, SIGNS } from './game.ts';
import type { SearchEvent } from './search.ts';

/** Words of an event: `create 7 + 3 = 10`. */
export const EVENT_WORDS = 6;

/** `query number 20 number 7 number 3 target 23 reasoning`. */
export function promptText({ numbers, target }: Puzzle): string {
  return `query ${numbers.map((number) => `number ${number}`).join(' ')} target ${target} reasoning`;
}

export function eventText({ kind, ...operation }: SearchEvent): string {
  return `${kind} ${operationText(operation)}`;
}

/** Events, `solution`, a record for each operation of the plan, `end`. */
export function completionText(trace: readonly SearchEvent[], plan: readonly Operation[]): string {
  return [...trace.map(eventText), 'solution', ...plan.map((each) => `plan ${operationText(each)}`), 'end'].join(' ');
}

/** @throws Error for a text that breaks the grammar */
export function readPrompt(prompt: string, size: number): Puzzle {
  const match = /^query((?: number [1-9]\d?)+) target ([1-9]\d?) reasoning$/.exec(prompt);
  if (match === null) throw new Error('not `query number N ... target N reasoning`');
  const numbers = match[1].split(' number ').slice(1).map(Number);
  if (numbers.length !== size) throw new Error(`${numbers.length} numbers instead of ${size}`);
  if (numbers.some((number, i) => i > 0 && number > numbers[i - 1])) throw new Error('the largest number is not first');
  const target = Number(match[2]);
  if (Math.max(target, ...numbers) > LARGEST) throw new Error(`a number above ${LARGEST}`);
  return { size, numbers, target };
}

const OPERATION = String.raw`(\d+) ([-+*/]) (\d+) = (\d+)`;
const COMPLETION = new RegExp(`^(?:(?:create|close) ${OPERATION} )*solution(?: plan ${OPERATION})+ end$`);

/**
 * The events of a completion that follows the grammar.
 * @throws Error for one that does not
 */
export function readEvents(completion: string): string[] {
  if (!COMPLETION.test(completion)) throw new Error('not events, `solution`, plan records and `end`');
  const trace = completion.slice(0, completion.indexOf('solution')).trim();
  return trace === '' ? [] : trace.split(/ (?=create|close)/);
}

/** Of the vocabulary, behind the numbers 0 to 40. */
export const KEYWORDS = [
  ...['number', 'target', ...SIGNS, '='],
  ...['create', 'close', 'plan', 'query', 'reasoning', 'solution', 'end'],
] as const;
export const NUMBERS = LARGEST + 1;
