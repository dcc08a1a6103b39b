// The leader's book of one step: which prompts it draws, what their groups are worth, which of them are drawn again,
// and what the loss counts.
import { needsReference, type RlConfig } from './config.ts';
import type { LearntCompletion } from './batch.ts';
import type { PromptDraw } from './prompts.ts';
import { advantagesOf, completionWeights, hasSpread, rewardOf } from './rewards.ts';
import { judgedCompletion, type Rollouts } from './rollouts.ts';

/** The groups of one step: which prompts are drawn, replaced and kept, and the rewards. */
export class StepBook {
  /** Groups drawn so far, replaced ones too. */
  groups = 0;
  private readonly config: RlConfig;
  private readonly draw: PromptDraw;
  private readonly rollouts: Rollouts;
  /** [groups][group size]. */
  private readonly rewards: number[][] = [];
  /** Groups that the update learns from; always `config.prompts` of them. */
  private readonly kept: number[] = [];

  constructor(config: RlConfig, draw: PromptDraw, rollouts: Rollouts) {
    this.config = config;
    this.draw = draw;
    this.rollouts = rollouts;
  }

  /** Draws the step's prompts; their completions are 0 .. completions - 1. */
  begin(): void {
    this.kept.push(...this.add(this.config.prompts));
  }

  /** Number of completions of all groups so far. */
  get completions(): number {
    return this.groups * this.config.group;
  }

  /**
   * Rewards the groups that have been completed and judged since the last call. Then draws prompts in place of kept
   * ones whose group has no spread, as far as `resample` and the training file go.
   * @returns how many new groups wait for completions
   */
  judge(): number {
    const { config, rollouts, rewards } = this;
    while (rewards.length < this.groups) {
      const first = rewards.length * config.group;
      rewards.push(
        Array.from({ length: config.group }, (_, i) =>
          rewardOf(judgedCompletion(rollouts, first + i), config, rollouts.cap),
        ),
      );
    }
    const left = config.resample - (this.groups - config.prompts);
    const flat = [...this.kept.keys()].filter((i) => !hasSpread(rewards[this.kept[i]]));
    const added = left > 0 ? this.add(Math.min(flat.length, left)) : [];
    for (const [i, group] of added.entries()) this.kept[flat[i]] = group;
    return added.length;
  }

  /** Mean reward of all completions, and how many groups had no spread. */
  summary(): {
    readonly reward: number;
    readonly groups: number;
    readonly zero_spread: number;
    readonly kept: number;
    readonly kept_tokens: number;
  } {
    const all = this.rewards.flat();
    return {
      reward: all.reduce((sum, reward) => sum + reward, 0) / all.length,
      groups: this.groups,
      zero_spread: this.rewards.filter((group) => !hasSpread(group)).length,
      kept: this.keptCompletions().length,
      kept_tokens: this.keptCompletions().reduce((sum, index) => sum + this.rollouts.tokens[index], 0),
    };
  }

  /**
   * What the update needs a gradient of. Groups without spread have advantage 0: they are left out, but for the KL
   * penalty, and for the steps that measure KL over all completions.
   * @param step 0-based
   */
  learnt(step: number): LearntCompletion[] {
    const { config, rollouts, rewards } = this;
    const indices = this.keptCompletions();
    const weights = completionWeights(
      indices.map((index) => rollouts.tokens[index]),
      config.loss,
      rollouts.cap,
    );
    const advantages = this.kept.flatMap((group) => advantagesOf(rewards[group], config.loss));
    const all = indices.map((index, i): LearntCompletion => ({
      index,
      prompt: rollouts.prompts[Math.floor(index / config.group)],
      advantage: advantages[i],
      weight: weights[i],
    }));
    return needsReference(config, step)
      ? all
      : all.filter(({ index }) => hasSpread(rewards[Math.floor(index / config.group)]));
  }

  private keptCompletions(): number[] {
    const { group } = this.config;
    return this.kept.flatMap((kept) => Array.from({ length: group }, (_, i) => kept * group + i));
  }

  private add(wanted: number): number[] {
    return this.draw.draw(wanted).map((prompt) => {
      this.rollouts.prompts[this.groups] = prompt;
      return this.groups++;
    });
  }
}
