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
import { figuresHtml } from './charts.ts';
import { conditionKey } from './palette.ts';

/**
 * One chart a distribution, and the sampled curves of training and of each distribution.
 * @param runs of the results, at least one
 */
export async function rlFigures(runs: readonly RlResult[], results: StudyResults): Promise<Html> {
  const { problems } = wordsOf(results);
  const { rl } = results.config;
  const reward = rl === undefined ? '' : `; reward ${rewardWords(rl)}`;
  const n = runs[0].curve[0]?.evaluation[0]?.n ?? 0;
  const warnings = runs.flatMap((run) =>
    run.warnings.map((text) => html`<li>${RUN_NAMES.run(run)}: ${prose(text)}</li>`),
  );
  const early = runs.some(({ start }) => start === 'early') ? ' Thin lines: early starts.' : '';
  return html`${conditionKey(runs.map(({ condition }) => condition))}
    <p class="note">
      Full line: valid plans. Broken line: valid traces at strict level, of all completions. Greedy completions of the
      first ${integer(n)} test ${problems} of each distribution, with 95 % Wilson score intervals.${early}
    </p>
    ${await figuresHtml(rlValidityFigures(runs))}
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
    : html`<details>
        <summary>Groups of equal rewards and KL over the steps, distribution by distribution</summary>
        ${join(groups)}
      </details>`;
}
