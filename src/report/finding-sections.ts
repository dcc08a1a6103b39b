// The five findings as five sections: the sentence of each finding, its figures, and folded all numbers, rules and
// commands. Further analyses are in further-sections.ts.
import type { Finding } from '../analysis/findings.ts';
import type { StudyResults } from '../study/results.ts';
import { htmlTable } from '../render/html.ts';
import { EMPTY, html, join } from '../render/markup.ts';
import type { Html } from '../render/markup.ts';
import { findingSentence } from '../tables/answer.ts';
import { farOf, hasDistributions } from '../tables/distributions.ts';
import { effectFigures } from '../tables/effect-figures.ts';
import { distributionsOf } from '../tables/estimate.ts';
import { improvingWords, sectionOf, verdictOf } from '../tables/findings.ts';
import { prose, unbroken, upperFirst } from '../tables/format.ts';
import { hasPublished } from '../tables/published.ts';
import { studyNames } from '../tables/run-names.ts';
import { sectionTables } from '../tables/study-tables.ts';
import type { SectionId } from '../tables/study-tables.ts';
import type { Figure } from '../tables/table.ts';
import { findingSectionTitle } from '../tables/titles.ts';
import { comparedFigures, validityFigures } from '../tables/validity-figures.ts';
import { figuresHtml } from './charts.ts';
import { lengthsCommand, rlCommands, studyCommand } from './commands.ts';
import { findingCards } from './finding-cards.ts';
import { shownLengths } from './lengths-page.ts';
import { quadrantFigure } from './quadrants.ts';
import { rlFigures } from './rl-section.ts';

export interface Section {
  readonly id: string;
  /** Words in the table of contents; default: the title. */
  readonly short?: string;
  readonly title: string;
  readonly body: Html;
}

type FindingSection = ReturnType<typeof sectionOf>;

/** What a section shows, and what it folds. */
interface Parts {
  readonly shown: Html;
  readonly folded: Html;
}

const NOTHING: Parts = { shown: EMPTY, folded: EMPTY };

const SHORT: Readonly<Record<FindingSection, string>> = {
  f1: 'F1 Traces and validity',
  f2: 'F2 Swapped, in distribution',
  f3: 'F3 Swapped, elsewhere',
  f4: 'F4 GRPO',
  f5: 'F5 Trace length',
};

/**
 * One section for each tested finding: its sentence, figures if the study has the data, and the rest folded.
 * @param runPath run directory, for the commands
 */
export async function findingSections(results: StudyResults, runPath: string): Promise<Section[]> {
  const parts: Readonly<Record<FindingSection, Parts>> = {
    f1: await firstParts(results, runPath),
    f2: await comparedParts(results, 'f2', runPath),
    f3: await comparedParts(results, 'f3', runPath),
    f4: await rlParts(results, runPath),
    f5: await lengthsParts(results, runPath),
  };
  return Object.entries(parts).flatMap(([key, { shown, folded }]): Section[] => {
    const id = key as FindingSection;
    const findings = results.findings.filter((finding) => sectionOf(finding.id) === id);
    if (findings.length === 0 && shown === EMPTY) return [];
    return [
      {
        id,
        short: SHORT[id],
        title: findingSectionTitle(results, id.toUpperCase() as 'F1'),
        body: html`${join(findings.map((finding) => verdictLine(results, finding)))}${shown}${foldedNumbers(
          html`${findings.length === 0 ? EMPTY : findingCards(results, findings)}${folded}`,
        )}`,
      },
    ];
  });
}

/** Verdict and sentence of one finding. */
function verdictLine(results: StudyResults, finding: Finding): Html {
  const { id, detail, effect } = finding;
  const { word, name } = verdictOf(finding);
  const sentence = findingSentence(results, finding).replace(/^[^:]*: /, '');
  const said =
    effect !== null
      ? html`${unbroken(upperFirst(sentence))}${improving(finding)}`
      : name === 'undertrained'
        ? html`A model that it needs is <a href="#undertrained">undertrained</a>.`
        : html`${prose(detail)}`;
  return html`<p class="verdict ${name}"><span class="finding-id">${id}</span> <span class="badge">${word}</span> ${said}</p>`;
}

function improving(finding: Finding): string {
  const words = improvingWords(finding).replace(/^\. /, ' ');
  return words === '' ? '' : `${words}.`;
}

/** Everything that is not a sentence or a figure, behind one line. */
export function foldedNumbers(body: Html, words = 'Numbers, rules and tests'): Html {
  return html`<details class="numbers"><summary>${words}</summary>${body}</details>`;
}

async function firstParts(results: StudyResults, runPath: string): Promise<Parts> {
  const effects = effectFigures(results, 'f1');
  if (!hasDistributions(results)) return { ...NOTHING, shown: await shownFigures(effects) };
  const traces = validityFigures(results).slice(1);
  const tables = sectionTables(results, 'f1').map((table) =>
    table.id === 'quadrants'
      ? html`<h3>${table.title}</h3>${quadrantFigure(results)}${htmlTable(table)}`
      : htmlTable(table),
  );
  return {
    shown: await shownFigures([...effects, ...traces.map((figure) => withPublished(results, figure))]),
    folded: html`${join(tables)}${again(results, runPath)}`,
  };
}

/** Effect and plans of F2 or F3; nothing where no such distribution or no compared condition was run. */
async function comparedParts(results: StudyResults, section: 'f2' | 'f3', runPath: string): Promise<Parts> {
  const figures = comparedFigures(results, section).map((figure) => withPublished(results, figure));
  const effects = effectFigures(results, section);
  return {
    shown: await shownFigures([...effects, ...figures]),
    folded: figures.length === 0 ? EMPTY : html`${tablesHtml(results, section)}${again(results, runPath)}`,
  };
}

async function rlParts(results: StudyResults, runPath: string): Promise<Parts> {
  const { rl = [] } = results;
  if (rl.length === 0) return NOTHING;
  const { shown, folded } = await rlFigures(rl, results, effectFigures(results, 'f4'));
  return {
    shown,
    folded: html`${folded}${tablesHtml(results, 'f4')}${commands(rlCommands(results, runPath), 'After the study, alone:')}`,
  };
}

async function lengthsParts(results: StudyResults, runPath: string): Promise<Parts> {
  const effects = effectFigures(results, 'f5');
  if (results.lengths === undefined) return { ...NOTHING, shown: await shownFigures(effects) };
  const { analysis, shown } = results.lengths;
  const lengths = await shownLengths(analysis, shown, studyNames(results), {
    near: results.config.data.generator,
    far: farOf(results),
    effects,
  });
  return {
    shown: lengths.shown,
    folded: html`${lengths.folded}${tablesHtml(results, 'f5')}${commands(
      [lengthsCommand(results, runPath)],
      'After the study, alone:',
    )}`,
  };
}

function withPublished(results: StudyResults, figure: Figure): Figure {
  const isPublished = hasPublished(distributionsOf(results)) && figure.id !== 'valid-traces-strict';
  return isPublished ? { ...figure, caption: `${figure.caption}. Hollow: published, as in the first figure` } : figure;
}

async function shownFigures(figures: readonly Figure[]): Promise<Html> {
  return figures.length === 0 ? EMPTY : await figuresHtml(figures);
}

/** The command that repeats the study. */
export function again(results: StudyResults, runPath: string): Html {
  return commands([studyCommand(results, runPath)], 'With the configuration at the end of this page:');
}

/** Commands with the words before them; empty without any. */
export function commands(lines: readonly string[], words: string): Html {
  return lines.length === 0 ? EMPTY : html`<p class="note">${words}</p><pre tabindex="0">${lines.join('\n')}</pre>`;
}

/** The tables of a section. */
export function tablesHtml(results: StudyResults, section: SectionId): Html {
  return join(sectionTables(results, section).map(htmlTable));
}
