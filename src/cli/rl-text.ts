// Reinforcement learning in the terminal: the line of a step, and what the kept checkpoints can do, before and after.
import { counts, distributionLabel, integer, interval, nats, percent, share } from '../tables/format.ts';
import { proportion, type Proportion } from '../base/statistics.ts';
import type { DistributionSummary } from '../evaluation/types.ts';
import type { SampledGroups } from '../rl/observe.ts';
import { alignColumns, printable, wrap } from '../render/terminal-text.ts';

const WIDTH = 80;

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
  const all = pairs(
    rows.filter(({ mazes }) => mazes === 'all'),
    last,
  );
  const lines = [
    `Before and after ${integer(last)} steps, greedy, all test mazes: % [95 % Wilson score interval]`,
    ...alignColumns([
      ['', 'problems', 'valid plan', 'after', 'truncated after'],
      ...all.map(([first, second]) => [
        distributionLabel(first.distribution),
        integer(first.n),
        ...both(first.plan_valid, second.plan_valid),
        counts(second.truncated),
      ]),
    ]),
    ...alignColumns([
      ['', 'valid trace, strict', 'after'],
      ...all.map(([first, second]) => [
        distributionLabel(first.distribution),
        ...both(first.trace_valid.strict, second.trace_valid.strict),
      ]),
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
  const cells = (of: (groups: SampledGroups) => string[]): string[][] =>
    sampled.flatMap((pair) =>
      pair.map(({ step, distribution, sampled: groups }) =>
        groups === undefined ? [] : [step === 0 ? distributionLabel(distribution) : '', integer(step), ...of(groups)],
      ),
    );
  return [
    '',
    ...wrap('Sampled groups of the first test mazes; entropy and KL against the start in nats a token', WIDTH),
    ...alignColumns([
      ['', 'step', 'reward', 'no spread, %', 'groups'],
      ...cells((groups) => {
        const flat = proportion(groups.zero_spread, groups.groups);
        return [groups.reward.toFixed(3), ...both(flat), counts(flat)];
      }),
    ]),
    ...alignColumns([
      ['', 'step', 'entropy', 'KL', 'tokens', 'truncated'],
      ...cells((groups) => [
        nats(groups.entropy),
        nats(groups.kl),
        (groups.tokens / groups.completions).toFixed(1),
        share(proportion(groups.truncated, groups.completions)),
      ]),
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
