// One completion as a page of its own, with the player. Self-contained: works from a file, without network. Pure: no
// clock.
import type { Problem } from '../../domain/maze/types.ts';
import type { Verdict } from '../../domain/types.ts';
import { parseCompletionLeniently } from '../../domain/maze/verdict/parse.ts';
import { planBreak, traceBreak } from '../breaks.ts';
import { htmlDocument } from '../document.ts';
import { integer } from '../../tables/format.ts';
import { EMPTY, html, join } from '../../render/markup.ts';
import type { Html } from '../../render/markup.ts';
import { mazePicture } from '../maze-picture.ts';
import { cellText } from '../step-words.ts';
import { verdictRows } from '../verdict-words.ts';
import { playerData } from './data.ts';
import { playerKey, playerMarkup } from './markup.ts';

export interface ExplainPage {
  /** Name of the example. Untrusted, as prompt and completion are. */
  readonly id: string;
  /** Where it was read: `file:line`. */
  readonly place: string;
  readonly problem: Problem;
  readonly prompt: string;
  readonly completion: string;
  readonly verdict: Verdict;
  readonly version: string;
}

/** The page of `explain` for a maze, with a player of its steps. */
export function renderExplainPage({ id, place, problem, prompt, completion, verdict, version }: ExplainPage): string {
  const data = playerData(problem, completion);
  const cut =
    data.steps.length > data.records
      ? EMPTY
      : html`<p class="note">The first ${integer(
          data.steps.length,
        )} events of ${integer(data.records)}; the last ${integer(
          data.records - data.steps.length,
        )} are not on this page.</p>`;
  return htmlDocument({
    kind: 'explained',
    title: id,
    body: html`<header>
<p class="overline">tracelab explain</p>
<h1>${id}</h1>
<p class="note">${place}; ${problem.size} by ${problem.size} maze, from ${cellText(problem.start)} to ${cellText(problem.goal)}, ${integer(data.records)} events</p>
${verdictList(problem, completion, verdict)}
</header>
<main>
${playerMarkup({ id: 'player', data, still: stillPicture(problem, completion, verdict), begins: 'page' })}
${cut}
${playerKey(problem.size <= 12)}
<p class="note keys">Keys: space plays and pauses, arrows step, Home and End jump to the ends, e to the first error.</p>
<details class="texts"><summary>Prompt and completion</summary>
<p class="note">Prompt</p><pre class="wrap" tabindex="0">${prompt}</pre>
<p class="note">Completion</p><pre class="wrap" tabindex="0">${completion}</pre></details>
</main>
<footer><p class="note">Written by tracelab ${version}.</p></footer>`,
  });
}

function verdictList(problem: Problem, completion: string, verdict: Verdict): Html {
  const rows = verdictRows(problem, completion, verdict);
  return html`<dl class="facts">${join(
    rows.map(
      ({ name, words, broken }) =>
        html`<dt>${name}</dt><dd${broken ? html` class="broken-word"` : EMPTY}>${words}</dd>`,
    ),
  )}</dl>`;
}

/** Where no script runs: the whole trace and plan, marked where they break. */
function stillPicture(problem: Problem, completion: string, verdict: Verdict): Html {
  const parsed = parseCompletionLeniently(completion);
  const trace = traceBreak(problem, completion, verdict.strict);
  const plan = planBreak(problem, parsed.plan, verdict.plan);
  const label =
    `${problem.size} by ${problem.size} maze with trace and plan. Strict trace: ${trace?.words ?? 'valid'}. Plan: ` +
    `${plan?.words ?? 'valid'}`;
  return mazePicture({ problem, completion: parsed, trace, plan, label });
}
