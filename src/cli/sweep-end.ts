// What a sweep writes besides its results and its page, what it prints at its end, and its exit code.
import { join } from 'node:path';
import type { SweepOutcome } from '../study/sweep/sweep.ts';
import type { SweepResults } from '../study/sweep/results.ts';
import { print } from './fit.ts';
import { partlyFailed } from './partly-failed.ts';

/** Writes trials.csv and trials.parquet, and prints the trials. */
export async function endSweep(outcome: SweepOutcome, json: boolean): Promise<void> {
  await writeRows(outcome.results, outcome.path);
  if (json) {
    const end = { event: 'sweep', ...summaryOf(outcome.results), report: outcome.report };
    process.stdout.write(`${JSON.stringify(end)}\n`);
  } else {
    const { sweepText } = await import('./sweep-text.ts');
    print(sweepText(outcome.results, outcome));
  }
}

/**
 * Of a sweep that was not stopped. Prints one line if trials are left.
 * @param where the sweep's folder, as typed
 */
export function sweepExitCode(where: string, { outcome, results, failures }: SweepOutcome): number {
  if (outcome === 'finished') return 0;
  const left = results.trials.filter(({ state }) => state === 'failed' || state === 'missing');
  return partlyFailed(
    where,
    'trial',
    left.map(({ trial }) => trial),
    failures,
  );
}

/** One row for each share of each test. */
async function writeRows(results: SweepResults, path: string): Promise<void> {
  const { sweepColumns, sweepRows } = await import('../tables/sweep.ts');
  const { writeTidyCsv, writeTidyParquet } = await import('../render/tidy.ts');
  const { SWEEP_ROWS } = await import('../study/folder.ts');
  const columns = sweepColumns(results.config);
  await writeTidyCsv(join(path, SWEEP_ROWS.csv), columns, sweepRows(results));
  await writeTidyParquet(join(path, SWEEP_ROWS.parquet), columns, sweepRows(results));
}

function summaryOf({ config, trials }: SweepResults) {
  const inState = (state: string): number => trials.filter((trial) => trial.state === state).length;
  return { sweep: config.sweep, trials: trials.length, failed: inState('failed'), missing: inState('missing') };
}
