// Every trace belongs to another problem: one fixed derangement over the training set, as in the paper.
import type { ConditionRule } from './rule.ts';

export const swapped: ConditionRule = {
  label: 'Swapped traces',
  meaning: (problem) => `the trace of another ${problem} before the right plan`,
  keepsLength: false,
  usualRate: 1,
  change: 'owner',
  everyEpoch: false,
  trace: (other) => other,
};
