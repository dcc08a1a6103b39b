// The page of `tracelab intervene --html`: what each forced trace does to the plan, early answering, and the table
// behind both.
import { analysisPage } from './analysis-page.ts';
import type { DistributionInterventions } from '../evaluation/intervention-summary.ts';
import { htmlTable, inline } from '../render/html.ts';
import { html } from '../render/markup.ts';
import type { Html } from '../render/markup.ts';
import { EARLY_WORDS, earlyFigures, FORCED_WORDS, forcedFigures } from '../tables/intervention-figures.ts';
import { checkpointInterventions } from '../tables/interventions.ts';
import type { Figure } from '../tables/table.ts';
import { figuresHtml } from './charts.ts';

export interface InterventionsPage {
  readonly title: string;
  readonly distributions: readonly DistributionInterventions[];
  readonly version: string;
}

/** The page of `intervene`: charts and all numbers. */
export async function renderInterventionsPage({ title, distributions, version }: InterventionsPage): Promise<string> {
  const [forced, early] = [await forcedCharts(distributions), await earlyCharts(distributions)];
  return analysisPage({
    overline: 'tracelab intervene',
    title,
    version,
    lead: html`Does the model use its trace? At test time another trace is forced in its place, and the model writes the plan after it.`,
    sections: [
      ...(forced === null ? [] : [{ id: 'forced', title: 'Forced traces', body: forced }]),
      ...(early === null ? [] : [{ id: 'early', title: 'Early answering', body: early }]),
      { id: 'numbers', title: 'All numbers', body: htmlTable(checkpointInterventions(distributions)) },
    ],
  });
}

/** @returns null where there is no figure, as for earlyCharts */
export async function forcedCharts(
  distributions: readonly DistributionInterventions[],
  run = '',
): Promise<Html | null> {
  return charts(FORCED_WORDS, forcedFigures(distributions, run));
}

/** Charts of early answering; null if there are no such interventions. */
export async function earlyCharts(distributions: readonly DistributionInterventions[], run = ''): Promise<Html | null> {
  return charts(EARLY_WORDS, earlyFigures(distributions, run));
}

async function charts(words: string, figures: readonly Figure[]): Promise<Html | null> {
  if (figures.length === 0) return null;
  return html`<p class="note">${inline(words)}</p>${await figuresHtml(figures)}`;
}
