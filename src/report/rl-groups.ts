// Curves of sampled groups of test problems over the steps of reinforcement learning.
import type { GeneratorName } from '../domain/types.ts';
import type { SampledGroups } from '../rl/observe.ts';
import type { RlResult } from '../study/results.ts';
import { distributionLabel } from '../tables/format.ts';
import { EMPTY, html, join } from '../render/markup.ts';
import type { Html } from '../render/markup.ts';
import { distributionsOf, stepCurve } from './rl-curves.ts';
import type { StepValue } from './rl-curves.ts';

const CURVES: readonly {
  readonly title: string;
  readonly words: string;
  readonly pick: (groups: SampledGroups) => number;
}[] = [
  {
    title: 'Groups of equal rewards',
    words: 'percent',
    pick: ({ zero_spread, groups }) => (100 * zero_spread) / groups,
  },
  { title: 'KL against the start', words: 'nats a token', pick: ({ kl }) => kl },
];

/** One chart a distribution and curve; nothing where no groups were sampled. */
export async function sampledCurves(runs: readonly RlResult[]): Promise<Html> {
  if (runs.every(({ curve }) => curve.every(({ sampled = [] }) => sampled.length === 0))) return EMPTY;
  const curves = await Promise.all(
    CURVES.map(async ({ title, words, pick }) => {
      const charts = await Promise.all(
        distributionsOf(runs).map(
          async (distribution) =>
            html`<div>
              <h3>${distributionLabel(distribution)}</h3>
              ${await stepCurve(
                runs.map((run) => ({ ...run, points: pointsOf(run, distribution, pick) })),
                `${title}, ${distributionLabel(distribution)}`,
              )}
            </div>`,
        ),
      );
      return html`<p class="note"><strong>${title}</strong>, ${words}.</p>
        <div class="charts">${join(charts)}</div>`;
    }),
  );
  return html`<details>
    <summary>Groups of equal rewards and KL over the steps, distribution by distribution</summary>
    ${join(curves)}
  </details>`;
}

function pointsOf(
  { curve }: RlResult,
  distribution: GeneratorName,
  pick: (groups: SampledGroups) => number,
): StepValue[] {
  return curve.flatMap(({ step, sampled = [] }) =>
    sampled.filter((groups) => groups.distribution === distribution).map((groups) => ({ step, value: pick(groups) })),
  );
}
