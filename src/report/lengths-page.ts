// The page of `tracelab analyse lengths --html`: scatter plots per run and distribution (free space apart), then the
// tables.
import { analysisPage } from './analysis-page.ts';
import type { LengthAnalysis, LengthGroup, LengthRun } from '../analysis/lengths.ts';
import { correlationWords, distributionLabel, prose } from '../tables/format.ts';
import { EMPTY, html, join } from '../render/markup.ts';
import type { Html } from '../render/markup.ts';
import { drawnWords, lengthsChart } from './lengths-chart.ts';
import { distanceTable, goldTable, lengthsSeedsTable, lengthsTable, runsOf } from './lengths-table.ts';
import { conditionKey } from './palette.ts';
import { RUN_NAMES } from '../tables/run-names.ts';
import type { RunNames } from '../tables/run-names.ts';

export interface LengthsPage {
  readonly title: string;
  readonly analysis: LengthAnalysis;
  /** The rows behind the analysis, for the points. */
  readonly runs: readonly LengthRun[];
  readonly names: RunNames;
  readonly version: string;
}

export async function renderLengthsPage({ title, analysis, runs, names, version }: LengthsPage): Promise<string> {
  return analysisPage({
    overline: 'tracelab analyse lengths',
    title,
    version,
    lead: html`Is the length of a trace the complexity of the problem? A point is a maze: events that the model generated against events that A* needs.`,
    sections: [
      { id: 'scatter', title: 'Generated against A* events', body: await lengthsFigure(analysis, runs, names) },
      {
        id: 'correlations',
        title: 'Correlations',
        body: html`${lengthsSeedsTable(analysis, names)}${lengthsTable(analysis, names)}${goldTable(analysis.gold)}`,
      },
      ...(analysis.bins.length > 0
        ? [
            {
              id: 'distance',
              title: 'Distance from the training distribution',
              body: distanceTable(analysis.bins, names),
            },
          ]
        : []),
    ],
  });
}

/** Small multiples of all runs, free space after the others: there a length can follow the distance alone. */
export async function lengthsFigure(
  { groups }: LengthAnalysis,
  runs: readonly LengthRun[],
  names = RUN_NAMES,
): Promise<Html> {
  const conditions = [...new Set(groups.map(({ condition }) => condition))];
  const rows = (group: LengthGroup) =>
    runs.find(({ condition, seed }) => condition === group.condition && seed === group.seed)?.rows[
      group.distribution
    ] ?? [];
  const figures = await Promise.all(
    runsOf(groups).map(async (some) => {
      const pictures = await Promise.all(
        some.map(
          async (group) => html`<div><h3>${distributionLabel(group.distribution)}</h3>
<p class="note">${prose(
            `r = ${correlationWords(group.all.pearson)}, given plan length ` +
              `${correlationWords(group.all.given_plan)}${drawnWords(rows(group), group)}`,
          )}</p>${await lengthsChart(rows(group), group, conditions)}</div>`,
        ),
      );
      const [first] = some;
      const apart = some.findIndex(({ distribution }) => distribution === 'free');
      const walled = pictures.filter((_, i) => i !== apart);
      return html`<h3>${names.run(first)}</h3><div class="charts">${join(walled)}</div>${
        apart < 0
          ? EMPTY
          : html`<p class="note">Free space apart: without walls the length of the plan is the Manhattan distance.</p><div class="charts">${pictures[apart]}</div>`
      }`;
    }),
  );
  return html`${
    names.known ? conditionKey(conditions) : EMPTY
  }<p class="note">Dashed: as many events as A*. Hollow: truncated completions. Lengths beyond the 99th percentile stand at the edge. On the edges: how often each length occurs.${names.note}</p>${join(figures)}`;
}
