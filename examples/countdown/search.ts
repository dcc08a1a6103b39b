// The search whose trace a model learns: depth first, every pair of numbers from the left, + - * / for each. `create`
// tries an operation; `close` takes one back when everything that could follow it was tried. So the operations that
// were created and not closed are the plan.
import { LARGEST, type Operation, SIGNS } from './game.ts';
import type { Puzzle } from './game.ts';

export interface SearchEvent extends Operation {
  readonly kind: 'create' | 'close';
}

export interface Solution {
  readonly trace: readonly SearchEvent[];
  readonly plan: readonly Operation[];
}

/** What can be done with some numbers, largest first, in the order of the search; the larger number is on the left. */
export function operationsOf(numbers: readonly number[]): Operation[] {
  const operations: Operation[] = [];
  const seen = new Set<string>();
  for (const [i, left] of numbers.entries()) {
    for (const right of numbers.slice(i + 1)) {
      for (const sign of SIGNS) {
        const result = { '+': left + right, '-': left - right, '*': left * right, '/': left / right }[sign];
        const name = `${left} ${sign} ${right}`;
        if (!Number.isInteger(result) || result < 1 || result > LARGEST || seen.has(name)) continue;
        seen.add(name);
        operations.push({ left, sign, right, result });
      }
    }
  }
  return operations;
}

/** The numbers after an operation, largest first. */
export function numbersAfter(numbers: readonly number[], { left, right, result }: Operation): number[] {
  const rest = [...numbers];
  rest.splice(rest.indexOf(left), 1);
  rest.splice(rest.indexOf(right), 1);
  return [...rest, result].sort((a, b) => b - a);
}

/**
 * @param mostEvents the search gives up behind so many events
 * @returns null where the target cannot be reached, or not within `mostEvents`
 */
export function solve({ numbers, target }: Puzzle, mostEvents = Infinity): Solution | null {
  const trace: SearchEvent[] = [];
  const plan: Operation[] = [];
  const isSolvedFrom = (held: readonly number[]): boolean => {
    for (const operation of operationsOf(held)) {
      if (trace.length >= mostEvents) return false;
      trace.push({ kind: 'create', ...operation });
      plan.push(operation);
      const next = numbersAfter(held, operation);
      if (next.length === 1 ? next[0] === target : isSolvedFrom(next)) return true;
      plan.pop();
      if (next.length > 1) trace.push({ kind: 'close', ...operation });
    }
    return false;
  };
  return isSolvedFrom(numbers) ? { trace, plan } : null;
}
