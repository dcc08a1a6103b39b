// The right events in a wrong order: touched events change places among each other, and none keeps its own. One alone
// cannot move.
import { derangement } from './derangement.ts';
import type { ConditionRule } from './rule.ts';

export const shuffled: ConditionRule = {
  label: 'Shuffled events',
  meaning: (_, search) => `${search}’s events in a random order`,
  keepsLength: true,
  usualRate: 1,
  change: 'events',
  trace: (events, touched, random) => {
    const places = [...events.keys()].filter((i) => touched[i] !== 0);
    const moved = [...events];
    if (places.length > 1)
      derangement(places.length, () => random).forEach((from, to) => {
        moved[places[to]] = events[places[from]];
      });
    return moved.join(' ');
  },
};
