// Reinforcement learning in the terminal: the line of a step, and what the kept checkpoints can do, before and after.
import { counts, distributionLabel, integer, interval, nats, percent, share } from '../tables/format.ts';
import { proportion, type Proportion } from '../base/statistics.ts';
import type { DistributionSummary } from '../evaluation/types.ts';
import type { SampledGroups } from '../rl/observe.ts';
import { alignColumns, printable } from '../render/terminal-text.ts';

/** One row of rl.json. */
export interface RlEvaluation extends DistributionSummary {
  /** Steps of reinforcement learning; 0 = the checkpoint that it started from. */
  readonly step: number;
  /**
   * Of which mazes of the test file: all of them, for the first and the last step, or the first --eval-mazes, for every
   * kept step.
   */
  readonly mazes: 'all' | 'first';
  /** Groups of the first --eval-prompts mazes; in rows of the first mazes, where groups were wanted. */
  readonly sampled?: SampledGroups;
}

/** The first and the last checkpoint, distribution by distribution: greedy on all mazes, and the sampled groups. */
export function rlTable(rows: readonly RlEvaluation[]): string {
  const last = Math.max(...rows.map(({ step }) => step));
  const cells = pairs(
    rows.filter(({ mazes }) => mazes === 'all'),
    last,
  ).map(([first, second]) => [
    distributionLabel(first.distribution),
    integer(first.n),
    ...both(first.plan_valid, second.plan_valid),
    ...both(first.trace_valid.strict, second.trace_valid.strict),
    counts(second.truncated),
  ]);
  const lines = [
    `Before and after ${integer(last)} steps, greedy, all test mazes: % [95 % Wilson score interval]`,
    ...alignColumns([
      ['', 'problems', 'valid plan', 'after', 'valid trace, strict', 'after', 'truncated after'],
      ...cells,
    ]),
    ...sampledLines(rows, last),
  ];
  return printable(`${lines.join('\n')}\n`);
}

function sampledLines(rows: readonly RlEvaluation[], last: number): string[] {
  const sampled = pairs(
    rows.filter((row) => row.sampled !== undefined),
    last,
  );
  if (sampled.length === 0) return [];
  const cells = sampled.flatMap((pair) =>
    pair.map(({ step, distribution, sampled: groups }) => {
      if (groups === undefined) return [];
      const flat = proportion(groups.zero_spread, groups.groups);
      return [
        step === 0 ? distributionLabel(distribution) : '',
        integer(step),
        groups.reward.toFixed(3),
        ...both(flat),
        counts(flat),
        nats(groups.entropy),
        nats(groups.kl),
        (groups.tokens / groups.completions).toFixed(1),
        share(proportion(groups.truncated, groups.completions)),
      ];
    }),
  );
  return [
    '',
    'Sampled groups of the first test mazes; entropy and KL against the start in nats a token',
    ...alignColumns([
      ['', 'step', 'reward', 'no spread, %', 'groups', 'entropy', 'KL', 'tokens', 'truncated'],
      ...cells,
    ]),
  ];
}

/** Rows of step 0 with those of the last step, where there is one. */
function pairs(rows: readonly RlEvaluation[], last: number): (readonly [before: RlEvaluation, after: RlEvaluation])[] {
  return rows
    .filter(({ step }) => step === 0)
    .flatMap((before) => {
      const after = rows.find(({ step, distribution }) => step === last && distribution === before.distribution);
      return after === undefined ? [] : [[before, after] as const];
    });
}

function both(...values: readonly Proportion[]): string[] {
  return values.map((value) =>
    value.n === 0 ? '-' : `${percent(value.count / value.n)} ${interval(value.low, value.high)}`,
  );
}
