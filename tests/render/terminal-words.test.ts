// Columns of words in a terminal: they share the room that numbers leave, come last where not all columns fit, and keep
// their colours.
import { styleText } from 'node:util';
import { describe, expect, it } from 'vitest';
import { terminalTable } from '../../src/render/terminal.ts';
import type { Cell, Table } from '../../src/tables/table.ts';

const words = 'one two three four five six seven eight nine ten eleven twelve';
const text = (value: string, verdict?: string): Cell => ({ kind: 'text', text: value, ...(verdict && { verdict }) });
const number = (value: number): Cell => ({ kind: 'number', value, form: 'integer' });
const table = (columns: Table['columns'], row: readonly Cell[]): Table => ({
  id: 'a',
  title: 'T',
  caption: 'C.',
  columns,
  groups: [{ heading: '', rows: [row] }],
});
const body = (value: Table, width: number): string[] => terminalTable(value, { width }).split('\n').slice(2, -1);

describe('columns of words', () => {
  const columns = [{ label: '' }, { label: 'W', words: true as const }, { label: 'n' }];

  it('are as wide as the terminal lets them be', () => {
    const row = [text('a'), text(words), number(1)];
    expect(body(table(columns, row), 70)).toEqual([`   W${' '.repeat(63)}n`, `a  ${words}  1`]);
    expect(body(table(columns, row), 40)).toEqual([
      `   W${' '.repeat(34)}n`,
      'a  one two three four five six seven  1',
      '   eight nine ten eleven twelve',
    ]);
  });

  it('come below the numbers where not all columns fit', () => {
    const wide = [...columns, { label: 'a-long-heading' }, { label: 'another-long-heading' }];
    const row = [text('a'), text(words), number(1), number(2), number(3)];
    expect(body(table(wide, row), 50)).toEqual([
      '   n  a-long-heading  another-long-heading',
      'a  1               2                     3',
      '',
      '   W',
      'a  one two three four five six seven eight nine',
      '   ten eleven twelve',
    ]);
  });

  it('break a heading that is one long word', () => {
    const path = 'abcdefghij'.repeat(4);
    const lines = body(table([{ label: '' }, { label: path }], [text('a'), number(1)]), 30);
    expect(lines.every((line) => line.length <= 30)).toBe(true);
    expect(lines.slice(0, -1).join('').replaceAll(' ', '')).toBe(path);
  });

  it('keep their colours, and nothing else that moves a cursor', () => {
    const row = [text('a\u001b[2J'), text('yes', 'supported'), number(1)];
    const paint = (_: string, word: string): string => styleText('green', word, { validateStream: false });
    expect(terminalTable(table(columns, row), { width: 40, paint })).toContain(
      'a\ufffd[2J  \u001b[32myes\u001b[39m  1',
    );
  });
});
