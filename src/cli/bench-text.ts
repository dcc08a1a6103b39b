// The results of the benchmark as text for a terminal: facts of the machine, then one table a group.
import type { BenchResults } from '../../bench/results.ts';
import type { Comparison } from '../../bench/compare.ts';
import { comparisonFacts, comparisonTable } from '../../bench/compare-tables.ts';
import type { BenchTable } from '../../bench/table.ts';
import { benchFacts, benchTables } from '../../bench/tables.ts';
import { alignColumns, printable, wrap, wrapLastColumn } from '../render/terminal-text.ts';

/** Prose is no wider, however wide the terminal. */
const WIDTH = 100;

/** @param width columns of the terminal */
export function benchText(results: BenchResults, width = Infinity): string {
  return pageText(benchFacts(results), benchTables(results), width);
}

/** @param width columns of the terminal */
export function comparisonText(comparison: Comparison, width = Infinity): string {
  return pageText(comparisonFacts(comparison), [comparisonTable(comparison)], width);
}

function pageText(facts: readonly (readonly string[])[], tables: readonly BenchTable[], width: number): string {
  const lines = tables.flatMap(({ title, note, head, rows, texts }) => [
    '',
    title,
    ...wrap(note, Math.min(width, WIDTH)),
    ...alignMixed([head, ...rows], texts, width),
  ]);
  return printable(
    [
      ...wrapLastColumn(
        facts.map((fact) => [...fact]),
        width,
      ),
      ...lines,
      '',
    ].join('\n'),
  );
}

/**
 * The first `texts` columns to the left, numbers to the right. Where a row is too wide, its numbers have lines of their
 * own, as few as hold them.
 */
function alignMixed(rows: readonly (readonly string[])[], texts: number, width: number): string[] {
  const lefts =
    texts === 0
      ? []
      : alignColumns(
          rows.map((row) => row.slice(0, texts)),
          'left',
        );
  const left = Math.max(0, ...lefts.map((line) => line.length));
  const whole = rightAligned(rows, texts, rows[0].length);
  if (left + Math.max(...whole.map((line) => line.length)) <= width)
    return whole.map((line, i) => (texts === 0 ? line.slice(2) : `${lefts[i].padEnd(left)}${line}`));
  const blocks: string[][] = [];
  for (let from = texts, to = from + 1; from < rows[0].length; from = to, to++) {
    let block = rightAligned(rows, from, to);
    for (; to < rows[0].length; to++) {
      const wider = rightAligned(rows, from, to + 1);
      if (Math.max(...wider.map((line) => line.length)) > width) break;
      block = wider;
    }
    blocks.push(block);
  }
  return rows.flatMap((_, i) => [...lefts.slice(i, i + 1), ...blocks.map((block) => block[i])]);
}

/** Columns `from` to `to`, after two blanks: alignColumns puts a first column to the left, so an empty one is there. */
function rightAligned(rows: readonly (readonly string[])[], from: number, to: number): string[] {
  return alignColumns(rows.map((row) => ['', ...row.slice(from, to)]));
}
