// Reinforcement learning (GRPO) from one checkpoint: a run directory in, checkpoints and metrics.jsonl out. Calling
// it again resumes a stopped run bit for bit. It does not evaluate the kept checkpoints.
import { join } from 'node:path';
import { mkdirs } from '../base/disk.ts';
import { TracelabError } from '../base/errors.ts';
import { canonicalJson, hashFile, sha256 } from '../base/hash.ts';
import { NUMERIC_VERSION } from '../base/numeric-version.ts';
import { noteWritten } from '../base/written-files.ts';
import { loadCore } from '../core/module.ts';
import { StepClaim } from '../core/step-claim.ts';
import type { WatchPatience } from '../core/thread-watch.ts';
import { runThreads } from '../core/threads.ts';
import { readExamples } from '../data/dataset.ts';
import { type Checkpoint, readCheckpoint, writeCheckpoint } from '../model/checkpoint.ts';
import { loadTensors } from '../model/named-tensors.ts';
import { completionCap } from '../model/completion-cap.ts';
import { checkpointDirectory, runResumable, RUN_TIMING, type RunTiming, SpeedWindow } from '../model/resumable-run.ts';
import { resumedState } from '../model/resumed-state.ts';
import { loadState } from '../model/run-state.ts';
import { METRICS_FILE, MetricsFile, readMarkedRows } from '../model/metrics-file.ts';
import { countSkipped, isNotFinite, type NotFiniteRow, orNotFinite, withoutBudget } from '../model/not-finite.ts';
import { checkRlConfig, keptSteps, type RlConfig } from './config.ts';
import { abortRl, CONTROL } from './memory.ts';
import { type PromptSet, readPrompts } from './prompts.ts';
import { parseStepRow } from './row-schema.ts';
import { share } from './share.ts';
import type { StepRow } from './step-row.ts';
import { RL_THREAD } from './thread-entry.ts';
import type { RlShared } from './thread.ts';
import { WarningWatch } from './warnings.ts';

export interface RlOptions {
  readonly runDir: string;
  /** Checkpoint folder to start from; it is also the reference of the KL. */
  readonly checkpoint: string;
  readonly rl: RlConfig;
  /** Of prompts and rollouts. */
  readonly seed: number;
  /** JSONL of examples: prompts are drawn from it; its completions only decide the default cap. */
  readonly trainFile: string;
  readonly threads: number;
}

/** Progress that rl() reports to its caller after every step. */
export interface RlProgress extends StepRow {
  readonly steps: number;
  /**
   * Prompt and completion tokens do not count the same: these are drawn tokens a second of the whole step, over the
   * last few steps.
   */
  readonly tokens_per_second: number;
  readonly seconds_left: number;
}

export interface RlHooks {
  progress(progress: RlProgress): void;
  /** Called once with each condition under which the run learns little. */
  warning?(text: string): void;
  /** Called with one line each: where the run resumes, what was damaged, that a step is dropped. */
  say?(text: string): void;
  /**
   * Ends the run after the step in hand, at once during rollouts; drops the step when it takes more than
   * `timing.dropSeconds`.
   */
  readonly signal?: AbortSignal;
  /** For tests. */
  readonly timing?: Partial<RunTiming>;
  readonly patience?: Partial<WatchPatience>;
}

export interface RlSummary {
  /** False when the signal stopped the run; the same call resumes it. */
  readonly finished: boolean;
  /** Steps asked for, and done. */
  readonly steps: number;
  readonly done: number;
  /** Wall time over all pieces of the run. */
  readonly seconds: number;
  /** Most tokens of a completion. */
  readonly cap: number;
  /** SHA-256 of the weights that it started from. */
  readonly start_sha256: string;
  readonly checkpoints: readonly { readonly step: number; readonly dir: string }[];
  readonly warnings: readonly string[];
}

/** Steps over which the speed is averaged. */
const SPEED_WINDOW = 10;

/**
 * Runs or continues a run.
 * @throws TracelabError for settings out of range, impossible sizes, damaged files, another run's state in the
 * directory, threads that make no progress
 */
export async function rl(options: RlOptions, hooks: RlHooks): Promise<RlSummary> {
  const { runDir, rl: config, seed, trainFile, threads } = options;
  checkRlConfig(config);
  const core = loadCore();
  const checkpoint = await readCheckpoint(options.checkpoint);
  const { model, vocabulary, origin } = checkpoint;
  const examples = await readExamples(trainFile);
  if (examples.length < config.prompts)
    throw new TracelabError({
      code: 'NO_EXAMPLES',
      kind: 'refused_input',
      where: trainFile,
      what: 'a step draws each prompt at most once',
      expected: `at least ${config.prompts} examples`,
      got: String(examples.length),
      hint: 'fewer prompts a step',
    });
  const prompts = readPrompts(examples, vocabulary, origin.domain, trainFile);
  const cap = capOf(config, checkpoint, prompts) ?? completionCap(examples, checkpoint, trainFile);
  const start_sha256 = await hashFile(join(options.checkpoint, 'model.safetensors'));

  const room = share({
    core,
    config,
    checkpoint,
    prompts,
    cap,
    threads,
    hint: 'fewer prompts or resampled prompts, a smaller group or cap, or fewer accumulators',
  });
  const { map, memory } = room;
  await mkdirs(runDir);
  const data_sha256 = await hashFile(trainFile);
  const key = sha256(
    canonicalJson({
      rl: withoutBudget(config),
      seed,
      start: start_sha256,
      data: data_sha256,
      cap,
      module: core.module_sha256,
      path: core.kernel_path,
      numeric_version: NUMERIC_VERSION,
    }),
  );
  const kept = keptSteps(config);
  const metricsPath = join(runDir, METRICS_FILE);
  const say = (text: string): void => hooks.say?.(text);
  const resumed = await resumedState({
    runDir,
    key,
    kept,
    steps: config.steps,
    readRows: (mark) => readMarkedRows(metricsPath, mark, orNotFinite(parseStepRow)),
    say,
  });
  if (resumed.state === null)
    loadTensors(checkpoint.weights, map.update.layout, memory, map.update.parameters, options.checkpoint);
  else loadState(resumed.state, memory, map.update, runDir);
  if (map.reference !== null)
    loadTensors(checkpoint.weights, map.update.layout, memory, map.reference, options.checkpoint);
  const firstStep = resumed.state?.step ?? 0;

  const watch = new WarningWatch(config.steps, (text) => hooks.warning?.(text));
  const rows = resumed.rows?.rows ?? [];
  for (const row of rows) if (!isNotFinite(row)) watch.recall(row);
  const metrics = await MetricsFile.open<StepRow | NotFiniteRow>(metricsPath, resumed.rows);
  const speed = new SpeedWindow(SPEED_WINDOW);
  const timing = { ...RUN_TIMING, ...hooks.timing };
  const control = new Int32Array(memory.buffer, map.control, CONTROL.words);
  const shared: RlShared = {
    ...room,
    seed,
    firstStep,
    skipped: countSkipped(rows),
    keptSteps: kept,
    stateSeconds: timing.stateSeconds,
  };
  const {
    step: done,
    seconds,
    skipped,
  } = await runResumable<StepRow>({
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
      runThreads(RL_THREAD, threads, shared, onMessage, undefined, {
        abandon,
        watch: {
          progress: new Int32Array(memory.buffer, map.progress, threads),
          release: () => {
            abortRl(memory, map, threads);
          },
          patience: hooks.patience,
        },
      }),
    onStep: (row) => {
      watch.look(row);
      const { tokens_per_second, seconds_per_step } = speed.add(row.tokens, row.seconds.total);
      hooks.progress({
        ...row,
        steps: config.steps,
        tokens_per_second,
        seconds_left: (config.steps - row.step) * seconds_per_step,
      });
    },
    exampleId: (index) => examples[index].id,
    writeCheckpoint: async (directory, weights, step) => {
      const from = { ...origin, rl: { start_sha256, seed, step } };
      const recipe = { section: 'rl', settings: withoutBudget(config), data_sha256 } as const;
      return writeCheckpoint(directory, weights, model, vocabulary, from, recipe);
    },
  });
  const finished = done === config.steps;
  if (finished) {
    const { bytes, sha256: hash } = metrics.mark();
    await noteWritten(runDir, { path: METRICS_FILE, bytes, sha256: hash });
  }
  const allSkipped = shared.skipped + skipped;
  const warnings =
    allSkipped === 0
      ? watch.said
      : [...watch.said, `${allSkipped} of ${done} steps skipped an update, because numbers were not finite`];
  return {
    finished,
    steps: config.steps,
    done,
    seconds,
    cap,
    start_sha256,
    checkpoints: kept.filter((step) => step <= done).map((step) => ({ step, dir: checkpointDirectory(runDir, step) })),
    warnings,
  };
}

/**
 * The cap that was asked for, or null.
 * @throws TracelabError CONTEXT_TOO_SHORT
 */
function capOf({ cap }: RlConfig, { model }: Checkpoint, { longest }: PromptSet): number | null {
  if (cap === null || longest + cap <= model.context) return cap;
  throw new TracelabError({
    code: 'CONTEXT_TOO_SHORT',
    kind: 'refused_input',
    where: 'rl.cap',
    what: `the longest prompt (${longest} tokens) and the cap do not fit into the context`,
    expected: `at most ${model.context - longest}`,
    got: String(cap),
    hint: `set rl.cap to ${model.context - longest} or less`,
  });
}
