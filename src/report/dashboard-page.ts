// The pages of `tracelab dashboard`: the frame that its script fills, the question for the token, and the completions
// of one task with their players.
import { conditionLabel } from '../domain/conditions/condition.ts';
import type { DistributionSummary } from '../evaluation/types.ts';
import type { Sample } from '../study/results.ts';
import { evaluationTable, judgedDistributions } from '../tables/evaluation.ts';
import { distributionLabel } from '../tables/format.ts';
import { htmlTable } from '../render/html.ts';
import { EMPTY, html, join } from '../render/markup.ts';
import { htmlDocument } from './document.ts';
import { pictureKey } from './maze-picture.ts';
import { playerKey } from './player/markup.ts';
import { sampleBody, SAMPLE_TITLES } from './samples.ts';

/** The page of the dashboard without its content, which comes as events. */
export function dashboardPage(): string {
  return htmlDocument({
    kind: 'dashboard',
    title: 'dashboard',
    asksServer: true,
    body: html`<header>
<h1>tracelab</h1>
<p class="place" data-part="place"></p>
<p class="link" data-part="link" role="status">connecting</p>
</header>
<div class="alarms" data-part="alarms" role="alert"></div>
<nav aria-label="Studies and sweeps"><ul data-part="graphs"></ul></nav>
<main>
<div class="wide">
<section aria-labelledby="tasks-title"><h2 id="tasks-title">Tasks</h2>
<ul class="legend" data-part="legend"></ul>
<div class="graph" data-part="graph"></div>
<p class="note" data-part="left"></p>
</section>
<section aria-labelledby="workers-title"><h2 id="workers-title">Workers</h2><div data-part="workers"></div></section>
<section aria-labelledby="report-title" data-part="report" hidden><h2 id="report-title">Results</h2><div data-part="report-body"></div></section>
</div>
<section class="detail" aria-labelledby="detail-title" data-part="detail"><h2 id="detail-title" data-part="title">Task</h2><div data-part="body"></div></section>
</main>
<footer><p class="note">Keys in the graph: arrows move, Home and End go to the ends, r to the next running task, f to the next one that failed. Nothing is started or changed from this page.</p></footer>`,
  });
}

/** Asks for the token of the server. */
export function loginPage(): string {
  return htmlDocument({
    kind: 'login',
    title: 'dashboard',
    asksServer: true,
    body: html`<main class="login"><h1>tracelab dashboard</h1>
<form data-part="form"><label for="token">Token</label> <input id="token" type="password" autocomplete="off" spellcheck="false" required> <button>Open</button></form>
<p class="note" data-part="fault" role="alert"></p>
<p class="note">The token is in the file of --token-file, or in the variable TRACELAB_DASHBOARD_TOKEN, where the dashboard was started.</p></main>`,
  });
}

/** What a task has to look at. */
export interface TaskSamples {
  readonly summaries: readonly DistributionSummary[];
  readonly samples: readonly Sample[];
}

/**
 * The completions of a task: its table, and the first completion of each kind with its player.
 * @param id of the task; untrusted
 */
export function taskSamplesPage(id: string, { summaries, samples }: TaskSamples): string {
  const byDistribution = Map.groupBy(samples, ({ row }) => row.generator);
  const largest = Math.max(0, ...samples.map(({ row }) => row.size));
  const sections = [...byDistribution].map(
    ([name, some], i) =>
      html`<details${i === 0 ? html` open` : EMPTY}><summary>${distributionLabel(name)}</summary><div class="samples">${join(
        some.map(
          (
            sample,
            j,
          ) => html`<article class="sample"><h3>${SAMPLE_TITLES[sample.kind]}</h3><p class="note">${sample.row.id}</p>
${sampleBody(sample, `sample-${i}-${j}`, 'button')}</article>`,
        ),
      )}</div></details>`,
  );
  const [first] = samples;
  return htmlDocument({
    kind: 'explained',
    title: id,
    body: html`<header><p class="overline">${conditionLabel(first.condition)}, seed ${first.seed}</p><h1 class="hash">${id}</h1></header>
<main>${summaries.length === 0 ? EMPTY : htmlTable(evaluationTable(judgedDistributions(summaries)))}
<section aria-labelledby="samples"><h2 id="samples">First completion of each kind</h2>
${pictureKey()}
<details><summary>The marks of the player</summary>${playerKey(largest <= 12)}</details>
${join(sections)}</section></main>`,
  });
}
