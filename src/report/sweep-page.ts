// The page of a sweep: the best trials, a figure a parameter, the rungs of halving, all trials as one table.
import { analysisPage } from './analysis-page.ts';
import { compareConditions } from '../domain/conditions/condition.ts';
import type { SweepResults } from '../study/sweep/results.ts';
import { htmlTable } from '../render/html.ts';
import { html, join } from '../render/markup.ts';
import type { Html } from '../render/markup.ts';
import { integer } from '../tables/format.ts';
import { halvingFigures } from '../tables/halving-figure.ts';
import { metricWords, rankedTrials, settingText, sweepTable } from '../tables/sweep.ts';
import { sweepFigures } from '../tables/sweep-figures.ts';
import { figuresHtml } from './charts.ts';
import { conditionKey } from './palette.ts';

/** The whole document. Pure: the same results give the same bytes. */
export async function renderSweepPage(results: SweepResults): Promise<string> {
  const { config, trials, version } = results;
  const ranked = rankedTrials(results);
  const figures = sweepFigures(results);
  const conditions = [...new Set(ranked.flatMap(({ estimates }) => [...estimates.keys()]))].sort(compareConditions);
  const finished = trials.filter(({ state }) => state === 'finished').length;
  const eliminated = trials.filter(({ state }) => state === 'eliminated').length;
  const ended = eliminated === 0 ? '' : ` and ${integer(eliminated)} were eliminated`;
  const failed = trials.filter(({ state }) => state === 'failed');
  const [best] = ranked;
  const settings = Object.entries(best.result.settings).map(([key, value]) => `${key} = ${settingText(value)}`);
  const answer =
    best.score === null
      ? 'No trial has finished.'
      : `The best trial is ${best.result.trial}: ${settings.join(', ') || 'the study as it is'}.`;
  const sections: { readonly id: string; readonly title: string; readonly body: Html }[] = [];
  if (figures.length > 0)
    sections.push({
      id: 'parameters',
      title: 'Parameters',
      body: html`${conditionKey(conditions)}${await figuresHtml(figures)}`,
    });
  const rungs = halvingFigures(results);
  if (rungs.length > 0) sections.push({ id: 'rungs', title: 'Rungs', body: await figuresHtml(rungs) });
  sections.push({ id: 'trials', title: 'Trials', body: htmlTable(sweepTable(results, ranked)) });
  if (failed.length > 0)
    sections.push({
      id: 'failures',
      title: 'Failures',
      body: html`<ul>${join(
        failed.flatMap(({ trial, failures }) =>
          failures.map((words) => html`<li><strong>${trial}</strong> ${words}</li>`),
        ),
      )}</ul>`,
    });
  return analysisPage({
    overline: 'tracelab sweep',
    title: config.sweep,
    version,
    lead: html`${integer(finished)} of ${integer(trials.length)} trials of ${config.study} have finished${ended}, ordered by ${metricWords(results)}. ${answer}`,
    sections,
  });
}
