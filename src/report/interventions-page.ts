// The page of `tracelab intervene --html`: what each forced trace does to the plan, early answering, and the table
// behind both.
import { analysisPage } from './analysis-page.ts';
import type { DistributionInterventions } from '../evaluation/intervention-summary.ts';
import { distributionLabel } from '../tables/format.ts';
import { checkpointInterventions } from '../tables/interventions.ts';
import { htmlTable } from '../render/html.ts';
import { html, join } from '../render/markup.ts';
import type { Html } from '../render/markup.ts';
import { earlyChart, interventionsChart } from './interventions-chart.ts';

export interface InterventionsPage {
  readonly title: string;
  readonly distributions: readonly DistributionInterventions[];
  readonly version: string;
}

export async function renderInterventionsPage({ title, distributions, version }: InterventionsPage): Promise<string> {
  const [forced, early] = [await interventionsFigure(distributions), await earlyFigure(distributions)];
  return analysisPage({
    overline: 'tracelab intervene',
    title,
    version,
    lead: html`Does the model use its trace? At test time another trace is forced in its place, and the model writes the plan behind it.`,
    sections: [
      ...(forced === null ? [] : [{ id: 'forced', title: 'Forced traces', body: forced }]),
      ...(early === null ? [] : [{ id: 'early', title: 'Early answering', body: early }]),
      { id: 'numbers', title: 'All numbers', body: htmlTable(checkpointInterventions(distributions)) },
    ],
  });
}

/** One chart a distribution; null where none can be drawn. */
export async function interventionsFigure(distributions: readonly DistributionInterventions[]): Promise<Html | null> {
  const pictures = await Promise.all(
    distributions.map(async (one) => titled(distributionLabel(one.distribution), await interventionsChart(one))),
  );
  return captioned(
    html`Filled: valid plans with 95 % Wilson score intervals. Hollow: plans that are the path of the forced trace, of the mazes where it spells one. Dashed line, or short strokes where a forced trace leaves mazes out: valid plans without intervention on the same mazes.`,
    pictures,
  );
}

/** Two charts a distribution: by records kept, and by the share of the trace kept; null where none can be drawn. */
export async function earlyFigure(distributions: readonly DistributionInterventions[]): Promise<Html | null> {
  const pictures = await Promise.all(
    distributions.flatMap((one) =>
      (['records', 'share'] as const).map(async (by) =>
        titled(`${distributionLabel(one.distribution)}, by ${by} kept`, await earlyChart(one, by)),
      ),
    ),
  );
  return captioned(
    html`The model’s own trace is cut, <code>solution</code> stands behind it. A point counts the mazes whose own trace has at least as many records, well-formed or not; dashed: the same mazes without intervention.`,
    pictures,
  );
}

function titled(title: string, picture: Html | null): Html | null {
  return picture === null ? null : html`<div><h3>${title}</h3>${picture}</div>`;
}

function captioned(words: Html, pictures: readonly (Html | null)[]): Html | null {
  const drawn = pictures.filter((picture) => picture !== null);
  return drawn.length === 0 ? null : html`<p class="note">${words}</p><div class="charts">${join(drawn)}</div>`;
}
