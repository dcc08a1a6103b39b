// Text for terminals: nothing from data may move the cursor, and tables keep their columns.

/** Replaces control characters (ESC among them) and bidirectional overrides by a visible mark. */
export function printable(text: string): string {
  return text.replace(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g,
    '\ufffd',
  );
}

/** Rows as aligned columns, two blanks apart; the first column to the left, the others as told. */
export function alignColumns(rows: readonly (readonly string[])[], align: 'left' | 'right' = 'right'): string[] {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, cell.length);
    });
  return rows.map((row) =>
    row
      .map((cell, i) => (i === 0 || align === 'left' ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
      .join('  ')
      .trimEnd(),
  );
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
