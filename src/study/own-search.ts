// For models trained on another search's traces: how many of their completions contain a run of that search. All other
// verdicts are about A*.
import { proportion } from '../base/statistics.ts';
import { domainOf } from '../domain/domains.ts';
import type { SearchName, TraceVerdict } from '../domain/types.ts';
import type { CompletionRow, DistributionSummary } from '../evaluation/types.ts';

/** The verdict on a completion's trace as a run of this search; undefined where the domain has no such validator. */
export function ownSearchVerdict(row: CompletionRow, search: SearchName): TraceVerdict | undefined {
  return domainOf(row.domain).judgeSearch?.(row, search).strict;
}

/** Counts the completions of one distribution. */
export class OwnSearchCounter {
  private readonly search: SearchName;
  private n = 0;
  private valid = 0;
  private plans = 0;
  private both = 0;

  constructor(search: SearchName) {
    this.search = search;
  }

  offer(row: CompletionRow): void {
    const { verdict } = row;
    const isRun = ownSearchVerdict(row, this.search)?.valid ?? false;
    this.n += 1;
    this.valid += Number(isRun);
    this.plans += Number(verdict.plan.valid);
    this.both += Number(isRun && verdict.plan.valid);
  }

  counts(): DistributionSummary['own_search_valid'] {
    return { all: proportion(this.valid, this.n), given_plan: proportion(this.both, this.plans) };
  }
}
