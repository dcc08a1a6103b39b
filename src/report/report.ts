// The report of a study: one self-contained HTML file, made from results.json alone. No network, no clock;
// its script plays samples, and the page says all without it.
import type { StudyResults } from '../study/results.ts';
import { figuresHtml } from './charts.ts';
import { defaultRunPath } from './commands.ts';
import { trainingFigures } from '../tables/training-figures.ts';
import { htmlDocument } from './document.ts';
import { conditionsOf } from '../tables/estimate.ts';
import { findingSections, tablesHtml } from './finding-sections.ts';
import type { Section } from './finding-sections.ts';
import { html, join } from '../render/markup.ts';
import type { Html } from '../render/markup.ts';
import { facts, methodsText, reproduction } from './methods.ts';
import { header } from './overview.ts';
import { htmlTable } from '../render/html.ts';
import { hasDistributions } from '../tables/distributions.ts';
import { findingList } from '../tables/findings.ts';
import { sectionTitle } from '../tables/titles.ts';
import { conditionKey } from './palette.ts';
import { wordsOf } from '../tables/names.ts';
import { sampleSection } from './samples.ts';

/**
 * The whole document. Pure: the same results and path give the same bytes.
 * @param runPath the study's run directory as one would type it, for the commands
 */
export async function renderReport(results: StudyResults, runPath = defaultRunPath(results)): Promise<string> {
  const sections = await allSections(results, runPath);
  const body = sections.map(
    ({ id, title, body }) => html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>${body}</section>`,
  );
  return htmlDocument({
    kind: 'report',
    title: `study ${results.study}`,
    body: html`${header(
      results,
      sections.map(({ id, title }) => [id, title]),
    )}
<main>
${join(body, '\n')}
</main>
<footer><p class="note">Written by tracelab ${results.version} from results.json. Reproduces “Beyond Semantics: The Unreasonable Effectiveness of Reasonless Intermediate Tokens” (arXiv 2505.13775).</p></footer>`,
  });
}

async function allSections(results: StudyResults, runPath: string): Promise<Section[]> {
  const sections: Section[] = [
    { id: 'findings', title: sectionTitle('findings'), body: findingsBody(results) },
    ...(await findingSections(results, runPath)),
  ];
  if (hasDistributions(results))
    sections.push({
      id: 'errors',
      title: sectionTitle('errors'),
      body: tablesHtml(results, 'errors'),
    });
  sections.push(
    { id: 'curves', title: sectionTitle('curves'), body: await curvesBody(results) },
    {
      id: 'samples',
      title: sectionTitle('samples'),
      body: results.samples.length === 0 ? html`<p>No completions were kept.</p>` : sampleSection(results),
    },
    { id: 'methods', title: sectionTitle('methods'), body: methodsText(results) },
    {
      id: 'reproduce',
      title: sectionTitle('reproduce'),
      body: html`${facts(results)}${tablesHtml(results, 'reproduce')}${reproduction(results, runPath)}`,
    },
  );
  return sections;
}

function findingsBody(results: StudyResults): Html {
  const list = findingList(results).at(0);
  return list === undefined ? html`<p>No finding was tested.</p>` : htmlTable(list);
}

async function curvesBody(results: StudyResults): Promise<Html> {
  if (results.conditions.length === 0) return html`<p>No training run has finished.</p>`;
  const { problems } = wordsOf(results);
  return html`${conditionKey(conditionsOf(results))}${await figuresHtml(trainingFigures(results))}
<p class="note">Losses are means over the counted tokens of a window of steps, in nats, on a logarithmic axis; one line per training run. Dev ${problems} are in distribution, decoded greedily at the kept checkpoints.</p>`;
}
