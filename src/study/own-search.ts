// For models trained on another search's traces: how many of their completions hold a run of that search. The verdicts
// beside it are A*'s.
import { proportion } from '../base/statistics.ts';
import { domainOf } from '../domain/domains.ts';
import type { SearchName } from '../domain/types.ts';
import type { CompletionRow, DistributionSummary } from '../evaluation/types.ts';

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
    const isRun = domainOf(row.domain).judgeSearch?.(row, this.search).strict.valid ?? false;
    this.n += 1;
    this.valid += Number(isRun);
    this.plans += Number(verdict.plan.valid);
    this.both += Number(isRun && verdict.plan.valid);
  }

  counts(): DistributionSummary['own_search_valid'] {
    return { all: proportion(this.valid, this.n), given_plan: proportion(this.both, this.plans) };
  }
}
