// Lets an open model complete the problems of test files, once or several times each, judges every completion, and
// keeps the rows on disk. evaluate.ts counts single completions, evaluate-samples.ts several of each problem.
import { join } from 'node:path';
import { TracelabError } from '../base/errors.ts';
import { canonicalJson, sha256 } from '../base/hash.ts';
import { NUMERIC_VERSION } from '../base/numeric-version.ts';
import { ARENA_START, createMemory } from '../core/memory.ts';
import { instantiateCore, loadCore } from '../core/module.ts';
import { ALL_LEVELS, judgeIds, type ValidatorRegion, wordCodes } from '../core/validator.ts';
import type { TestSet, TestSets } from '../data/test-sets.ts';
import { wallsOf } from '../data/walls.ts';
import { checkSameDomain, domainOf } from '../domain/domains.ts';
import type { Example, GeneratorName, Verdict } from '../domain/types.ts';
import { completionCap } from '../model/completion-cap.ts';
import type { Completion } from '../model/generate.ts';
import type { Model } from '../model/model.ts';
import { draftsOf } from './drafts.ts';
import { keepRows, keptRows } from './kept-rows.ts';
import type { CompletionRow, EvaluationHooks } from './types.ts';

/** How the mazes are completed, and where the completions go. */
export interface CompletingOptions {
  readonly outDir: string;
  /** 0 = greedy. */
  readonly temperature: number;
  readonly seed: number;
  /** Number of mazes of each file, from its beginning; all when left out. */
  readonly limit?: number;
  /**
   * Whose gold completions decide how long a completion may become: by default those of the mazes that are completed;
   * `file`: all of the file, so that a maze has one completion whatever the limit.
   */
  readonly capOf?: 'mazes' | 'file';
  /**
   * Folder of an evaluation of a similar model, whose completions are tried as drafts; default: the completions of the
   * test file. Drafts change the time that an evaluation takes, and nothing else.
   */
  readonly draftsFrom?: string;
}

/** What becomes of the completions of one problem. */
export interface RowForm<Row> {
  /** Begins the name of the file of a distribution. */
  readonly file: string;
  /** Completions of each problem; undefined = one. */
  readonly samples?: number;
  /** @param sample 0 for the first completion of a problem */
  readonly rowOf: (row: CompletionRow, completion: Completion, sample: number) => Row;
}

/** Region of the validator, bytes. */
const VALIDATOR_BYTES = 32 << 20;

/**
 * Takes the rows of an earlier call with the same model, tests, options and form where `outDir` has them.
 * @param finished called after each distribution with its rows: all of the first problem, then all of the second
 * @returns false when the signal stopped it; finished distributions are kept
 * @throws TracelabError for a model of another domain or grid size, or a context too short for the longest gold
 * completion
 */
export async function completeTests<Row>(
  model: Model,
  { sets, train }: TestSets,
  options: CompletingOptions,
  form: RowForm<Row>,
  hooks: EvaluationHooks,
  finished: (distribution: GeneratorName, rows: readonly Row[]) => void,
): Promise<boolean> {
  const key = completionsKey(model, train?.hash ?? null, options, form.samples);
  // All files are refused or accepted before the first completion costs time.
  const assigned = sets.map((set) => mazesFor(model, set, options));
  const all = assigned.reduce((sum, { examples }) => sum + examples.length, 0);
  const judge = judgeOf(model);
  let before = 0;
  for (const mazes of assigned) {
    const {
      set: { distribution, hash },
      examples,
    } = mazes;
    const path = rowsPath(options.outDir, form, distribution);
    const testKey = sha256(canonicalJson({ key, file: hash }));
    const kept = await keptRows<Row>(path, testKey);
    const rows =
      kept ?? (await complete(model, mazes, options, form, { ...hooks, before, all, judge, walls: train?.walls }));
    if (rows === null) return false;
    if (kept === null) await keepRows(path, testKey, rows);
    before += examples.length;
    finished(distribution, rows);
  }
  return true;
}

/** Path of the rows of a distribution in a folder. */
export function rowsPath(outDir: string, { file }: { readonly file: string }, distribution: GeneratorName): string {
  return join(outDir, `${file}-${distribution}.jsonl`);
}

/** All that decides a completion but the test file. */
function completionsKey(
  model: Model,
  train: string | null,
  { temperature, seed, limit, capOf = 'mazes' }: CompletingOptions,
  samples: number | undefined,
): string {
  const core = loadCore();
  return sha256(
    canonicalJson({
      weights: model.weightsHash,
      context: model.checkpoint.model.context,
      temperature,
      seed,
      limit: limit ?? null,
      cap_of: capOf,
      ...(samples !== undefined && { samples }),
      train,
      module: core.module_sha256,
      path: core.kernel_path,
      numeric_version: NUMERIC_VERSION,
    }),
  );
}

/** The mazes of one test file that a model is tested on. */
interface Mazes {
  readonly set: TestSet;
  readonly examples: readonly Example[];
  /** Most new tokens of a completion. */
  readonly cap: number;
}

/** @throws TracelabError DOMAIN_MIXED, GRID_SIZE, CONTEXT_TOO_SHORT */
function mazesFor({ checkpoint }: Model, set: TestSet, { limit, capOf }: CompletingOptions): Mazes {
  const { file, examples: all } = set;
  const examples = all.slice(0, limit);
  const { origin } = checkpoint;
  for (const { domain, size, id } of examples) {
    const where = `${file}, example ${id}`;
    checkSameDomain(where, 'the model was trained on another domain', origin.domain, domain);
    if (size !== origin.size)
      throw new TracelabError({
        code: 'GRID_SIZE',
        kind: 'refused_input',
        where,
        what: 'the model was trained on another grid size',
        expected: String(origin.size),
        got: String(size),
        hint: 'give problems of the grid size of the model',
      });
  }
  return { set, examples, cap: completionCap(capOf === 'file' ? all : examples, checkpoint, file) };
}

interface Completing extends EvaluationHooks {
  /** Mazes of the distributions before this one, and of all. */
  readonly before: number;
  readonly all: number;
  readonly judge: Judge;
  /** Of the training set; undefined: not measured. */
  readonly walls: ReadonlySet<string> | undefined;
}

async function complete<Row>(
  model: Model,
  { set: { distribution }, examples, cap }: Mazes,
  { temperature, seed, draftsFrom }: CompletingOptions,
  { samples = 1, rowOf }: RowForm<Row>,
  { signal, before, all, judge, walls, ...hooks }: Completing,
): Promise<Row[] | null> {
  const started = performance.now();
  const drafts = await draftsOf(model, examples, draftsFrom && join(draftsFrom, `completions-${distribution}.jsonl`));
  const drawn = await model.generate(
    { prompts: examples.map(({ prompt }) => prompt), maxNewTokens: cap, temperature, seed, samples, drafts },
    (done, tokens) => {
      hooks.progress({
        distribution,
        done,
        total: samples * examples.length,
        tokens,
        tokens_per_second: (1000 * tokens) / (performance.now() - started),
        share: (before + done / samples) / all,
      });
    },
    signal,
  );
  if (drawn === null) return null;
  // The validator is fastest when the completions of one problem follow each other.
  const completions = examples.flatMap((_, i) =>
    Array.from({ length: samples }, (_unused, sample) => drawn[sample * examples.length + i]),
  );
  const verdicts = judge(examples, completions, samples);
  return examples.flatMap((example, i) => {
    const walls_seen = walls?.has(wallsOf(example)) ?? false;
    return Array.from({ length: samples }, (_, sample) => {
      const completion = completions[samples * i + sample];
      const row: CompletionRow = {
        id: example.id,
        ...(example.domain !== undefined && { domain: example.domain }),
        generator: example.generator,
        size: example.size,
        prompt: example.prompt,
        completion: completion.text,
        truncated: completion.truncated,
        walls_seen,
        verdict: verdicts[samples * i + sample],
      };
      return rowOf(row, completion, sample);
    });
  });
}

/** @param samples completions of each example, which follow each other */
type Judge = (examples: readonly Example[], completions: readonly Completion[], samples: number) => Verdict[];

/**
 * Verdicts by the core's validator, from the very tokens that the model chose; by the domain's own one where the core
 * has no twin of it. Its memory is made for the first verdict and used for all.
 */
function judgeOf({ checkpoint: { vocabulary, origin } }: Model): Judge {
  const domain = domainOf(origin.domain);
  const { coreProblem } = domain;
  if (coreProblem === undefined)
    return (examples, completions, samples) =>
      completions.map(({ text }, i) => domain.judge({ ...examples[Math.floor(i / samples)], completion: text }));
  let region: ValidatorRegion | undefined;
  return (examples, completions, samples) => {
    region ??= validatorRegion();
    const problems = examples.map(coreProblem);
    const items = completions.map(({ ids }, i) => ({ problem: problems[Math.floor(i / samples)], ids }));
    return judgeIds(region, wordCodes(vocabulary.words), items, ALL_LEVELS);
  };
}

function validatorRegion(): ValidatorRegion {
  const memory = createMemory(VALIDATOR_BYTES);
  const exports = instantiateCore(loadCore(), memory);
  return { exports, memory, base: ARENA_START, bytes: VALIDATOR_BYTES - ARENA_START };
}
