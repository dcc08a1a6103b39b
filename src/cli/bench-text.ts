// The results of the benchmark as text for a terminal: facts of the machine, then one table a group.
import type { BenchResults } from '../../bench/results.ts';
import { benchFacts, benchTables } from '../../bench/tables.ts';
import { alignColumns, printable, wrap } from '../render/terminal-text.ts';

const WIDTH = 100;

export function benchText(results: BenchResults): string {
  const facts = alignColumns(
    benchFacts(results).map(([name, value]) => [name, value]),
    'left',
  );
  const tables = benchTables(results).flatMap(({ title, note, head, rows, texts }) => [
    '',
    title,
    ...wrap(note, WIDTH),
    ...alignMixed([head, ...rows], texts),
  ]);
  return printable([...facts, ...tables, ''].join('\n'));
}

/** The first `texts` columns to the left, numbers to the right. */
function alignMixed(rows: readonly (readonly string[])[], texts: number): string[] {
  const lefts =
    texts === 0
      ? rows.map(() => '')
      : alignColumns(
          rows.map((row) => row.slice(0, texts)),
          'left',
        );
  // alignColumns puts a first column to the left: an empty one stands there.
  const rights = alignColumns(rows.map((row) => ['', ...row.slice(texts)]));
  const width = Math.max(...lefts.map((line) => line.length));
  return lefts.map((line, i) => (texts === 0 ? rights[i].slice(2) : `${line.padEnd(width)}${rights[i]}`));
}
