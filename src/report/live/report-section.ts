// The models of a study in its report: which ones the page holds, and how to see the others.
import { html } from '../../render/markup.ts';
import type { Html } from '../../render/markup.ts';
import type { StudyResults } from '../../study/results.ts';
import { integer, list, lowerFirst } from '../../tables/format.ts';
import { shellWord } from '../commands.ts';
import { liveBlocks } from './blocks.ts';
import { liveStage } from './section.ts';
import type { LiveStudy } from './study-models.ts';

/** A section of a report. */
export interface LiveSection {
  readonly body: Html;
  /** Whether the page holds models; see Page of document.ts. */
  readonly hasModels: boolean;
}

/**
 * The section, with its blocks of data. Pure.
 * @param runPath the study's run directory as one would type it
 */
export function liveSection(results: StudyResults, live: LiveStudy, runPath: string): LiveSection {
  const { models, problems, missing } = live;
  const play = html`<code>npx tracelab play ${shellWord(runPath)}</code>`;
  const trained = results.conditions.length;
  if (models.length === 0)
    return {
      hasModels: false,
      body: html`<p>This page holds no models: ${missing ?? 'the study has none'}. ${play} writes a page in which the models of a study run, and <code>npx tracelab report ${shellWord(runPath)}</code> a report that holds two of them, where the study and its cells are.</p>`,
    };
  const names = list(models.map(({ label }) => lowerFirst(label)));
  const others =
    trained > models.length
      ? html`The study trained ${integer(trained)} models; ${play} runs any of them.`
      : html`${play} runs them at any checkpoint.`;
  return {
    hasModels: true,
    body: html`<p>The trained models themselves run in this page, by its script and without a network: ${names}, at their last checkpoints. Draw a maze or take a test maze, let a model write its trace and its plan, and put another trace in the place of its own.</p>
${liveStage(results.config.data.size)}
<p class="note">${others} ${missing === null ? '' : `One is missing here: ${missing}. `}Tokens are the likeliest ones (greedy). The study recorded its completions on the ${results.hardware.kernel_path} path of the core; a browser without fused multiply-add uses the portable path, on which a token may differ.</p>
${liveBlocks(models, problems)}`,
  };
}
