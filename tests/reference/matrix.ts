// Matrices as rows of f64 numbers: the plain arithmetic that the other reference twins are written in. Shares no code
// with src/ or assembly/.

/** Rows of equal length. */
export type Matrix = number[][];

/** sum of a[i] b[i]. */
export function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, x, i) => sum + x * b[i], 0);
}

/** a [M, K] b [K, N]. */
export function product(a: Matrix, b: Matrix): Matrix {
  const columns = transpose(b);
  return a.map((row) => columns.map((column) => dot(row, column)));
}

export function transpose(a: Matrix): Matrix {
  return a.length === 0 ? [] : a[0].map((_, j) => a.map((row) => row[j]));
}

export function plus(a: Matrix, b: Matrix): Matrix {
  return a.map((row, i) => row.map((x, j) => x + b[i][j]));
}

/** Adds every row of x to sum. */
export function addRows(sum: number[], x: Matrix): void {
  for (const row of x) for (const [j, value] of row.entries()) sum[j] += value;
}

/** values[at..) as rows of `width` entries, `stride` apart. */
export function rowsOf(values: ArrayLike<number>, rows: number, width: number, stride = width): Matrix {
  return Array.from({ length: rows }, (_, i) => Array.from({ length: width }, (_, j) => values[i * stride + j]));
}

export function zeros(rows: number, columns: number): Matrix {
  return Array.from({ length: rows }, () => new Array<number>(columns).fill(0));
}
