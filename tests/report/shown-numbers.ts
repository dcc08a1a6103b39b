// How numbers of exported rows should be shown, computed from the text of the CSV alone. It shares nothing with the
// renderings that it is compared with.

/** A line of metrics.csv; all fields are texts. */
export type CsvRow = Readonly<Record<string, string>>;

/** What is shown of a number: a value, an interval in brackets, a detail; empty where there is none. */
export interface Shown {
  readonly value: string;
  readonly interval: string;
  readonly detail: string;
}

/**
 * The ways in which a cell may show its rows; which one, the cell's form decides.
 * @param rows of one cell: one, or one a seed and their mean
 */
export function waysToShow(rows: readonly CsvRow[]): Shown[] {
  const row = rows[rows.length - 1];
  const value = Number(row.value);
  const isThere = row.value !== '';
  const between = (write: (bound: number) => string): string =>
    row.low === '' ? '' : `[${write(Number(row.low))}, ${write(Number(row.high))}]`;
  const only = (...values: string[]): Shown[] => values.map((each) => ({ value: each, interval: '', detail: '' }));
  switch (row.unit) {
    case 'share': {
      const percent = (share: number): string => fixed(100 * share, 1);
      const shown = isThere ? `${percent(value)} %` : '–';
      return [{ value: shown, interval: between(percent), detail: countsOf(rows.filter(({ k }) => k !== '')) }];
    }
    case 'points':
      return [
        { value: signed(value), interval: between(signed), detail: '' },
        { value: `${signed(value, true)} points`, interval: between((bound) => fixed(bound, 1)), detail: '' },
      ];
    case 'percent':
      return [{ value: `${fixed(value, 1)} %`, interval: between((bound) => fixed(bound, 1)), detail: '' }];
    case 'log odds':
      return [{ value: signed(value, true, 2), interval: between((bound) => fixed(bound, 2)), detail: '' }];
    case 'r': {
      const write = (r: number): string => fixed(r, 2);
      const detail = row.p === '' ? '' : `p ${chance(Number(row.p))}`;
      const interval = between(write);
      return [write, (r: number) => write(r).replace(/^−(0\.00)$/, '$1')].flatMap((each) => [
        { value: each(value), interval: between(each), detail },
        { value: `r = ${each(value)}`, interval, detail: '' },
      ]);
    }
    case 'count':
      return only(grouped(value), row.value, large(value));
    case 'mean':
      return only(fixed(value, 1), fixed(value, 3));
    case 'p':
      return only(isThere ? chance(value) : 'n/a');
    case 'nats':
    case 'nats-per-plan': {
      const write = (nats: number): string =>
        minus(nats !== 0 && Math.abs(nats) < 0.01 ? nats.toPrecision(2) : nats.toFixed(3));
      return [{ value: write(value), interval: between(write), detail: '' }];
    }
    case 's':
      return only(time(value));
    default:
      throw new Error(`no such unit: ${row.unit}`);
  }
}

function countsOf(seeds: readonly CsvRow[]): string {
  const sizes = new Set(seeds.map(({ n }) => n));
  if (seeds.length > 1 && sizes.size === 1)
    return `${seeds.map(({ k }) => grouped(Number(k))).join(', ')} of ${grouped(Number([...sizes][0]))}`;
  return seeds.map(({ k, n }) => `${grouped(Number(k))}/${grouped(Number(n))}`).join(', ');
}

const minus = (text: string): string => text.replace(/^-/, '−');
const fixed = (value: number, digits: number): string => minus(value.toFixed(digits));

/** @param zero what rounds to 0 has no sign */
function signed(value: number, zero = false, digits = 1): string {
  const size = Math.abs(value).toFixed(digits);
  const sign = value > 0 ? '+' : value < 0 ? '−' : '';
  return zero && Number(size) === 0 ? size : sign + size;
}

const grouped = (value: number): string => String(Math.round(value)).replace(/\B(?=(?:\d{3})+$)/g, ',');
const chance = (p: number): string => (p < 0.001 ? '< 0.001' : p.toFixed(3));

function large(value: number): string {
  const [size, digits, unit] =
    value >= 1e9
      ? ([1e9, 1, ' G'] as const)
      : value >= 1e7
        ? ([1e6, 1, ' M'] as const)
        : value >= 1e5
          ? ([1e6, 2, ' M'] as const)
          : value >= 1e3
            ? ([1e3, 1, ' k'] as const)
            : ([1, 0, ''] as const);
  return `${(value / size).toFixed(digits)}${unit}`;
}

function time(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60 && seconds < 59.5) return `${whole} s`;
  const two = (value: number): string => String(value).padStart(2, '0');
  const minutes = Math.floor(whole / 60);
  return minutes < 60
    ? `${minutes} min ${two(whole % 60)} s`
    : `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}
