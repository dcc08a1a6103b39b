// Untrusted text never becomes markup, and never hides.
import { describe, expect, test } from 'vitest';
import { cleanText, escapeHtml, html, join } from '../../src/render/markup.ts';
import { markdownWords } from '../../src/render/markdown.ts';

describe('escapeHtml', () => {
  test.each([
    ['<script>alert(1)</script>', '&lt;script&gt;alert(1)&lt;/script&gt;'],
    ['" onmouseover="x', '&quot; onmouseover=&quot;x'],
    ["' & '", '&#39; &amp; &#39;'],
    ['</pre><img src=x>', '&lt;/pre&gt;&lt;img src=x&gt;'],
    ['&lt;', '&amp;lt;'],
  ])('%j', (text, escaped) => {
    expect(escapeHtml(text)).toBe(escaped);
  });
});

describe('cleanText', () => {
  test.each([
    '\u0000',
    '\u0007',
    '\u001b',
    '\r',
    '\u007f',
    '\u0085',
    '\u00ad',
    '\u200b',
    '\u200e',
    '\u2028',
    '\u202e',
    '\u2066',
    '\ufeff',
    '\uffff',
    '\ud800',
    '\u{e0041}',
    '\u{1fffe}',
  ])('%j becomes visible', (character) => {
    expect(cleanText(`a${character}b`)).toBe('a\ufffdb');
  });

  test('keeps letters of every script, emoji, tab and newline', () => {
    const text = 'plan 1 2\n\tü 漢字 עברית 🙂 \u00a0';
    expect(cleanText(text)).toBe(text);
  });
});

describe('html', () => {
  test('escapes strings, keeps markup and numbers', () => {
    const inner = html`<b>${'<i>'}</b>`;
    expect(html`<p title="${'"'}">${inner}${3}${[inner, inner]}</p>`.text).toBe(
      '<p title="&quot;"><b>&lt;i&gt;</b>3<b>&lt;i&gt;</b><b>&lt;i&gt;</b></p>',
    );
  });

  test('an object that only looks like markup is not trusted', () => {
    const forged = JSON.parse('{"text":"<script>"}') as never;
    expect(() => html`${forged}`.text).toThrow();
  });

  test('join', () => {
    expect(join([html`<a>`, html`<b>`], '-').text).toBe('<a>-<b>');
  });
});

test('markdownWords: no table cell, link, tag or code can begin', () => {
  expect(markdownWords('a|b <x> [l](u) `c`\nnext')).toBe('a\\|b \\<x\\> \\[l\\](u) \\`c\\` next');
});
