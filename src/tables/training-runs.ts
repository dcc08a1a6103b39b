// The training runs of a study: size, length, time and weights of each.
import { lastQuarterRise, STILL_IMPROVING } from '../analysis/dev-slope.ts';
import { conditionLabel } from '../domain/conditions/condition.ts';
import type { StudyResults } from '../study/results.ts';
import { numberCell, proportionCell, textCell } from './cells.ts';
import { NOTHING_COUNTED } from './distributions.ts';
import type { Cell, Table } from './table.ts';

/** After the rise of a model that was still improving. */
const IMPROVING_MARK = '\u2191';

/** The table of training runs; empty without runs. */
export function trainingRuns({ conditions }: StudyResults): Table[] {
  if (conditions.length === 0) return [];
  return [
    {
      id: 'training-runs',
      title: 'Training runs',
      caption:
        'Dev: valid plans in distribution at the last checkpoint, with the 95 % Wilson score interval. Last quarter: ' +
        'their rise over the last quarter of the steps, in points, by a line through the checkpoints; ' +
        `${IMPROVING_MARK}: more than ${100 * STILL_IMPROVING} point, so the model was still improving. Weights: ` +
        'first 16 digits of the SHA-256 of the final file.',
      dash: 'too few checkpoints',
      columns: [
        { label: 'Trained on' },
        { label: 'Seed' },
        { label: 'Parameters', about: { metric: 'parameters' } },
        { label: 'Steps', about: { metric: 'steps' } },
        { label: 'Tokens', about: { metric: 'tokens' } },
        { label: 'Dev', about: { metric: 'dev_plan_valid' } },
        { label: 'Last quarter', about: { metric: 'dev_plan_valid_rise' } },
        { label: 'Training', about: { metric: 'train_seconds' } },
        { label: 'Evaluation', about: { metric: 'evaluate_seconds' } },
        { label: 'Weights' },
      ],
      groups: [
        {
          heading: '',
          rows: conditions.map(
            ({ condition, seed, parameters, steps, tokens, dev, train_seconds, evaluate_seconds, weights_sha256 }) => [
              textCell(conditionLabel(condition), { condition }),
              textCell(String(seed), { seed }),
              numberCell(parameters, 'magnitude'),
              numberCell(steps, 'integer'),
              numberCell(tokens, 'integer'),
              proportionCell(dev.at(-1)?.plan_valid ?? NOTHING_COUNTED),
              riseCell(lastQuarterRise(dev)),
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

function riseCell(rise: number | null): Cell | null {
  const cell = numberCell(rise, 'points');
  return cell !== null && (rise ?? 0) > STILL_IMPROVING ? { ...cell, mark: IMPROVING_MARK } : cell;
}
