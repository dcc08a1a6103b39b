// Analyses that no finding rests on: dose-response, interventions, information of traces, the phase diagram, first
// errors. Figures are shown, numbers are folded.
import { conditionLabel } from '../domain/conditions/condition.ts';
import type { StudyResults } from '../study/results.ts';
import { htmlTable } from '../render/html.ts';
import { EMPTY, html, join } from '../render/markup.ts';
import type { Html } from '../render/markup.ts';
import { hasDistributions } from '../tables/distributions.ts';
import { DOSE_WORDS, doseResponseFigures } from '../tables/dose-response-figures.ts';
import { CUT_TRACE_WORDS } from '../tables/information.ts';
import { wordsOf } from '../tables/names.ts';
import { studyNames } from '../tables/run-names.ts';
import { sectionTables } from '../tables/study-tables.ts';
import { sectionTitle } from '../tables/titles.ts';
import { figuresHtml } from './charts.ts';
import { informationCommands, interveneCommands } from './commands.ts';
import { again, commands, foldedNumbers, tablesHtml } from './finding-sections.ts';
import type { Section } from './finding-sections.ts';
import { informationCharts } from './information-page.ts';
import { earlyCharts, forcedCharts } from './interventions-page.ts';
import { phaseBody } from './phase-section.ts';

/** Sections of what the study has run beyond its findings. */
export async function furtherSections(results: StudyResults, runPath: string): Promise<Section[]> {
  const sections: Section[] = [];
  if (results.dose_response !== undefined && hasDistributions(results))
    sections.push({
      id: 'dose-response',
      short: 'Dose-response',
      title: sectionTitle('dose-response'),
      body: html`<p>The same recipe, with a condition applied to a growing share of the training set. ${DOSE_WORDS}</p>
${await figuresHtml(doseResponseFigures(results))}${foldedNumbers(html`${tablesHtml(results, 'dose-response')}${again(results, runPath)}`)}`,
    });
  if (results.interventions !== undefined && results.interventions.length > 0)
    sections.push({
      id: 'interventions',
      short: 'Interventions',
      title: sectionTitle('interventions'),
      body: await interventionsBody(results, runPath),
    });
  if (results.information !== undefined && results.information.length > 0)
    sections.push({
      id: 'information',
      short: 'Information',
      title: sectionTitle('information'),
      body: await informationBody(results, runPath),
    });
  if (results.phase !== undefined)
    sections.push({
      id: 'phase',
      short: 'Phase diagram',
      title: sectionTitle('phase'),
      body: html`${await phaseBody(results.phase, wordsOf(results).problems)}${foldedNumbers(html`${tablesHtml(results, 'phase')}${again(results, runPath)}`)}`,
    });
  if (hasDistributions(results))
    sections.push({
      id: 'errors',
      short: 'First errors',
      title: sectionTitle('errors'),
      body: foldedNumbers(tablesHtml(results, 'errors'), 'First broken rules by condition and distribution'),
    });
  return sections;
}

async function interventionsBody(results: StudyResults, runPath: string): Promise<Html> {
  const { interventions = [] } = results;
  const names = studyNames(results);
  const runs = await Promise.all(
    interventions.map(async ({ condition, seed, other, distributions }) => {
      const run = `${condition}-${seed}`;
      const [forced, early] = [await forcedCharts(distributions, run), await earlyCharts(distributions, run)];
      const words =
        other === null
          ? EMPTY
          : html`<p class="note">Other: the traces that the model trained on ${conditionLabel(
              other,
            ).toLowerCase()} wrote on the same mazes.</p>`;
      return {
        shown: html`<h3>${names.run({ condition, seed })}</h3>${words}${forced ?? EMPTY}`,
        early: early === null ? EMPTY : html`<h3>Early answering, ${names.run({ condition, seed })}</h3>${early}`,
      };
    }),
  );
  const [first, ...rest] = runs;
  const folded = html`${join(rest.map(({ shown }) => shown))}${join(runs.map(({ early }) => early))}${join(
    sectionTables(results, 'interventions').map(htmlTable),
  )}${commands(interveneCommands(results, runPath), 'After the study, alone:')}`;
  return html`<p>At test time another trace is forced in the place of the model’s own, and the model writes the plan behind it. A model that reads its trace follows the forced one; a model that does not writes the plan that it would have written anyway.${names.note}</p>${first.shown}${foldedNumbers(
    folded,
    rest.length === 0 ? 'Early answering and numbers' : 'Other models, early answering and numbers',
  )}`;
}

async function informationBody(results: StudyResults, runPath: string): Promise<Html> {
  const names = studyNames(results);
  const figures = await informationCharts(results.information ?? [], names);
  const folded = html`${tablesHtml(results, 'information')}${commands(
    informationCommands(results, runPath),
    'After the study, alone:',
  )}`;
  return html`<p>The loss on the reference plan is measured after the first events of a trace. A trace that the model uses lowers it; a trace that the model does not read leaves it where it was. ${CUT_TRACE_WORDS}${names.note}</p>${figures}${foldedNumbers(folded)}`;
}
