// The validator: a trace at three levels, and the plan. It shares no code with the search, which it must not trust.
//
// strict: a faithful depth-first search in some order of operations. Every operation of a position is tried once, and
// it is taken back only when all that can follow it were tried.
// lenient: every operation is right and uses numbers that are there; what was tried twice or given up early is let pass,
// and so are operations behind the goal.
// exact: the very trace of the search.
import type { Verdict } from 'tracelab';
import type { Operation, Puzzle } from './game.ts';
import { type BodyRecord, readCompletion } from './read.ts';
import type { PlanError, TraceRule } from './rules.ts';

/** Largest number of the game. */
const MOST = 40;

type Fault = 'number_not_available' | 'illegal_operation' | 'wrong_result';

interface Position {
  readonly numbers: readonly number[];
  /** The operation that led here; null for the start. */
  readonly by: Operation | null;
  readonly tried: Set<string>;
}

interface Breach {
  readonly rule: TraceRule;
  readonly record: number;
}

/** @param completion any text; never throws */
export function judge(puzzle: Puzzle, completion: string): Verdict<TraceRule, PlanError> {
  const { format, body, plan } = readCompletion(completion);
  const error = planError(puzzle, plan);
  return {
    format,
    records: body.length,
    paper: asVerdict(lenientBreach(puzzle, body, plan)),
    strict: asVerdict(strictBreach(puzzle, body)),
    exact: isExact(puzzle, body),
    // All plans of a puzzle are as long: one operation less than there are numbers.
    plan: error === null ? { valid: true, optimal: true } : { valid: false, error, optimal: false },
  };
}

function asVerdict(breach: Breach | null): Verdict<TraceRule>['strict'] {
  return breach === null ? { valid: true } : { valid: false, ...breach };
}

/** What is wrong with an operation on these numbers. */
function faultOf(numbers: readonly number[], { left, sign, right, result }: Operation): Fault | null {
  const needed = numbers.filter((number) => number === left).length >= (left === right ? 2 : 1);
  if (!needed || !numbers.includes(right)) return 'number_not_available';
  const value = valueOf(left, sign, right);
  if (value === null) return 'illegal_operation';
  return value === result ? null : 'wrong_result';
}

/** Null for a value that the game does not have. */
function valueOf(left: number, sign: string, right: number): number | null {
  let value: number;
  if (sign === '+') value = left + right;
  else if (sign === '-') value = left - right;
  else if (sign === '*') value = left * right;
  else if (left % right === 0) value = left / right;
  else return null;
  return value >= 1 && value <= MOST ? value : null;
}

function without(numbers: readonly number[], { left, right, result }: Operation): number[] {
  const first = numbers.indexOf(left);
  const second = numbers.findIndex((number, i) => number === right && i !== first);
  return [...numbers.filter((_, i) => i !== first && i !== second), result];
}

const nameOf = ({ left, sign, right }: Operation): string => `${left}${sign}${right}`;

/** Operations that a faithful search tries here: the larger number on the left. */
function namesOf(numbers: readonly number[]): Set<string> {
  const names = new Set<string>();
  for (let i = 0; i < numbers.length; i++) {
    for (let j = 0; j < numbers.length; j++) {
      const isOrdered = numbers[i] > numbers[j] || (numbers[i] === numbers[j] && i < j);
      for (const sign of isOrdered ? '+-*/' : '')
        if (valueOf(numbers[i], sign, numbers[j]) !== null) names.add(`${numbers[i]}${sign}${numbers[j]}`);
    }
  }
  return names;
}

function strictBreach({ numbers, target }: Puzzle, body: readonly BodyRecord[]): Breach | null {
  const stack: Position[] = [{ numbers, by: null, tried: new Set() }];
  let isReached = false;
  for (const [record, event] of body.entries()) {
    const position = stack[stack.length - 1];
    const rule = ((): TraceRule | null => {
      if (event === null) return 'operation_syntax_error';
      if (isReached) return 'event_after_goal';
      if (event.kind === 'close') {
        if (position.by === null || nameOf(position.by) !== nameOf(event) || position.by.result !== event.result)
          return 'close_not_last';
        return namesOf(position.numbers).size > position.tried.size ? 'close_too_early' : null;
      }
      const fault = faultOf(position.numbers, event);
      if (fault !== null) return fault;
      if (event.left < event.right) return 'smaller_first';
      return position.tried.has(nameOf(event)) ? 'tried_before' : null;
    })();
    if (rule !== null || event === null) return { rule: rule ?? 'operation_syntax_error', record };
    if (event.kind === 'close') {
      stack.pop();
      continue;
    }
    position.tried.add(nameOf(event));
    const next = without(position.numbers, event);
    if (next.length > 1) stack.push({ numbers: next, by: event, tried: new Set() });
    else isReached = event.result === target;
  }
  return isReached ? null : { rule: 'goal_not_reached', record: body.length };
}

function lenientBreach(
  { numbers, target }: Puzzle,
  body: readonly BodyRecord[],
  plan: readonly Operation[],
): Breach | null {
  let path: Operation[] = [];
  let found: readonly Operation[] | null = null;
  const held = (): readonly number[] => path.reduce<readonly number[]>(without, numbers);
  for (const [record, event] of body.entries()) {
    if (event === null) return { rule: 'operation_syntax_error', record };
    if (event.kind === 'close') {
      const at = path.findLastIndex((each) => nameOf(each) === nameOf(event));
      if (at < 0) return { rule: 'close_not_open', record };
      path = path.slice(0, at);
      continue;
    }
    const fault = faultOf(held(), event);
    if (fault !== null) return { rule: fault, record };
    if (held().length > 2) path.push(event);
    else if (event.result === target) found ??= [...path, event];
  }
  if (found === null) return { rule: 'goal_not_reached', record: body.length };
  const isPath = plan.length === 0 || plan.map(nameOf).join(' ') === found.map(nameOf).join(' ');
  return isPath ? null : { rule: 'plan_mismatch', record: body.length };
}

/** Is the body the very trace of the search? Written once more, so that a fault of the search cannot vouch for itself. */
function isExact({ numbers, target }: Puzzle, body: readonly BodyRecord[]): boolean {
  const expected: string[] = [];
  const visit = (held: readonly number[]): boolean => {
    const sorted = held.toSorted((a, b) => b - a);
    const done = new Set<string>();
    for (let i = 0; i < sorted.length; i++)
      for (let j = i + 1; j < sorted.length; j++)
        for (const sign of ['+', '-', '*', '/'] as const) {
          const result = valueOf(sorted[i], sign, sorted[j]);
          const operation = { left: sorted[i], sign, right: sorted[j], result: result ?? 0 };
          if (result === null || done.has(nameOf(operation))) continue;
          done.add(nameOf(operation));
          expected.push(`create${nameOf(operation)}=${result}`);
          const next = without(sorted, operation);
          if (next.length === 1 ? result === target : visit(next)) return true;
          if (next.length > 1) expected.push(`close${nameOf(operation)}=${result}`);
        }
    return false;
  };
  const actual = body.map((event) => (event === null ? '' : `${event.kind}${nameOf(event)}=${event.result}`));
  return visit(numbers) && actual.join(' ') === expected.join(' ');
}

/** Every operation must be right, every number used once, and the target the last result. */
export function planError({ numbers, target }: Puzzle, plan: readonly Operation[]): PlanError | null {
  if (plan.length === 0) return 'plan_syntax_error';
  let held = numbers;
  for (const operation of plan) {
    const fault = faultOf(held, operation);
    if (fault !== null) return fault;
    held = without(held, operation);
  }
  if (held.length > 1) return 'numbers_left';
  return held[0] === target ? null : 'target_missed';
}
