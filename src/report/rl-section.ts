// Reinforcement learning in the report: what the kept checkpoints can do on each distribution, and the sampled
// completions of training. Tables: src/tables/rl.ts.
import { EMPTY, html, join } from '../render/markup.ts';
import type { Html } from '../render/markup.ts';
import { rewardWords } from '../rl/rewards.ts';
import type { RlResult, StudyResults } from '../study/results.ts';
import { integer, prose } from '../tables/format.ts';
import { wordsOf } from '../tables/names.ts';
import { RUN_NAMES } from '../tables/run-names.ts';
import { rlGroupFigures, rlLearningFigures, rlValidityFigures } from '../tables/rl-figures.ts';
import type { Figure } from '../tables/table.ts';
import { figuresHtml } from './charts.ts';

/**
 * Shown: the effect and validity in distribution. Folded: the other distributions, the sampled curves of training and
 * of each distribution.
 * @param runs of the results, at least one
 */
export async function rlFigures(
  runs: readonly RlResult[],
  results: StudyResults,
  effects: readonly Figure[],
): Promise<{ readonly shown: Html; readonly folded: Html }> {
  const { problems } = wordsOf(results);
  const { rl } = results.config;
  const reward = rl === undefined ? '' : `; reward ${rewardWords(rl)}`;
  const n = runs[0].curve[0]?.evaluation[0]?.n ?? 0;
  const warnings = runs.flatMap((run) =>
    run.warnings.map((text) => html`<li>${RUN_NAMES.run(run)}: ${prose(text)}</li>`),
  );
  const early = runs.some(({ start }) => start === 'early') ? ' Hollow points: early starts.' : '';
  const [near, ...others] = rlValidityFigures(runs);
  const steps = runs[0].steps;
  const shown = html`<p>${integer(steps)} steps of GRPO from each kept checkpoint${reward}.</p>${await figuresHtml([
    ...effects,
    {
      ...near,
      title: `Validity over steps of GRPO, ${near.title}`,
      caption:
        'Full line: valid plans. Dashed line: valid traces at strict level, of all completions. Greedy completions of ' +
        `the first ${integer(n)} test ${problems}, with 95 % intervals.${early}`,
      span: 'half',
    },
  ])}`;
  const folded = html`<h3>Other distributions</h3><p class="note">Lines and dashes as above.</p>${await figuresHtml(others)}
    <h3>While it learns</h3>
    <p class="note">Sampled completions of training ${problems}, before each step’s update${reward}.</p>
    ${await figuresHtml(rlLearningFigures(runs, rl?.inner_epochs ?? 1))}
    ${
      warnings.length === 0
        ? EMPTY
        : html`<ul class="note">
            ${join(warnings)}
          </ul>`
    }
    ${await groupCharts(runs)}`;
  return { shown, folded };
}

async function groupCharts(runs: readonly RlResult[]): Promise<Html> {
  const groups = await Promise.all(
    rlGroupFigures(runs).map(
      async ({ title, words, figures }) =>
        html`<p class="note"><strong>${title}</strong>, ${words}.</p>
          ${await figuresHtml(figures)}`,
    ),
  );
  return groups.length === 0
    ? EMPTY
    : html`<h3>Groups of equal rewards and KL over the steps, distribution by distribution</h3>
        ${join(groups)}`;
}
