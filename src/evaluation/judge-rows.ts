// Verdicts on rows of any domain, as files and requests bring them.
import { isMazeRow, type Row } from '../data/rows.ts';
import { domainOf } from '../domain/domains.ts';
import type { Verdict } from '../domain/types.ts';
import type { CompletionJudge } from './completion-judge.ts';

/**
 * Judges mazes in the core, in batches, and problems of another domain by its own validator.
 * @returns verdicts in the order of the rows
 * @throws TracelabError DOMAIN_FAILED where the validator of a domain from outside throws
 */
export function judgeRows(judge: CompletionJudge, rows: readonly Row[]): Verdict[] {
  const verdicts = judge.judge(rows.filter(isMazeRow));
  let mazes = 0;
  return rows.map((row) =>
    isMazeRow(row) ? verdicts[mazes++] : domainOf(row.domain).judge({ ...row, generator: row.generator ?? '' }),
  );
}
