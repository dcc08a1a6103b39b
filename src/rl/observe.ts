// Sampled groups of test problems under the weights of one checkpoint: what a step of reinforcement learning would see there, namely rollouts, verdicts
// and KL against the start, without its update. So there is no clip share: a ratio moves only when weights do.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TracelabError } from '../base/errors.ts';
import { writeFileAtomic } from '../base/files.ts';
import { canonicalJson, hashFile, sha256 } from '../base/hash.ts';
import { STREAMS, threefry2x32 } from '../base/random.ts';
import { type Core, loadCore } from '../core/module.ts';
import { runThreads } from '../core/threads.ts';
import { readExamples } from '../data/dataset.ts';
import type { GeneratorName } from '../domain/types.ts';
import { type Checkpoint, loadTensors, readCheckpoint } from '../model/checkpoint.ts';
import { completionCap } from '../model/completion-cap.ts';
import type { RunMessage } from '../model/resumable-run.ts';
import { NUMERIC_VERSION } from '../base/numeric-version.ts';
import { checkRlConfig, observedSettings, type RlConfig } from './config.ts';
import { CONTROL } from './memory.ts';
import { readPrompts } from './prompts.ts';
import { planShare, share, type ShareOptions } from './share.ts';
import type { StepRow } from './step-row.ts';
import { RL_THREAD } from './thread-entry.ts';
import type { RlShared } from './thread.ts';

export interface ObserveOptions {
  /** Folder of the checkpoint that is sampled, and of the one that the run started from. */
  readonly checkpoint: string;
  readonly start: string;
  readonly tests: readonly { readonly distribution: GeneratorName; readonly file: string }[];
  /** Settings of the run, of which group, temperature and reward count here. */
  readonly rl: RlConfig;
  /** Problems of each file: its first ones, all of a shorter file. */
  readonly prompts: number;
  /** Of the draws, which are the same for every checkpoint: steps differ by their weights alone. */
  readonly seed: number;
  readonly outDir: string;
  readonly threads: number;
}

export interface ObserveHooks {
  /** Told after each distribution. */
  progress(progress: {
    readonly distribution: GeneratorName;
    readonly done: number;
    readonly total: number;
    readonly tokens: number;
    readonly tokens_per_second: number;
  }): void;
  readonly signal?: AbortSignal;
}

/** Counts as those of a StepRow, of test problems. `kl` is measured over all completions: exactly 0 for the start itself. */
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
 * Samples each distribution, or takes what an earlier call of the same settings has left in `outDir`.
 * @returns null when the signal stopped it; finished distributions are kept
 * @throws TracelabError as rl(), and CONTEXT_TOO_SHORT for a test file whose longest correct completion does not fit
 */
export async function observe(options: ObserveOptions, hooks: ObserveHooks): Promise<SampledGroups[] | null> {
  const checkpoint = await readCheckpoint(options.checkpoint),
    start = await readCheckpoint(options.start);
  const core = loadCore();
  const settings = await settingsKey(options, checkpoint, core);
  const all: SampledGroups[] = [];
  for (const { distribution, file } of options.tests) {
    const path = join(options.outDir, `sampled-${distribution}.json`);
    const key = sha256(canonicalJson({ settings, file: await hashFile(file) }));
    const kept = await keptGroups(path, key);
    const started = performance.now();
    const groups =
      kept ??
      (await sample(
        options,
        await stepOver(file, options, checkpoint, core),
        { checkpoint, start },
        distribution,
        hooks.signal,
      ));
    if (groups === null) return null;
    if (kept === null)
      await writeFileAtomic(path, `${JSON.stringify({ format: 1, check: checkOf(key, groups), groups })}\n`);
    hooks.progress({
      distribution,
      done: groups.completions,
      total: groups.completions,
      tokens: groups.tokens,
      tokens_per_second: (1000 * groups.tokens) / (performance.now() - started),
    });
    all.push(groups);
  }
  return all;
}

/** Refuses what observe() would refuse, without sampling. @throws TracelabError as observe() */
export async function checkObservable(options: Omit<ObserveOptions, 'start' | 'outDir' | 'seed'>): Promise<void> {
  const checkpoint = await readCheckpoint(options.checkpoint);
  for (const { file } of options.tests) planShare(await stepOver(file, options, checkpoint, loadCore()));
}

/** One step over the first problems of a file, none twice, that measures KL and makes no update. */
async function stepOver(
  file: string,
  { rl, prompts: wanted, threads }: Pick<ObserveOptions, 'rl' | 'prompts' | 'threads'>,
  checkpoint: Checkpoint,
  core: Core,
): Promise<ShareOptions> {
  checkRlConfig(rl);
  const examples = await readExamples(file);
  if (examples.length === 0)
    throw new TracelabError({
      code: 'NO_EXAMPLES',
      kind: 'refused_input',
      where: file,
      what: 'nothing to sample',
      expected: 'at least one example',
      got: '0',
    });
  const prompts = readPrompts(examples.slice(0, wanted), checkpoint.vocabulary, checkpoint.origin.domain, file);
  const cap = completionCap(examples, checkpoint, file);
  const config: RlConfig = {
    ...rl,
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
  { seed, threads, ...options }: ObserveOptions,
  setting: ShareOptions,
  { checkpoint, start }: { readonly checkpoint: Checkpoint; readonly start: Checkpoint },
  distribution: GeneratorName,
  signal: AbortSignal | undefined,
): Promise<SampledGroups | null> {
  const room = share(setting);
  const { map, memory } = room;
  loadTensors(checkpoint.weights, map.update.layout, memory, map.update.parameters, options.checkpoint);
  if (map.reference === null) throw new Error('a step that measures KL without a reference');
  loadTensors(start.weights, map.update.layout, memory, map.reference, options.start);
  const control = new Int32Array(memory.buffer, map.control, CONTROL.words);
  const stop = (): void => {
    Atomics.store(control, CONTROL.stop, 1);
  };
  if (signal?.aborted === true) return null;
  signal?.addEventListener('abort', stop);
  // A stream of its own: the first step of training draws from the same seed.
  const draws = new Uint32Array(2);
  threefry2x32(seed, STREAMS.observed, 0, 0, draws);
  let row: StepRow | undefined;
  try {
    const shared: RlShared = { ...room, seed: draws[0], firstStep: 0, keptSteps: [], stateSeconds: Infinity };
    await runThreads(RL_THREAD, threads, shared, (message: RunMessage<StepRow>) => {
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
    distribution,
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
async function settingsKey(
  { checkpoint, start, rl, prompts, seed }: ObserveOptions,
  { model }: Checkpoint,
  { module_sha256, kernel_path }: Core,
): Promise<string> {
  return sha256(
    canonicalJson({
      weights: await hashFile(join(checkpoint, 'model.safetensors')),
      start: await hashFile(join(start, 'model.safetensors')),
      context: model.context,
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
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) return null;
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
