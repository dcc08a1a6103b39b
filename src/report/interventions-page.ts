// The page of `tracelab intervene --html`: what each forced trace does to the plan, early answering, and the table behind both.
import { analysisPage } from './analysis-page.ts';
import type { DistributionInterventions } from '../evaluation/intervention-summary.ts';
import { distributionLabel } from './format.ts';
import { EMPTY, html, join } from './html.ts';
import type { Html } from './html.ts';
import { earlyChart, hasEarly, interventionsChart } from './interventions-chart.ts';
import { interventionsTable } from './interventions-table.ts';

export interface InterventionsPage {
  readonly title: string;
  readonly distributions: readonly DistributionInterventions[];
  readonly version: string;
}

export async function renderInterventionsPage({ title, distributions, version }: InterventionsPage): Promise<string> {
  const early = distributions.some(({ interventions }) => hasEarly(interventions));
  return analysisPage({
    overline: 'tracelab intervene', title, version,
    lead: html`Does the model use its trace? At test time another trace is forced in its place, and the model writes the plan behind it.`,
    sections: [
      { id: 'forced', title: 'Forced traces', body: await interventionsFigure(distributions) },
      ...(early ? [{ id: 'early', title: 'Early answering', body: await earlyFigure(distributions) }] : []),
      { id: 'numbers', title: 'All numbers', body: interventionsTable(distributions) },
    ],
  });
}

/** One chart a distribution. */
export async function interventionsFigure(distributions: readonly DistributionInterventions[]): Promise<Html> {
  const pictures = await Promise.all(distributions.map(async (one) => titled(distributionLabel(one.distribution), await interventionsChart(one))));
  return html`<p class="note">Filled: valid plans with 95 % Wilson score intervals. Hollow: plans that are the path of the forced trace, of the mazes where it spells one. Dashed: valid plans without intervention.</p><div class="charts">${join(pictures)}</div>`;
}

/** Two charts a distribution: by events kept, and by the share of the trace kept. */
export async function earlyFigure(distributions: readonly DistributionInterventions[]): Promise<Html> {
  const pictures = await Promise.all(distributions.flatMap((one) => (['events', 'share'] as const).map(async (by) => titled(`${distributionLabel(one.distribution)}, by ${by === 'events' ? 'events' : 'share'} kept`, await earlyChart(one, by)))));
  return html`<p class="note">The model’s own trace is cut, <code>solution</code> stands behind it. A point counts the mazes whose own trace has at least as many events; dashed: the same mazes without intervention.</p><div class="charts">${join(pictures)}</div>`;
}

function titled(title: string, picture: Html | null): Html {
  return picture === null ? EMPTY : html`<div><h3>${title}</h3>${picture}</div>`;
}
