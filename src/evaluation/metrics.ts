// From judged completions to the counts of one distribution. Pure; every number keeps its denominator.
import { proportion } from '../base/statistics.ts';
import type { GeneratorName, PlanError, TraceRule } from '../domain/types.ts';
import type { CompletionRow, DistributionSummary, Quadrants, TraceLevel } from './types.ts';

const ASCII_BLANKS = /[ \t\n\v\f\r]+/;

/**
 * Counts of one distribution. All proportions are over all rows, except trace_valid_given_plan (over rows with a valid plan).
 * @param rows judged completions, one a maze; may be empty (then n = 0 and mean and max are 0)
 */
export function summarize(distribution: GeneratorName, rows: Iterable<CompletionRow>): DistributionSummary {
  let n = 0;
  let planValid = 0;
  let planOptimal = 0;
  let format = 0;
  let truncated = 0;
  let wallsSeen = 0;
  let words = 0;
  let longest = 0;
  const traceValid = { paper: 0, strict: 0, exact: 0 };
  const bothValid = { paper: 0, strict: 0, exact: 0 };
  const paperErrors: Partial<Record<TraceRule, number>> = {};
  const strictErrors: Partial<Record<TraceRule, number>> = {};
  const planErrors: Partial<Record<PlanError, number>> = {};

  for (const row of rows) {
    const { plan, paper, strict, exact } = row.verdict;
    n += 1;
    planValid += Number(plan.valid);
    planOptimal += Number(plan.optimal);
    format += Number(row.verdict.format);
    truncated += Number(row.truncated);
    wallsSeen += Number(row.walls_seen);
    const valid = { paper: paper.valid, strict: strict.valid, exact };
    for (const level of ['paper', 'strict', 'exact'] as const) {
      traceValid[level] += Number(valid[level]);
      bothValid[level] += Number(valid[level] && plan.valid);
    }
    count(paperErrors, paper.rule);
    count(strictErrors, strict.rule);
    count(planErrors, plan.error);
    const length = countWords(row.completion);
    words += length;
    longest = Math.max(longest, length);
  }

  const quadrants = (level: TraceLevel): Quadrants => ({
    both_valid: bothValid[level],
    plan_only: planValid - bothValid[level],
    trace_only: traceValid[level] - bothValid[level],
    neither: n - planValid - traceValid[level] + bothValid[level],
  });
  return {
    distribution,
    n,
    plan_valid: proportion(planValid, n),
    plan_optimal: proportion(planOptimal, n),
    format: proportion(format, n),
    truncated: proportion(truncated, n),
    walls_seen: proportion(wallsSeen, n),
    trace_valid: { paper: proportion(traceValid.paper, n), strict: proportion(traceValid.strict, n), exact: proportion(traceValid.exact, n) },
    trace_valid_given_plan: {
      paper: proportion(bothValid.paper, planValid), strict: proportion(bothValid.strict, planValid), exact: proportion(bothValid.exact, planValid),
    },
    quadrants: { paper: quadrants('paper'), strict: quadrants('strict') },
    first_errors: { paper: paperErrors, strict: strictErrors, plan: planErrors },
    completion_words: { mean: n === 0 ? 0 : words / n, max: longest },
  };
}

function count<Key extends string>(counts: Partial<Record<Key, number>>, key: Key | undefined): void {
  if (key !== undefined) counts[key] = (counts[key] ?? 0) + 1;
}

/** Words between ASCII blanks. */
function countWords(text: string): number {
  let words = 0;
  for (const word of text.split(ASCII_BLANKS)) words += Number(word !== '');
  return words;
}
