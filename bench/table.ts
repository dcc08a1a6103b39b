// A table of the benchmark as text cells, for the terminal and for the HTML page.

export interface BenchTable {
  readonly title: string;
  /** What the columns mean, one sentence or two. */
  readonly note: string;
  /** Columns that hold text; the others hold numbers. */
  readonly texts: number;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}
