// Evaluates one model: per distribution, greedy (or sampled) completions of its test mazes, each with its verdict, on
// disk; then the counts.
import { join } from 'node:path';
import { TracelabError } from '../base/errors.ts';
import { readJsonl, writeFileAtomic } from '../base/files.ts';
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
import { Model } from '../model/model.ts';
import { keepRows, keptRows } from './kept-rows.ts';
import { summarize } from './metrics.ts';
import type { CompletionRow, DistributionSummary, EvaluationHooks } from './types.ts';

/** How the mazes are completed, and where the completions go. */
export interface CompletingOptions {
  readonly outDir: string;
  /** 0 = greedy. */
  readonly temperature: number;
  readonly seed: number;
  /** Only the first so many mazes of each file. */
  readonly limit?: number;
  /**
   * Whose gold completions decide how long a completion may become: by default those of the mazes that are completed;
   * `file`: all of the file, so that a maze has one completion whatever the limit.
   */
  readonly capOf?: 'mazes' | 'file';
}

export interface EvaluateOptions extends CompletingOptions {
  /** Checkpoint folder. */
  readonly checkpoint: string;
  readonly tests: TestSets;
  readonly threads: number;
}

export interface EvaluateSummary {
  /** False when the signal stopped it; finished distributions are kept. */
  readonly finished: boolean;
  readonly seconds: number;
  readonly summaries: readonly DistributionSummary[];
}

/** Region of the validator, bytes. */
const VALIDATOR_BYTES = 32 << 20;

/**
 * Opens a checkpoint for one evaluateModel().
 * @throws TracelabError as Model.open and evaluateModel
 */
export async function evaluate(
  { checkpoint, tests, threads, ...options }: EvaluateOptions,
  hooks: EvaluationHooks,
): Promise<EvaluateSummary> {
  await using model = await Model.open(checkpoint, threads);
  return await evaluateModel(model, tests, options, hooks);
}

/**
 * Takes the rows of an earlier call with the same model, tests and options where `outDir` has them.
 * @throws TracelabError for a model of another domain or grid size, or a context too short for the longest gold
 * completion
 */
export async function evaluateModel(
  model: Model,
  { sets, train }: TestSets,
  options: CompletingOptions,
  hooks: EvaluationHooks,
): Promise<EvaluateSummary> {
  const started = performance.now();
  const seconds = (): number => (performance.now() - started) / 1000;
  const key = evaluationKey(model, train?.hash ?? null, options);
  // All files are refused or accepted before the first completion costs time.
  const assigned = sets.map((set) => mazesFor(model, set, options));
  const all = assigned.reduce((sum, { examples }) => sum + examples.length, 0);
  const judge = judgeOf(model);
  const summaries: DistributionSummary[] = [];
  let before = 0;
  for (const mazes of assigned) {
    const {
      set: { distribution, hash },
      examples,
    } = mazes;
    const path = completionsPath(options.outDir, distribution);
    const testKey = sha256(canonicalJson({ key, file: hash }));
    const kept = await keptRows<CompletionRow>(path, testKey);
    const rows = kept ?? (await complete(model, mazes, options, { ...hooks, before, all, judge, walls: train?.walls }));
    if (rows === null) return { finished: false, seconds: seconds(), summaries };
    if (kept === null) await keepRows(path, testKey, rows);
    before += examples.length;
    summaries.push(summarize(distribution, rows, train === null ? ['walls_seen'] : []));
  }
  const { temperature, seed, outDir } = options;
  const { origin } = model.checkpoint;
  const record = { format: 1, checkpoint: origin, temperature, seed, seconds: seconds(), distributions: summaries };
  await writeFileAtomic(join(outDir, 'evaluation.json'), `${JSON.stringify(record, null, 2)}\n`);
  return { finished: true, seconds: seconds(), summaries };
}

/**
 * What an evaluation of the first mazes would have counted, from the completions of all of them; equal where the cap is
 * that of the file.
 * @param outDir of a finished evaluation of one distribution or more
 */
export async function summarizeFirst(
  outDir: string,
  distribution: GeneratorName,
  mazes: number,
): Promise<DistributionSummary> {
  const rows: CompletionRow[] = [];
  for await (const row of readJsonl(completionsPath(outDir, distribution), (value) => value as CompletionRow)) {
    rows.push(row);
    if (rows.length === mazes) break;
  }
  return summarize(distribution, rows);
}

function completionsPath(outDir: string, distribution: GeneratorName): string {
  return join(outDir, `completions-${distribution}.jsonl`);
}

/** All that decides a completion but the test file. */
function evaluationKey(
  model: Model,
  train: string | null,
  { temperature, seed, limit, capOf = 'mazes' }: CompletingOptions,
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

async function complete(
  model: Model,
  { set: { distribution }, examples, cap }: Mazes,
  { temperature, seed }: CompletingOptions,
  { signal, before, all, judge, walls, ...hooks }: Completing,
): Promise<CompletionRow[] | null> {
  const started = performance.now();
  const completions = await model.generate(
    { prompts: examples.map(({ prompt }) => prompt), maxNewTokens: cap, temperature, seed },
    (done, tokens) => {
      hooks.progress({
        distribution,
        done,
        total: examples.length,
        tokens,
        tokens_per_second: (1000 * tokens) / (performance.now() - started),
        share: (before + done) / all,
      });
    },
    signal,
  );
  if (completions === null) return null;
  const verdicts = judge(examples, completions);
  return examples.map((example, i) => ({
    id: example.id,
    ...(example.domain !== undefined && { domain: example.domain }),
    generator: example.generator,
    size: example.size,
    prompt: example.prompt,
    completion: completions[i].text,
    truncated: completions[i].truncated,
    walls_seen: walls?.has(wallsOf(example)) ?? false,
    verdict: verdicts[i],
  }));
}

type Judge = (examples: readonly Example[], completions: readonly Completion[]) => Verdict[];

/**
 * Verdicts by the core's validator, from the very tokens that the model chose; by the domain's own one where the core
 * has no twin of it. Its memory is made for the first verdict and used for all.
 */
function judgeOf({ checkpoint: { vocabulary, origin } }: Model): Judge {
  const domain = domainOf(origin.domain);
  const { coreProblem } = domain;
  if (coreProblem === undefined)
    return (examples, completions) =>
      examples.map((example, i) => domain.judge({ ...example, completion: completions[i].text }));
  let region: ValidatorRegion | undefined;
  return (examples, completions) => {
    region ??= validatorRegion();
    const items = examples.map((example, i) => ({ problem: coreProblem(example), ids: completions[i].ids }));
    return judgeIds(region, wordCodes(vocabulary.words), items, ALL_LEVELS);
  };
}

function validatorRegion(): ValidatorRegion {
  const memory = createMemory(VALIDATOR_BYTES);
  const exports = instantiateCore(loadCore(), memory);
  return { exports, memory, base: ARENA_START, bytes: VALIDATOR_BYTES - ARENA_START };
}
