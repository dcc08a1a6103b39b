// Part of the trace: touched events are left out, the others keep their order. Rate 1 leaves no trace, as in
// `solution-only`.
import type { ConditionRule } from './rule.ts';

export const thinned: ConditionRule = {
  label: 'Thinned traces',
  meaning: (_, search) => `${search}’s trace with events left out`,
  keepsLength: false,
  usualRate: 0.5,
  change: 'events',
  trace: (events, touched) => events.filter((_, i) => touched[i] === 0).join(' '),
};
