// The frame of every page: one self-contained file that loads nothing. Its policy lets exactly its own script and style
// sheets run, by their hashes.
import { createHash } from 'node:crypto';
import { EMPTY, html, join, trusted } from '../render/markup.ts';
import type { Html } from '../render/markup.ts';
import { pageAssets } from './page-assets.ts';
import type { PageKind } from './page-assets.ts';
import { darkChartStyle } from './palette.ts';

export interface Page {
  readonly kind: PageKind;
  /** Behind `tracelab: `. Untrusted text. */
  readonly title: string;
  readonly body: Html;
  /** Whether the page holds models: its script may then run WebAssembly. */
  readonly hasModels?: boolean;
  /** Whether a server gives it, which its script may ask, and whose pages it may frame. */
  readonly asksServer?: boolean;
}

/** A complete HTML document with its style sheets, its script at the end and a content security policy. */
export function htmlDocument({ kind, title, body, hasModels = false, asksServer = false }: Page): string {
  const { script, style } = pageAssets(kind);
  const styles = [style, darkChartStyle()];
  const scripts = script === '' ? [] : [script];
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy(styles, scripts, { hasModels, asksServer })}">
<title>tracelab: ${title}</title>
${join(styles.map((text) => html`<style>${trusted(text)}</style>`))}
</head>
<body>
${body}
${scripts.length === 0 ? EMPTY : html`<script>${trusted(script)}</script>`}
</body>
</html>
`.text;
}

/** Nothing is loaded, and nothing runs or styles but these texts. */
function policy(
  styles: readonly string[],
  scripts: readonly string[],
  { hasModels, asksServer }: Required<Pick<Page, 'hasModels' | 'asksServer'>>,
): Html {
  const parts = ["default-src 'none'", `style-src ${hashes(styles)}`];
  if (scripts.length > 0) parts.push(`script-src ${hashes(scripts)}${hasModels ? " 'wasm-unsafe-eval'" : ''}`);
  if (asksServer) parts.push("connect-src 'self'", "frame-src 'self'", "form-action 'none'", "base-uri 'none'");
  return trusted(parts.join('; '));
}

function hashes(texts: readonly string[]): string {
  return texts.map((text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`).join(' ');
}
