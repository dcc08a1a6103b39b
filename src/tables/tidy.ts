// The numbers of tables as tidy rows: one number a row, not rounded, with its coordinates, denominator, interval and
// unit.
import type { About, Cell, Table, NumberForm } from './table.ts';

/** A column of exported rows. docs/tables.md repeats the list; a test compares the two. */
export interface TidyColumn<Row> {
  readonly name: keyof Row & string;
  readonly type: 'text' | 'integer' | 'number' | 'boolean';
  readonly meaning: string;
  /** When there is no value; absent where there always is one. */
  readonly none?: string;
}

/** What a value is measured in. */
export const UNITS = {
  share: 'a share, from 0 to 1',
  points: '100 times a difference of two shares',
  percent: 'percent of something that is no share',
  r: 'a correlation, from -1 to 1',
  'log odds': 'a difference of log odds',
  count: 'a number of things',
  mean: 'a mean of counts or rewards',
  p: 'a p-value',
  nats: 'nats per token',
  'nats-per-plan': 'nats, summed over the words of a plan',
  s: 'seconds',
} as const;
type Unit = keyof typeof UNITS;

export interface TidyRow {
  readonly study: string;
  readonly table: string;
  readonly metric: string;
  readonly condition: string | null;
  readonly seed: number | null;
  readonly distribution: string | null;
  readonly level: string | null;
  readonly step: number | null;
  readonly intervention: string | null;
  readonly size: number | null;
  readonly layers: number | null;
  readonly tokens: number | null;
  readonly part: string | null;
  readonly unit: Unit;
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly k: number | null;
  readonly n: number | null;
  readonly p: number | null;
}

/** In the order of a file: first what identifies a row, then its numbers. */
export const TIDY_COLUMNS: readonly TidyColumn<TidyRow>[] = [
  { name: 'study', type: 'text', meaning: 'name of the study' },
  { name: 'table', type: 'text', meaning: 'id of the table' },
  { name: 'metric', type: 'text', meaning: 'what is measured, by the keys of results.json where they have it' },
  {
    name: 'condition',
    type: 'text',
    meaning: 'what the model was trained on',
    none: 'no single condition: a property of the test problems, or a comparison of conditions',
  },
  {
    name: 'seed',
    type: 'integer',
    meaning: 'seed of the training run',
    none: 'all seeds together, or no training run',
  },
  {
    name: 'distribution',
    type: 'text',
    meaning: 'distribution of the test problems',
    none: 'all distributions, or none',
  },
  {
    name: 'level',
    type: 'text',
    meaning:
      'level at which traces are judged: paper (the lenient level of the published validator), strict, exact, or ' +
      'own-search (a strict run of the search that the model was trained on)',
    none: 'the number does not depend on a level',
  },
  {
    name: 'step',
    type: 'integer',
    meaning: 'steps of reinforcement learning; 0 is the model before',
    none: 'no reinforcement learning',
  },
  {
    name: 'intervention',
    type: 'text',
    meaning: 'trace that was forced; `@0.25`: the first quarter of its events',
    none: 'the model wrote its own trace',
  },
  { name: 'size', type: 'integer', meaning: 'cells per side of the problems', none: 'outside of a phase diagram' },
  {
    name: 'layers',
    type: 'integer',
    meaning: 'transformer blocks of the model',
    none: 'outside of a phase diagram',
  },
  {
    name: 'tokens',
    type: 'integer',
    meaning: 'training tokens, of a square of a phase diagram or of a checkpoint',
    none: 'neither',
  },
  {
    name: 'part',
    type: 'text',
    meaning:
      'what else distinguishes the row: a broken rule, a range of distances, a finding and its part, a kind of ' +
      'event, early (an early start of reinforcement learning)',
    none: 'nothing else does',
  },
  { name: 'unit', type: 'text', meaning: 'unit of value, low and high' },
  { name: 'value', type: 'number', meaning: 'the number, not rounded', none: 'nothing was counted (n is 0)' },
  { name: 'low', type: 'number', meaning: 'lower bound of the 95 % interval', none: 'no interval' },
  { name: 'high', type: 'number', meaning: 'upper bound of the 95 % interval', none: 'no interval' },
  { name: 'k', type: 'integer', meaning: 'count of a proportion: value is k / n', none: 'no proportion of one seed' },
  {
    name: 'n',
    type: 'integer',
    meaning: 'number of completions or problems that the number rests on',
    none: 'not given',
  },
  { name: 'p', type: 'number', meaning: 'p-value that belongs to value', none: 'not tested, or a row of its own' },
];

const FORM_UNITS: Readonly<Record<NumberForm, Unit>> = {
  integer: 'count',
  plain: 'count',
  tenth: 'mean',
  thousandth: 'mean',
  p: 'p',
  nats: 'nats',
  seconds: 's',
  magnitude: 'count',
  percent: 'share',
  points: 'points',
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
            return numbersOf(cell).map(({ unit, ...numbers }) => ({
              study,
              table: table.id,
              metric: about.metric ?? nameOf(label),
              condition: about.condition ?? null,
              seed: numbers.seed === undefined ? (about.seed ?? null) : numbers.seed,
              distribution: about.distribution ?? null,
              level: about.level ?? null,
              step: about.step ?? null,
              intervention: about.intervention ?? null,
              size: about.size ?? null,
              layers: about.layers ?? null,
              tokens: about.tokens ?? null,
              part: about.part ?? null,
              unit,
              value: finite(numbers.value),
              low: finite(numbers.low),
              high: finite(numbers.high),
              k: finite(numbers.k),
              n: finite(numbers.n),
              p: finite(numbers.p),
            }));
          });
        }),
  );
}

type Numbers = Pick<TidyRow, 'unit'> & Partial<Pick<TidyRow, 'seed' | 'value' | 'low' | 'high' | 'k' | 'n' | 'p'>>;

/** Files have no NaN: a number that is not defined is none. */
function finite(value: number | null | undefined): number | null {
  return value !== null && value !== undefined && Number.isFinite(value) ? value : null;
}

function numbersOf(cell: Exclude<Cell, { kind: 'text' }>): Numbers[] {
  switch (cell.kind) {
    case 'proportion': {
      const { share, seeds, exact } = cell;
      const shareOf = (value: number | null, { low, high }: { readonly low: number; readonly high: number }) =>
        value === null ? {} : { value, ...(!exact && { low, high }) };
      const rows = seeds.map((each): Numbers => ({
        ...(each.seed !== undefined && { seed: each.seed }),
        n: each.n,
        k: each.count,
        // Of a single seed the cell's own, which is what is shown.
        ...(seeds.length === 1 ? shareOf(share, cell) : shareOf(each.n === 0 ? null : each.count / each.n, each)),
        unit: 'share',
      }));
      return rows.length <= 1 ? rows : [...rows, { seed: null, ...shareOf(share, cell), unit: 'share' }];
    }
    case 'difference':
      return [{ value: 100 * cell.value, low: 100 * cell.low, high: 100 * cell.high, n: cell.n, unit: 'points' }];
    case 'correlation':
    case 'estimate': {
      const { value, low, high, n } = cell;
      const unit = cell.kind === 'correlation' ? 'r' : cell.unit === '%' ? 'percent' : cell.unit;
      return [{ value, low, high, n, ...(cell.kind === 'correlation' && { p: cell.p }), unit }];
    }
    case 'number':
      return [{ value: cell.form === 'points' ? 100 * cell.value : cell.value, unit: FORM_UNITS[cell.form] }];
  }
}

/** `Valid plans` -> `valid_plans`. */
function nameOf(label: string): string {
  return label
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_|_$/g, '');
}
