// What trials of a sweep are compared by: shares of an evaluation.
import type { Proportion } from '../../base/statistics.ts';
import type { DistributionSummary } from '../../evaluation/types.ts';

/** Shares by the names of results.json. */
const METRICS = {
  plan_valid: ({ plan_valid }) => plan_valid,
  plan_optimal: ({ plan_optimal }) => plan_optimal,
  trace_valid_strict: ({ trace_valid }) => trace_valid.strict,
  trace_valid_paper: ({ trace_valid }) => trace_valid.paper,
  trace_valid_strict_given_plan: ({ trace_valid_given_plan }) => trace_valid_given_plan.strict,
  trace_valid_paper_given_plan: ({ trace_valid_given_plan }) => trace_valid_given_plan.paper,
} as const satisfies Record<string, (summary: DistributionSummary) => Proportion>;

export type MetricName = keyof typeof METRICS;

export const METRIC_NAMES = Object.keys(METRICS) as readonly MetricName[];

/** The share of that name. */
export function metricOf(name: MetricName, summary: DistributionSummary): Proportion {
  return METRICS[name](summary);
}
