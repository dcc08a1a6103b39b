// The page of `tracelab play`: models that run in it, and mazes for them. Self-contained: works from a file, without
// network. Pure: no clock.
import { html, join } from '../../render/markup.ts';
import { integer } from '../../tables/format.ts';
import { htmlDocument } from '../document.ts';
import { liveBlocks } from './blocks.ts';
import type { LiveProblem } from './data.ts';
import type { LiveModel } from './read-model.ts';
import { liveStage } from './section.ts';

export interface PlayPage {
  /** At least one. */
  readonly models: readonly LiveModel[];
  /** Some of each size of the models. */
  readonly problems: readonly LiveProblem[];
  /** Of tracelab. */
  readonly version: string;
}

/** The whole document. */
export function renderPlayPage({ models, problems, version }: PlayPage): string {
  const names = models.map(({ label }) => label);
  const largest = Math.max(...models.map(({ size }) => size));
  const rows = models.map(
    ({ label, step, size, weights, hash }) =>
      html`<tr><th scope="row">${label}</th><td>${integer(step)}</td><td>${size} x ${size}</td><td>${integer(weights.length)}</td><td><code>${hash}</code></td></tr>`,
  );
  return htmlDocument({
    kind: 'play',
    title: `play ${names.join('; ')}`,
    hasModels: true,
    body: html`<header>
<p class="overline">tracelab play</p>
<h1>${models.length === 1 ? 'A model that solves mazes' : `${models.length} models that solve mazes`}</h1>
<p>The models run in this page, by its own script and without a network. Draw a maze, let a model write its trace and its plan, and put another trace in the place of its own.</p>
</header>
<main>
${liveStage(largest)}
<h2 id="models">The models</h2>
<div class="scroll" role="region" aria-labelledby="models" tabindex="0"><table><thead><tr><th scope="col">trained on</th><th scope="col">step</th><th scope="col">mazes</th><th scope="col">parameters</th><th scope="col">SHA-256 of model.safetensors</th></tr></thead><tbody>${join(rows)}</tbody></table></div>
</main>
<footer><p class="note">Written by tracelab ${version}.</p></footer>
${liveBlocks(models, problems)}`,
  });
}
