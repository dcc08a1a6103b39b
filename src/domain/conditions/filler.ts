// As many words as the trace has, and nothing in them: is it the length that helps? (Pfau et al., "Let's Think Dot by
// Dot", 2024.)
import type { ConditionRule } from './rule.ts';

/** No event begins with it, and a completion has no other use for it. */
const FILLER = 'reasoning';

export const filler: ConditionRule = {
  label: 'Filler',
  meaning: () => 'one word repeated, as often as the trace has words',
  keepsLength: true,
  usualRate: 1,
  change: 'events',
  trace: (events, touched) =>
    events.map((event, i) => (touched[i] === 0 ? event : event.replaceAll(/[^ ]+/g, FILLER))).join(' '),
};
