// The summaries of one evaluation as a terminal table.
import { domainOfDistribution } from '../domain/domains.ts';
import { distributionLabel, counts, integer, interval, percent } from '../tables/format.ts';
import type { Proportion } from '../base/statistics.ts';
import type { DistributionSummary } from '../evaluation/types.ts';
import { alignColumns, printable } from '../render/terminal-text.ts';

/** One block a distribution: shares with count, n and Wilson score interval, then the commonest first errors. */
export function evaluationText(summaries: readonly DistributionSummary[]): string {
  return printable(summaries.map((summary) => `${block(summary).join('\n')}\n`).join('\n'));
}

function block(summary: DistributionSummary): string[] {
  const { distribution, n, trace_valid, trace_valid_given_plan: given, first_errors } = summary;
  const rows: [string, Proportion][] = [
    ['valid plan', summary.plan_valid],
    ['optimal plan', summary.plan_optimal],
    ['valid trace, strict', trace_valid.strict],
    ['valid trace, paper', trace_valid.paper],
    ['exact trace', trace_valid.exact],
    ['valid trace, strict, of valid plans', given.strict],
    ['valid trace, paper, of valid plans', given.paper],
    ['exact format', summary.format],
    ['truncated', summary.truncated],
    ['walls seen in training', summary.walls_seen],
  ];
  return [
    `${distributionLabel(distribution)}: ${integer(n)} ` +
      `${domainOfDistribution(distribution)?.words.problems ?? 'problems'}, % [95 % Wilson score interval]`,
    ...shareLines(rows),
    ...errors('plan', first_errors.plan),
    ...errors('trace, strict', first_errors.strict),
    ...errors('trace, paper', first_errors.paper),
  ];
}

/** Aligned lines: name, percent, interval, count and n. */
export function shareLines(rows: readonly (readonly [name: string, value: Proportion])[]): string[] {
  return alignColumns(
    rows.map(([name, value]) => [
      `  ${name}`,
      value.n === 0 ? '-' : percent(value.count / value.n),
      value.n === 0 ? '' : interval(value.low, value.high),
      counts(value),
    ]),
  );
}

function errors(what: string, found: Readonly<Partial<Record<string, number>>>): string[] {
  const sorted = Object.entries(found).sort(([, a = 0], [, b = 0]) => b - a);
  return sorted.length === 0
    ? []
    : [
        `  first errors, ${what}: ${sorted
          .slice(0, 4)
          .map(([rule, count]) => `${rule} ${count}`)
          .join(', ')}${sorted.length > 4 ? ', ...' : ''}`,
      ];
}
