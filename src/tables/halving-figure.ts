// A sweep with successive halving as a figure: the metric of each trial on dev problems over the tokens of the rungs.
import type { SweepResults } from '../study/sweep/results.ts';
import { SAID, SAID_BY } from './figure-marks.ts';
import { CHART_WIDTH } from './figure-size.ts';
import { magnitude, percent } from './format.ts';
import { FURNITURE, SIGNS } from './palette.ts';
import { rankedTrials } from './sweep.ts';
import type { Figure } from './table.ts';

/** How far a trial came; the best one is among those of the last rung, too. */
const COLOURS = {
  eliminated: FURNITURE.rule.light,
  'trained to the end': FURNITURE.text.light,
  best: SIGNS.above.light,
} as const;
type Came = keyof typeof COLOURS;

/** One figure for a sweep whose rungs have scores of at least two trials, else none. */
export function halvingFigures(results: SweepResults): Figure[] {
  const ranked = rankedTrials(results);
  const best = ranked.find(({ score }) => score !== null)?.result.trial;
  const rows = results.trials.flatMap(({ trial, state, rungs = [] }) => {
    const came: Came = trial === best ? 'best' : state === 'eliminated' ? 'eliminated' : 'trained to the end';
    return rungs.flatMap(({ rung, tokens, score }) => {
      if (score === null) return [];
      const words = `${trial}, ${came}; rung ${rung}, ${magnitude(tokens)} tokens; ${percent(score)} %`;
      return [{ trial, came, tokens, share: 100 * score, words: SAID + words }];
    });
  });
  if (new Set(rows.map(({ trial }) => trial)).size < 2) return [];
  const tokens = [...new Set(rows.map((row) => row.tokens))].sort((a, b) => a - b);
  const spoken = rows.map(({ words }) => words.slice(SAID.length)).join('. ');
  const came = Object.keys(COLOURS);
  return [
    {
      id: 'sweep-halving',
      title: 'Rungs of successive halving',
      caption:
        'The metric on dev problems, in percent, by tokens of the rung; one line a trial. Blue: the best trial in ' +
        'tests. Grey: trained to the end. Faint: eliminated.',
      spoken: `The metric on dev problems by tokens of the rung. ${spoken}`,
      specification: {
        width: CHART_WIDTH,
        height: 220,
        data: { values: rows },
        encoding: {
          x: {
            field: 'tokens',
            type: 'quantitative',
            title: 'tokens',
            scale: { type: tokens.length > 1 ? 'log' : 'linear', zero: false, nice: false, padding: 12 },
            axis: { values: tokens, format: '.3~s', grid: false },
          },
          y: { field: 'share', type: 'quantitative', title: null, scale: { zero: false, nice: true } },
          color: {
            field: 'came',
            type: 'nominal',
            scale: { domain: came, range: Object.values(COLOURS) },
            legend: null,
          },
        },
        // Later layers are above: the best trial is never hidden.
        layer: came.flatMap((one) => [
          {
            transform: [{ filter: { field: 'came', equal: one } }],
            mark: { type: 'line', strokeWidth: one === 'best' ? 2.2 : 1 },
            encoding: { detail: { field: 'trial' } },
          },
          {
            transform: [{ filter: { field: 'came', equal: one } }],
            mark: { type: 'point', filled: true, size: 30, opacity: 1 },
            encoding: { description: SAID_BY },
          },
        ]),
      },
    },
  ];
}
