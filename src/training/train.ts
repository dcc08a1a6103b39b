// Trains one model from scratch: a run directory in, checkpoints and metrics.jsonl out. Calling it again resumes a
// stopped run bit for bit.
import { basename, join } from 'node:path';
import { mkdirs } from '../base/disk.ts';
import { TracelabError } from '../base/errors.ts';
import { canonicalJson, hashFile, sha256 } from '../base/hash.ts';
import { NUMERIC_VERSION } from '../base/numeric-version.ts';
import { noteWritten } from '../base/written-files.ts';
import { createMemory } from '../core/memory.ts';
import { instantiateCore, loadCore } from '../core/module.ts';
import { StepClaim } from '../core/step-claim.ts';
import type { WatchPatience } from '../core/thread-watch.ts';
import { runThreads } from '../core/threads.ts';
import { scheduleBatches, startedEpochs } from '../data/batches.ts';
import { readExamples } from '../data/dataset.ts';
import { longestExample, tokenizeExamples } from '../data/tokens.ts';
import { applyCondition, changesByEpoch } from '../domain/conditions/apply.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import type { Domain } from '../domain/domain.ts';
import { checkSameDomain, domainOf } from '../domain/domains.ts';
import { writeCheckpoint } from '../model/checkpoint.ts';
import { countParameters, type ModelConfig } from '../model/config.ts';
import { initialiseWeights, writeRopeTables } from '../model/place.ts';
import { checkpointDirectory, runResumable, RUN_TIMING, type RunTiming, SpeedWindow } from '../model/resumable-run.ts';
import { resumedState } from '../model/resumed-state.ts';
import { loadState } from '../model/run-state.ts';
import { METRICS_FILE, MetricsFile, readMarkedRows } from '../model/metrics-file.ts';
import { countSkipped, type NotFiniteRow, orNotFinite, withoutBudget } from '../model/not-finite.ts';
import type { TrainConfig, TrainProgress } from './config.ts';
import { abortTraining, CONTROL, planTrainingMemory } from './memory.ts';
import { checkpointSteps } from './schedule.ts';
import { parseStepRow, type StepRow } from './step-row.ts';
import { TRAINING_THREAD } from './thread-entry.ts';
import type { TrainingShared } from './thread.ts';

export interface TrainOptions {
  readonly runDir: string;
  readonly model: ModelConfig;
  readonly train: TrainConfig;
  readonly condition: Condition;
  readonly seed: number;
  /** JSONL of correct examples; the condition is applied here. */
  readonly trainFile: string;
  readonly threads: number;
  /** Tokens: the run ends with the step that reaches them, and keeps its checkpoint. Default: the whole training. */
  readonly until?: number;
}

export interface TrainHooks {
  progress(progress: TrainProgress): void;
  /** Called with one line each: where the run resumes, what was damaged, that a step is dropped. */
  say?(text: string): void;
  /** Ends the run after the step in hand, or drops that step when it takes more than `timing.dropSeconds`. */
  readonly signal?: AbortSignal;
  /** For tests. */
  readonly timing?: Partial<RunTiming>;
  readonly patience?: Partial<WatchPatience>;
}

export interface TrainSummary {
  /** False when the signal stopped the run; the same call resumes it. */
  readonly finished: boolean;
  readonly steps: number;
  readonly tokens: number;
  /** Wall time over all pieces of the run. */
  readonly seconds: number;
  readonly parameters: number;
  /** Steps whose update was skipped, because numbers were not finite. */
  readonly skipped_steps: number;
  readonly checkpoints: readonly { readonly step: number; readonly tokens: number; readonly dir: string }[];
  /** Steps of those that the whole training keeps. */
  readonly kept: readonly number[];
}

/** Steps over which tokens per second are averaged. */
const SPEED_WINDOW = 20;

/**
 * Runs or continues a training run.
 * @throws TracelabError for impossible sizes, damaged files, another run's state in the directory, threads that make no
 * progress
 */
export async function train(options: TrainOptions, hooks: TrainHooks): Promise<TrainSummary> {
  const { runDir, model, train: recipe, condition, seed, trainFile, threads, until = Infinity } = options;
  const core = loadCore();
  const correct = await readExamples(trainFile);
  const domain = oneDomain(correct, trainFile);
  if (correct.length === 0)
    throw new TracelabError({
      code: 'NO_EXAMPLES',
      kind: 'refused_input',
      where: trainFile,
      what: 'nothing to train on',
      expected: 'at least one example',
      got: '0',
      hint: 'is it the right file?',
    });
  const size = oneSize(correct, trainFile);
  const vocabulary = domain.vocabulary(size);
  // One set for all epochs, or one an epoch, end to end.
  const sets = changesByEpoch(condition)
    ? startedEpochs(recipe, tokenizeExamples(applyCondition(correct, condition, seed), vocabulary).ids.length)
    : 1;
  const examples = Array.from({ length: sets }, (_, epoch) => applyCondition(correct, condition, seed, epoch)).flat();
  const tokenized = tokenizeExamples(examples, vocabulary);
  const longest = longestExample(tokenized);
  if (longest > model.context) {
    throw new TracelabError({
      code: 'CONTEXT_TOO_SHORT',
      kind: 'refused_input',
      where: 'model.context',
      what: 'the longest example does not fit',
      expected: `at least ${longest}`,
      got: String(model.context),
      hint: `set model.context to ${longest} or more`,
    });
  }
  const schedule = scheduleBatches(tokenized, recipe, recipe.batch_tokens, seed, sets);

  const planner = instantiateCore(core, createMemory(1 << 16));
  const map = planTrainingMemory(planner, {
    model,
    vocabSize: vocabulary.length,
    batchTokens: recipe.batch_tokens,
    accumulators: recipe.accumulators,
    threads,
    longest,
    positionOffset: recipe.position_offset,
  });
  const memory = createMemory(map.bytes);
  writeRopeTables(memory, map.placed);
  await mkdirs(runDir);
  const data_sha256 = await hashFile(trainFile);
  const key = sha256(
    canonicalJson({
      model,
      train: withoutBudget(recipe),
      condition,
      seed,
      data: data_sha256,
      module: core.module_sha256,
      path: core.kernel_path,
      numeric_version: NUMERIC_VERSION,
    }),
  );
  const lastStep = stepReaching(until);
  const whole = checkpointSteps(schedule.steps, recipe.checkpoints).filter((at) => at <= lastStep);
  const kept = whole.at(-1) === lastStep ? whole : [...whole, lastStep];
  const metricsPath = join(runDir, METRICS_FILE);
  const say = (text: string): void => hooks.say?.(text);
  const resumed = await resumedState({
    runDir,
    key,
    kept,
    steps: lastStep,
    readRows: (mark) => readMarkedRows(metricsPath, mark, orNotFinite(parseStepRow)),
    say,
  });
  if (resumed.state === null)
    initialiseWeights(
      instantiateCore(core, memory),
      memory,
      map.update.layout,
      map.update.parameters,
      model,
      seed,
      recipe.init_std,
    );
  else loadState(resumed.state, memory, map.update, runDir);
  const firstStep = resumed.state?.step ?? 0;
  const skippedBefore = countSkipped(resumed.rows?.rows ?? []);

  const metrics = await MetricsFile.open<StepRow | NotFiniteRow>(metricsPath, resumed.rows);
  const speed = new SpeedWindow(SPEED_WINDOW);
  const totalTokens = tokensAfter(lastStep);
  const timing = { ...RUN_TIMING, ...hooks.timing };
  const control = new Int32Array(memory.buffer, map.control, CONTROL.words);
  const shared: TrainingShared = {
    core: { module: core.module, tile: core.tile },
    memory,
    map,
    train: recipe,
    examples: tokenized,
    schedule,
    seed,
    firstStep,
    lastStep,
    skipped: skippedBefore,
    checkpointSteps: kept,
    stateSeconds: timing.stateSeconds,
  };
  const { step, seconds, skipped } = await runResumable<StepRow>({
    runDir,
    key,
    resumed,
    memory,
    update: map.update,
    metrics,
    signal: hooks.signal,
    stopFlag: control.subarray(CONTROL.stop, CONTROL.stop + 1),
    claim: new StepClaim(control.subarray(CONTROL.claim)),
    timing,
    say,
    run: async (onMessage, abandon) =>
      runThreads(TRAINING_THREAD, threads, shared, onMessage, undefined, {
        abandon,
        watch: {
          progress: new Int32Array(memory.buffer, map.progress, threads),
          release: () => {
            abortTraining(memory, map, threads);
          },
          patience: hooks.patience,
        },
      }),
    onStep: (row) => {
      const { tokens_per_second } = speed.add(row.tokens - (metrics.last?.tokens ?? 0), row.seconds);
      hooks.progress({
        ...row,
        trace_loss: row.trace_loss ?? Number.NaN,
        steps: lastStep,
        total_tokens: totalTokens,
        tokens_per_second,
      });
    },
    exampleId: (index) => examples[index].id,
    writeCheckpoint: async (directory, weights, at) => {
      const origin = { domain: domain.name, size, condition, seed, step: at, tokens: tokensAfter(at) };
      const made = { section: 'train', settings: withoutBudget(recipe), data_sha256 } as const;
      return writeCheckpoint(directory, weights, model, vocabulary, origin, made);
    },
  });
  const finished = step === lastStep;
  if (finished) {
    const { bytes, sha256: hash } = metrics.mark();
    await noteWritten(runDir, { path: METRICS_FILE, bytes, sha256: hash });
  }
  return {
    finished,
    steps: lastStep,
    tokens: totalTokens,
    seconds,
    parameters: countParameters(model, vocabulary.length),
    skipped_steps: skippedBefore + skipped,
    checkpoints: kept
      .filter((at) => at <= step)
      .map((at) => ({ step: at, tokens: tokensAfter(at), dir: checkpointDirectory(runDir, at) })),
    kept: whole,
  };

  /** The first step with this many tokens behind it, or the last of all. */
  function stepReaching(tokens: number): number {
    let [at, consumed] = [0, 0];
    while (at < schedule.steps && (consumed < tokens || at === 0)) {
      for (const example of schedule.order.subarray(schedule.starts[at], schedule.starts[at + 1]))
        consumed += tokenized.starts[example + 1] - tokenized.starts[example];
      at++;
    }
    return at;
  }

  function tokensAfter(at: number): number {
    let tokens = 0;
    for (const example of schedule.order.subarray(0, schedule.starts[at]))
      tokens += tokenized.starts[example + 1] - tokenized.starts[example];
    return tokens;
  }
}

function oneSize(examples: readonly { readonly size: number; readonly id: string }[], trainFile: string): number {
  const [{ size }] = examples;
  const other = examples.find((example) => example.size !== size);
  if (other === undefined) return size;
  throw new TracelabError({
    code: 'MIXED_SIZES',
    kind: 'refused_input',
    where: `${basename(trainFile)}, example ${other.id}`,
    what: 'one model has one vocabulary',
    expected: `size ${size}`,
    got: String(other.size),
    hint: 'give each size a file and a model of its own',
  });
}

function oneDomain(examples: readonly { readonly domain?: string; readonly id: string }[], trainFile: string): Domain {
  const domain = domainOf(examples[0]?.domain, trainFile);
  for (const { id, domain: got } of examples)
    checkSameDomain(`${basename(trainFile)}, example ${id}`, 'one model learns one domain', domain.name, got);
  return domain;
}
