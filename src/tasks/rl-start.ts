// Where reinforcement learning starts: from the last checkpoint of a training, or from an early one, whose traces can
// become better and worse. The early one is chosen by the learning curve on dev, so no test problem has a part in it.
import type { RlStart } from '../analysis/judged-run.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import type { Finished } from '../work/task.ts';
import type { CurveSummary, DevPoint } from './curve.ts';
import { checkpointsOf, weightsOf } from './finished-files.ts';

/** In the order of tasks and tables. */
export const RL_STARTS = ['last', 'early'] as const satisfies readonly RlStart[];

/**
 * Conditions that have an early start. Checkpoints of other conditions write few strictly valid traces or none (those
 * of `swapped` about 0 % at every step), so the nearest of them to 55 % would mean nothing.
 */
export const EARLY_CONDITIONS: readonly Condition[] = ['correct'];

/** Strictly valid traces of an early start, in percent: the middle of the 30 to 80 % that F4 asks for. */
const EARLY_PERCENT = 55;

type EarlyPoint = Pick<DevPoint, 'step' | 'trace_valid_strict'>;

/** The starts of one condition, in the order of RL_STARTS. */
export function startsOf(starts: readonly RlStart[], condition: Condition): RlStart[] {
  return RL_STARTS.filter(
    (start) => starts.includes(start) && (start === 'last' || EARLY_CONDITIONS.includes(condition)),
  );
}

/**
 * Step of the kept checkpoint whose share of strictly valid traces, of all dev completions, is nearest to 55 %. Of two
 * that are equally near, the earlier one.
 * @param points the learning curve, at least one point
 */
export function earlyStep(points: readonly EarlyPoint[]): number {
  return earlyPoint(points).step;
}

/** The point of the learning curve that an early start is chosen by. */
export function earlyPointOf({ summary }: Pick<Finished, 'summary'>): EarlyPoint {
  const { step, trace_valid_strict } = earlyPoint((summary as CurveSummary).points);
  return { step, trace_valid_strict };
}

/**
 * The checkpoint to start from.
 * @param model a training, or a given checkpoint
 * @param curve its learning curve; with it the start is early, without it the last
 */
export function startCheckpoint(
  model: Finished,
  curve: Finished | undefined,
): { readonly step: number; readonly folder: string; readonly sha256: string } {
  if (curve === undefined) return weightsOf(model);
  const { step } = earlyPointOf(curve);
  const found = checkpointsOf(model).find((kept) => kept.step === step);
  if (!found) throw new Error(`the learning curve has step ${step}, of which no checkpoint was kept`);
  return found;
}

function earlyPoint(points: readonly EarlyPoint[]): EarlyPoint {
  const nearest = points.toSorted((a, b) => distanceOf(a) - distanceOf(b) || a.step - b.step).at(0);
  if (!nearest) throw new Error('a learning curve without points');
  return nearest;
}

/** In percentage points. The difference is one of whole numbers, so that 50 and 60 % are equally near. */
function distanceOf({ trace_valid_strict: { count, n } }: EarlyPoint): number {
  return Math.abs(100 * count - EARLY_PERCENT * n) / n;
}
