// From the finished cells of reinforcement learning, lengths and interventions to their parts of the result. Reads
// files, computes nothing heavy.
import { join } from 'node:path';
import { readJsonl } from '../base/files.ts';
import type { RlRun, RunState } from '../analysis/judged-run.ts';
import type { JudgedRow, JudgedRun } from '../analysis/findings.ts';
import { analyseLengths } from '../analysis/lengths.ts';
import type { LengthRow, LengthRun } from '../analysis/lengths.ts';
import { parseLengthRow } from '../tasks/lengths.ts';
import type { GeneratorName } from '../domain/types.ts';
import { isNotFinite, type NotFiniteRow, parseNotFiniteRow } from '../model/not-finite.ts';
import { readStepRow } from '../rl/row-schema.ts';
import type { StepRow } from '../rl/step-row.ts';
import { weightsOf } from '../tasks/finished-files.ts';
import type { RlRunSummary } from '../tasks/rl.ts';
import { readJudged } from './collect-dev.ts';
import type { FinishedTasks } from './finished-tasks.ts';
import type { StudyTasks } from './graph.ts';
import type { LengthResult, RlResult, RlStepPoint } from './results.ts';

/** Points of the sampled curve. */
const STEP_POINTS = 75;
/** Mazes of a distribution that a scatter plot shows. */
const SHOWN_MAZES = 300;

/** @param training what the last checkpoint of the training did on the test problems */
export async function readRl(
  { arm, start, ...ids }: StudyTasks['rl'][number],
  done: FinishedTasks,
  training: JudgedRun,
  distributions: readonly GeneratorName[],
): Promise<{ readonly run: RlRun; readonly result: RlResult }> {
  const [rl, curve] = [done.of('rl', ids.rl), done.of('rlCurve', ids.curve)];
  const [before, after] = [done.of('test', ids.before), done.of('test', ids.after)];
  const { condition, seed } = arm;
  const { undertrained, improving } = training;
  const isEarly = start === 'early';
  const steps: StepRow[] = [];
  const rowOf = (value: unknown, where: string): StepRow | NotFiniteRow =>
    parseNotFiniteRow(value) ?? readStepRow(value, where);
  for await (const row of readJsonl(join(rl.directory, 'metrics.jsonl'), rowOf)) {
    // Steps that a stopped run repeated count once, as last written.
    while (steps.length > 0 && steps[steps.length - 1].step >= row.step) steps.pop();
    if (!isNotFinite(row)) steps.push(row);
  }
  return {
    run: {
      condition,
      seed,
      undertrained,
      improving,
      start,
      before: isEarly ? await readAllJudged(before.directory, distributions) : training.rows,
      after: await readAllJudged(after.directory, distributions),
    },
    result: {
      condition,
      seed,
      start,
      ...startOf(rl.summary),
      steps: rl.summary.steps,
      seconds: rl.summary.seconds,
      evaluate_seconds: curve.seconds + after.seconds + (isEarly ? before.seconds : 0),
      warnings: rl.summary.warnings,
      sampled: thinSteps(steps),
      curve: curve.summary.points.map(({ step, summaries, sampled }) => ({
        step,
        evaluation: summaries,
        ...(sampled && { sampled }),
      })),
      before: before.summary.summaries,
      after: after.summary.summaries,
      weights_sha256: weightsOf(rl).sha256,
    },
  };
}

function startOf({ early }: RlRunSummary): Pick<RlResult, 'start_step' | 'start_trace_valid_strict'> {
  return early ? { start_step: early.step, start_trace_valid_strict: early.trace_valid_strict } : {};
}

async function readAllJudged(
  directory: string,
  distributions: readonly GeneratorName[],
): Promise<Partial<Record<GeneratorName, JudgedRow[]>>> {
  const rows: Partial<Record<GeneratorName, JudgedRow[]>> = {};
  for (const distribution of distributions) rows[distribution] = await readJudged(directory, distribution);
  return rows;
}

/** Sums over windows of steps, each with its own denominators. */
function thinSteps(steps: readonly StepRow[]): RlStepPoint[] {
  const width = Math.max(1, Math.ceil(steps.length / STEP_POINTS));
  const points: RlStepPoint[] = [];
  for (let first = 0; first < steps.length; first += width) {
    const window = steps.slice(first, first + width);
    const sum = (of: (row: StepRow) => number): number => window.reduce((total, row) => total + of(row), 0);
    const measured = window.flatMap(({ kl }) => (kl === null ? [] : [kl]));
    const completions = sum((row) => row.completions),
      tokens = sum((row) => row.tokens);
    points.push({
      step: window[window.length - 1].step,
      reward: sum((row) => row.reward * row.completions) / completions,
      zero_spread: sum((row) => row.zero_spread) / sum((row) => row.groups),
      truncated: sum((row) => row.truncated) / completions,
      entropy: sum((row) => row.entropy * row.tokens) / tokens,
      kl: measured.length === 0 ? null : measured.reduce((a, b) => a + b, 0) / measured.length,
      clipped:
        sum((row) => row.clipped) /
        Math.max(
          1,
          sum((row) => row.counted),
        ),
      completion_tokens: tokens / completions,
    });
  }
  return points;
}

/** The rows that the lengths cell wrote. */
export async function readLengthRun(
  { condition, seed, undertrained, improving }: RunState,
  directory: string,
  distributions: readonly GeneratorName[],
): Promise<LengthRun> {
  const rows: Partial<Record<GeneratorName, LengthRow[]>> = {};
  for (const distribution of distributions) {
    const some: LengthRow[] = [];
    for await (const row of readJsonl(join(directory, `lengths-${distribution}.jsonl`), parseLengthRow)) some.push(row);
    rows[distribution] = some;
  }
  return { condition, seed, undertrained, improving, rows };
}

/** The analysis of lengths, and the first mazes of each distribution for figures. */
export function lengthResult(runs: readonly LengthRun[]): LengthResult {
  const shown = runs.map((run) => ({
    ...run,
    rows: Object.fromEntries(
      Object.entries(run.rows).map(([distribution, rows]) => [distribution, (rows ?? []).slice(0, SHOWN_MAZES)]),
    ),
  }));
  return { analysis: analyseLengths(runs), shown };
}
