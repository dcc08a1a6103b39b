// The end of a study in the terminal: the answer, undertrained runs, the tables in brief with the findings first, and
// the result's hash.
import { answerOf } from '../tables/answer.ts';
import { duration } from '../tables/format.ts';
import type { StudyResults } from '../study/results.ts';
import { terminalTable } from '../render/terminal.ts';
import type { Paint } from '../render/terminal.ts';
import { briefTables } from '../tables/study-tables.ts';
import { oneLine, wrap } from '../render/terminal-text.ts';
import { tableWidth } from './fit.ts';

export interface ResultsTextOptions {
  readonly width?: number;
  /** Colours the words of a verdict. */
  readonly paint?: Paint;
}

/** @param report path of the HTML file */
export function resultsText(
  results: StudyResults,
  report: string,
  { width = tableWidth(), paint }: ResultsTextOptions = {},
): string {
  const { study, seconds, hardware, result } = results;
  return [
    '',
    `Study ${oneLine(study)}`,
    '',
    ...wrap(oneLine(answerOf(results)), width, 0),
    ...undertrainedLines(results, width),
    '',
    ...briefTables(results).map((table) => terminalTable(table, { width, ...(paint && { paint }) })),
    `Working time ${duration(seconds)} on ${oneLine(hardware.cpu)} (${hardware.threads} threads, ` +
      `${oneLine(hardware.kernel_path)}).`,
    `Report: ${oneLine(report)}`,
    `result ${oneLine(result)}`,
    '',
  ].join('\n');
}

function undertrainedLines({ conditions }: StudyResults, width: number): string[] {
  const short = conditions.filter(({ training_verdict }) => training_verdict.undertrained);
  if (short.length === 0) return [];
  return [
    '',
    'Undertrained runs, which prove nothing:',
    ...short.flatMap(({ condition, seed, training_verdict }) =>
      wrap(oneLine(`${condition}, seed ${seed}: ${training_verdict.reason}`), width, 2),
    ),
  ];
}
