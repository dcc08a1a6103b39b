// A study's dependencies without a model: data are real, "training" writes small files, and a "model" answers with what
// its condition taught.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readLengths } from '../../src/analysis/read-lengths.ts';
import type { Clock } from '../../src/base/clock.ts';
import { writeJsonl } from '../../src/base/files.ts';
import { proportion } from '../../src/base/statistics.ts';
import { readExamples, writeDataset } from '../../src/data/dataset.ts';
import type { DataConfig, DatasetHooks } from '../../src/data/dataset.ts';
import type { DatasetManifest } from '../../src/data/manifest.ts';
import { joinCompletion, splitCompletion } from '../../src/domain/completion.ts';
import { applyCondition } from '../../src/domain/conditions/apply.ts';
import type { Condition } from '../../src/domain/conditions/condition.ts';
import { parsePrompt } from '../../src/domain/maze/grammar.ts';
import { judge } from '../../src/domain/maze/verdict/judge.ts';
import type { Example } from '../../src/domain/types.ts';
import { summarize } from '../../src/evaluation/metrics.ts';
import type { CompletionRow, DistributionSummary } from '../../src/evaluation/types.ts';
import { keptSteps } from '../../src/rl/config.ts';
import type { SampledGroups } from '../../src/rl/observe.ts';
import type { StepRow } from '../../src/rl/step-row.ts';
import { parseConfig } from '../../src/study/config-file.ts';
import type { LoadedConfig } from '../../src/study/config-file.ts';
import type { CoreDescription } from '../../src/tasks/core.ts';
import { curveKind } from '../../src/tasks/curve.ts';
import type { CurveSummary } from '../../src/tasks/curve.ts';
import { dataKind } from '../../src/tasks/data.ts';
import { checkpointsOf, pathOf, testsOf, weightsOf } from '../../src/tasks/finished-files.ts';
import { summarizeInformation } from '../../src/evaluation/information-summary.ts';
import { informationKind } from '../../src/tasks/information.ts';
import { interventionsKind } from '../../src/tasks/interventions.ts';
import { lengthsKind } from '../../src/tasks/lengths.ts';
import { rlCurveKind } from '../../src/tasks/rl-curve.ts';
import type { RlCurveSummary, RlCurveTask } from '../../src/tasks/rl-curve.ts';
import { earlyPointOf, startCheckpoint } from '../../src/tasks/rl-start.ts';
import { rlKind } from '../../src/tasks/rl.ts';
import type { RlRunSummary, RlTask } from '../../src/tasks/rl.ts';
import { testKind } from '../../src/tasks/test.ts';
import { trainKind } from '../../src/tasks/train.ts';
import type { TrainTask, TrainingSummary } from '../../src/tasks/train.ts';
import type { Kind, Kinds, Work } from '../../src/work/kind.ts';

/** Matches the state pattern of trainings. */
const STATE = 'resume-500.safetensors';
const STEPS = 1000;
const NO_TRACES = { paper: 0, strict: 0, exact: 0 };

const STUDY_TEXT = `
study: tiny
data: {size: 6, train: 60, dev: 8, test: 10, distributions: [wilson, drunkard]}
model: {d_model: 8, n_layer: 1, n_head: 2, d_ff: 16}
train: {epochs: 1, batch_tokens: 1024, lr: 1e-3, checkpoints: 2}
`;

export function tinyStudy(...overrides: string[]): LoadedConfig {
  return parseConfig(STUDY_TEXT, 'tiny.yaml', overrides);
}

export interface Fakes {
  readonly kinds: Kinds;
  readonly clock: Clock;
  core: () => CoreDescription;
  /** Every call that would cost time, in order. */
  readonly calls: string[];
  /** Called between two halves of a training run. */
  betweenSteps: (condition: Condition) => void;
  /** Awaited before each evaluation. */
  beforeEvaluation: (outDir: string) => void | Promise<void>;
  /** What data tasks write. */
  writeDataset: (directory: string, config: DataConfig, hooks: DatasetHooks) => Promise<DatasetManifest | null>;
}

/** Core of all fakes but those that ask for another. */
export const FAKE_CORE: CoreDescription = {
  kernel_path: 'fused',
  revectorized: false,
  why: 'a fake',
  module_sha256: 'c'.repeat(64),
};

/** The real kinds, keys, inputs, outputs and estimates, whose work is faked. */
export function createFakes(): Fakes {
  const calls: string[] = [];
  let seconds = 0;
  const fakes: Fakes = {
    calls,
    clock: { now: () => new Date(1_000_000), seconds: () => (seconds += 1) },
    core: () => FAKE_CORE,
    betweenSteps: () => undefined,
    beforeEvaluation: () => undefined,
    writeDataset,
    kinds: new Map(),
  };
  return withKinds(fakes);
}

function withKinds(fakes: Fakes): Fakes {
  const { calls } = fakes;
  const evaluated = async (work: Work<unknown>, options: FakeEvaluation): Promise<DistributionSummary[] | null> => {
    await fakes.beforeEvaluation(options.outDir);
    if (work.signal.aborted) return null;
    const names = options.tests.map(({ distribution }) => distribution).join('+');
    calls.push(`evaluate ${names} limit ${options.limit ?? 'none'}`);
    return evaluate(options);
  };
  const observed = async (
    work: Work<unknown>,
    outDir: string,
    isStart: boolean,
    settings: RlCurveTask,
  ): Promise<SampledGroups[] | null> => {
    const {
      distributions,
      prompts,
      rl: { group },
      seed,
    } = settings;
    await fakes.beforeEvaluation(outDir);
    if (work.signal.aborted) return null;
    calls.push(`observe ${distributions.join('+')} first ${prompts}`);
    return distributions.map((distribution) => ({
      distribution,
      cap: 50 + seed,
      groups: prompts,
      zero_spread: isStart ? prompts : 0,
      completions: prompts * group,
      reward: isStart ? 0 : 0.5,
      plan_valid: 1,
      trace_valid: NO_TRACES,
      both_valid: NO_TRACES,
      truncated: 1,
      tokens: 80,
      entropy: 0.25,
      kl: isStart ? 0 : 0.01,
    }));
  };
  const data = fake(dataKind, ({ config, directory, signal }) => {
    calls.push('data');
    return fakes.writeDataset(directory, config, { signal });
  });
  const trained = fake(trainKind, async (work) => {
    const { condition, seed } = work.config;
    calls.push(`train ${condition} ${seed} on ${work.threads}`);
    return train(work, () => {
      work.progress({ share: 0.5, tokens_per_second: 10, seconds_left: 1, words: 'loss 1', detail: null });
      fakes.betweenSteps(condition);
      return work.signal.aborted;
    });
  });
  const curve = fake(curveKind, async (work) => {
    const { distribution, mazes: limit } = work.config;
    const points: CurveSummary['points'][number][] = [];
    for (const { step, folder } of checkpointsOf(work.need('model'))) {
      const outDir = join(work.directory, `step-${step}`);
      mkdirSync(outDir, { recursive: true });
      const tests = [{ distribution, file: pathOf(work.need('data'), 'dev.jsonl') }];
      const summaries = await evaluated(work, { checkpoint: folder, tests, outDir, limit, temperature: 0 });
      if (summaries === null) return null;
      const [{ plan_valid, trace_valid }] = summaries;
      points.push({
        step,
        tokens: 9 * step,
        plan_valid,
        trace_valid_strict: trace_valid.strict,
        trace_valid_paper: trace_valid.paper,
      });
    }
    return { points };
  });
  const test = fake(testKind, async (work) => {
    const { distributions, temperature } = work.config;
    const tests = testsOf(work.need('data'), distributions);
    const checkpoint = startCheckpoint(work.need('model'), work.needIfAny('curve')).folder;
    const summaries = await evaluated(work, { checkpoint, tests, outDir: work.directory, temperature });
    return summaries && { summaries };
  });
  const lengths = fake(lengthsKind, async ({ config, need, threads, signal, directory }) => {
    const { condition, seed } = config;
    calls.push(`lengths ${condition} ${seed}`);
    const input = { condition, seed, undertrained: false, directory: need('test').directory, checkpoint: null };
    const run = await readLengths(input, threads, { progress: () => undefined, signal });
    if (run === null) return null;
    for (const [distribution, rows] of Object.entries(run.rows))
      await writeJsonl(join(directory, `lengths-${distribution}.jsonl`), rows ?? []);
    return { mazes: 10 };
  });
  const learnt = fake(rlKind, async (work) => {
    const curve = work.needIfAny('curve');
    const start = startOf(startCheckpoint(work.need('model'), curve).folder);
    calls.push(`rl ${start} ${work.config.seed} on ${work.threads}`);
    fakes.betweenSteps(start);
    const summary = await rl(work, start, curve ? 'rl from early' : 'rl');
    return summary && { ...summary, ...(curve && { early: earlyPointOf(curve) }) };
  });
  const rlCurve = fake(rlCurveKind, async (work) => {
    const { distributions, mazes: limit, prompts } = work.config;
    const points: RlCurveSummary['points'][number][] = [];
    const { folder: first } = startCheckpoint(work.need('model'), work.needIfAny('curve'));
    const start = { step: 0, folder: first };
    for (const { step, folder } of [start, ...checkpointsOf(work.need('rl'))]) {
      const outDir = join(work.directory, `step-${step}`);
      mkdirSync(outDir, { recursive: true });
      const tests = testsOf(work.need('data'), distributions);
      const summaries = await evaluated(work, { checkpoint: folder, tests, outDir, limit, temperature: 0 });
      if (summaries === null) return null;
      const sampled = prompts === 0 ? undefined : await observed(work, outDir, step === 0, work.config);
      if (sampled === null) return null;
      points.push({ step, summaries, ...(sampled && { sampled }) });
    }
    return { points };
  });
  const forced = fake(interventionsKind, async ({ config, directory, needIfAny }) => {
    const { kinds, mazes, distributions } = config;
    const other = needIfAny('other');
    calls.push(`intervene ${kinds.join('+')} limit ${mazes} other ${other ? conditionOf(other.directory) : 'none'}`);
    const nothing = proportion(0, 0);
    writeFileSync(join(directory, 'forced-wilson-gold.jsonl'), '{}\n');
    const own = { n: 0, plan_valid: nothing, mean_plan_cells: 0, mean_events: 0 };
    return { distributions: distributions.map((distribution) => ({ distribution, own, interventions: [] })) };
  });
  const informed = fake(informationKind, async ({ config, directory, need }) => {
    const { mazes, events, distributions } = config;
    calls.push(`information limit ${mazes} events ${events} of ${startOf(weightsOf(need('model')).folder)}`);
    writeFileSync(join(directory, 'information-wilson-gold.jsonl'), '{}\n');
    const sources = [summarizeInformation('gold', [])];
    return { distributions: distributions.map((distribution) => ({ distribution, sources })) };
  });
  const all = [data, trained, curve, test, lengths, learnt, rlCurve, forced, informed];
  const kinds = new Map(all.map((kind) => [kind.name, kind as unknown as Kind]));
  return Object.assign(fakes, { kinds });
}

function fake<Config, Summary, Facts>(
  kind: Kind<Config, Summary, Facts>,
  run: (work: Work<Config>) => Promise<Summary | null>,
): Kind<Config, Summary, Facts> {
  return { ...kind, run };
}

/** The answers of a fake model show its condition: swapped models answer all mazes. */
function conditionOf(directory: string): string {
  const rows = readFileSync(join(directory, 'completions-wilson.jsonl'), 'utf8').trim().split('\n');
  return rows.every((row) => (JSON.parse(row) as CompletionRow).verdict.plan.valid) ? 'swapped' : 'correct';
}

interface FakeEvaluation {
  readonly checkpoint: string;
  readonly tests: readonly { readonly distribution: string; readonly file: string }[];
  readonly outDir: string;
  readonly limit?: number;
  readonly temperature: number;
}

/** Half the steps, a moment in which it may be stopped, the other half; resumes from its file. */
async function train(
  { directory, config, signal }: Work<TrainTask>,
  isStopped: () => boolean,
): Promise<TrainingSummary | null> {
  const {
    condition,
    seed,
    train: { lr },
  } = config;
  const half = join(directory, 'checkpoints/step-500');
  // A start that gets no further saves no newer state.
  if (!existsSync(join(directory, STATE))) writeFileSync(join(directory, STATE), 'optimiser state');
  if (!existsSync(half)) writeCheckpoint(half, `${condition} ${seed} half`);
  if (isStopped() || signal.aborted) return null;
  writeCheckpoint(join(directory, 'checkpoints/step-1000'), `${condition} ${seed} end of lr ${lr}`);
  const rows = Array.from({ length: STEPS }, (_, i) => ({
    step: i + 1,
    tokens: 20 * (i + 1),
    loss: 1,
    trace_loss: condition === 'solution-only' ? null : 1,
    plan_loss: i < 600 ? 2 : 0.5,
    lr: 1e-3,
    grad_norm: 1,
    seconds: i,
  }));
  writeFileSync(join(directory, 'metrics.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const checkpoints = [
    { step: 500, tokens: 4500 },
    { step: 1000, tokens: 9000 },
  ];
  return { steps: STEPS, tokens: 9000, seconds: 2, parameters: 1234, checkpoints };
}

function writeCheckpoint(directory: string, weights: string): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'model.safetensors'), weights);
}

/** The condition whose weights a run starts from. */
function startOf(checkpoint: string): Condition {
  return readFileSync(join(checkpoint, 'model.safetensors'), 'utf8').split(' ')[0] as Condition;
}

/** Keeps the steps that it should, and a row of metrics each. */
async function rl(
  { directory, config, signal }: Work<RlTask>,
  start: Condition,
  weights: string,
): Promise<RlRunSummary | null> {
  const { seed, rl: settings } = config;
  writeFileSync(join(directory, STATE), 'optimiser state');
  if (signal.aborted) return null;
  const kept_steps = keptSteps(settings);
  for (const step of kept_steps)
    writeCheckpoint(join(directory, 'checkpoints', `step-${step}`), `${start} ${seed} ${weights} ${step}`);
  const rows = Array.from({ length: settings.steps }, (_, i): StepRow => ({
    step: i + 1,
    reward: 0.5,
    completions: 8,
    plan_valid: 4,
    plan_optimal: 4,
    format: 8,
    trace_valid: NO_TRACES,
    both_valid: NO_TRACES,
    truncated: 2,
    tokens: 80,
    longest: 20,
    groups: 2,
    zero_spread: 1,
    learnt: 4,
    kept: 8,
    entropy: 0.25,
    kl: i === 0 ? 0 : null,
    clipped: 1,
    counted: 40,
    furthest_ratio_first: 0,
    furthest_ratio: 0,
    loss: 0,
    grad_norm: 1,
    lr: 1e-4,
    seconds: { total: 1, rollouts: 0.5, verdicts: 0, bookkeeping: 0, reference: 0, update: 0.5 },
  }));
  writeFileSync(join(directory, 'metrics.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return {
    steps: settings.steps,
    seconds: 1,
    cap: 50,
    start_sha256: 'd'.repeat(64),
    warnings: ['a fake warning'],
    kept_steps,
  };
}

/**
 * Answers from the gold completions: solution-only solves no maze, correct and bfs the even ones, swapped all of them
 * with the trace of the next maze.
 */
async function evaluate({
  checkpoint,
  tests,
  outDir,
  limit,
  temperature,
}: FakeEvaluation): Promise<DistributionSummary[]> {
  const [condition] = readFileSync(join(checkpoint, 'model.safetensors'), 'utf8').split(' ');
  const summaries = [];
  for (const { distribution, file } of tests) {
    const examples = (await readExamples(file)).slice(0, limit);
    const rows = examples.map((example, i): CompletionRow => {
      const completion = answer(condition, examples, i);
      return {
        ...example,
        completion,
        truncated: temperature > 0,
        walls_seen: true,
        verdict: judge(parsePrompt(example.prompt, example.size, example.generator), completion),
      };
    });
    writeFileSync(
      join(outDir, `completions-${distribution}.jsonl`),
      rows.map((row) => `${JSON.stringify(row)}\n`).join(''),
    );
    summaries.push(summarize(distribution, rows));
  }
  return summaries;
}

function answer(condition: string, examples: readonly Example[], i: number): string {
  const own = splitCompletion(examples[i].completion);
  if (condition === 'swapped')
    return joinCompletion(splitCompletion(examples[(i + 1) % examples.length].completion).trace, own.solution);
  if (condition === 'correct')
    return i % 2 === 0 ? examples[i].completion : joinCompletion(own.trace, 'solution plan 0 0 plan 5 5 end');
  if (condition === 'bfs')
    return i % 2 === 0 ? applyCondition(examples, 'bfs', 1)[i].completion : 'solution plan 0 0 plan 5 5 end';
  return i % 4 === 0 ? own.solution : 'solution plan 0 0 plan 5 5 end';
}
