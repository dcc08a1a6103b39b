// From the completion files of one evaluation to the lengths of one run; with its checkpoint each maze also gets its
// distance from the training distribution, by one scoring pass over the gold completions.
import { join } from 'node:path';
import { z } from 'zod';
import { readdir, statIfPath } from '../base/disk.ts';
import { TracelabError } from '../base/errors.ts';
import { readJsonl } from '../base/files.ts';
import { issueText } from '../base/schema-issue.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import { domainOf, domainOfDistribution } from '../domain/domains.ts';
import type { GeneratorName } from '../domain/types.ts';
import { Model } from '../model/model.ts';
import { meanLoss } from '../model/score.ts';
import { distributionNames, lengthRow } from './lengths.ts';
import type { LengthRow, LengthRun, LengthSource } from './lengths.ts';

export interface LengthInput {
  readonly condition: Condition;
  readonly seed: number;
  readonly undertrained: boolean;
  /** Folder with completions-<distribution>.jsonl. */
  readonly directory: string;
  /** Checkpoint folder of the model that wrote them; null: distances are not measured. */
  readonly checkpoint: string | null;
}

export interface LengthHooks {
  /** Gold completions scored so far, of those of one distribution. */
  progress(progress: {
    readonly distribution: GeneratorName;
    readonly done: number;
    readonly total: number;
    /** Of the gold completions of all distributions, 0 to 1. */
    readonly share: number;
  }): void;
  readonly signal?: AbortSignal;
}

/**
 * @returns null when the signal stopped it
 * @throws TracelabError COMPLETIONS_MISSING, COMPLETION_ROW, GRID_SIZE, and those of Model.open and Model.score
 */
export async function readLengths(
  { condition, seed, undertrained, directory, checkpoint }: LengthInput,
  threads: number,
  hooks: LengthHooks,
): Promise<LengthRun | null> {
  // All files are refused or accepted before the first pass costs time.
  const written = new Map<GeneratorName, readonly LengthSource[]>();
  for (const distribution of await distributionsIn(directory))
    written.set(distribution, await readSources(directory, distribution));
  const distances =
    checkpoint === null
      ? new Map<GeneratorName, readonly number[]>()
      : await measureDistances(checkpoint, threads, directory, written, hooks);
  if (distances === null) return null;
  const rows: Partial<Record<GeneratorName, readonly LengthRow[]>> = {};
  for (const [distribution, sources] of written)
    rows[distribution] = sources.map((source, i) => lengthRow(source, distances.get(distribution)?.[i] ?? null));
  return { condition, seed, undertrained, rows };
}

/** Mean loss of every gold completion; null when the signal stopped it. */
async function measureDistances(
  checkpoint: string,
  threads: number,
  directory: string,
  written: ReadonlyMap<GeneratorName, readonly LengthSource[]>,
  hooks: LengthHooks,
): Promise<Map<GeneratorName, readonly number[]> | null> {
  await using model = await Model.open(checkpoint, threads);
  const { size } = model.checkpoint.origin;
  for (const [distribution, sources] of written) checkSize(sources, size, completionsFile(directory, distribution));
  const all = [...written.values()].reduce((sum, { length }) => sum + length, 0);
  const distances = new Map<GeneratorName, readonly number[]>();
  let before = 0;
  for (const [distribution, sources] of written) {
    const file = completionsFile(directory, distribution);
    const total = sources.length;
    const losses = await model.score(
      sources.map((source) => goldExample(source, file)),
      (done) => {
        hooks.progress({ distribution, done, total, share: (before + done) / all });
      },
      hooks.signal,
    );
    if (losses === null) return null;
    distances.set(distribution, losses.map(meanLoss));
    before += total;
  }
  return distances;
}

function completionsFile(directory: string, distribution: GeneratorName): string {
  return join(directory, `completions-${distribution}.jsonl`);
}

async function readSources(directory: string, distribution: GeneratorName): Promise<LengthSource[]> {
  const sources: LengthSource[] = [];
  for await (const row of readJsonl(completionsFile(directory, distribution), lengthSource)) sources.push(row);
  return sources;
}

/** @throws TracelabError GRID_SIZE */
function checkSize(sources: readonly LengthSource[], size: number, file: string): void {
  const other = sources.find((source) => source.size !== size);
  if (other)
    throw new TracelabError({
      code: 'GRID_SIZE',
      kind: 'refused_input',
      where: `${file}, ${other.id}`,
      what: 'the model was trained on another grid size',
      expected: String(size),
      got: String(other.size),
      hint: 'give completions of the same grid size, or the checkpoint that wrote them',
    });
}

/**
 * In the order of all tables.
 * @throws TracelabError COMPLETIONS_MISSING
 */
async function distributionsIn(directory: string): Promise<GeneratorName[]> {
  const isFolder = (await statIfPath(directory))?.isDirectory() ?? false;
  const names: readonly string[] = isFolder ? await readdir(directory) : [];
  const found = distributionNames().filter((name) => names.includes(`completions-${name}.jsonl`));
  if (found.length > 0) return found;
  throw new TracelabError({
    code: 'COMPLETIONS_MISSING',
    kind: 'refused_input',
    where: directory,
    what: 'no completions here',
    expected: 'completions-<distribution>.jsonl, as `tracelab evaluate` writes them',
    got: names.length === 0 ? 'no folder, or an empty one' : `${names.length} other files`,
    hint: 'give the folder of an evaluation',
  });
}

function goldExample(
  { prompt, size, domain: name, id }: LengthSource,
  file: string,
): { prompt: string; completion: string } {
  const domain = domainOf(name);
  return { prompt, completion: domain.solve(domain.parse(prompt, size, `${file}, ${id}`)).completion };
}

/**
 * What is needed of a row, checked: files of completions are edited and cut. Rows that lack the rest of a judged
 * completion (`walls_seen`, the verdicts on its trace) are read, too.
 */
function lengthSource(value: unknown, where: string): LengthSource {
  const { success, data, error } = SOURCE.safeParse(value);
  if (!success) throw noSource(where, issueText(error, 'the row'));
  if (domainOfDistribution(data.generator) !== domainOf(data.domain, where))
    throw noSource(where, `generator ${JSON.stringify(data.generator).slice(0, 60)} of another domain`);
  return value as LengthSource;
}

const SOURCE = z.looseObject({
  id: z.string(),
  domain: z.string().optional(),
  generator: z.string(),
  prompt: z.string(),
  size: z.number(),
  truncated: z.boolean(),
  completion: z.string(),
  verdict: z.looseObject({ plan: z.looseObject({ valid: z.boolean() }) }),
});

function noSource(where: string, got: string): TracelabError {
  return new TracelabError({
    code: 'COMPLETION_ROW',
    kind: 'damaged_artifact',
    where,
    what: 'not a judged completion',
    expected: 'a row that `tracelab evaluate` or `tracelab study` wrote',
    got,
    hint: 'put the file back as it was written, or evaluate again into another folder',
  });
}
