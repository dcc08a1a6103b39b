// The last line of a study or sweep of which a part was not done, and its exit code.
import { EXIT_CODES, PARTLY_FAILED, TracelabError } from '../base/errors.ts';
import { counted } from '../render/terminal-text.ts';
import type { TaskFailure } from '../work/executor.ts';
import { printError, printFailure } from './print-error.ts';

/**
 * Prints one line.
 * @param where the folder of the study or sweep, as typed
 * @param noun what the names are of: `task`, `trial`
 * @param left names of what is not finished
 * @param failures of tasks that were set aside
 * @returns 4 if the machine was the cause of all failures, else 5
 */
export function partlyFailed(
  where: string,
  noun: string,
  left: readonly string[],
  failures: readonly TaskFailure[],
): number {
  const names = `${left.slice(0, 3).join(', ')}${left.length > 3 ? ', ...' : ''}`;
  const rest = `${counted(left.length, noun)} left (${names})`;
  // Disk, memory or limits of the machine.
  if (failures.length > 0 && failures.every(({ exit_code }) => exit_code === EXIT_CODES.environment)) {
    // The first one is enough: a full disk fails many tasks.
    printFailure(failures[0].message.replace(/\)$/, `; ${rest}: run the same command to try again)`));
    return EXIT_CODES.environment;
  }
  printError(
    new TracelabError({
      code: 'PARTLY_FAILED',
      kind: 'environment',
      where,
      what: rest,
      expected: `all ${noun}s finished`,
      got: `${counted(failures.length, 'task')} set aside`,
      hint: 'run the same command to try again',
    }),
  );
  return PARTLY_FAILED;
}
