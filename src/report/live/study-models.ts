// The models of a finished study that its report embeds, from the cells that its results name.
import { join } from 'node:path';
import { existsSync } from '../../base/disk.ts';
import { TracelabError } from '../../base/errors.ts';
import { readJsonl } from '../../base/files.ts';
import { conditionLabel } from '../../domain/conditions/condition.ts';
import type { Condition } from '../../domain/conditions/condition.ts';
import { DEFAULT_DOMAIN } from '../../domain/domains.ts';
import { parseCompletionRow } from '../../evaluation/schemas.ts';
import type { CompletionRow } from '../../evaluation/types.ts';
import { checkpointDirectory } from '../../model/kept-checkpoints.ts';
import type { ConditionResult, StudyResults } from '../../study/results.ts';
import { distributionLabel } from '../../tables/format.ts';
import { CELLS_FOLDER } from '../../work/folders.ts';
import { weightsBlockLength } from './blocks.ts';
import type { LiveProblem, RecordedCompletion } from './data.ts';
import { type LiveModel, readLiveModel } from './read-model.ts';

/** Characters that all models of a report may take in it; the rest of its blocks is some hundred thousand. */
const MOST_CHARACTERS = 4_850_000;
/** Conditions whose models are embedded, of the first seed: a trace that belongs to its maze, and one that does not. */
const EMBEDDED: readonly Condition[] = ['correct', 'swapped'];
/** Mazes of each distribution, the first ones of the test file. */
const MAZES = 3;

/** How much is embedded. */
export interface LiveLimits {
  readonly characters: number;
  readonly mazes: number;
}

/** What a report embeds, or why it embeds nothing. */
export interface LiveStudy {
  readonly models: readonly LiveModel[];
  readonly problems: readonly LiveProblem[];
  /** Why a model is missing, as a clause; null when none is. */
  readonly missing: string | null;
}

/**
 * Reads the models and their first test completions. The same files give the same value.
 * @param studyPath folder of the study, next to the store of cells
 * @param limits `characters`: most that all models may take; `mazes`: of each distribution, from the first one on
 * @returns null for a study of another domain than mazes
 */
export async function readLiveStudy(
  results: StudyResults,
  studyPath: string,
  { characters: most = MOST_CHARACTERS, mazes = MAZES }: Partial<LiveLimits> = {},
): Promise<LiveStudy | null> {
  if (results.config.data.domain !== DEFAULT_DOMAIN) return null;
  const store = join(studyPath, '..', CELLS_FOLDER);
  const [seed] = results.config.seeds;
  const runs = EMBEDDED.flatMap((condition) =>
    results.conditions.filter((run) => run.condition === condition && run.seed === seed),
  );
  const models: LiveModel[] = [];
  const tested: { readonly run: ConditionResult; readonly id: string }[] = [];
  let missing: string | null = runs.length === 0 ? `the study has no models of ${EMBEDDED.join(' or ')}` : null;
  let characters = 0;
  for (const run of runs) {
    const found = await readRun(run, store);
    if (typeof found === 'string') {
      missing = found;
      continue;
    }
    const more = weightsBlockLength(found.weights.length);
    if (characters + more > most) {
      missing = `a model of ${run.condition} would make this page too large`;
      continue;
    }
    characters += more;
    models.push(found);
    tested.push({ run, id: found.id });
  }
  const isGreedy = results.config.evaluate.temperature === 0;
  return {
    models,
    problems: models.length === 0 ? [] : await recordedProblems(tested, store, isGreedy, mazes),
    missing,
  };
}

/** The last model of a run; a clause that says why there is none. */
async function readRun(run: ConditionResult, store: string): Promise<LiveModel | string> {
  const { condition, seed, cell, test_cell, steps, weights_sha256, evaluation } = run;
  const name = `${conditionLabel(condition).toLowerCase()}, seed ${seed}`;
  const folder = checkpointDirectory(join(store, cell), steps);
  if (!existsSync(join(folder, 'model.safetensors')) || !existsSync(join(store, test_cell)))
    return `the cells of ${name} are not next to the results`;
  try {
    const model = await readLiveModel(folder, {
      id: `${condition.replaceAll(/[^a-z\d]+/g, '-')}-${seed}`,
      validity: evaluation.map(({ distribution, plan_valid: { count, n } }) => ({
        label: distributionLabel(distribution),
        valid: count,
        of: n,
      })),
    });
    return model.hash === weights_sha256 ? model : `the weights of ${name} are not those of the results`;
  } catch (error) {
    if (error instanceof TracelabError && error.details.kind === 'damaged_artifact')
      return `the checkpoint of ${name} is damaged`;
    throw error;
  }
}

/** The first test mazes of each distribution, with what every embedded model wrote. */
async function recordedProblems(
  tested: readonly { readonly run: ConditionResult; readonly id: string }[],
  store: string,
  isGreedy: boolean,
  mazes: number,
): Promise<LiveProblem[]> {
  const problems: LiveProblem[] = [];
  for (const { distribution } of tested[0].run.evaluation) {
    const written = new Map<string, { readonly row: CompletionRow; readonly by: Map<string, RecordedCompletion> }>();
    for (const { run, id } of tested) {
      const file = join(store, run.test_cell, `completions-${distribution}.jsonl`);
      if (!existsSync(file)) continue;
      let count = 0;
      for await (const row of readJsonl(file, parseCompletionRow)) {
        if (++count > mazes) break;
        const known = written.get(row.prompt) ?? { row, by: new Map() };
        written.set(row.prompt, known);
        // Drawn tokens are no models' answer to compare with.
        if (isGreedy) known.by.set(id, { text: row.completion, truncated: row.truncated });
      }
    }
    for (const { row, by } of written.values())
      problems.push({
        id: row.id,
        group: distributionLabel(distribution),
        size: row.size,
        prompt: row.prompt,
        recorded: Object.fromEntries(by),
      });
  }
  return problems;
}
