// The report of a study: one self-contained HTML file, made from results.json alone. No network, no clock; the scripts
// only play samples and show values under a pointer, and the page says all without them.
import type { StudyResults } from '../study/results.ts';
import { htmlTable } from '../render/html.ts';
import { EMPTY, html, join } from '../render/markup.ts';
import type { Html } from '../render/markup.ts';
import { wordsOf } from '../tables/names.ts';
import { sectionTables } from '../tables/study-tables.ts';
import { sectionTitle } from '../tables/titles.ts';
import { trainingFigures } from '../tables/training-figures.ts';
import { figuresHtml } from './charts.ts';
import { defaultRunPath } from './commands.ts';
import { htmlDocument } from './document.ts';
import { findingSections, foldedNumbers, tablesHtml } from './finding-sections.ts';
import type { Section } from './finding-sections.ts';
import { firstScreen } from './first-screen.ts';
import { furtherSections } from './further-sections.ts';
import { facts, methodsText, reproduction } from './methods.ts';
import type { LiveSection } from './live/report-section.ts';
import { sampleSection } from './samples.ts';

/**
 * The whole document. Pure: the same results and path give the same bytes.
 * @param runPath the study's run directory as one would type it, for the commands
 * @param live models to try, as the section after the first screen
 */
export async function renderReport(
  results: StudyResults,
  runPath = defaultRunPath(results),
  live?: LiveSection,
): Promise<string> {
  const first = await firstScreen(results);
  const sections = [
    ...(live === undefined ? [] : [{ id: 'live', short: 'Try it', title: sectionTitle('live'), body: live.body }]),
    ...(await allSections(results, runPath)),
  ];
  const body = sections.map(
    ({ id, title, body }) => html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>${body}</section>`,
  );
  return htmlDocument({
    kind: 'report',
    title: `study ${results.study}`,
    hasModels: live?.hasModels ?? false,
    body: html`<div class="report">${contents(sections)}<div class="column">${first}
<main>
${join(body, '\n')}
</main>
<footer><p class="note">Written by tracelab ${results.version} from results.json. Reproduces “Beyond Semantics: The Unreasonable Effectiveness of Reasonless Intermediate Tokens” (arXiv 2505.13775).</p></footer></div></div>`,
  });
}

function contents(sections: readonly Section[]): Html {
  const links = [{ id: 'findings', short: 'Answer', title: '' }, ...sections].map(
    ({ id, short, title }) => html`<li><a href="#${id}">${short ?? title}</a></li>`,
  );
  return html`<nav aria-label="Contents" class="contents"><ul>${join(links)}</ul></nav>`;
}

async function allSections(results: StudyResults, runPath: string): Promise<Section[]> {
  return [
    ...(await findingSections(results, runPath)),
    ...(await furtherSections(results, runPath)),
    { id: 'curves', short: 'Training', title: sectionTitle('curves'), body: await curvesBody(results) },
    {
      id: 'samples',
      short: 'Samples',
      title: sectionTitle('samples'),
      body: results.samples.length === 0 ? html`<p>No completions were kept.</p>` : sampleSection(results),
    },
    {
      id: 'methods',
      short: 'Methods',
      title: sectionTitle('methods'),
      body: foldedNumbers(methodsText(results), 'Definitions, statistics, data and decoding'),
    },
    {
      id: 'reproduce',
      short: 'Repeat it',
      title: sectionTitle('reproduce'),
      body: html`${facts(results)}${reproduction(results, runPath, foldedNumbers(tablesHtml(results, 'reproduce'), 'Training runs and weights'))}`,
    },
  ];
}

/** In the order of interest; the others are folded. */
const SHOWN_CURVES: readonly string[] = ['dev-plans', 'dev-traces-strict', 'loss-plan', 'loss-trace'];

async function curvesBody(results: StudyResults): Promise<Html> {
  if (results.conditions.length === 0) return html`<p>No training run has finished.</p>`;
  const { problems } = wordsOf(results);
  const figures = trainingFigures(results);
  const shown = SHOWN_CURVES.flatMap((id) => figures.find((figure) => figure.id === id) ?? []);
  const folded = figures.filter((figure) => !shown.includes(figure));
  const tables = sectionTables(results, 'curves').map(htmlTable);
  return html`${await figuresHtml(shown)}
<p class="note">Thick: means over seeds; thin: training runs. Losses are means over the counted tokens of a window of steps, in nats, on a logarithmic axis. Dev ${problems} are in distribution, decoded greedily at the kept checkpoints.</p>
${join(tables)}${folded.length === 0 ? EMPTY : foldedNumbers(await figuresHtml(folded), 'Other curves')}`;
}
