// The frame of a page with one analysis: title, sections, no script. The content comes from the files of the analysis.
import { htmlDocument } from './document.ts';
import { html, join } from '../render/markup.ts';
import type { Html } from '../render/markup.ts';

export interface AnalysisPage {
  readonly overline: string;
  /** Untrusted, as names of folders are. */
  readonly title: string;
  readonly lead: Html;
  readonly sections: readonly { readonly id: string; readonly title: string; readonly body: Html }[];
  readonly version: string;
}

/** A complete HTML page with these sections. */
export function analysisPage({ overline, title, lead, sections, version }: AnalysisPage): string {
  return htmlDocument({
    kind: 'plain',
    title,
    body: html`<header><p class="overline">${overline}</p><h1 class="hash">${title}</h1><p class="lead">${lead}</p></header>
<main>
${join(
  sections.map(
    ({ id, title: heading, body }) =>
      html`<section aria-labelledby="${id}"><h2 id="${id}">${heading}</h2>${body}</section>`,
  ),
  '\n',
)}
</main>
<footer><p class="note">Written by tracelab ${version}.</p></footer>`,
  });
}
