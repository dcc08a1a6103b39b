// The findings as chips: verdict, claim in a few words, the effect as a bar with its interval around 0. Widths are in
// percent, so that a chip fits a phone and a desktop page.
import type { Finding } from '../analysis/findings.ts';
import type { StudyResults } from '../study/results.ts';
import { EMPTY, html, join } from '../render/markup.ts';
import type { Html } from '../render/markup.ts';
import { cellWords } from '../tables/cell-words.ts';
import { effectDomain } from '../tables/effect-figures.ts';
import { numbersOf, sectionOf, verdictOf } from '../tables/findings.ts';
import { integer, prose } from '../tables/format.ts';
import { findingShortTitle } from '../tables/titles.ts';

/** All findings in their order, those that the study leaves out too. */
export function findingChips(results: StudyResults): Html {
  const { findings, left_out } = results;
  const inPoints = findings.filter(({ effect }) => effect?.unit === 'points').map(effectDomain);
  // Points have one scale, so that bars can be compared.
  const common = [Math.min(...inPoints.map(([low]) => low)), Math.max(...inPoints.map(([, high]) => high))] as const;
  const chips = [
    ...findings.map((finding) => ({
      id: finding.id,
      chip: chip(finding, finding.effect?.unit === 'points' ? common : effectDomain(finding)),
    })),
    ...left_out.map(({ id, reason }) => ({ id, chip: silent(id, html`${id}`, 'not tested', 'not-tested', reason) })),
  ].toSorted((a, b) => (a.id < b.id ? -1 : 1));
  if (chips.length === 0) return html`<p>No finding was tested.</p>`;
  return html`<ol class="chips">${join(
    chips.map(({ chip: item }) => item),
    '\n',
  )}</ol>`;
}

function chip(finding: Finding, domain: readonly [low: number, high: number]): Html {
  const { id, effect, interval, n, seeds, detail } = finding;
  const { word, name } = verdictOf(finding);
  const link = html`<a href="#${sectionOf(id)}">${id}</a>`;
  if (effect === null || interval === null)
    return silent(
      id,
      link,
      word,
      name,
      name === 'undertrained' ? 'a model that it needs did not learn' : prose(detail),
    );
  const words = cellWords(numbersOf(finding).effect);
  return html`<li class="chip ${name}">${head(link, word)}<p class="claim">${findingShortTitle(id)}</p>
${bar(effect.value, interval, domain, `${words.value} ${words.interval}`)}
<p class="effect"><strong>${words.value}</strong> <span>${words.interval}</span></p><p class="count">n = ${integer(n)}, ${
    seeds.length === 1 ? 'one seed' : `${seeds.length} seeds`
  }</p></li>`;
}

function head(link: Html, word: string): Html {
  return html`<p class="chip-head">${link} <span class="badge" title="${word}">${word.replace(/^observed in /, '')}</span></p>`;
}

function silent(id: Finding['id'], link: Html, word: string, name: string, reason: string): Html {
  return html`<li class="chip ${name}">${head(link, word)}<p class="claim">${findingShortTitle(id)}</p>${
    reason === '' ? EMPTY : html`<p class="count">${reason}</p>`
  }</li>`;
}

function bar(
  value: number,
  [low, high]: readonly [number, number],
  [from, to]: readonly [number, number],
  words: string,
): Html {
  const at = (x: number): string => `${(100 * ((x - from) / (to - from || 1))).toFixed(2)}%`;
  const width = `${((100 * Math.abs(value)) / (to - from || 1)).toFixed(2)}%`;
  return html`<svg class="bar" width="100%" height="22" role="img" aria-label="${words}"><title>${words}</title><rect class="bar-fill" x="${at(
    Math.min(0, value),
  )}" y="5" width="${width}" height="12"/><line class="bar-interval" x1="${at(low)}" x2="${at(high)}" y1="11" y2="11"/><line class="bar-interval" x1="${at(
    low,
  )}" x2="${at(low)}" y1="7" y2="15"/><line class="bar-interval" x1="${at(high)}" x2="${at(high)}" y1="7" y2="15"/><line class="bar-zero" x1="${at(0)}" x2="${at(0)}" y1="0" y2="22"/></svg>`;
}
