// Counts of verdicts as plain data: made where completions are judged, added up over chunks and threads, and turned
// into proportions once.
import { proportion } from '../base/statistics.ts';
import type { Verdict } from '../domain/types.ts';
import { type Quadrants, TRACE_LEVELS, type TraceLevel, type VerdictSummary } from './types.ts';

/** All members are numbers of completions. */
export interface VerdictCounts {
  n: number;
  plan_valid: number;
  plan_optimal: number;
  format: number;
  readonly trace_valid: Record<TraceLevel, number>;
  /** Valid trace and valid plan. */
  readonly both_valid: Record<TraceLevel, number>;
  readonly first_errors: {
    readonly paper: Partial<Record<string, number>>;
    readonly strict: Partial<Record<string, number>>;
    readonly plan: Partial<Record<string, number>>;
  };
}

/** Counts of no verdicts: all are 0. */
export function noVerdicts(): VerdictCounts {
  return {
    n: 0,
    plan_valid: 0,
    plan_optimal: 0,
    format: 0,
    trace_valid: { paper: 0, strict: 0, exact: 0 },
    both_valid: { paper: 0, strict: 0, exact: 0 },
    first_errors: { paper: {}, strict: {}, plan: {} },
  };
}

/** Adds one verdict to the counts. */
export function countVerdict(counts: VerdictCounts, { format, plan, paper, strict, exact }: Verdict): void {
  counts.n += 1;
  counts.plan_valid += Number(plan.valid);
  counts.plan_optimal += Number(plan.optimal);
  counts.format += Number(format);
  const valid = { paper: paper.valid, strict: strict.valid, exact };
  for (const level of TRACE_LEVELS) {
    counts.trace_valid[level] += Number(valid[level]);
    counts.both_valid[level] += Number(valid[level] && plan.valid);
  }
  if (paper.rule !== undefined) add(counts.first_errors.paper, paper.rule, 1);
  if (strict.rule !== undefined) add(counts.first_errors.strict, strict.rule, 1);
  if (plan.error !== undefined) add(counts.first_errors.plan, plan.error, 1);
}

/** Adds `more` to `counts`. */
export function addCounts(counts: VerdictCounts, more: VerdictCounts): void {
  counts.n += more.n;
  counts.plan_valid += more.plan_valid;
  counts.plan_optimal += more.plan_optimal;
  counts.format += more.format;
  for (const level of TRACE_LEVELS) {
    counts.trace_valid[level] += more.trace_valid[level];
    counts.both_valid[level] += more.both_valid[level];
  }
  for (const [rule, count] of entriesOf(more.first_errors.paper)) add(counts.first_errors.paper, rule, count);
  for (const [rule, count] of entriesOf(more.first_errors.strict)) add(counts.first_errors.strict, rule, count);
  for (const [error, count] of entriesOf(more.first_errors.plan)) add(counts.first_errors.plan, error, count);
}

/** All proportions are over all completions, except trace_valid_given_plan (over those with a valid plan). */
export function summarizeVerdicts({
  n,
  plan_valid,
  plan_optimal,
  format,
  trace_valid,
  both_valid,
  first_errors,
}: VerdictCounts): VerdictSummary {
  return {
    n,
    plan_valid: proportion(plan_valid, n),
    plan_optimal: proportion(plan_optimal, n),
    format: proportion(format, n),
    trace_valid: {
      paper: proportion(trace_valid.paper, n),
      strict: proportion(trace_valid.strict, n),
      exact: proportion(trace_valid.exact, n),
    },
    trace_valid_given_plan: {
      paper: proportion(both_valid.paper, plan_valid),
      strict: proportion(both_valid.strict, plan_valid),
      exact: proportion(both_valid.exact, plan_valid),
    },
    quadrants: { paper: quadrants('paper'), strict: quadrants('strict') },
    first_errors,
  };

  function quadrants(level: 'paper' | 'strict'): Quadrants {
    return {
      both_valid: both_valid[level],
      plan_only: plan_valid - both_valid[level],
      trace_only: trace_valid[level] - both_valid[level],
      neither: n - plan_valid - trace_valid[level] + both_valid[level],
    };
  }
}

function add<Key extends string>(counts: Partial<Record<Key, number>>, key: Key, count: number): void {
  counts[key] = (counts[key] ?? 0) + count;
}

function entriesOf<Key extends string>(counts: Partial<Record<Key, number>>): [Key, number][] {
  return Object.entries(counts) as [Key, number][];
}
