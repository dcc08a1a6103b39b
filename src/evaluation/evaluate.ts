// Evaluates one checkpoint: per distribution, greedy (or sampled) completions of its test mazes, each with its verdict, on disk; then the counts.
import { join } from 'node:path';
import { TracelabError } from '../base/errors.ts';
import { readJsonl, writeFileAtomic } from '../base/files.ts';
import { canonicalJson, hashFile, sha256 } from '../base/hash.ts';
import { ARENA_START, createMemory } from '../core/memory.ts';
import { instantiateCore, loadCore } from '../core/module.ts';
import { ALL_LEVELS, judgeIds, wordCodes } from '../core/validator.ts';
import { readExamples } from '../data/dataset.ts';
import { collectWalls, wallsOf } from '../data/walls.ts';
import { checkSameDomain, domainOf } from '../domain/domains.ts';
import type { Example, GeneratorName, Verdict } from '../domain/types.ts';
import { type Checkpoint, readCheckpoint } from '../model/checkpoint.ts';
import { completionCap } from '../model/completion-cap.ts';
import { type Completion, generate } from '../model/generate.ts';
import { NUMERIC_VERSION } from '../base/numeric-version.ts';
import { keepRows, keptRows } from './kept-rows.ts';
import { summarize } from './metrics.ts';
import type { CompletionRow, DistributionSummary } from './types.ts';

export interface EvaluateOptions {
  /** Checkpoint folder. */
  readonly checkpoint: string;
  readonly tests: readonly { readonly distribution: GeneratorName; readonly file: string }[];
  /** To tell which walls were seen in training; null: that is not measured. */
  readonly trainFile: string | null;
  readonly outDir: string;
  readonly threads: number;
  /** 0 = greedy. */
  readonly temperature: number;
  readonly seed: number;
  /** Only the first so many mazes of each file. */
  readonly limit?: number;
  /** Whose gold completions tell how long one may become: default the mazes that are completed; `file`: all of the file, so that a maze has one completion whatever the limit. */
  readonly capOf?: 'mazes' | 'file';
}

export interface EvaluateHooks {
  progress(progress: {
    readonly distribution: GeneratorName;
    readonly done: number;
    readonly total: number;
    readonly tokens: number;
    readonly tokens_per_second: number;
  }): void;
  readonly signal?: AbortSignal;
}

export interface EvaluateSummary {
  /** False when the signal stopped it; finished distributions are kept. */
  readonly finished: boolean;
  readonly seconds: number;
  readonly summaries: readonly DistributionSummary[];
}

/** Region of the validator, bytes. */
const VALIDATOR_BYTES = 32 << 20;

/** @throws TracelabError for missing or damaged files, a model of another grid size, a context too short for the longest gold completion */
export async function evaluate(options: EvaluateOptions, hooks: EvaluateHooks): Promise<EvaluateSummary> {
  const { tests, outDir, trainFile } = options;
  const started = performance.now();
  const checkpoint = await readCheckpoint(options.checkpoint);
  const trainWalls = trainFile === null ? new Set<string>() : collectWalls(await readExamples(trainFile));
  const key = await evaluationKey(options, checkpoint.model.context);
  // All files are refused or accepted before the first completion costs time.
  const testSets: TestSet[] = [];
  for (const { distribution, file } of tests) testSets.push(await readTestSet(options, checkpoint, distribution, file));
  const summaries: DistributionSummary[] = [];
  for (const testSet of testSets) {
    const { distribution, file } = testSet;
    const path = completionsPath(outDir, distribution);
    const testKey = sha256(canonicalJson({ key, file: await hashFile(file) }));
    const kept = await keptRows<CompletionRow>(path, testKey);
    const rows = kept ?? (await completeDistribution(options, hooks, checkpoint, trainWalls, testSet));
    if (rows === null) return { finished: false, seconds: (performance.now() - started) / 1000, summaries };
    if (kept === null) await keepRows(path, testKey, rows);
    summaries.push(summarize(distribution, rows, trainFile === null ? ['walls_seen'] : []));
  }
  const seconds = (performance.now() - started) / 1000;
  await writeFileAtomic(
    join(outDir, 'evaluation.json'),
    `${JSON.stringify({ format: 1, checkpoint: checkpoint.origin, temperature: options.temperature, seed: options.seed, seconds, distributions: summaries }, null, 2)}\n`,
  );
  return { finished: true, seconds, summaries };
}

/** What an evaluation of the first mazes would have counted, from the completions of all of them; equal where the cap is that of the file. @param outDir of a finished evaluation of one distribution or more */
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
async function evaluationKey(
  { checkpoint, temperature, seed, limit, capOf, trainFile }: EvaluateOptions,
  context: number,
): Promise<string> {
  const core = loadCore();
  return sha256(
    canonicalJson({
      weights: await hashFile(join(checkpoint, 'model.safetensors')),
      context,
      temperature,
      seed,
      limit: limit ?? null,
      ...(limit !== undefined && capOf === 'file' && { cap_of: capOf }),
      train: trainFile === null ? null : await hashFile(trainFile),
      module: core.module_sha256,
      path: core.kernel_path,
      numeric_version: NUMERIC_VERSION,
    }),
  );
}

/** The mazes of one test file, which this model can be tested on. */
interface TestSet {
  readonly distribution: GeneratorName;
  readonly file: string;
  readonly examples: readonly Example[];
  /** Most new tokens of a completion. */
  readonly cap: number;
}

/** @throws TracelabError DOMAIN_MIXED, GRID_SIZE, CONTEXT_TOO_SHORT, and those of readExamples */
async function readTestSet(
  options: EvaluateOptions,
  checkpoint: Checkpoint,
  distribution: GeneratorName,
  file: string,
): Promise<TestSet> {
  const all = await readExamples(file);
  const examples = all.slice(0, options.limit);
  for (const { domain, size, id } of examples) {
    checkSameDomain(
      `${file}, example ${id}`,
      'the model was trained on another domain',
      checkpoint.origin.domain,
      domain,
    );
    if (size !== checkpoint.origin.size)
      throw new TracelabError({
        code: 'GRID_SIZE',
        kind: 'refused_input',
        where: `${file}, example ${id}`,
        what: 'the model was trained on another grid size',
        expected: String(checkpoint.origin.size),
        got: String(size),
      });
  }
  return {
    distribution,
    file,
    examples,
    cap: completionCap(options.capOf === 'file' ? all : examples, checkpoint, file),
  };
}

async function completeDistribution(
  options: EvaluateOptions,
  hooks: EvaluateHooks,
  checkpoint: Checkpoint,
  trainWalls: ReadonlySet<string>,
  { distribution, examples, cap }: TestSet,
): Promise<CompletionRow[] | null> {
  const started = performance.now();
  const completions = await generate(
    {
      checkpoint,
      prompts: examples.map((example) => example.prompt),
      maxNewTokens: cap,
      temperature: options.temperature,
      seed: options.seed,
      threads: options.threads,
    },
    (done, tokens) => {
      hooks.progress({
        distribution,
        done,
        total: examples.length,
        tokens,
        tokens_per_second: (1000 * tokens) / (performance.now() - started),
      });
    },
    hooks.signal,
  );
  if (completions === null) return null;
  const verdicts = judgeAll(checkpoint, examples, completions);
  return examples.map((example, i) => ({
    id: example.id,
    ...(example.domain !== undefined && { domain: example.domain }),
    generator: example.generator,
    size: example.size,
    prompt: example.prompt,
    completion: completions[i].text,
    truncated: completions[i].truncated,
    walls_seen: trainWalls.has(wallsOf(example)),
    verdict: verdicts[i],
  }));
}

/** Verdicts by the core's validator, from the very tokens that the model chose; by the domain's own one where the core has no twin of it. */
function judgeAll(
  { vocabulary, origin }: Checkpoint,
  examples: readonly Example[],
  completions: readonly Completion[],
): Verdict[] {
  const domain = domainOf(origin.domain);
  const { coreProblem } = domain;
  if (coreProblem === undefined)
    return examples.map((example, i) => domain.judge({ ...example, completion: completions[i].text }));
  const memory = createMemory(VALIDATOR_BYTES);
  const exports = instantiateCore(loadCore(), memory);
  const items = examples.map((example, i) => ({ problem: coreProblem(example), ids: completions[i].ids }));
  return judgeIds(
    { exports, memory, base: ARENA_START, bytes: VALIDATOR_BYTES - ARENA_START },
    wordCodes(vocabulary.words),
    items,
    ALL_LEVELS,
  );
}
