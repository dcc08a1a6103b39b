// The frame of every page: one self-contained file that loads nothing.
import { EMPTY, html } from '../render/markup.ts';
import type { Html } from '../render/markup.ts';
import { styleSheet } from './style.ts';

/** Loads nothing and runs nothing. */
const STILL = html`default-src 'none'; style-src 'unsafe-inline'`;

export interface Page {
  /** Behind `tracelab: `. Untrusted text. */
  readonly title: string;
  /** Content-Security-Policy; none given: no load, no script. */
  readonly policy?: Html;
  /** Added to the common style sheet. */
  readonly style?: Html;
  readonly body: Html;
}

export function htmlDocument({ title, policy = STILL, style = EMPTY, body }: Page): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>tracelab: ${title}</title>
${styleSheet()}
${style}
</head>
<body>
${body}
</body>
</html>
`.text;
}
