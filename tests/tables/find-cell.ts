// Finds a cell of a table by what it is, not by its place.
import type { Cell, Table } from '../../src/tables/table.ts';

/**
 * @param row heading of the row
 * @param column heading of the column
 * @param group heading of the group; the first one without it
 */
export function findCell(table: Table, row: string, column: string, group = table.groups[0].heading): Cell | null {
  const place = table.columns.findIndex(({ label }) => label === column);
  if (place === -1) throw new Error(`no column ${column}`);
  const found = table.groups
    .find(({ heading }) => heading === group)
    ?.rows.find(([first]) => first?.kind === 'text' && first.text === row);
  if (found === undefined) throw new Error(`no row ${group}, ${row}`);
  return found[place];
}
