// From the finished cells of reinforcement learning, lengths and interventions to their parts of the result. Reads
// files, computes nothing heavy.
import { join } from 'node:path';
import { readJsonl } from '../base/files.ts';
import type { RlRun } from '../analysis/after-rl.ts';
import type { JudgedRow, JudgedRun } from '../analysis/findings.ts';
import { analyseLengths } from '../analysis/lengths.ts';
import type { LengthRow, LengthRun } from '../analysis/lengths.ts';
import { parseLengthRow } from '../tasks/lengths.ts';
import type { GeneratorName } from '../domain/types.ts';
import { parseCompletionRow } from '../evaluation/schemas.ts';
import { readStepRow } from '../rl/row-schema.ts';
import type { StepRow } from '../rl/step-row.ts';
import { weightsOf } from '../tasks/finished-files.ts';
import type { FinishedTasks } from './finished-tasks.ts';
import type { StudyTasks } from './graph.ts';
import type { LengthResult, RlResult, RlStepPoint } from './results.ts';

/** Points of the sampled curve. */
const STEP_POINTS = 75;
/** Mazes of a distribution that a scatter plot shows. */
const SHOWN_MAZES = 300;

/** @param before what the starting model did on the test problems */
export async function readRl(
  { arm, ...ids }: StudyTasks['rl'][number],
  done: FinishedTasks,
  before: JudgedRun,
  distributions: readonly GeneratorName[],
): Promise<{ readonly run: RlRun; readonly result: RlResult }> {
  const [rl, curve, test] = [done.of('rl', ids.rl), done.of('rlCurve', ids.curve), done.of('test', ids.test)];
  const { condition, seed } = arm;
  const after: Partial<Record<GeneratorName, JudgedRow[]>> = {};
  for (const distribution of distributions) {
    const judged: JudgedRow[] = [];
    for await (const { id, verdict } of readJsonl(
      join(test.directory, `completions-${distribution}.jsonl`),
      parseCompletionRow,
    ))
      judged.push({ id, verdict });
    after[distribution] = judged;
  }
  const steps: StepRow[] = [];
  for await (const row of readJsonl(join(rl.directory, 'metrics.jsonl'), readStepRow)) {
    // Steps that a stopped run repeated count once, as last written.
    while (steps.length > 0 && steps[steps.length - 1].step >= row.step) steps.pop();
    steps.push(row);
  }
  return {
    run: { condition, seed, undertrained: before.undertrained, before: before.rows, after },
    result: {
      condition,
      seed,
      steps: rl.summary.steps,
      seconds: rl.summary.seconds,
      evaluate_seconds: curve.seconds + test.seconds,
      warnings: rl.summary.warnings,
      sampled: thinSteps(steps),
      curve: curve.summary.points.map(({ step, summaries, sampled }) => ({
        step,
        evaluation: summaries,
        ...(sampled && { sampled }),
      })),
      before: done.of('test', arm.test).summary.summaries,
      after: test.summary.summaries,
      weights_sha256: weightsOf(rl).sha256,
    },
  };
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
  { condition, seed, undertrained }: Pick<LengthRun, 'condition' | 'seed' | 'undertrained'>,
  directory: string,
  distributions: readonly GeneratorName[],
): Promise<LengthRun> {
  const rows: Partial<Record<GeneratorName, LengthRow[]>> = {};
  for (const distribution of distributions) {
    const some: LengthRow[] = [];
    for await (const row of readJsonl(join(directory, `lengths-${distribution}.jsonl`), parseLengthRow)) some.push(row);
    rows[distribution] = some;
  }
  return { condition, seed, undertrained, rows };
}

export function lengthResult(runs: readonly LengthRun[]): LengthResult {
  const shown = runs.map((run) => ({
    ...run,
    rows: Object.fromEntries(
      Object.entries(run.rows).map(([distribution, rows]) => [distribution, (rows ?? []).slice(0, SHOWN_MAZES)]),
    ),
  }));
  return { analysis: analyseLengths(runs), shown };
}
