// The end of a study in the terminal: findings with their tests, plan validity and trace validity with intervals, and
// the result's hash.
import { duration, integer, lowerFirst, magnitude, pValue } from '../tables/format.ts';
import type { Finding } from '../analysis/findings.ts';
import { conditionLabel } from '../domain/conditions/condition.ts';
import type { StudyResults } from '../study/results.ts';
import { diagramsOf, differenceWords, intervalWords, phaseSummary, sizeWords } from '../report/phase-section.ts';
import { UNDERTRAINED_MARK } from '../tables/run-names.ts';
import { terminalTable } from '../render/terminal.ts';
import { briefTables } from '../tables/study-tables.ts';
import { alignColumns, printable, wrap } from '../render/terminal-text.ts';

const WIDTH = 80;

/** @param report path of the HTML file */
export function resultsText(results: StudyResults, report: string): string {
  const lines = [
    '',
    `Findings of study ${results.study} (alpha 0.05, Holm over the findings)`,
    ...results.findings.flatMap(findingLines),
    ...undertrainedLines(results),
    '',
    ...briefTables(results).map((table) => terminalTable(table, { width: WIDTH })),
    ...phaseLines(results),
    '',
    `Working time ${duration(results.seconds)} on ${results.hardware.cpu} (${results.hardware.threads} threads, ` +
      `${results.hardware.kernel_path}).`,
    `Report: ${report}`,
    `result ${results.result}`,
    '',
  ];
  return printable(lines.join('\n'));
}

function findingLines(finding: Finding): string[] {
  const { id, verdict, statement, effect, interval: bounds, p, p_holm, n, seeds, test, detail } = finding;
  const number =
    effect?.unit === 'points' ? signed : (value: number): string => value.toFixed(effect?.unit === 'r' ? 2 : 1);
  const size =
    effect === null
      ? []
      : [
          `${effect.unit === 'r' ? `r = ${number(effect.value)}` : `${number(effect.value)} ${effect.unit}`}${
            bounds ? ` [${number(bounds[0])}, ${number(bounds[1])}]` : ''
          }`,
        ];
  const chance = p === null ? [] : [`p ${equals(p)}${p_holm === null ? '' : `, after Holm ${equals(p_holm)}`}`];
  const facts = [
    ...size,
    ...chance,
    `n = ${integer(n)}`,
    `${seeds.length === 1 ? 'seed' : 'seeds'} ${seeds.length === 0 ? 'none' : seeds.join(', ')}`,
    test,
  ];
  const [head, ...rest] = wrap(`${verdict.toUpperCase()}  ${statement}`, WIDTH, 5);
  return [
    '',
    `${id.padEnd(5)}${head.trimStart()}`,
    ...rest,
    ...wrap(facts.join('; '), WIDTH, 5),
    ...wrap(detail, WIDTH, 5),
  ];
}

function undertrainedLines(results: StudyResults): string[] {
  const short = results.conditions.filter(({ training_verdict }) => training_verdict.undertrained);
  if (short.length === 0) return [];
  return [
    '',
    'Undertrained runs, which prove nothing:',
    ...short.flatMap(({ condition, seed, training_verdict }) =>
      wrap(`${condition}, seed ${seed}: ${training_verdict.reason}`, WIDTH, 2),
    ),
  ];
}

function phaseLines({ phase }: StudyResults): string[] {
  if (phase === undefined) return [];
  const tables = diagramsOf(phase).flatMap(({ condition, sizes, tokens, at }) => {
    const rows = sizes.map((size) => [
      sizeWords(size),
      ...tokens.map((count) => `${differenceWords(at(size, count))} ${intervalWords(at(size, count))}`),
    ]);
    return [
      ...wrap(
        `Phase diagram: ${lowerFirst(conditionLabel(condition))} minus solution-only, points of valid plans [95 ` +
          `% interval]; ${UNDERTRAINED_MARK} a model is undertrained`,
        WIDTH,
      ),
      ...alignColumns([['', ...tokens.map((count) => `${magnitude(count)} tokens`)], ...rows]),
    ];
  });
  return ['', ...tables, ...phaseSummary(phase).flatMap((line) => wrap(line, WIDTH))];
}

function signed(value: number): string {
  return `${value > 0 ? '+' : ''}${value.toFixed(1)}`;
}

function equals(p: number): string {
  const text = pValue(p);
  return text.startsWith('<') ? text : `= ${text}`;
}
