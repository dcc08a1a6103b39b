// Reinforcement learning in the terminal: the line of a step, and what the kept checkpoints can do, before and after.
import { counts, distributionLabel, duration, integer, interval, percent } from '../report/format.ts';
import type { Proportion } from '../base/statistics.ts';
import type { DistributionSummary } from '../evaluation/types.ts';
import type { RlProgress } from '../rl/rl.ts';
import { alignColumns, printable } from './text.ts';

/** One row of rl.json. */
export interface RlEvaluation extends DistributionSummary {
  /** Steps of reinforcement learning; 0 = the checkpoint that it started from. */
  readonly step: number;
}

export function rlLine(progress: RlProgress): string {
  return `${rlWords(progress)}, ETA ${duration(progress.seconds_left)}`;
}

export function rlWords({ step, steps, reward, zero_spread, groups, tokens_per_second }: RlProgress): string {
  return `step ${integer(step)}/${integer(steps)}, reward ${reward.toFixed(3)}, no spread in ${percent(zero_spread / groups)} % of groups, ${integer(tokens_per_second)} tokens/s`;
}

/** The first and the last checkpoint, distribution by distribution. */
export function rlTable(rows: readonly RlEvaluation[]): string {
  const last = Math.max(...rows.map(({ step }) => step));
  const before = rows.filter(({ step }) => step === 0), after = rows.filter(({ step }) => step === last);
  const cells = before.flatMap((first) => {
    const second = after.find(({ distribution }) => distribution === first.distribution);
    return second === undefined ? [] : [[distributionLabel(first.distribution), integer(first.n), ...both(first.plan_valid, second.plan_valid), ...both(first.trace_valid.strict, second.trace_valid.strict), counts(second.truncated)]];
  });
  const lines = [
    `Before and after ${integer(last)} steps, greedy: % [95 % Wilson score interval]`,
    ...alignColumns([['', 'problems', 'valid plan', 'after', 'valid trace, strict', 'after', 'truncated after'], ...cells]),
  ];
  return printable(`${lines.join('\n')}\n`);
}

function both(before: Proportion, after: Proportion): string[] {
  return [before, after].map((value) => (value.n === 0 ? '-' : `${percent(value.count / value.n)} ${interval(value.low, value.high)}`));
}
