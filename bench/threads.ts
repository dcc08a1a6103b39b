// How much several training threads gain over one, after proving that they compute the same bits.
import { checkSame } from './check.ts';
import type { ScalingRow, TrainingRow } from './results.ts';

/**
 * @param rows of one preset on the same batches, with one thread and with more
 * @throws TracelabError BENCH_CHECK when bits differ
 */
export function scalingOf(rows: readonly Omit<TrainingRow, 'share_of_peak'>[]): ScalingRow[] {
  const one = rows.find(({ threads }) => threads === 1);
  if (one === undefined) return [];
  return rows
    .filter(({ threads }) => threads > 1)
    .map(({ preset, threads, tokens_per_second, parameters_sha256 }) => {
      checkSame(
        'bench threads',
        `${preset}, parameters after training with ${threads} threads`,
        parameters_sha256,
        one.parameters_sha256,
      );
      return { preset, threads, ratio: tokens_per_second / one.tokens_per_second };
    });
}
