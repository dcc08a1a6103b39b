// A table as HTML: in a scrolling container that the keyboard reaches, numbers with interval and denominator below.
import { captionOf } from '../tables/table.ts';
import type { Cell, Column, Group, Table } from '../tables/table.ts';
import { cellWords, DASH } from '../tables/cell-words.ts';
import { EMPTY, html, join } from './markup.ts';
import type { Html } from './markup.ts';

/** Tables with more columns have smaller type, so that a desktop page shows all of them. */
const MOST_WIDE = 8;
const MOST_DENSE = 10;

/** A table as HTML, escaped, with the id `table-ID`. */
export function htmlTable(table: Table): Html {
  const { id, title, columns, groups, compact } = table;
  const head = columns.every(({ label }) => label === '') ? EMPTY : tableHead(columns);
  const looks = [
    ...(compact ? ['compact'] : []),
    ...(columns.length > MOST_WIDE ? ['dense'] : []),
    ...(columns.length > MOST_DENSE ? ['denser'] : []),
  ];
  const classes = looks.length === 0 ? EMPTY : html` class="${looks.join(' ')}"`;
  return scrollTable(
    title,
    html`<table id="table-${id}"${classes}>
<caption><span><strong>${title}.</strong> ${inline(captionOf(table))}</span></caption>
${head}
${join(
  groups.filter(({ rows }) => rows.length > 0).map((group) => body(group, columns)),
  '\n',
)}
</table>`,
  );
}

/** A table in its own scrolling container, which the keyboard reaches. */
export function scrollTable(label: string, table: Html): Html {
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0">${table}</div>`;
}

/** Plain words as markup: `backticks` set code. */
export function inline(text: string): Html {
  return join(text.split('`').map((part, i) => (i % 2 === 1 ? html`<code>${part}</code>` : html`${part}`)));
}

/** The header row of a table as HTML. */
export function tableHead(columns: readonly Column[]): Html {
  return html`<thead><tr>${join(columns.map(columnHead))}</tr></thead>`;
}

function columnHead({ label, note }: Column): Html {
  return html`<th scope="col">${label}${note === undefined ? EMPTY : html`<span class="note">${note}</span>`}</th>`;
}

function body({ heading, rows, published }: Group, columns: readonly Column[]): Html {
  const head =
    heading === ''
      ? EMPTY
      : html`<tr><th colspan="${columns.length}" scope="rowgroup"><span>${heading}</span></th></tr>`;
  const lines = rows.map(
    ([first, ...rest]) =>
      html`<tr${published ? html` class="paper"` : EMPTY}>${rowHead(first)}${join(
        rest.map((cell, i) => dataCell(cell, columns[i + 1])),
      )}</tr>`,
  );
  return html`<tbody${heading === '' ? EMPTY : html` class="group"`}>${head}${join(lines, '\n')}</tbody>`;
}

function rowHead(cell: Cell | null): Html {
  const { value, detail } = cellWords(cell);
  return html`<th scope="row">${linked(cell, value)}${detail === '' ? EMPTY : html`<span class="note">${detail}</span>`}</th>`;
}

function linked(cell: Cell | null, words: string): Html {
  return cell?.kind === 'text' && cell.link !== undefined ? html`<a href="#${cell.link}">${words}</a>` : html`${words}`;
}

function dataCell(cell: Cell | null, { words }: Column): Html {
  if (cell?.kind === 'text') {
    const { text, note, code, verdict } = cell;
    const said = code ? html`<code>${text}</code>` : linked(cell, text);
    const more = note === undefined ? EMPTY : html`<span class="note">${note}</span>`;
    if (verdict !== undefined) return html`<td class="${verdict}"><span class="badge">${text}</span></td>`;
    return html`<td${words ? html` class="text"` : EMPTY}>${said}${more}</td>`;
  }
  const { value, interval, detail } = cellWords(cell);
  const quiet = value === DASH ? html` class="none"` : EMPTY;
  if (interval === '' && detail === '') return html`<td${quiet}>${value}</td>`;
  const parts = [
    html`<span class="v">${value}</span>`,
    ...(interval === '' ? [] : [html`<span class="i">${interval}</span>`]),
    ...(detail === '' ? [] : [html`<span class="n">${detail}</span>`]),
  ];
  return html`<td${quiet}>${join(parts, ' ')}</td>`;
}
