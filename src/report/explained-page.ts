// The page of `tracelab explain --html` for a completion of a domain that is no maze: verdict, picture, every record.
import type { Domain } from '../domain/domain.ts';
import { explainedSteps } from '../domain/explain.ts';
import type { Example, Verdict } from '../domain/types.ts';
import { EMPTY, html, join } from '../render/markup.ts';
import { domainOf } from '../domain/domains.ts';
import { drawingKey, drawingPicture } from './drawing-picture.ts';
import { htmlDocument } from './document.ts';
import { planWords, stepsTable, traceWords } from './domain-verdict.ts';

export interface ExplainedPage {
  /** Untrusted, as all its texts are. */
  readonly example: Example;
  readonly place: string;
  readonly verdict: Verdict;
  readonly version: string;
}

/** The page of `explain` for domains without a player: drawing, verdicts and records. */
export function renderExplainedPage({ example, place, verdict, version }: ExplainedPage): string {
  const domain: Domain = domainOf(example.domain);
  const said = [...traceWords(domain, verdict), planWords(domain, verdict)];
  const label = said.map(({ subject, words }) => `${subject}: ${words}`).join('. ');
  const drawing = domain.drawing?.(example);
  return htmlDocument({
    kind: 'plain',
    title: example.id,
    body: html`<header>
<p class="overline">tracelab explain</p>
<h1>${example.id}</h1>
<p class="note">${place}; ${domain.words.problem} of size ${example.size}, ${verdict.records} events</p>
<dl class="facts">${join(
      said.map(
        ({ subject, words, broken }) =>
          html`<dt>${subject}</dt><dd${broken ? html` class="broken-word"` : EMPTY}>${words}</dd>`,
      ),
    )}</dl>
</header>
<main>
<p class="note">Prompt</p><pre class="wrap" tabindex="0">${example.prompt}</pre>
${drawing === undefined ? EMPTY : html`${drawingPicture(drawing, label)}${drawingKey([drawing])}`}
<h2>Events</h2>
${stepsTable(domain, explainedSteps(domain, example, verdict))}
<h2>Completion</h2>
<pre class="wrap" tabindex="0">${example.completion}</pre>
</main>
<footer><p class="note">Written by tracelab ${version}.</p></footer>`,
  });
}
