// Sampled groups of test problems under the weights of one checkpoint: what a step of reinforcement learning would see
// there, namely rollouts, verdicts and KL against the start, without its update. So there is no clip share: a ratio
// moves only when weights do.
import { join } from 'node:path';
import { readTextIfThere } from '../base/disk.ts';
import { TracelabError } from '../base/errors.ts';
import { writeFileAtomic } from '../base/files.ts';
import { canonicalJson, sha256 } from '../base/hash.ts';
import { NUMERIC_VERSION } from '../base/numeric-version.ts';
import { STREAMS, threefry2x32 } from '../base/random.ts';
import { type Core, loadCore } from '../core/module.ts';
import { readTests, type TestFile, type TestSet, type TestSets } from '../data/test-sets.ts';
import type { GeneratorName } from '../domain/types.ts';
import { type Checkpoint, describeCheckpoint } from '../model/checkpoint.ts';
import { completionCap } from '../model/completion-cap.ts';
import { Model } from '../model/model.ts';
import type { RunMessage } from '../model/resumable-run.ts';
import { checkRlConfig, observedSettings, type RlConfig } from './config.ts';
import { CONTROL } from './memory.ts';
import { readPrompts } from './prompts.ts';
import { planShare, share, type ShareOptions } from './share.ts';
import type { StepRow } from './step-row.ts';
import { RL_THREAD } from './thread-entry.ts';
import type { RlShared } from './thread.ts';

/** What is sampled, and where the groups go. */
export interface SamplingOptions {
  /** Settings of the run, of which group, temperature and reward count here. */
  readonly rl: RlConfig;
  /** Problems of each file: its first ones, all of a shorter file. */
  readonly prompts: number;
  /** Of the draws, which are the same for every checkpoint: steps differ by their weights alone. */
  readonly seed: number;
  readonly outDir: string;
}

export interface ObserveOptions extends SamplingOptions {
  /** Folder of the checkpoint that is sampled, and of the one that the run started from. */
  readonly checkpoint: string;
  readonly start: string;
  readonly tests: TestSets;
  readonly threads: number;
}

export interface ObserveHooks {
  /** Called after each distribution. */
  progress(progress: {
    readonly distribution: GeneratorName;
    readonly done: number;
    readonly total: number;
    readonly tokens: number;
    readonly tokens_per_second: number;
    /** Of the completions of all distributions, 0 to 1. */
    readonly share: number;
  }): void;
  readonly signal?: AbortSignal;
}

/**
 * Counts as those of a StepRow, of test problems. `kl` is measured over all completions: exactly 0 for the start
 * itself.
 */
export interface SampledGroups extends Pick<
  StepRow,
  | 'groups'
  | 'zero_spread'
  | 'completions'
  | 'reward'
  | 'plan_valid'
  | 'trace_valid'
  | 'both_valid'
  | 'truncated'
  | 'tokens'
  | 'entropy'
> {
  readonly distribution: GeneratorName;
  /** Most tokens of a completion: a quarter above the longest correct one of the whole file. */
  readonly cap: number;
  readonly kl: number;
}

/**
 * Opens two checkpoints for one observeModel().
 * @throws TracelabError as Model.open and observeModel
 */
export async function observe(
  { checkpoint, start, tests, threads, ...options }: ObserveOptions,
  hooks: ObserveHooks,
): Promise<SampledGroups[] | null> {
  await using model = await Model.open(checkpoint, threads);
  await using reference = await Model.open(start, threads);
  return await observeModel(model, reference, tests, options, hooks);
}

/**
 * Samples each distribution, or takes what an earlier call of the same settings has left in `outDir`.
 * @param model is sampled; its threads do the work
 * @param start the model that the run started from
 * @returns null when the signal stopped it; finished distributions are kept
 * @throws TracelabError as rl(), and CONTEXT_TOO_SHORT for a test file whose longest correct completion does not fit
 */
export async function observeModel(
  model: Model,
  start: Model,
  { sets }: TestSets,
  options: SamplingOptions,
  hooks: ObserveHooks,
): Promise<SampledGroups[] | null> {
  const core = loadCore();
  const settings = settingsKey(options, model, start, core);
  const { group } = options.rl;
  const wanted = ({ examples }: TestSet): number => group * Math.min(options.prompts, examples.length);
  const completions = sets.reduce((sum, set) => sum + wanted(set), 0);
  const all: SampledGroups[] = [];
  let done = 0;
  for (const set of sets) {
    const { distribution } = set;
    const path = join(options.outDir, `sampled-${distribution}.json`);
    const key = sha256(canonicalJson({ settings, file: set.hash }));
    const kept = await keptGroups(path, key);
    const started = performance.now();
    const groups = kept ?? (await sample(model, start, set, core, options, hooks.signal));
    if (groups === null) return null;
    if (kept === null)
      await writeFileAtomic(path, `${JSON.stringify({ format: 1, check: checkOf(key, groups), groups })}\n`);
    done += wanted(set);
    hooks.progress({
      distribution,
      done: groups.completions,
      total: groups.completions,
      tokens: groups.tokens,
      tokens_per_second: (1000 * groups.tokens) / (performance.now() - started),
      share: done / completions,
    });
    all.push(groups);
  }
  return all;
}

/** Of a run that is yet to be made. */
export interface ObservableOptions extends Pick<SamplingOptions, 'rl' | 'prompts'> {
  /** Checkpoint folder. */
  readonly checkpoint: string;
  readonly tests: readonly TestFile[];
  readonly threads: number;
}

/**
 * Refuses what observe() would refuse, without sampling.
 * @throws TracelabError as observe()
 */
export async function checkObservable({ checkpoint, tests, threads, ...options }: ObservableOptions): Promise<void> {
  const described = await describeCheckpoint(checkpoint);
  for (const set of (await readTests(tests, null)).sets)
    planShare(stepOver(set, options, described, threads, loadCore()));
}

/** One step over the first problems of a file, none twice, that measures KL and makes no update. */
function stepOver(
  { file, examples }: TestSet,
  { rl, prompts: wanted }: Pick<SamplingOptions, 'rl' | 'prompts'>,
  checkpoint: Omit<Checkpoint, 'weights'>,
  threads: number,
  core: Core,
): ShareOptions {
  checkRlConfig(rl);
  if (examples.length === 0)
    throw new TracelabError({
      code: 'NO_EXAMPLES',
      kind: 'refused_input',
      where: file,
      what: 'nothing to sample',
      expected: 'at least one example',
      got: '0',
      hint: 'is it the right file?',
    });
  const prompts = readPrompts(examples.slice(0, wanted), checkpoint.vocabulary, checkpoint.origin.domain, file);
  const cap = completionCap(examples, checkpoint, file);
  const config: RlConfig = {
    ...rl,
    max_skipped_steps: undefined,
    steps: 1,
    prompts: prompts.count,
    inner_epochs: 0,
    resample: 0,
    kl: 0,
    kl_every: 1,
    cap,
  };
  return { core, config, checkpoint, prompts, cap, threads, hint: 'fewer sampled test problems, or a smaller group' };
}

async function sample(
  model: Model,
  start: Model,
  set: TestSet,
  core: Core,
  options: SamplingOptions,
  signal: AbortSignal | undefined,
): Promise<SampledGroups | null> {
  const { pool } = model;
  const setting = stepOver(set, options, model.checkpoint, pool.threads, core);
  const room = share(setting);
  const { map, memory } = room;
  model.copyParameters(memory, map.update.parameters);
  if (map.reference === null) throw new Error('a step that measures KL without a reference');
  start.copyParameters(memory, map.reference);
  const control = new Int32Array(memory.buffer, map.control, CONTROL.words);
  const stop = (): void => {
    Atomics.store(control, CONTROL.stop, 1);
  };
  if (signal?.aborted === true) return null;
  signal?.addEventListener('abort', stop);
  // A stream of its own: the first step of training draws from the same seed.
  const draws = new Uint32Array(2);
  threefry2x32(options.seed, STREAMS.observed, 0, 0, draws);
  let row: StepRow | undefined;
  try {
    const shared: RlShared = {
      ...room,
      seed: draws[0],
      firstStep: 0,
      skipped: 0,
      keptSteps: [],
      stateSeconds: Infinity,
    };
    await pool.run(RL_THREAD, pool.threads, shared, (message: RunMessage<StepRow>) => {
      if (message.kind === 'step') row = message.row;
    });
  } finally {
    signal?.removeEventListener('abort', stop);
  }
  if (row === undefined) return null;
  const {
    groups,
    zero_spread,
    completions,
    reward,
    plan_valid,
    trace_valid,
    both_valid,
    truncated,
    tokens,
    entropy,
    kl,
  } = row;
  if (kl === null) throw new Error('a step without its KL');
  return {
    distribution: set.distribution,
    cap: setting.cap,
    groups,
    zero_spread,
    completions,
    reward,
    plan_valid,
    trace_valid,
    both_valid,
    truncated,
    tokens,
    entropy,
    kl,
  };
}

/** All that decides the groups but the test file. */
function settingsKey(
  { rl, prompts, seed }: SamplingOptions,
  model: Model,
  start: Model,
  { module_sha256, kernel_path }: Core,
): string {
  return sha256(
    canonicalJson({
      weights: model.weightsHash,
      start: start.weightsHash,
      context: model.checkpoint.model.context,
      ...observedSettings(rl),
      prompts,
      seed,
      module: module_sha256,
      path: kernel_path,
      numeric_version: NUMERIC_VERSION,
    }),
  );
}

/** Groups that an earlier call of the same key wrote and nobody has changed since; null when there are none. */
async function keptGroups(path: string, key: string): Promise<SampledGroups | null> {
  const text = await readTextIfThere(path);
  if (text === undefined) return null;
  try {
    const { check, groups } = JSON.parse(text) as { check?: unknown; groups?: SampledGroups };
    return groups !== undefined && check === checkOf(key, groups) ? groups : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function checkOf(key: string, groups: SampledGroups): string {
  return sha256(canonicalJson({ key, groups }));
}
