// The five findings as five sections, each with its verdict, table, figure and the command that repeats it;
// dose-response, interventions, the information of traces and the phase diagram behind them.
import type { Condition } from '../domain/conditions/condition.ts';
import type { GeneratorName } from '../domain/types.ts';
import type { StudyResults } from '../study/results.ts';
import { figuresHtml } from './charts.ts';
import { informationCommands, interveneCommands, lengthsCommand, rlCommands, studyCommand } from './commands.ts';
import { conditionsOf, distributionsOf } from '../tables/estimate.ts';
import { findingCards } from './finding-cards.ts';
import { sectionOf } from '../tables/findings.ts';
import { findingSectionTitle, sectionTitle } from '../tables/titles.ts';
import { conditionLabel } from '../domain/conditions/condition.ts';
import { EMPTY, html, join } from '../render/markup.ts';
import type { Html } from '../render/markup.ts';
import { informationCharts } from './information-page.ts';
import { earlyCharts, forcedCharts } from './interventions-page.ts';
import { lengthsFigure } from './lengths-page.ts';
import { wordsOf } from '../tables/names.ts';
import { conditionKey, hollowKey } from './palette.ts';
import { CUT_TRACE_WORDS } from '../tables/information.ts';
import { hasPublished, PUBLISHED_LABEL } from '../tables/published.ts';
import { phaseBody } from './phase-section.ts';
import { quadrantFigure } from './quadrants.ts';
import { rlFigures } from './rl-section.ts';
import { studyNames } from '../tables/run-names.ts';
import type { Table } from '../tables/table.ts';
import { sectionTables } from '../tables/study-tables.ts';
import type { SectionId } from '../tables/study-tables.ts';
import { htmlTable } from '../render/html.ts';
import { farOf, hasDistributions, nearOf } from '../tables/distributions.ts';
import { comparedConditions } from '../tables/plan-validity.ts';
import { DOSE_WORDS, doseResponseFigures } from '../tables/dose-response-figures.ts';
import { comparedFigures, validityFigures } from '../tables/validity-figures.ts';

export interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Html;
}

/**
 * One section per tested finding: a card with the verdict and, if undecided, its reason; figures and tables if the
 * study has the data.
 * @param runPath run directory, for the commands
 */
export async function findingSections(results: StudyResults, runPath: string): Promise<Section[]> {
  const bodies: readonly (readonly [id: 'f1' | 'f2' | 'f3' | 'f4' | 'f5', body: Html | null])[] = [
    ['f1', await firstBody(results, runPath)],
    ['f2', await comparedBody(results, 'f2', runPath)],
    ['f3', await comparedBody(results, 'f3', runPath)],
    ['f4', await rlBody(results, runPath)],
    ['f5', await lengthsBody(results, runPath)],
  ];
  const sections = bodies.flatMap(([id, body]): Section[] => {
    const findings = results.findings.filter((finding) => sectionOf(finding.id) === id);
    return findings.length === 0 && body === null
      ? []
      : [
          {
            id,
            title: findingSectionTitle(results, id.toUpperCase() as 'F1'),
            body: html`${findingCards(results, findings)}${body ?? EMPTY}`,
          },
        ];
  });
  if (results.dose_response !== undefined && hasDistributions(results))
    sections.push({
      id: 'dose-response',
      title: sectionTitle('dose-response'),
      body: html`<p>The same recipe, with a condition applied to a growing share of the training set. ${DOSE_WORDS}</p>
${await figuresHtml(doseResponseFigures(results))}${tablesHtml(results, 'dose-response')}${again(results, runPath)}`,
    });
  if (results.interventions !== undefined && results.interventions.length > 0)
    sections.push({
      id: 'interventions',
      title: sectionTitle('interventions'),
      body: await interventionsBody(results, runPath),
    });
  if (results.information !== undefined && results.information.length > 0)
    sections.push({
      id: 'information',
      title: sectionTitle('information'),
      body: await informationBody(results, runPath),
    });
  if (results.phase !== undefined)
    sections.push({
      id: 'phase',
      title: sectionTitle('phase'),
      body: html`${await phaseBody(results.phase, wordsOf(results).problems)}${tablesHtml(results, 'phase')}${again(results, runPath)}`,
    });
  return sections;
}

async function firstBody(results: StudyResults, runPath: string): Promise<Html | null> {
  if (!hasDistributions(results)) return null;
  const isCounts = ({ id }: Table): boolean => id === 'quadrants';
  const tables = sectionTables(results, 'f1');
  const quadrants = tables
    .filter(isCounts)
    .map((table) => html`<h3>${table.title}</h3>${quadrantFigure(results)}${folded(table)}`);
  const key = keyOf(conditionsOf(results), distributionsOf(results));
  return html`${key}${await figuresHtml(validityFigures(results))}${join(tables.filter((table) => !isCounts(table)).map(htmlTable))}${join(quadrants)}${again(results, runPath)}`;
}

async function rlBody(results: StudyResults, runPath: string): Promise<Html | null> {
  const { rl = [] } = results;
  return rl.length === 0
    ? null
    : html`${await rlFigures(rl, results)}${tablesHtml(results, 'f4')}${commands(rlCommands(results, runPath), 'After the study, alone:')}`;
}

async function lengthsBody(results: StudyResults, runPath: string): Promise<Html | null> {
  if (results.lengths === undefined) return null;
  const { analysis, shown } = results.lengths;
  const names = studyNames(results);
  return html`${await lengthsFigure(analysis, shown, names)}${tablesHtml(results, 'f5')}${commands(
    [lengthsCommand(results, runPath)],
    'After the study, alone:',
  )}`;
}

/** Figure, table and command of F2 or F3; nothing where no such distribution or no compared condition was run. */
async function comparedBody(results: StudyResults, section: 'f2' | 'f3', runPath: string): Promise<Html | null> {
  const figures = comparedFigures(results, section);
  if (figures.length === 0) return null;
  const distributions = section === 'f2' ? nearOf(results) : farOf(results);
  return html`${keyOf(comparedConditions(results), distributions)}${await figuresHtml(figures)}${tablesHtml(results, section)}${again(results, runPath)}`;
}

function keyOf(conditions: readonly Condition[], distributions: readonly GeneratorName[]): Html {
  return conditionKey(conditions, hasPublished(distributions) ? [hollowKey(`Hollow: ${PUBLISHED_LABEL}`)] : []);
}

async function interventionsBody(results: StudyResults, runPath: string): Promise<Html> {
  const { interventions = [] } = results;
  const names = studyNames(results);
  const parts = await Promise.all(
    interventions.map(async ({ condition, seed, other, distributions }) => {
      const run = `${condition}-${seed}`;
      const [forced, early] = [await forcedCharts(distributions, run), await earlyCharts(distributions, run)];
      return html`<h3>${names.run({ condition, seed })}</h3>
${
  other === null
    ? EMPTY
    : html`<p class="note">Other: the traces that the model trained on ${conditionLabel(
        other,
      ).toLowerCase()} wrote on the same mazes.</p>`
}
${forced ?? EMPTY}${early === null ? EMPTY : html`<h3>Early answering</h3>${early}`}`;
    }),
  );
  const tables = sectionTables(results, 'interventions').map((table) =>
    table.id === 'interventions' ? folded(table) : htmlTable(table),
  );
  return html`<p>At test time another trace is forced in the place of the model’s own, and the model writes the plan behind it. A model that reads its trace follows the forced one; a model that does not writes the plan that it would have written anyway.${names.note}</p>${join(parts)}${join(tables)}${commands(
    interveneCommands(results, runPath),
    'After the study, alone:',
  )}`;
}

async function informationBody(results: StudyResults, runPath: string): Promise<Html> {
  const names = studyNames(results);
  const figures = await informationCharts(results.information ?? [], names);
  return html`<p>The loss on the reference plan is measured after the first events of a trace. A trace that the model uses lowers it; a trace that the model does not read leaves it where it was. ${CUT_TRACE_WORDS}${names.note}</p>${figures}${tablesHtml(
    results,
    'information',
  )}${commands(informationCommands(results, runPath), 'After the study, alone:')}`;
}

function again(results: StudyResults, runPath: string): Html {
  return commands([studyCommand(results, runPath)], 'With the configuration at the end of this page:');
}

function commands(lines: readonly string[], words: string): Html {
  return lines.length === 0 ? EMPTY : html`<p class="note">${words}</p><pre>${lines.join('\n')}</pre>`;
}

/** A table whose picture is on the page. */
function folded(table: Table): Html {
  return html`<details><summary>All numbers</summary>${htmlTable(table)}</details>`;
}

/** The tables of a section. */
export function tablesHtml(results: StudyResults, section: SectionId): Html {
  return join(sectionTables(results, section).map(htmlTable));
}
