// Reinforcement learning in the report: what the kept checkpoints can do on each distribution, and the sampled
// completions of training. Tables: src/tables/rl.ts.
import { conditionLabel } from '../domain/conditions/condition.ts';
import { rewardWords } from '../rl/rewards.ts';
import type { RlResult, RlStepPoint, StudyResults } from '../study/results.ts';
import { figure } from './charts.ts';
import { distributionLabel, integer, prose } from '../tables/format.ts';
import { EMPTY, html, join } from '../render/markup.ts';
import type { Html } from '../render/markup.ts';
import { wordsOf } from '../tables/names.ts';
import { conditionKey } from './palette.ts';
import { conditionsOf, distributionsOf, stepCurve, validityCurve } from './rl-curves.ts';
import { sampledCurves } from './rl-groups.ts';

const SAMPLED: readonly {
  readonly title: string;
  readonly words: string;
  readonly pick: (point: RlStepPoint) => number | null;
}[] = [
  { title: 'Reward', words: 'mean over the completions', pick: (point) => point.reward },
  { title: 'Groups without spread', words: 'percent; they teach nothing', pick: (point) => 100 * point.zero_spread },
  { title: 'Entropy', words: 'nats a token', pick: (point) => point.entropy },
  { title: 'KL against the start', words: 'nats a token', pick: (point) => point.kl },
  { title: 'Clipped', words: 'percent of the tokens with an advantage', pick: (point) => 100 * point.clipped },
  { title: 'Length', words: 'tokens of a completion', pick: (point) => point.completion_tokens },
  { title: 'Truncated', words: 'percent of the completions', pick: (point) => 100 * point.truncated },
];

/**
 * One chart a distribution, and the sampled curves of training and of each distribution.
 * @param runs of the results, at least one
 */
export async function rlFigures(runs: readonly RlResult[], results: StudyResults): Promise<Html> {
  const { problems } = wordsOf(results);
  const distributions = distributionsOf(runs);
  const curves = await Promise.all(
    distributions.map(
      async (distribution) =>
        html`<div>
          <h3>${distributionLabel(distribution)}</h3>
          ${await validityCurve(runs, distribution)}
        </div>`,
    ),
  );
  // Before the first update of a step every ratio is 1: with one a step nothing can be clipped.
  const drawn = SAMPLED.filter(({ title }) => title !== 'Clipped' || (results.config.rl?.inner_epochs ?? 1) > 1);
  const sampled = await Promise.all(
    drawn.map(async ({ title, words, pick }) =>
      figure(
        await stepCurve(
          runs.map((run) => ({
            ...run,
            points: run.sampled.map((point) => ({ step: point.step, value: pick(point) })),
          })),
          title,
        ),
        title,
        words,
      ),
    ),
  );
  const [first] = runs;
  const reward = results.config.rl === undefined ? '' : `; reward ${rewardWords(results.config.rl)}`;
  const n = first.curve[0]?.evaluation[0]?.n ?? 0;
  const warnings = runs.flatMap(({ condition, seed, warnings: said }) =>
    said.map((text) => html`<li>${conditionLabel(condition)}, seed ${seed}: ${prose(text)}</li>`),
  );
  return html`${conditionKey(conditionsOf(runs))}
    <p class="note">
      Full line: valid plans. Broken line: valid traces at strict level, of all completions. Greedy completions of the
      first ${integer(n)} test ${problems} of each distribution, with 95 % Wilson score intervals.
    </p>
    <div class="charts">${join(curves)}</div>
    <h3>While it learns</h3>
    <p class="note">Sampled completions of training ${problems}, before each step’s update${reward}.</p>
    <div class="charts">${join(sampled)}</div>
    ${
      warnings.length === 0
        ? EMPTY
        : html`<ul class="note">
            ${join(warnings)}
          </ul>`
    }
    ${await sampledCurves(runs)}`;
}
