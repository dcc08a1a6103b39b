// Condition by seed: how long each model was trained, how far it got, and whether that is far enough.
import { conditionLabel } from '../domain/conditions/condition.ts';
import type { ConditionResult, StudyResults } from '../study/results.ts';
import { numberCell, proportionCell, textCell } from './cells.ts';
import { NOTHING_COUNTED } from './distributions.ts';
import { distributionLabel } from './format.ts';
import { wordsOf } from './names.ts';
import type { Cell, Table } from './table.ts';

/** One row for each training run; empty without runs. */
export function runOverview(results: StudyResults): Table[] {
  const { conditions, config } = results;
  if (conditions.length === 0) return [];
  const { generator } = config.data;
  return [
    {
      id: 'runs',
      title: 'Condition by seed',
      caption:
        'Loss: mean over the completion tokens of the last window of training steps, nats per token. Valid plans: of ' +
        `all test ${wordsOf(results).problems} in distribution (${distributionLabel(generator)}), percent with 95 % ` +
        'Wilson score interval, and count/n.',
      dash: 'not measured',
      columns: [
        { label: 'Trained on' },
        { label: 'Seed' },
        { label: 'Steps', about: { metric: 'steps' } },
        { label: 'Loss', about: { metric: 'loss' } },
        { label: 'Valid plans', about: { metric: 'plan_valid', distribution: generator } },
        { label: 'Undertrained' },
      ],
      groups: [{ heading: '', rows: conditions.map((run) => runRow(run, generator)) }],
      compact: true,
    },
  ];
}

function runRow(run: ConditionResult, generator: string): (Cell | null)[] {
  const { condition, seed, steps, curve, evaluation, training_verdict } = run;
  const loss = curve.at(-1)?.loss;
  const tested = evaluation.find(({ distribution }) => distribution === generator);
  return [
    textCell(conditionLabel(condition), { condition }),
    textCell(String(seed), { seed }),
    numberCell(steps, 'integer'),
    numberCell(loss === undefined || !Number.isFinite(loss) ? null : loss, 'nats'),
    proportionCell(tested?.plan_valid ?? NOTHING_COUNTED),
    textCell(training_verdict.undertrained ? 'yes' : 'no'),
  ];
}
