// The page of `tracelab analyse lengths --html`, and its figures for a study's report.
import { analysisPage } from './analysis-page.ts';
import type { LengthAnalysis, LengthRun } from '../analysis/lengths.ts';
import { htmlTable } from '../render/html.ts';
import { EMPTY, html, join } from '../render/markup.ts';
import type { Html } from '../render/markup.ts';
import { lengthDomain } from '../tables/lengths-columns.ts';
import { lengthsWords, lengthFigures } from '../tables/lengths-figures.ts';
import { lengthTables } from '../tables/lengths.ts';
import { RUN_NAMES } from '../tables/run-names.ts';
import type { RunNames } from '../tables/run-names.ts';
import type { Figure } from '../tables/table.ts';
import { figuresHtml } from './charts.ts';
import { conditionKey } from './palette.ts';

export interface LengthsPage {
  readonly title: string;
  readonly analysis: LengthAnalysis;
  /** The rows that were analysed, for the points. */
  readonly runs: readonly LengthRun[];
  readonly names: RunNames;
  readonly version: string;
}

/** The page of `analyse lengths`: scatter plots, correlations and all numbers. */
export async function renderLengthsPage({ title, analysis, runs, names, version }: LengthsPage): Promise<string> {
  const { problem, search } = lengthDomain(analysis).words;
  return analysisPage({
    overline: 'tracelab analyse lengths',
    title,
    version,
    lead: html`Is the length of a trace the complexity of the problem? A point is a ${problem}: events that the model generated against events that ${search} needs.`,
    sections: [
      { id: 'scatter', title: `Generated against ${search} events`, body: await lengthsFigure(analysis, runs, names) },
      { id: 'correlations', title: 'Correlations', body: join(lengthTables(analysis, { names }).map(htmlTable)) },
    ],
  });
}

/** Small multiples of all runs, free space after the others: there a length can follow the distance alone. */
export async function lengthsFigure(
  analysis: LengthAnalysis,
  runs: readonly LengthRun[],
  names = RUN_NAMES,
): Promise<Html> {
  const parts = await Promise.all(
    lengthFigures(analysis, runs, names).map(
      async ({ heading, figures, free }) =>
        html`<h3>${heading}</h3>${await figuresHtml(figures)}${
          free === null
            ? EMPTY
            : html`<p class="note">Free space apart: without walls the length of the plan is the Manhattan distance.</p>${await figuresHtml([free])}`
        }`,
    ),
  );
  const conditions = analysis.groups.map(({ condition }) => condition);
  return html`${names.known ? conditionKey(conditions) : EMPTY}<p class="note">${lengthsWords(analysis)}${names.note}</p>${join(parts)}`;
}

/** Scatter plots that are shown: of one run, in distribution and on the first far one. */
const SHOWN = 2;

export interface ShownLengths {
  /** The training distribution, shown first. */
  readonly near: string;
  /** One of these is shown next. */
  readonly far: readonly string[];
  readonly effects: readonly Figure[];
}

/**
 * The same in a report: effects and two scatter plots are shown, the others are folded.
 */
export async function shownLengths(
  analysis: LengthAnalysis,
  runs: readonly LengthRun[],
  names: RunNames,
  { near, far, effects }: ShownLengths,
): Promise<{ readonly shown: Html; readonly folded: Html }> {
  const all = lengthFigures(analysis, runs, names);
  const [first, ...rest] = all;
  if (all.length === 0) return { shown: await figuresHtml(effects), folded: EMPTY };
  const rank = ({ id }: Figure): number =>
    id.endsWith(`-${near}`) ? 0 : far.some((name) => id.endsWith(`-${name}`)) ? 1 : 2;
  const plots = [...first.figures, ...(first.free === null ? [] : [first.free])].toSorted((a, b) => rank(a) - rank(b));
  const others = rest.map(({ heading, figures, free }) => ({
    heading,
    figures: [...figures, ...(free === null ? [] : [free])],
  }));
  const folded = await Promise.all(
    [{ heading: first.heading, figures: plots.slice(SHOWN) }, ...others]
      .filter(({ figures }) => figures.length > 0)
      .map(async ({ heading, figures }) => html`<h3>${heading}</h3>${await figuresHtml(figures)}`),
  );
  return {
    shown: html`${await figuresHtml([...effects, ...plots.slice(0, SHOWN)])}<p class="note">Points: ${first.heading}. ${lengthsWords(analysis)}${names.note}</p>`,
    folded: join(folded),
  };
}
