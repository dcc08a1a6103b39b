// The pages of lengths and interventions: every number with its denominator, charts that say what they show, and
// nothing untrusted as markup.
import { describe, expect, it } from 'vitest';
import { analyseLengths } from '../../src/analysis/lengths.ts';
import { proportion } from '../../src/base/statistics.ts';
import type { DistributionInterventions } from '../../src/evaluation/intervention-summary.ts';
import { renderInterventionsPage } from '../../src/report/interventions-page.ts';
import { lengthsFigure, renderLengthsPage } from '../../src/report/lengths-page.ts';
import { lengthTables } from '../../src/tables/lengths.ts';
import { withoutData } from './policy.ts';
import { RUN_NAMES } from '../../src/tables/run-names.ts';
import { interventionSummary as summary, lengthRows as rows, lengthRun as run } from './fixture-later.ts';

describe('lengths page', () => {
  const runs = [run({ wilson: rows(60, (astar) => astar, 0.1), free: rows(60, () => 5, 2) })];
  const render = (title = 'study quick') =>
    renderLengthsPage({ title, analysis: analyseLengths(runs), runs, names: RUN_NAMES, version: '1' });

  it('shows one scatter plot a distribution, free space apart, and every table', async () => {
    const page = await render();
    expect(page.match(/role="img"/g)).toHaveLength(2);
    expect(page).toMatch(
      /<figure class="figure third" id="figure-lengths-correct-1-wilson"><figcaption><h3>Wilson<\/h3><p class="note">r = [^<]*<\/p><\/figcaption><div class="chart" role="img" aria-label="Generated against A\* events, Wilson, 60 mazes: Pearson 1.00 \[1.00, 1.00\]/,
    );
    expect(page).toContain('Free space apart');
    for (const { id } of lengthTables(analyseLengths(runs))) expect(page).toContain(`<table id="table-${id}"`);
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('its figure can be in another page as it is', async () => {
    expect(await render()).toContain((await lengthsFigure(analyseLengths(runs), runs)).text);
  });

  it("a folder's name is text", async () => {
    const page = await render('<script>alert(1)</script>');
    expect(withoutData(page)).not.toContain('<script');
    expect(page).toContain('&lt;script&gt;');
  });
});

describe('interventions page', () => {
  const distributions: DistributionInterventions[] = [
    {
      distribution: 'wilson',
      own: { n: 40, plan_valid: proportion(30, 40), mean_plan_cells: 6.5, mean_events: 12 },
      interventions: [
        summary('gold', 33),
        summary('swapped', 2),
        summary('early@0', 1),
        summary('early@4', 9),
        summary('early@8', 0, 0),
        summary('early-share@0.5', 4),
        summary('early-share@1', 30),
      ],
    },
  ];

  it('shows forced traces and early answering, with what was left out', async () => {
    const page = await renderInterventionsPage({ title: 'runs/x', distributions, version: '1' });
    expect(page.match(/role="img"/g)).toHaveLength(3);
    expect(page).toContain(
      'aria-label="Valid plans by forced trace, Wilson, percent with 95 % interval: Reference 82.5',
    );
    expect(page).toContain(
      'by what is kept of the own trace; 0: 2.5; 4: 22.5. Without intervention 75.0 on all mazes.',
    );
    expect(page).toMatch(/\u221210\.0<\/span> <span class="i">\[\u2212/);
    expect(page).toContain('No room: mazes left out');
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('an analysis without early answering has no empty section', async () => {
    const [one] = distributions;
    expect(
      await renderInterventionsPage({
        title: 'x',
        distributions: [{ ...one, interventions: one.interventions.slice(0, 2) }],
        version: '1',
      }),
    ).not.toContain('Early answering');
  });

  it('early answering that has no chart has neither heading nor caption', async () => {
    const [one] = distributions;
    // One point of a kind is no curve: two numbers of records are needed, or two shares.
    const page = await renderInterventionsPage({
      title: 'x',
      distributions: [
        { ...one, interventions: [summary('gold', 33), summary('early@4', 9), summary('early-share@0.5', 4)] },
      ],
      version: '1',
    });
    expect(page).not.toContain('Early answering');
    expect(page).not.toContain('own trace is cut,');
    expect(page).toContain('Own trace, 4 records');
    expect(page).not.toContain('<div class="charts"></div>');
  });

  it('early answering alone has no figure of forced traces', async () => {
    const [one] = distributions;
    const page = await renderInterventionsPage({
      title: 'x',
      distributions: [{ ...one, interventions: one.interventions.slice(2) }],
      version: '1',
    });
    expect(page).not.toContain('<h2 id="forced">');
    expect(page).toContain('Early answering');
    expect(page.match(/role="img"/g)).toHaveLength(2);
  });
});
