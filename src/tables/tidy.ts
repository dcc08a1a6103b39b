// The numbers of tables as tidy rows: one number a row, with its coordinates, denominator, interval and unit. Unrounded.
import type { About, Cell, Table, NumberForm } from './table.ts';

export interface TidyRow {
  readonly study: string;
  /** Id of the table. */
  readonly table: string;
  readonly condition: string | null;
  /** Null: of all seeds together, or of no training run. */
  readonly seed: number | null;
  readonly distribution: string | null;
  readonly metric: string;
  readonly level: string | null;
  readonly step: number | null;
  readonly intervention: string | null;
  readonly size: number | null;
  readonly tokens: number | null;
  readonly part: string | null;
  readonly n: number | null;
  /** Count of a proportion, of n. */
  readonly k: number | null;
  readonly value: number | null;
  /** 95 % interval. */
  readonly low: number | null;
  readonly high: number | null;
  readonly p: number | null;
  /** share (0 to 1), points (100 times a difference of shares), r, count, p, nats, s, ... */
  readonly unit: string;
}

const UNITS: Readonly<Record<NumberForm, string>> = {
  integer: 'count',
  plain: 'count',
  tenth: 'mean',
  thousandth: 'mean',
  p: 'p',
  nats: 'nats',
  seconds: 's',
  magnitude: 'count',
  percent: 'share',
};

/** Rows of all numbers of a table, in its order; published numbers are left out. */
export function tidyRows(study: string, table: Table): TidyRow[] {
  return table.groups.flatMap(({ about: group, rows, published }) =>
    published
      ? []
      : rows.flatMap((row) => {
          const words = row.map((cell) => (cell?.kind === 'text' ? cell.about : undefined));
          return row.flatMap((cell, i): TidyRow[] => {
            if (cell === null || cell.kind === 'text') return [];
            const { label, about: column } = table.columns[i];
            const about = Object.assign({}, table.about, group, ...words, column, cell.about) as About;
            return numbersOf(cell).map((numbers) => ({
              study,
              table: table.id,
              condition: about.condition ?? null,
              seed: about.seed ?? null,
              distribution: about.distribution ?? null,
              metric: about.metric ?? nameOf(label),
              level: about.level ?? null,
              step: about.step ?? null,
              intervention: about.intervention ?? null,
              size: about.size ?? null,
              tokens: about.tokens ?? null,
              part: about.part ?? null,
              ...NOTHING,
              ...numbers,
            }));
          });
        }),
  );
}

type Numbers = Pick<TidyRow, 'unit'> & Partial<TidyRow>;

const NOTHING = { n: null, k: null, value: null, low: null, high: null, p: null };

function numbersOf(cell: Exclude<Cell, { kind: 'text' }>): Numbers[] {
  switch (cell.kind) {
    case 'proportion': {
      const seeds = cell.seeds.map(({ seed, count, n, low, high }): Numbers => ({
        ...(seed !== undefined && { seed }),
        n,
        k: count,
        value: n === 0 ? null : count / n,
        ...(cell.exact ? {} : { low, high }),
        unit: 'share',
      }));
      if (seeds.length <= 1) return seeds;
      const { share: value, low, high } = cell;
      return [...seeds, { seed: null, value, low, high, unit: 'share' }];
    }
    case 'difference':
      return [
        { value: 100 * cell.value, low: 100 * cell.low, high: 100 * cell.high, n: cell.n ?? null, unit: 'points' },
      ];
    case 'correlation':
    case 'estimate': {
      const { value, low, high, n = null } = cell;
      const unit = cell.kind === 'correlation' ? 'r' : cell.unit === '%' ? 'percent' : cell.unit;
      return [{ value, low, high, n, p: cell.kind === 'correlation' ? (cell.p ?? null) : null, unit }];
    }
    case 'number':
      return [{ value: cell.value, unit: UNITS[cell.form] }];
  }
}

/** `Valid plans` -> `valid_plans`. */
function nameOf(label: string): string {
  return label
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_|_$/g, '');
}
