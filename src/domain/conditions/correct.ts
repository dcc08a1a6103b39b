// The example as it is, with the trace of A* on its own problem.
import type { ConditionRule } from './rule.ts';

export const correct: ConditionRule = {
  label: 'Correct traces',
  meaning: (problem, search) => `${search}’s trace on the same ${problem} before the plan`,
  keepsLength: true,
  usualRate: 1,
  change: 'nothing',
};
