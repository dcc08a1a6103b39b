// Swapped anew in every epoch, so that not even a fixed wrong trace can be learned by heart. The first epoch is that of
// `swapped`.
import type { ConditionRule } from './rule.ts';

export const reswapped: ConditionRule = {
  label: 'Traces swapped every epoch',
  meaning: (problem) => `the trace of another ${problem}, of a new one in every epoch`,
  keepsLength: false,
  usualRate: 1,
  change: 'owner',
  everyEpoch: true,
  trace: (other) => other,
};
