// The information of traces about plans: the page of `tracelab intervene --information --html`, and the charts of a
// study's report.
import { INFORMATION_SOURCES } from '../evaluation/information.ts';
import type { DistributionInformation } from '../evaluation/information-summary.ts';
import { htmlTable, inline } from '../render/html.ts';
import { html, join } from '../render/markup.ts';
import type { Html } from '../render/markup.ts';
import type { InformationResult } from '../study/results.ts';
import { checkpointInformation, CUT_TRACE_WORDS, sourceLabel } from '../tables/information.ts';
import { INFORMATION_WORDS, informationFigures, SOURCE_LOOKS } from '../tables/information-figures.ts';
import type { InformationPanel } from '../tables/information-figures.ts';
import type { RunNames } from '../tables/run-names.ts';
import { analysisPage } from './analysis-page.ts';
import { figuresHtml } from './charts.ts';
import { keyHtml } from './palette.ts';

export interface InformationPage {
  readonly title: string;
  readonly distributions: readonly DistributionInformation[];
  readonly version: string;
}

/** The page of `intervene --information`: charts and all numbers. */
export async function renderInformationPage({ title, distributions, version }: InformationPage): Promise<string> {
  const figures = await charts([{ id: '', title: '', seeds: [distributions] }]);
  return analysisPage({
    overline: 'tracelab intervene --information',
    title,
    version,
    lead: html`How much do the first events of a trace lower the loss of the model on the reference plan? ${CUT_TRACE_WORDS}`,
    sections: [
      { id: 'information', title: 'Information of the trace about the plan', body: figures },
      { id: 'numbers', title: 'All numbers', body: join(checkpointInformation(distributions).map(htmlTable)) },
    ],
  });
}

/** A panel a condition, with the means over its seeds. */
export async function informationCharts(runs: readonly InformationResult[], names: RunNames): Promise<Html> {
  const panels = [...Map.groupBy(runs, ({ condition }) => condition)].map(([condition, some]): InformationPanel => ({
    id: condition,
    title: names.condition(condition),
    seeds: some.map(({ distributions }) => distributions),
  }));
  return charts(panels);
}

async function charts(panels: readonly InformationPanel[]): Promise<Html> {
  const key = keyHtml(INFORMATION_SOURCES.map((source) => [SOURCE_LOOKS[source], sourceLabel(source)] as const));
  return html`${key}<p class="note">${inline(INFORMATION_WORDS)}</p>${await figuresHtml(informationFigures(panels))}`;
}
