// What all campaigns have in common: the options of a share, and one line of JSON that can be added up over processes.
import { parseArgs } from 'node:util';

/** A part of a campaign: the cases first, first + every, first + 2 every, ... until the time is over. */
export interface Share {
  readonly budgetMinutes: number;
  readonly seed: number;
  readonly first: number;
  readonly every: number;
  /** The last line is a summary for programs. */
  readonly json: boolean;
  /** Options of the campaign itself, by their names. */
  readonly others: Readonly<Record<string, string | undefined>>;
}

/** The last line of a campaign with --json. */
export interface CampaignSummary {
  readonly campaign: string;
  readonly seed: number;
  readonly first: number;
  readonly every: number;
  /** Judged here; steps of a simulation, kills, mutants. */
  readonly cases: number;
  /** That there are in all; null if there is no end of them. */
  readonly of: number | null;
  readonly faults: number;
  /** By what was counted. */
  readonly counts: Readonly<Record<string, number>>;
}

/**
 * Reads the options of a campaign; ends the process with code 2 for wrong ones.
 * @param budget default minutes
 * @param others further options, which take a text
 */
export function readShare(name: string, budget: number, others: readonly string[] = []): Share {
  const text = (value?: string) => ({ type: 'string' as const, ...(value !== undefined && { default: value }) });
  const own = Object.fromEntries(others.map((each) => [each, text()]));
  const values = parseArgs({
    options: {
      ...own,
      budget: text(String(budget)),
      seed: text('1'),
      first: text('0'),
      every: text('1'),
      json: { type: 'boolean', default: false },
    },
  }).values as Record<string, string | boolean | undefined>;
  const [budgetMinutes, seed, first, every] = ['budget', 'seed', 'first', 'every'].map((each) => Number(values[each]));
  const areWhole = [seed, first, every].every((value) => Number.isSafeInteger(value) && value >= 0);
  if (!(budgetMinutes >= 0) || !areWhole || every === 0) {
    console.error(`${name}: expected --budget MINUTES, and whole numbers from 0: --seed, --first, --every (from 1)`);
    process.exit(2);
  }
  const given = Object.fromEntries(others.map((each) => [each, values[each] as string | undefined]));
  return { budgetMinutes, seed, first, every, json: values.json === true, others: given };
}

/** Prints the summary of a share, if it was asked for. */
export function printSummary(
  { json, seed, first, every }: Share,
  summary: Omit<CampaignSummary, 'seed' | 'first' | 'every' | 'counts'> & {
    readonly counts: ReadonlyMap<string, number>;
  },
): void {
  if (json) console.log(JSON.stringify({ ...summary, seed, first, every, counts: Object.fromEntries(summary.counts) }));
}
