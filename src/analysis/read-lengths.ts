// From the completion files of one evaluation to the lengths of one run; with its checkpoint each maze also gets its distance from the
// training distribution, by one scoring pass over the gold completions.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { TracelabError } from '../base/errors.ts';
import { readJsonl } from '../base/files.ts';
import { solve } from '../domain/maze/astar.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import { checkSameDomain, domainOfDistribution } from '../domain/domains.ts';
import { completionText, parsePrompt } from '../domain/maze/grammar.ts';
import { GENERATORS } from '../domain/maze/types.ts';
import type { GeneratorName } from '../domain/types.ts';
import { readCheckpoint } from '../model/checkpoint.ts';
import { meanLoss, score } from '../model/score.ts';
import { lengthRow } from './lengths.ts';
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
  progress(progress: { readonly distribution: GeneratorName; readonly done: number; readonly total: number }): void;
  readonly signal?: AbortSignal;
}

/** @returns null when the signal stopped it @throws TracelabError COMPLETIONS_MISSING, COMPLETION_ROW, GRID_SIZE, and those of readCheckpoint and score */
export async function readLengths(
  { condition, seed, undertrained, directory, checkpoint }: LengthInput,
  threads: number,
  hooks: LengthHooks,
): Promise<LengthRun | null> {
  const rows: Partial<Record<GeneratorName, readonly LengthRow[]>> = {};
  const model = checkpoint === null ? null : await readCheckpoint(checkpoint);
  for (const distribution of await distributionsIn(directory)) {
    const file = join(directory, `completions-${distribution}.jsonl`);
    const sources: LengthSource[] = [];
    for await (const row of readJsonl(file, lengthSource)) sources.push(row);
    let distances: (number | null)[] = sources.map(() => null);
    if (model !== null) {
      const golds = sources.map((source) => goldExample(source, file));
      const other = sources.find(({ size }) => size !== model.origin.size);
      if (other)
        throw new TracelabError({
          code: 'GRID_SIZE',
          kind: 'refused_input',
          where: `${file}, ${other.id}`,
          what: 'the model was trained on another grid size',
          expected: String(model.origin.size),
          got: String(other.size),
        });
      const losses = await score(
        { checkpoint: model, examples: golds, threads },
        (done) => {
          hooks.progress({ distribution, done, total: golds.length });
        },
        hooks.signal,
      );
      if (losses === null) return null;
      distances = losses.map(meanLoss);
    }
    rows[distribution] = sources.map((source, i) => lengthRow(source, distances[i]));
  }
  return { condition, seed, undertrained, rows };
}

/** In the order of all tables. @throws TracelabError COMPLETIONS_MISSING, DOMAIN_MIXED */
async function distributionsIn(directory: string): Promise<GeneratorName[]> {
  const names: readonly string[] = await readdir(directory).catch(() => []);
  const found = GENERATORS.filter((name) => names.includes(`completions-${name}.jsonl`));
  if (found.length > 0) return found;
  const foreign = names.map((name) => /^completions-(.+)\.jsonl$/.exec(name)?.[1]).find((name) => name !== undefined);
  if (foreign !== undefined)
    checkSameDomain(directory, 'lengths are compared on mazes only', undefined, domainOfDistribution(foreign)?.name);
  throw new TracelabError({
    code: 'COMPLETIONS_MISSING',
    kind: 'refused_input',
    where: directory,
    what: 'no completions here',
    expected: 'completions-<distribution>.jsonl, as `tracelab evaluate` writes them',
    got: names.length === 0 ? 'no folder, or an empty one' : `${names.length} other files`,
  });
}

function goldExample(
  { prompt, size, generator, id }: LengthSource,
  file: string,
): { prompt: string; completion: string } {
  const { trace, plan } = solve(parsePrompt(prompt, size, generator, `${file}, ${id}`));
  return { prompt, completion: completionText(trace, plan ?? []) };
}

/** What is needed of a row, checked: files of completions are edited and cut. */
function lengthSource(value: unknown, where: string): LengthSource {
  const row = value as Partial<LengthSource> | null;
  const isRow =
    typeof row?.id === 'string' &&
    typeof row.prompt === 'string' &&
    typeof row.size === 'number' &&
    typeof row.truncated === 'boolean' &&
    typeof row.completion === 'string' &&
    GENERATORS.some((name) => name === row.generator) &&
    typeof row.verdict?.plan.valid === 'boolean';
  if (!isRow)
    throw new TracelabError({
      code: 'COMPLETION_ROW',
      kind: 'damaged_artifact',
      where,
      what: 'not a judged completion',
      expected: 'a row that `tracelab evaluate` or `tracelab study` wrote',
    });
  return row as LengthSource;
}
