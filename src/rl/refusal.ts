// Why a step of reinforcement learning applied no update: a number of its completions, of its KL, or of the update.
import { type NotFinite, numberNotFinite } from '../model/not-finite.ts';
import type { ParallelUpdate } from '../model/parallel-update.ts';
import { type Rollouts, sumLogProbabilities } from './rollouts.ts';
import type { RolloutCounts } from './step-row.ts';

/**
 * A number of a step's completions that is not finite: nothing can be learnt from them. A policy whose logits are no
 * numbers draws its tokens anyhow; where no group is learnt from and no KL is measured, neither loss nor gradient shows
 * it.
 * @param reward mean over the completions
 */
export function unusableCompletions(rollouts: Rollouts, counts: RolloutCounts, reward: number): NotFinite | null {
  return (
    numberNotFinite('entropy', counts.entropy) ??
    numberNotFinite('sum of log-probabilities', sumLogProbabilities(rollouts, counts.completions)) ??
    numberNotFinite('mean reward', reward)
  );
}

/** What is not finite in an update of usable completions that was not applied. */
export function unappliedUpdate(update: ParallelUpdate, loss: number, furthestRatio: number): NotFinite {
  const found =
    update.notFinite() ?? numberNotFinite('loss', loss) ?? numberNotFinite('ratio furthest from 1', furthestRatio);
  if (found !== null) return found;
  throw new Error(`an update of finite numbers was refused: loss ${loss}`);
}
