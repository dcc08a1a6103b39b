// The findings as cards: claim, verdict, and every number that the verdict rests on.
import { knownDistribution } from '../domain/domains.ts';
import type { Effect, Finding, FindingLeftOut, FindingRow } from '../analysis/findings.ts';
import { integer, list, prose, pValue } from '../tables/format.ts';
import { EMPTY, html, join } from '../render/markup.ts';
import type { Html } from '../render/markup.ts';

const MINUS = '\u2212';

/** `+9.3 points`, `12.4 %` or `r = 0.12`. */
function effectText({ value, unit }: Effect): string {
  if (unit === 'r') return `r = ${value.toFixed(2).replace('-', MINUS)}`;
  if (unit === '%') return `${value.toFixed(1)} %`;
  const size = Math.abs(value).toFixed(1);
  return `${size === '0.0' ? '' : value < 0 ? MINUS : '+'}${size} points`;
}

/** `[5.9, 12.7]`, in the unit of the effect. */
function boundsText([low, high]: readonly [number, number], { unit }: Effect): string {
  const write = (value: number): string => value.toFixed(unit === 'r' ? 2 : 1).replace('-', MINUS);
  return `[${write(low)}, ${write(high)}]`;
}

/** `drunkard` -> `Drunkard`, `strict` -> `strict level`; other labels stay. */
function rowLabel(label: string): string {
  const known = knownDistribution(label);
  if (known !== undefined) return known.label;
  return label === 'strict' || label === 'paper' ? `${label} level` : label;
}

/** Effect with its interval, or a dash when nothing was tested. */
export function effectWithInterval({ effect, interval }: Finding): string {
  if (effect === null) return '–';
  return `${effectText(effect)}${interval === null ? '' : ` ${boundsText(interval, effect)}`}`;
}

function part(row: FindingRow): Html {
  return html`<tr><th scope="row">${rowLabel(row.label)}</th><td>${effectText(row.effect)} <span class="i">${boundsText(
    row.interval,
    row.effect,
  )}</span></td><td>${integer(row.n)}</td><td>${pValue(row.p)}</td><td>${pValue(row.p_holm)}</td></tr>`;
}

function parts(finding: Finding): Html {
  if (finding.rows === undefined || finding.rows.length === 0) return EMPTY;
  return html`<div class="scroll" role="region" aria-label="Parts of ${finding.id}" tabindex="0"><table class="compact parts"><thead><tr><th scope="col">Part</th><th scope="col">Effect [95 %]</th><th scope="col">n</th><th scope="col">p</th><th scope="col">Holm p</th></tr></thead><tbody>${join(
    finding.rows.map(part),
  )}</tbody></table></div>`;
}

function card(finding: Finding): Html {
  const { id, statement, verdict, test, n, seeds, p, p_holm, detail } = finding;
  return html`<article class="finding ${verdict}" aria-labelledby="finding-${id}">
<h3 id="finding-${id}"><span class="finding-id">${id}</span> ${prose(statement)}</h3>
<p class="badge">${verdict}</p>
<dl>
<dt>Effect [95 %]</dt><dd>${effectWithInterval(finding)}</dd>
<dt>p, Holm p</dt><dd>${p === null || p_holm === null ? '–' : `${pValue(p)}, ${pValue(p_holm)}`}</dd>
<dt>n</dt><dd>${integer(n)}</dd>
<dt>Seeds</dt><dd>${seeds.length === 0 ? '–' : `${seeds.length} (${list(seeds.map(String))})`}</dd>
<dt>Test</dt><dd>${prose(test)}</dd>
</dl>
${parts(finding)}
<p class="note">${prose(detail)}</p>
</article>`;
}

/** The cards of some findings. */
export function findingCards(findings: readonly Finding[]): Html {
  return html`<div class="findings">${join(findings.map(card))}</div>`;
}

/** All findings in short, each with a link to its section; those that the study cannot have, with the reason. */
export function findingList(findings: readonly Finding[], leftOut: readonly FindingLeftOut[]): Html {
  const rows = findings.map(
    (finding) =>
      html`<tr><th scope="row"><a href="#${sectionOf(finding.id)}">${finding.id}</a></th><td class="${finding.verdict}"><span class="badge">${finding.verdict}</span></td><td class="text">${prose(finding.statement)}</td><td>${effectWithInterval(
        finding,
      )}</td><td>${integer(finding.n)}</td><td>${finding.seeds.length}</td><td>${
        finding.p_holm === null ? '–' : pValue(finding.p_holm)
      }</td></tr>`,
  );
  const absent = leftOut.map(
    ({ id, statement, reason }) =>
      html`<tr><th scope="row">${id}</th><td class="none">–</td><td class="text">${prose(statement)}</td><td class="text none" colspan="4">not in this study: ${prose(reason)}</td></tr>`,
  );
  return html`<div class="scroll" role="region" aria-label="Findings" tabindex="0"><table class="verdicts"><thead><tr><th scope="col"></th><th scope="col">Verdict</th><th scope="col">Finding</th><th scope="col">Effect [95 %]</th><th scope="col">n</th><th scope="col">Seeds</th><th scope="col">Holm p</th></tr></thead><tbody>${join(
    [...rows, ...absent],
  )}</tbody></table></div>`;
}

/** `F1a` -> `f1`: where a finding is told in full. */
export function sectionOf(id: Finding['id']): string {
  return id.slice(0, 2).toLowerCase();
}
