// From judged completions to the counts of one distribution. Pure; every number keeps its denominator.
import { proportion } from '../base/statistics.ts';
import type { GeneratorName } from '../domain/types.ts';
import type { CompletionRow, DistributionSummary } from './types.ts';
import { countVerdict, noVerdicts, summarizeVerdicts } from './verdict-counts.ts';

const ASCII_BLANKS = /[ \t\n\v\f\r]+/;

/** Properties of rows that are only known if the model and its training data are available. */
export type Unmeasured = 'truncated' | 'walls_seen';

/**
 * Counts of one distribution. All proportions are over all rows, except trace_valid_given_plan (over rows with a valid
 * plan).
 * @param rows judged completions, one a maze; may be empty (then n = 0 and mean and max are 0)
 * @param unmeasured what the rows say nothing of: it has n = 0
 */
export function summarize(
  distribution: GeneratorName,
  rows: Iterable<CompletionRow>,
  unmeasured: readonly Unmeasured[] = [],
): DistributionSummary {
  const counts = noVerdicts();
  let truncated = 0;
  let wallsSeen = 0;
  let words = 0;
  let longest = 0;
  for (const row of rows) {
    countVerdict(counts, row.verdict);
    truncated += Number(row.truncated);
    wallsSeen += Number(row.walls_seen);
    const length = countWords(row.completion);
    words += length;
    longest = Math.max(longest, length);
  }
  const { n } = counts;
  return {
    distribution,
    ...summarizeVerdicts(counts),
    truncated: unmeasured.includes('truncated') ? proportion(0, 0) : proportion(truncated, n),
    walls_seen: unmeasured.includes('walls_seen') ? proportion(0, 0) : proportion(wallsSeen, n),
    completion_words: { mean: n === 0 ? 0 : words / n, max: longest },
  };
}

/** Words between ASCII blanks. */
export function countWords(text: string): number {
  let words = 0;
  for (const word of text.split(ASCII_BLANKS)) words += Number(word !== '');
  return words;
}
