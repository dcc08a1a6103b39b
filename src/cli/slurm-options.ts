// Options of `tracelab sweep` for Slurm alone.
import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { LIMITS } from '../base/limits.ts';
import type { TimeLimit } from '../fleet/slurm/scripts.ts';
import { refuseOptions } from './command-line.ts';

export interface SlurmOptions {
  readonly partition?: string;
  readonly time?: TimeLimit;
  readonly cores?: number;
  readonly dryRun?: true;
}

/** `--partition`: names as Slurm has them. */
export const partitionOption = (): Option =>
  new Option('--partition <name>', 'with --engine slurm: partition of its jobs').argParser((text) => {
    if (/^[A-Za-z0-9_][\w.,-]*$/.test(text)) return text;
    throw new InvalidArgumentError(`expected the name of a partition, got ${JSON.stringify(text)}\n(sinfo lists them)`);
  });

/** `--time`: a time limit. */
export const timeOption = (): Option =>
  new Option('--time <limit>', 'with --engine slurm: time limit of each job, as sbatch reads it').argParser((text) => {
    const limit = timeLimit(text);
    if (limit) return limit;
    throw new InvalidArgumentError(
      `expected MINUTES, HOURS:MINUTES:SECONDS or DAYS-HOURS, got ${JSON.stringify(text)}\n(for example 4:00:00)`,
    );
  });

/**
 * Seconds of a time limit: `minutes`, `minutes:seconds`, `hours:minutes:seconds`, `days-hours`, `days-hours:minutes`
 * or `days-hours:minutes:seconds`.
 * @returns undefined for any other text, and for no time at all, which Slurm takes for no limit
 */
export function timeLimit(text: string): TimeLimit | undefined {
  const parts = /^(?:(\d{1,4})-)?(\d{1,7}(?::\d{1,2}){0,2})$/.exec(text);
  if (!parts) return undefined;
  const [, days, clock] = parts as unknown as readonly [string, string | undefined, string];
  const numbers = clock.split(':').map(Number);
  const [hours, minutes = 0, seconds = 0] = days === undefined && numbers.length < 3 ? [0, ...numbers] : numbers;
  const all = 60 * (60 * (24 * Number(days ?? 0) + hours) + minutes) + seconds;
  return all > 0 ? { text, seconds: all } : undefined;
}

/**
 * Refuses options of Slurm without Slurm, and those that it has no use for.
 * @throws TracelabError COMMAND_LINE (refused input)
 */
export function checkSlurmOptions(command: Command, options: SlurmOptions, isSlurm: boolean, only?: string): void {
  const { partition, time, cores, dryRun } = options;
  const given = Object.entries({ '--partition': partition, '--time': time, '--cores': cores, '--dry-run': dryRun });
  const option = given.find(([, value]) => value !== undefined)?.[0];
  if (!isSlurm && option !== undefined)
    throw refuseOptions(command, {
      option,
      what: `${option} needs --engine slurm`,
      expected: '--engine slurm',
      got: 'another engine, or none',
    });
  if (!isSlurm) return;
  if (cores !== undefined && cores > LIMITS.threads.most)
    throw refuseOptions(command, {
      option: '--cores',
      what: 'no task has so many threads',
      expected: `a whole number from 1 to ${LIMITS.threads.most}`,
      got: String(cores),
      hint: 'it is the number of cores of one task',
    });
  if (only !== undefined)
    throw refuseOptions(command, {
      option: '--only',
      what: 'Slurm gets every task that is not finished',
      expected: 'no --only',
      got: only,
      hint: 'failed tasks are tried again anyway',
    });
}
