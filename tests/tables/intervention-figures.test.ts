// Figures of forced traces: what they draw, and what is read out in place of them.
import { describe, expect, it } from 'vitest';
import { proportion } from '../../src/base/statistics.ts';
import type { InterventionSummary } from '../../src/evaluation/intervention-summary.ts';
import { figureHtml } from '../../src/report/charts.ts';
import { earlyFigures, forcedFigures } from '../../src/tables/intervention-figures.ts';
import { interventionSummary as summary } from '../report/fixture-later.ts';

const on = (...interventions: readonly InterventionSummary[]) => [
  {
    distribution: 'wilson',
    own: { n: 40, plan_valid: proportion(30, 40), mean_plan_cells: 6.5, mean_events: 12 },
    interventions,
  },
];

describe('forced traces', () => {
  it('one baseline where every forced trace has all mazes', async () => {
    const [figure] = forcedFigures(on(summary('gold', 33), summary('swapped', 2)));
    expect(figure.spoken).toBe(
      'Valid plans by forced trace, Wilson, percent with 95 % interval: Reference 82.5 [68.1, 91.3]; Swapped 5.0 [1.4, 16.5]. Without intervention 75.0.',
    );
    expect((await figureHtml(figure)).text.match(/stroke-dasharray="4,3"/g)).toHaveLength(1);
  });

  it('a baseline of its own for each forced trace where one leaves mazes out', async () => {
    // 10 of the 20 mazes that are left: 7 valid with the forced trace, 5 others lost and 1 won.
    const [figure] = forcedFigures(on(summary('gold', 33), summary('other', 7, 20)));
    expect(figure.spoken).toContain(
      'Reference 82.5 [68.1, 91.3], without 92.5; Other 35.0 [18.1, 56.7], without 55.0.',
    );
    expect(figure.spoken).not.toContain('Without intervention');
    const { text } = await figureHtml(figure);
    expect(text).not.toContain('stroke-dasharray="4,3"');
    // One tick for each of the two.
    expect(text.match(/<path d="M[\d.,]+h1\.4v14h-1\.4Z"/g)).toHaveLength(2);
  });

  it('leaves out early answering and interventions without a maze', () => {
    expect(forcedFigures(on(summary('early@4', 9), summary('gold', 0, 0)))).toEqual([]);
  });

  it('runs have figures of different ids', () => {
    const ids = ['correct-1', 'thinned@0.25-1'].flatMap((run) =>
      forcedFigures(on(summary('gold', 33)), run).map(({ id }) => id),
    );
    expect(ids).toEqual(['forced-correct-1-wilson', 'forced-thinned-0-25-1-wilson']);
  });
});

describe('early answering', () => {
  it('has a figure by records and one by their share', () => {
    const figures = earlyFigures(
      on(
        summary('early@4', 9),
        summary('early@0', 1),
        summary('early@8', 0, 0),
        summary('early-share@0.5', 4),
        summary('early-share@1', 30),
      ),
    );
    expect(figures.map(({ title }) => title)).toEqual(['Wilson, by records kept', 'Wilson, by share kept']);
    expect(figures[0].spoken).toContain('0: 2.5; 4: 22.5. Without intervention 75.0 on all mazes.');
    expect(figures[1].spoken).toContain('50 percent: 10.0; 100 percent: 75.0.');
  });

  it('one point is no curve', () => {
    expect(earlyFigures(on(summary('early@4', 9), summary('early-share@0.5', 4)))).toEqual([]);
  });
});
