// The sum of numbers, in their order: 0 of none.

/** The sum in the order of the values; 0 for no values. */
export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
