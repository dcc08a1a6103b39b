// The numbers game Countdown as this example plays it: combine the given numbers by + - * / until one is left, which
// must be the target. Every number is used once. A result is a whole number from 1 to 40.

/** Largest number of any kind. */
export const LARGEST = 40;

export interface Puzzle {
  /** How many numbers are given. */
  readonly size: number;
  /** Largest first. */
  readonly numbers: readonly number[];
  readonly target: number;
}

export const SIGNS = ['+', '-', '*', '/'] as const;
export type Sign = (typeof SIGNS)[number];

/** `left sign right = result`. */
export interface Operation {
  readonly left: number;
  readonly sign: Sign;
  readonly right: number;
  readonly result: number;
}

export function operationText({ left, sign, right, result }: Operation): string {
  return `${left} ${sign} ${right} = ${result}`;
}
