// Which rows of the CSV a figure of a report shows, by the id of the figure; and whether the rows that a figure offers
// to save are among them. It knows ids and coordinates, nothing of how a figure is drawn.
import { GENERATORS } from '../../src/domain/maze/types.ts';
import { distributionLabel } from '../../src/tables/format.ts';
import { tableId } from '../../src/tables/table.ts';
import type { CsvRow } from './shown-numbers.ts';

/** A row that a figure offers to save. */
export type SavedRow = Readonly<Partial<Record<string, string | number | boolean | null>>>;

/** Rows of the CSV that a figure is about, and the coordinates that each of its own rows adds. */
export interface FigureRows {
  readonly rows: readonly CsvRow[];
  /** Of a row of the figure; default: those of `coordinatesOf`. */
  readonly at?: (saved: SavedRow) => Partial<CsvRow>;
}

const LEARNING: Readonly<Record<string, string>> = {
  reward: 'reward',
  'groups-of-equal-rewards': 'zero_spread',
  entropy: 'entropy',
  'kl-against-the-start': 'kl',
  clipped: 'clipped',
  length: 'completion_tokens',
  truncated: 'truncated',
};
const CURVES: Readonly<Record<string, Partial<CsvRow>>> = {
  loss: { table: 'training-curves', metric: 'loss' },
  'loss-trace': { table: 'training-curves', metric: 'trace_loss' },
  'loss-plan': { table: 'training-curves', metric: 'plan_loss' },
  'dev-plans': { table: 'dev-curves', metric: 'plan_valid' },
  'dev-traces-paper': { table: 'dev-curves', metric: 'trace_valid', level: 'paper' },
  'dev-traces-strict': { table: 'dev-curves', metric: 'trace_valid', level: 'strict' },
};

const hasAll = (row: CsvRow, wanted: Partial<CsvRow>): boolean =>
  Object.entries(wanted).every(([name, value]) => row[name] === value);

/** @throws Error for an id that no rule knows: a new figure needs one */
export function rowsOfFigure(id: string, csv: readonly CsvRow[]): FigureRows {
  const of = (wanted: Partial<CsvRow>): CsvRow[] => csv.filter((row) => hasAll(row, wanted));
  const part = (pattern: RegExp): string => pattern.exec(id)?.[1] ?? '';
  const distribution = GENERATORS.find((name) => id.endsWith(`-${name}`)) ?? '';
  if (id in CURVES) return { rows: of(CURVES[id]) };
  if (/^valid-plans(-f[23])?$/.test(id)) return { rows: of({ table: 'plan-validity', metric: 'plan_valid' }) };
  const level = part(/^valid-traces-(\w+)$/);
  if (level !== '') return { rows: of({ table: 'trace-validity', metric: 'trace_valid_given_plan', level }) };
  const finding = part(/^effect-(\w+)$/);
  if (finding !== '') {
    const parts = of({ table: `parts-${finding}`, metric: 'effect' });
    const name = finding.replace('f', 'F');
    return { rows: parts.length > 0 ? parts : of({ table: 'findings', metric: 'effect', part: name }), at: () => ({}) };
  }
  if (id.startsWith('rl-validity-'))
    return {
      rows: of({ table: 'rl-validity', distribution }),
      at: (saved) => (saved.metric === 'plan' ? { metric: 'plan_valid' } : { metric: 'trace_valid', level: 'strict' }),
    };
  const learnt = part(/^rl-learning-(.+)$/);
  if (learnt !== '') return { rows: of({ table: 'rl-learning', metric: LEARNING[learnt] }) };
  const grouped = part(/^rl-groups-(.+)-\w+$/);
  if (grouped !== '') return { rows: of({ table: 'rl-groups', metric: LEARNING[grouped], distribution }) };
  const run = /^(?:forced|early-records|early-share|lengths)-(.+)-(\d+)-\w+$/.exec(id);
  const [condition, seed] = run?.slice(1) ?? ['', ''];
  if (id.startsWith('lengths-')) return { rows: of({ table: 'lengths', condition, seed, distribution }) };
  if (condition !== '')
    return {
      rows: of({ table: 'interventions', condition, seed, distribution }).filter(({ metric }) =>
        /^plan_valid|^n$/.test(metric),
      ),
      at: () => ({ metric: 'plan_valid' }),
    };
  if (id.startsWith('information-')) {
    const rows = csv.filter((row) => /^information(-seeds)?$/.test(row.table) && row.distribution === distribution);
    return {
      rows: rows.filter(
        (row) =>
          id === tableId('information', row.condition, row.seed, distribution) || /^information-[a-z-]+$/.test(id),
      ),
      at: ({ source, share }) => ({
        metric: 'information_per_word',
        intervention: `${String(source)}@${Number(share) / 100}`,
      }),
    };
  }
  if (id.startsWith('phase-'))
    return {
      rows: of({ table: id, metric: 'plan_valid_difference' }),
      at: ({ size }) => ({ size: String(size).replace(/×.*/, '') }),
    };
  if (id.startsWith('dose-response-'))
    return {
      rows: csv.filter((row) => row.table.startsWith('dose-response-') && row.distribution === distribution),
      at: ({ measure, rate }) => ({
        metric: measure === 'plan' ? 'plan_valid' : 'trace_valid',
        ...(measure === 'trace' && { level: 'strict' }),
        condition: rate === 0 ? 'correct' : rate === 100 ? 'swapped' : `swapped@${Number(rate) / 100}`,
      }),
    };
  throw new Error(`no rule for the figure ${id}`);
}

const LABELS = new Map(GENERATORS.map((name) => [distributionLabel(name), name]));

/** Condition, distribution and step of a row, by the names of its fields. */
function coordinatesOf(saved: SavedRow, id: string): Partial<CsvRow> {
  return {
    ...('condition' in saved && { condition: String(saved.condition) }),
    ...('distribution' in saved && {
      distribution: LABELS.get(String(saved.distribution)) ?? String(saved.distribution),
    }),
    ...('x' in saved && id.startsWith('rl-') && { step: String(saved.x) }),
  };
}

/** What is wrong with the rows that a figure offers to save, a line each. */
export function savedFaults(id: string, saved: readonly SavedRow[], csv: readonly CsvRow[]): string[] {
  const { rows, at = () => ({}) } = rowsOfFigure(id, csv);
  const seeds = new Set(rows.map(({ seed }) => seed).filter((seed) => seed !== ''));
  return saved.flatMap((row) => {
    const wanted = { ...coordinatesOf(row, id), ...at(row) };
    const there = rows.filter(
      (one) => hasAll(one, wanted) && isOfSeed(one, row.seed, seeds.size) && isAtTokens(one, row, id),
    );
    // Before the first event there is no information, by its definition.
    if (row.source !== undefined && row.share === 0 && row.value === 0 && row.low === 0 && row.high === 0) return [];
    return there.some((one) => isEqual(row, one)) ? [] : [`${id}: ${JSON.stringify(row)} is not in the CSV`];
  });
}

function isOfSeed({ seed }: CsvRow, wanted: SavedRow[string] | undefined, seeds: number): boolean {
  if (wanted === undefined) return true;
  return wanted === 'mean' && seeds > 1 ? seed === '' : wanted === 'mean' || seed === String(wanted);
}

/** A curve over training has its tokens in thousands or millions, with six digits; a mean has whole tokens. */
function isAtTokens({ tokens }: CsvRow, { x }: SavedRow, id: string): boolean {
  if (!(id in CURVES)) return true;
  return [1e3, 1e6].some((unit) => Math.abs(Number(x) * unit - Number(tokens)) <= 1e-5 * Number(tokens) + 0.5);
}

function isEqual(saved: SavedRow, row: CsvRow): boolean {
  const scale = row.unit === 'share' ? 100 : 1;
  const same = (mine: SavedRow[string] | undefined, field: string): boolean =>
    mine === undefined || mine === null || (field !== '' && Number(mine) === six(scale * Number(field)));
  if ('difference' in saved) return Number(saved.difference) === six(Number(row.value) / 100);
  return (
    same(saved.value, row.value) &&
    same(saved.low, row.low) &&
    same(saved.high, row.high) &&
    (saved.n === undefined || saved.n === null || row.n === '' || String(saved.n) === row.n)
  );
}

const six = (value: number): number => Number(value.toPrecision(6));
