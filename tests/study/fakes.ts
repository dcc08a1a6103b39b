// A study's dependencies without a model: data are real, "training" writes small files, and a "model" answers with what
// its condition taught.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readLengths } from '../../src/analysis/read-lengths.ts';
import type { Clock } from '../../src/base/clock.ts';
import { writeDataset } from '../../src/data/dataset.ts';
import { joinCompletion, splitCompletion } from '../../src/domain/completion.ts';
import { parsePrompt } from '../../src/domain/maze/grammar.ts';
import { applyCondition } from '../../src/domain/conditions/apply.ts';
import type { Condition } from '../../src/domain/conditions/condition.ts';
import type { Example } from '../../src/domain/types.ts';
import { judge } from '../../src/domain/maze/verdict/judge.ts';
import { summarize } from '../../src/evaluation/metrics.ts';
import type { CompletionRow } from '../../src/evaluation/types.ts';
import { interventionName } from '../../src/evaluation/interventions.ts';
import { proportion } from '../../src/base/statistics.ts';
import { keptSteps } from '../../src/rl/config.ts';
import type { RlOptions, RlSummary } from '../../src/rl/rl.ts';
import type { StepRow } from '../../src/rl/step-row.ts';
import { parseConfig } from '../../src/study/config-file.ts';
import type { LoadedConfig } from '../../src/study/config-file.ts';
import type { EvaluateOptions, EvaluateSummary } from '../../src/evaluation/evaluate.ts';
import type { StudyDependencies } from '../../src/study/dependencies.ts';
import type { TrainOptions, TrainSummary } from '../../src/training/train.ts';

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

export interface Fakes extends StudyDependencies {
  /** Every call that would cost time, in order. */
  readonly calls: string[];
  /** Called between two halves of a training run. */
  betweenSteps: (condition: Condition) => void;
  /** Awaited before each evaluation. */
  beforeEvaluation: (outDir: string) => void | Promise<void>;
}

export function createFakes(): Fakes {
  const calls: string[] = [];
  let seconds = 0;
  const clock: Clock = { now: () => new Date(1_000_000), seconds: () => (seconds += 1) };
  const fakes: Fakes = {
    calls,
    clock,
    betweenSteps: () => undefined,
    beforeEvaluation: () => undefined,
    writeDataset: (directory, config) => {
      calls.push('data');
      return writeDataset(directory, config);
    },
    train: (options, hooks) => {
      calls.push(`train ${options.condition} ${options.seed} on ${options.threads}`);
      return Promise.resolve(
        train(options, () => {
          hooks.progress({
            step: STEPS / 2,
            steps: STEPS,
            tokens: 100,
            total_tokens: 200,
            loss: 1,
            trace_loss: 1,
            plan_loss: 1,
            lr: 0.1,
            grad_norm: 1,
            tokens_per_second: 10,
          });
          fakes.betweenSteps(options.condition);
          return hooks.signal?.aborted ?? false;
        }),
      );
    },
    dropState: (runDir) => {
      rmSync(join(runDir, 'resume.safetensors'), { force: true });
      return Promise.resolve();
    },
    evaluate: async (options, { signal }) => {
      await fakes.beforeEvaluation(options.outDir);
      if (signal?.aborted) return { finished: false, seconds: 1, summaries: [] };
      calls.push(
        `evaluate ${options.tests.sets.map(({ distribution }) => distribution).join('+')} limit ${options.limit ?? 'none'}`,
      );
      return evaluate(options);
    },
    readLengths: (input, threads, hooks) => {
      calls.push(`lengths ${input.condition} ${input.seed}`);
      return readLengths({ ...input, checkpoint: null }, threads, hooks);
    },
    rl: (options, hooks) => {
      calls.push(`rl ${startOf(options)} ${options.seed} on ${options.threads}`);
      fakes.betweenSteps(startOf(options));
      return Promise.resolve(rl(options, hooks.signal?.aborted ?? false));
    },
    observe: async ({ checkpoint, start, tests: { sets }, prompts, outDir, rl: { group }, seed }, { signal }) => {
      await fakes.beforeEvaluation(outDir);
      if (signal?.aborted) return null;
      calls.push(`observe ${sets.map(({ distribution }) => distribution).join('+')} first ${prompts}`);
      const isStart = checkpoint === start;
      return sets.map(({ distribution }) => ({
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
    },
    intervene: ({ tests, interventions, other, outDir, limit }) => {
      calls.push(
        `intervene ${interventions.map(interventionName).join('+')} limit ${limit} other ${other === null ? 'none' : other.replace(/^.*test-([a-z]+)-.*$/, '$1')}`,
      );
      const nothing = proportion(0, 0);
      const distributions = tests.map(({ distribution }) => ({
        distribution,
        own: { n: 0, plan_valid: nothing, mean_plan_cells: 0, mean_events: 0 },
        interventions: [],
      }));
      writeFileSync(join(outDir, 'forced-wilson-gold.jsonl'), '{}\n');
      return Promise.resolve({ finished: true, seconds: 1, result: 'a result', distributions });
    },
    loadCore: () => ({ kernel_path: 'fused', revectorized: false, why: 'a fake', module_sha256: 'c'.repeat(64) }),
    planRl: ({ groups, sampledGroups, group }) => ({
      bytes: groups * group * 2 ** 20,
      parts: [{ name: 'batch', bytes: groups * group * 2 ** 20 }],
      rolloutBytes: sampledGroups * group * 2 ** 20,
    }),
    planMemory: ({ model }) => ({
      bytes: model.d_model * 2 ** 20,
      parts: [{ name: 'weights', bytes: model.d_model * 2 ** 20 }],
    }),
    measureTrainingSpeed: () => Promise.resolve(1000),
    measureDecodeSpeed: () => Promise.resolve(500),
  };
  return fakes;
}

/** Half the steps, a moment in which it may be stopped, the other half; goes on from its file. */
function train({ runDir, condition, seed, train: { lr } }: TrainOptions, isStopped: () => boolean): TrainSummary {
  const half = join(runDir, 'checkpoints/step-500');
  mkdirSync(runDir, { recursive: true });
  writeFileSync(join(runDir, 'resume.safetensors'), 'optimiser state');
  if (!existsSync(half)) writeCheckpoint(half, `${condition} ${seed} half`);
  const summary = { steps: STEPS, tokens: 9000, seconds: 2, parameters: 1234 };
  if (isStopped()) return { ...summary, finished: false, checkpoints: [] };
  const end = join(runDir, 'checkpoints/step-1000');
  writeCheckpoint(end, `${condition} ${seed} end of lr ${lr}`);
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
  writeFileSync(join(runDir, 'metrics.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return {
    ...summary,
    finished: true,
    checkpoints: [
      { step: 500, tokens: 4500, dir: half },
      { step: 1000, tokens: 9000, dir: end },
    ],
  };
}

function writeCheckpoint(directory: string, weights: string): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'model.safetensors'), weights);
}

/** The condition whose weights a run starts from. */
function startOf({ checkpoint }: RlOptions): Condition {
  return readFileSync(join(checkpoint, 'model.safetensors'), 'utf8').split(' ')[0] as Condition;
}

/** Keeps the steps that it should, and a row of metrics each. */
function rl(options: RlOptions, isStopped: boolean): RlSummary {
  const { runDir, seed, rl: settings } = options;
  writeFileSync(join(runDir, 'resume.safetensors'), 'optimiser state');
  const kept = keptSteps(settings).map((step) => ({ step, dir: join(runDir, 'checkpoints', `step-${step}`) }));
  const summary = {
    steps: settings.steps,
    seconds: 1,
    cap: 50,
    start_sha256: 'd'.repeat(64),
    warnings: ['a fake warning'],
  };
  if (isStopped) return { ...summary, finished: false, done: 0, checkpoints: [] };
  for (const { step, dir } of kept) writeCheckpoint(dir, `${startOf(options)} ${seed} rl ${step}`);
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
  writeFileSync(join(runDir, 'metrics.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return { ...summary, finished: true, done: settings.steps, checkpoints: kept };
}

/**
 * Answers from the gold completions: solution-only solves no maze, correct and bfs the even ones, swapped all of them
 * with the trace of the next maze.
 */
async function evaluate({ checkpoint, tests, outDir, limit, temperature }: EvaluateOptions): Promise<EvaluateSummary> {
  const [condition] = readFileSync(join(checkpoint, 'model.safetensors'), 'utf8').split(' ');
  const summaries = [];
  for (const { distribution, examples: all } of tests.sets) {
    const examples = all.slice(0, limit);
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
  return { finished: true, seconds: 1, summaries };
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
