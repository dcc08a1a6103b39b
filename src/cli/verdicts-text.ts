// Verdicts on completions for a terminal: one table, and on demand all broken rules with their examples.
import type { TraceLevel } from '../evaluation/types.ts';
import { terminalTable } from '../render/terminal.ts';
import { oneLine, wrap } from '../render/terminal-text.ts';
import { brokenRules, commonestRules, evaluationTable, quadrantTable } from '../tables/evaluation.ts';
import type { Judged } from '../tables/evaluation.ts';
import { tableWidth } from './fit.ts';

export interface VerdictsTextOptions {
  /** The only trace level to show; all without it. */
  readonly level?: TraceLevel;
  /** Counts behind every share, quadrants and every first broken rule, too. */
  readonly verbose?: boolean;
  readonly width?: number;
}

/**
 * One table for each domain, then what is asked of it.
 * @param result hash of all that was counted
 */
export function verdictsText(judged: readonly Judged[], result: string, options: VerdictsTextOptions = {}): string {
  const domains = [...Map.groupBy(judged, ({ domain }) => domain.name).values()];
  return [...domains.map((some) => domainText(some, options)), `result ${result}\n`].join('');
}

function domainText(
  judged: readonly Judged[],
  { level, verbose = false, width = tableWidth() }: VerdictsTextOptions,
): string {
  const behind = verbose
    ? [quadrantTable(judged, level), brokenRules(judged, level)].map((table) => `${terminalTable(table, { width })}\n`)
    : commonestRules(judged, level).map((line) => `${wrap(oneLine(line), width).join('\n')}\n`);
  return [`${terminalTable(evaluationTable(judged, level), { width, verbose })}\n`, ...behind].join('');
}
