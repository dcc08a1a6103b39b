// Text for terminals: nothing from data may move the cursor, and tables keep their columns.

/** Columns that the first one of a table keeps, however wide the others are. */
const LEAST_FIRST = 4;

/** Replaces control characters (ESC among them) and bidirectional overrides by a visible mark. */
export function printable(text: string): string {
  return text.replace(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g,
    '\ufffd',
  );
}

/** Colours and weights of styleText, without the one that hides text. */

const STYLES = /(\u001b\[(?:[0-79]|2[2-79]|3[0-79]|9[0-7])m)/;

/** Printable text that keeps tracelab's own colours; the text between them may come from any file. */
export function printableStyled(text: string): string {
  return text
    .split(STYLES)
    .map((part, i) => (i % 2 === 1 ? part : printable(part)))
    .join('');
}

/** Printable text that stays on its line: words from data begin no line of ours. */
export function oneLine(text: string): string {
  return printable(text).replace(/[\n\t]/g, '\ufffd');
}

/**
 * Rows as aligned columns, two blanks apart; the first column to the left, the others as `align` says.
 * @param width where the columns are wider, long cells of the first column have a line of their own
 */
export function alignColumns(
  rows: readonly (readonly string[])[],
  align: 'left' | 'right' = 'right',
  width = Infinity,
): string[] {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, cell.length);
    });
  const [first = 0, ...others] = widths;
  const room = width - others.reduce((sum, each) => sum + 2 + each, 0);
  const narrowed = first <= room ? first : Math.max(LEAST_FIRST, room);
  return rows.flatMap((row) => {
    const [head = '', ...cells] = row;
    const line = (begin: string): string =>
      [
        begin.padEnd(narrowed),
        ...cells.map((cell, i) => (align === 'left' ? cell.padEnd(others[i]) : cell.padStart(others[i]))),
      ]
        .join('  ')
        .trimEnd();
    return head.length <= narrowed ? [line(head)] : [head, line('')];
  });
}

/** Rows as aligned columns, all to the left; words of the last column break within it. */
export function wrapLastColumn(rows: readonly (readonly string[])[], width: number): string[] {
  const heads = alignColumns(
    rows.map((row) => [...row.slice(0, -1), '|']),
    'left',
  ).map((line) => line.slice(0, -1));
  return rows.flatMap((row, i) => {
    const [first, ...others] = wrap(row.at(-1) ?? '', width, heads[i].length);
    return [(heads[i] + first.trimStart()).trimEnd(), ...others];
  });
}

/** Breaks prose at blanks into lines of at most `width` characters, each after `indent` blanks. */
export function wrap(text: string, width: number, indent = 0): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent + line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].map((part) => ' '.repeat(indent) + part);
}

/** 1_610_612_736 -> `1.50 GiB`, 300_000 -> `0.3 MiB`. */
export function bytesText(bytes: number): string {
  return bytes >= 2 ** 29 ? `${(bytes / 2 ** 30).toFixed(2)} GiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

/** 2.1e14 -> `0.21 PFLOP`, 3e12 -> `3.0 TFLOP`. */
export function flopsText(flops: number): string {
  return flops >= 1e14
    ? `${(flops / 1e15).toFixed(2)} PFLOP`
    : flops >= 1e11
      ? `${(flops / 1e12).toFixed(2)} TFLOP`
      : `${(flops / 1e9).toFixed(2)} GFLOP`;
}

/** `1 task`, `20 tasks`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
