// The training runs of a study: size, length, time and weights of each.
import { conditionLabel } from '../domain/conditions/condition.ts';
import type { StudyResults } from '../study/results.ts';
import { numberCell, textCell } from './cells.ts';
import type { Table } from './table.ts';

export function trainingRuns({ conditions }: StudyResults): Table[] {
  if (conditions.length === 0) return [];
  return [
    {
      id: 'training-runs',
      title: 'Training runs',
      caption: 'Weights: first 16 digits of the SHA-256 of the final file.',
      columns: [
        { label: 'Trained on' },
        { label: 'Seed' },
        { label: 'Parameters', about: { metric: 'parameters' } },
        { label: 'Steps', about: { metric: 'steps' } },
        { label: 'Tokens', about: { metric: 'tokens' } },
        { label: 'Training', about: { metric: 'train_seconds' } },
        { label: 'Evaluation', about: { metric: 'evaluate_seconds' } },
        { label: 'Weights' },
      ],
      groups: [
        {
          heading: '',
          rows: conditions.map(
            ({ condition, seed, parameters, steps, tokens, train_seconds, evaluate_seconds, weights_sha256 }) => [
              textCell(conditionLabel(condition), { condition }),
              textCell(String(seed), { seed }),
              numberCell(parameters, 'magnitude'),
              numberCell(steps, 'integer'),
              numberCell(tokens, 'integer'),
              numberCell(train_seconds, 'seconds'),
              numberCell(evaluate_seconds, 'seconds'),
              { kind: 'text', text: weights_sha256.slice(0, 16), code: true },
            ],
          ),
        },
      ],
      compact: true,
    },
  ];
}
