// F1b over training: how many of the valid plans have an invalid trace, as the models grow more competent.
import type { StudyResults } from '../study/results.ts';
import { numberCell, proportionCell, textCell } from './cells.ts';
import { levelName } from './levels.ts';
import { wordsOf } from './names.ts';
import type { Table } from './table.ts';

/** Every kept checkpoint of the models trained on correct traces. */
export function tracesOverTraining(results: StudyResults): Table[] {
  const runs = results.conditions.filter(({ condition, dev }) => condition === 'correct' && dev.length > 0);
  if (runs.length === 0) return [];
  const { problems } = wordsOf(results);
  return [
    {
      id: 'traces-over-training',
      title: 'Invalid traces next to valid plans, over training',
      caption:
        `Greedy completions of the first dev ${problems} at every kept checkpoint of the models trained on correct ` +
        'traces. Invalid traces: share of the valid plans whose trace is invalid at the level. All with the 95 % ' +
        'Wilson score interval. Models of different conditions and seeds are to be compared at equal valid plans.',
      columns: [
        { label: 'Seed' },
        { label: 'Step', about: { metric: 'steps' } },
        { label: 'Tokens', about: { metric: 'trained_tokens' } },
        { label: 'Valid plans', about: { metric: 'dev_plan_valid' } },
        { label: `Invalid traces, ${levelName('strict')}`, about: { metric: 'invalid_given_valid', level: 'strict' } },
        { label: `Invalid traces, ${levelName('paper')}`, about: { metric: 'invalid_given_valid', level: 'paper' } },
      ],
      groups: [
        {
          heading: '',
          about: { condition: 'correct' },
          rows: runs.flatMap(({ seed, dev }) =>
            dev.map(({ step, tokens, plan_valid, invalid_traces }) => [
              textCell(String(seed), { seed, tokens }),
              numberCell(step, 'integer'),
              numberCell(tokens, 'integer'),
              proportionCell(plan_valid),
              proportionCell(invalid_traces.strict),
              proportionCell(invalid_traces.paper),
            ]),
          ),
        },
      ],
      compact: true,
    },
  ];
}
