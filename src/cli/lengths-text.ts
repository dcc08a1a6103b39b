// The end of `tracelab analyse lengths` in the terminal: the tables, and what finding F5 would be by them alone.
import type { Finding } from '../analysis/findings.ts';
import type { LengthAnalysis } from '../analysis/lengths.ts';
import { terminalTable } from '../render/terminal.ts';
import { printable, wrap } from '../render/terminal-text.ts';
import { verdictOf } from '../tables/findings.ts';
import { integer } from '../tables/format.ts';
import { lengthTables } from '../tables/lengths.ts';
import type { RunNames } from '../tables/run-names.ts';

/**
 * @param finding F5 decided on these lengths alone; undefined where they are of no study, or of no model of correct
 * traces
 * @param width columns of the terminal
 */
export function lengthsText(
  analysis: LengthAnalysis,
  finding: Finding | undefined,
  names: RunNames,
  width: number,
): string {
  const tables = lengthTables(analysis, { names }).map((table) => terminalTable(table, { width }));
  return ['', ...tables, ...(finding === undefined ? [] : [findingText(finding, width)])].join('\n');
}

function findingText(finding: Finding, width: number): string {
  const { n, seeds, test, detail } = finding;
  const lines = [
    ...wrap(`F5 by these lengths alone, the other five findings not tested: ${verdictOf(finding).word}`, width),
    ...wrap(`n ${integer(n)}, ${seeds.length === 1 ? 'one seed' : `${seeds.length} seeds`}; ${test}`, width, 5),
    ...wrap(detail, width, 5),
  ];
  return printable([...lines, '', ''].join('\n'));
}
