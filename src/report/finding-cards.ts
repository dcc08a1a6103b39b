// The findings as cards: claim, verdict, and every number that the verdict rests on.
import type { Finding } from '../analysis/findings.ts';
import type { StudyResults } from '../study/results.ts';
import { htmlTable } from '../render/html.ts';
import { EMPTY, html, join } from '../render/markup.ts';
import type { Html } from '../render/markup.ts';
import { cellWords, inOneLine } from '../tables/cell-words.ts';
import { improvingWords, numbersOf, partsOf, verdictOf } from '../tables/findings.ts';
import { prose } from '../tables/format.ts';
import { findingTitle } from '../tables/titles.ts';

/** The cards of some findings. */
export function findingCards(results: StudyResults, findings: readonly Finding[]): Html {
  return html`<div class="findings">${join(findings.map((finding) => card(results, finding)))}</div>`;
}

function card(results: StudyResults, finding: Finding): Html {
  const { id, statement, test, detail } = finding;
  const { word, name } = verdictOf(finding);
  return html`<article class="finding ${name}" aria-labelledby="finding-${id}">
<h3 id="finding-${id}"><span class="finding-id">${id}</span> ${findingTitle(results, id)}</h3>
<p class="badge">${word}</p>
<dl>
<dt>Rule</dt><dd>${prose(statement)}</dd>
${name === 'not-tested' ? EMPTY : numbers(finding)}<dt>Test</dt><dd>${prose(test)}</dd>
</dl>
${join(partsOf(finding).map(htmlTable))}
<p class="note">${prose(detail)}${improvingWords(finding)}</p>
</article>`;
}

function numbers(finding: Finding): Html {
  const { effect, n, seeds, p, p_holm } = numbersOf(finding);
  const rows = [
    ['Effect [95 %]', inOneLine(cellWords(effect))],
    ['p, Holm p', p === null ? cellWords(null).value : `${cellWords(p).value}, ${cellWords(p_holm).value}`],
    ['n', cellWords(n).value],
    ['Seeds', cellWords(seeds).value],
  ] as const;
  return join(rows.map(([term, words]) => html`<dt>${term}</dt><dd>${words}</dd>\n`));
}
