// No trace at all: the baseline of the study.
import type { ConditionRule } from './rule.ts';

export const solutionOnly: ConditionRule = {
  label: 'Solution only',
  meaning: () => 'plans without any trace',
  keepsLength: false,
  usualRate: 1,
  change: 'trace',
  trace: '',
};
