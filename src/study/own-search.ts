// For models trained on another search's traces: how many of their completions hold a run of that search. The verdicts beside it are A*'s.
import { proportion } from '../base/statistics.ts';
import { parsePrompt } from '../domain/grammar.ts';
import type { SearchName } from '../domain/types.ts';
import { judgeSearch } from '../domain/verdict/search.ts';
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

  offer({ prompt, completion, size, generator, verdict }: CompletionRow): void {
    const { strict } = judgeSearch(parsePrompt(prompt, size, generator), completion, this.search);
    this.n += 1;
    this.valid += Number(strict.valid);
    this.plans += Number(verdict.plan.valid);
    this.both += Number(strict.valid && verdict.plan.valid);
  }

  counts(): DistributionSummary['own_search_valid'] {
    return { all: proportion(this.valid, this.n), given_plan: proportion(this.both, this.plans) };
  }
}
