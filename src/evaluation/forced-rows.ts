// The rows that interventions leave, one file a distribution and intervention, and one table of those that several
// calls left: its comparisons are adjusted for all of its interventions together.
import { join } from 'node:path';
import { readJsonl } from '../base/files.ts';
import type { TestSet } from '../data/test-sets.ts';
import type { GeneratorName } from '../domain/types.ts';
import { type DistributionInterventions, type ForcedRow, summarizeInterventions } from './intervention-summary.ts';
import { parseForcedRow } from './schemas.ts';

/** Name of the completions without intervention. */
export const OWN = 'own';

/** @param name of the intervention, or OWN */
export function forcedFile(distribution: GeneratorName, name: string): string {
  return `forced-${distribution}-${name}.jsonl`;
}

/**
 * The table of finished interventions on the same mazes.
 * @param sets the mazes of each distribution, with gold completions
 * @param own folder of the call that left the completions without intervention
 * @param forced folder of each intervention's call, by its name
 * @throws TracelabError as readJsonl
 */
export async function summarizeForced(
  sets: readonly Pick<TestSet, 'distribution' | 'examples'>[],
  own: string,
  forced: ReadonlyMap<string, string>,
): Promise<DistributionInterventions[]> {
  const found: DistributionInterventions[] = [];
  for (const { distribution, examples } of sets) {
    const rows = new Map<string, ForcedRow[]>();
    for (const [name, folder] of forced) rows.set(name, await readRows(join(folder, forcedFile(distribution, name))));
    const without = await readRows(join(own, forcedFile(distribution, OWN)));
    found.push(summarizeInterventions(distribution, examples, without, rows));
  }
  return found;
}

async function readRows(file: string): Promise<ForcedRow[]> {
  const rows: ForcedRow[] = [];
  for await (const row of readJsonl(file, parseForcedRow)) rows.push(row);
  return rows;
}
