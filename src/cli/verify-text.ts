// What verification found, as a terminal table: shares, quadrants, and the first broken rules with an example of each.
import { knownDistribution } from '../domain/domains.ts';
import type { Proportion } from '../base/statistics.ts';
import type { TraceLevel } from '../evaluation/types.ts';
import { TRACE_LEVELS } from '../evaluation/types.ts';
import type { ErrorExample, GroupSummary } from '../evaluation/verify-tally.ts';
import { integer, percent } from '../tables/format.ts';
import { shareLines } from './evaluation-text.ts';
import { alignColumns, printable } from '../render/terminal-text.ts';

/** Characters of a group's name, which comes from data. */
const NAME = 60;

/** @param level the only trace level to show; all without it */
export function verifyText(groups: readonly GroupSummary[], result: string, level?: TraceLevel): string {
  const levels = level === undefined ? TRACE_LEVELS : [level];
  const blocks = groups.map((group) => `${block(group, levels).map(oneLine).join('\n')}\n`);
  return printable(`${blocks.join('\n')}result ${result}\n`);
}

/** A line end in a name or in quoted words would begin a line of ours. */
function oneLine(text: string): string {
  return text.replace(/[\n\t]/g, '\ufffd');
}

function block(group: GroupSummary, levels: readonly TraceLevel[]): string[] {
  const { name, n, trace_valid, trace_valid_given_plan: given, quadrants, first_errors, examples } = group;
  const rows: [string, Proportion][] = [
    ['valid plan', group.plan_valid],
    ['optimal plan', group.plan_optimal],
    ...levels.map((level): [string, Proportion] => [traceName(level), trace_valid[level]]),
    ...levels.map((level): [string, Proportion] => [`${traceName(level)}, of valid plans`, given[level]]),
    ['exact format', group.format],
  ];
  const ruled = levels.filter((level) => level !== 'exact');
  const label = knownDistribution(name)?.label ?? name.slice(0, NAME);
  return [
    `${label}: ${integer(n)} completions, % [95 % Wilson score interval]`,
    ...shareLines(rows),
    ...ruled.map((level) => {
      const { both_valid, plan_only, trace_only, neither } = quadrants[level];
      return (
        `  plan and trace valid (${level}) ${integer(both_valid)}, plan only ${integer(plan_only)}, trace only ` +
        `${integer(trace_only)}, neither ${integer(neither)}`
      );
    }),
    ...errorLines('plan', first_errors.plan, examples.plan, n),
    ...ruled.flatMap((level) => errorLines(`trace, ${level}`, first_errors[level], examples[level], n)),
  ];
}

function traceName(level: TraceLevel): string {
  return level === 'exact' ? 'exact trace' : `valid trace, ${level}`;
}

/** The first broken rules, the commonest first, each with its first example. */
function errorLines<Rule extends string>(
  what: string,
  found: Partial<Record<Rule, number>>,
  examples: Partial<Record<Rule, ErrorExample>>,
  n: number,
): string[] {
  const sorted = (Object.entries(found) as [Rule, number][]).sort(([, a], [, b]) => b - a);
  if (sorted.length === 0) return [];
  const rows = sorted.map(([rule, count]) => [
    `    ${rule}`,
    integer(count),
    `${percent(count / n)} %`,
    exampleText(examples[rule]),
  ]);
  return [`  first broken rule, ${what}:`, ...alignColumns(rows, 'left')];
}

function exampleText(example: ErrorExample | undefined): string {
  if (!example) return '';
  const { file, line, id, record, words } = example;
  const place = `${file}:${line}${id === undefined ? '' : ` (${id.slice(0, NAME)})`}`;
  if (record === undefined) return `${place}${words === '' ? '' : `: ...${words}`}`;
  return `${place} record ${record}${words === '' ? '' : `: ${words}`}`;
}
