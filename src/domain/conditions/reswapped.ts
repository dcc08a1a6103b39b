// A new exchange in every epoch, so that no fixed wrong trace can be memorised. The first epoch equals that of
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
