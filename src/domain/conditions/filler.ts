// One word repeated in the place of the trace: is it the length that helps? (Pfau et al., "Let's Think Dot by Dot",
// 2024.) The length of the right trace gives much of the plan's length away. The two others do not: the length of
// another problem's trace, and one length for all.
import type { ConditionRule } from './rule.ts';

/** No event begins with it, and a completion has no other use for it. */
const FILLER = 'reasoning';

export const filler: ConditionRule = {
  label: 'Filler',
  meaning: () => 'one word repeated, as often as the trace has words',
  keepsLength: true,
  usualRate: 1,
  change: 'events',
  trace: (events, touched) => events.map((event, i) => (touched[i] === 0 ? event : filled(event))).join(' '),
};

/** Has the derangement of `swapped`. */
export const fillerSwapped: ConditionRule = {
  label: 'Filler of swapped lengths',
  meaning: (problem) => `one word repeated, as often as the trace of another ${problem} has words`,
  keepsLength: false,
  usualRate: 1,
  change: 'owner',
  everyEpoch: false,
  trace: filled,
};

/** Has the mean number of words of all right traces, rounded. */
export const fillerConstant: ConditionRule = {
  label: 'Filler of one length',
  meaning: (problem) => `one word repeated, equally often for every ${problem}`,
  keepsLength: false,
  usualRate: 1,
  change: 'trace',
  trace: (lengths) => {
    const words = lengths.reduce((sum, length) => sum + length, 0);
    return Array<string>(Math.round(words / Math.max(lengths.length, 1)))
      .fill(FILLER)
      .join(' ');
  },
};

/** As many words, and nothing in them. */
function filled(text: string): string {
  return text.replaceAll(/[^ ]+/g, FILLER);
}
