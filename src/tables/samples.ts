// Several completions of each problem: pass@k, what the choice of one by its trace is worth, and what all of them cost.
import { domainOf, domainOfDistribution } from '../domain/domains.ts';
import { type Choice, CHOICES, type PassAt, type SampleSummary } from '../evaluation/sample-summary.ts';
import { distributionColumn, numberCell, proportionCell, textCell } from './cells.ts';
import { integer } from './format.ts';
import type { Cell, Table } from './table.ts';

const CHOSEN_BY: Readonly<Record<Choice, string>> = {
  strict: 'A strictly valid trace',
  paper: 'A leniently valid trace',
  first: 'No valid trace: the first',
};

/** @param summaries of one evaluation: as many completions of each problem */
export function samplesTable(summaries: readonly SampleSummary[]): Table {
  const samples = summaries.at(0)?.samples ?? 0;
  const { problem, problems } = (domainOfDistribution(summaries.at(0)?.distribution ?? '') ?? domainOf()).words;
  const row = (label: string, metric: string, cellOf: (summary: SampleSummary) => Cell | null): (Cell | null)[] => [
    textCell(label, { metric }),
    ...summaries.map(cellOf),
  ];
  const tokens = (value: (of: SampleSummary['tokens']) => number) => (summary: SampleSummary) =>
    numberCell(summary.n === 0 ? null : value(summary.tokens), 'tenth');
  return {
    id: 'samples',
    title: 'Several completions',
    caption:
      `${integer(samples)} sampled completions of each ${problem}. Shares: percent of the ${problems} with 95 % ` +
      'interval in brackets. pass@k: the mean chance that k of the completions hold a valid plan (Chen et al. 2021), ' +
      `with the t interval over ${problems}, or the Wilson score interval where every chance is 0 or 1; other shares ` +
      'have the Wilson score interval. Chosen by its trace: the first completion whose trace is strictly valid, else ' +
      'the first that is leniently valid, else the first. Tokens are generated ones, without the prompt: k ' +
      'completions cost k times the tokens of one.',
    dash: 'nothing to count',
    columns: [{ label: '' }, ...summaries.map(({ distribution }) => distributionColumn(distribution))],
    groups: [
      {
        heading: 'A valid plan among k completions',
        rows: (summaries.at(0)?.pass_at ?? []).map(({ k }, i) =>
          row(`pass@${k}`, `pass_at_${k}`, ({ pass_at }) => passCell(pass_at[i])),
        ),
      },
      {
        heading: 'Valid plans of one completion',
        rows: [
          row('The first', 'first', ({ first }) => proportionCell(first)),
          row('Chosen by its trace', 'chosen', ({ chosen }) => proportionCell(chosen)),
          row('Oracle: any valid one', 'any', ({ any }) => proportionCell(any)),
        ],
      },
      {
        heading: 'What decided the choice',
        rows: CHOICES.map((by) =>
          row(CHOSEN_BY[by], `chosen_by_${by}`, ({ chosen_by }) => proportionCell(chosen_by[by])),
        ),
      },
      {
        heading: `Mean tokens for each ${problem}`,
        rows: [
          row(
            'One completion',
            'tokens_per_completion',
            tokens((of) => of.per_completion),
          ),
          row(
            `All ${integer(samples)}`,
            'tokens_per_problem',
            tokens((of) => of.per_problem),
          ),
        ],
      },
    ],
  };
}

function passCell({ n, share, low, high }: PassAt): Cell | null {
  return n === 0 ? null : { kind: 'estimate', value: share, low, high, unit: 'share', n };
}
