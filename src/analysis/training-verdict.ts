// Whether a run was trained long enough to prove anything. A run that is still on its plateau gets no finding.
import type { Proportion } from '../base/statistics.ts';

export interface TrainingVerdict {
  readonly undertrained: boolean;
  /** One line with the numbers that decided. */
  readonly reason: string;
  /** In-distribution dev set, greedy; null when it was not measured. */
  readonly dev_plan_valid: Proportion | null;
  /** Nats per plan token; null when the curve is too short to have the window. */
  readonly plan_loss_plateau: number | null;
  readonly plan_loss_final: number | null;
}

/** One update of the training curve. */
export interface PlanLossPoint {
  readonly step: number;
  /** Nats per plan token. */
  readonly plan_loss: number;
}

const LEAST_DEV_VALIDITY = 0.2;
const LEAST_FALL = 1 / 3;
/** A shorter warm-up does not make the easy part of the loss fall sooner. */
const LEAST_WARMUP = 50;

/**
 * Undertrained: plan validity on in-distribution dev below 20 % (or not measured), or plan loss not a third below its
 * plateau.
 *
 * The plateau is where the plan loss stays once format and word frequencies are learned (within the first two warm-ups)
 * and the maze is not yet used. Its level is the median over the steps (2w, 4w], w = warm-up (at least 50 steps): a
 * window bound to the warm-up, because a later one would mistake a finished run for a plateau, and an earlier one is in
 * the first steep fall and would mistake that fall for learning. The final level is the median over the last 5 % of the
 * steps. A run that ends before the two windows are apart has shown no fall.
 * @param curve updates in order of step, all or thinned
 * @param warmupSteps of the learning rate schedule
 */
export function judgeTraining(
  curve: readonly PlanLossPoint[],
  warmupSteps: number,
  devPlanValid: Proportion | null,
): TrainingVerdict {
  const warmup = Math.max(warmupSteps, LEAST_WARMUP);
  const lastStep = curve.length === 0 ? 0 : curve[curve.length - 1].step;
  const finalFrom = Math.floor(0.95 * lastStep);
  const plateau = medianLoss(curve, 2 * warmup, 4 * warmup);
  const final = medianLoss(curve, finalFrom, lastStep);
  const reasons: string[] = [];

  if (devPlanValid === null || devPlanValid.n === 0) {
    reasons.push('plan validity on dev was not measured');
  } else if (devPlanValid.count / devPlanValid.n < LEAST_DEV_VALIDITY) {
    reasons.push(`plan validity on dev is ${percent(devPlanValid)}, below 20 %`);
  }
  if (plateau === null || final === null || finalFrom < 4 * warmup) {
    reasons.push(
      `${lastStep} steps are too few to see the plan loss leave its plateau (steps ${2 * warmup} to ${4 * warmup})`,
    );
  } else if (!(final <= (1 - LEAST_FALL) * plateau)) {
    reasons.push(`plan loss ${final.toFixed(3)} has not fallen by a third from its plateau ${plateau.toFixed(3)}`);
  }

  const undertrained = reasons.length > 0;
  if (!undertrained)
    reasons.push(
      `plan loss fell from ${plateau?.toFixed(3)} to ${final?.toFixed(3)}; plan validity on dev ` +
        `${percent(devPlanValid)}`,
    );
  return {
    undertrained,
    reason: reasons.join('; '),
    dev_plan_valid: devPlanValid,
    plan_loss_plateau: plateau,
    plan_loss_final: final,
  };
}

/** Median plan loss of the steps in (after, upTo]; null without any, or when one is not a number. */
function medianLoss(curve: readonly PlanLossPoint[], after: number, upTo: number): number | null {
  const losses = curve.filter(({ step }) => step > after && step <= upTo).map(({ plan_loss }) => plan_loss);
  if (losses.length === 0 || !losses.every(Number.isFinite)) return null;
  losses.sort((a, b) => a - b);
  const middle = losses.length >> 1;
  return losses.length % 2 === 1 ? losses[middle] : 0.5 * (losses[middle - 1] + losses[middle]);
}

function percent(share: Proportion | null): string {
  return share === null ? '-' : `${((100 * share.count) / share.n).toFixed(1)} % (${share.count}/${share.n})`;
}
