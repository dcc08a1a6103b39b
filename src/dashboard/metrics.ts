// metrics.jsonl of a run as points that are drawn: the newest ones from its end, or all of them from where the last
// reading stopped. A line that is not whole yet is read later; a row that is no row is left out.
import { openFile, stat } from '../base/disk.ts';
import { LIMITS } from '../base/limits.ts';
import { scalarsOf } from '../render/tensorboard.ts';
import { CURVES } from './protocol.ts';
import type { Curve, Point } from './protocol.ts';

/** Some rows of any kind of run. */
const TAIL_BYTES = 16 << 10;
/** Bytes of one reading: the rest is read at the next one. */
const MOST_BYTES = 32 << 20;

type Row = Readonly<Record<string, unknown>>;

/** The whole lines in some bytes, and how many bytes they are. */
export function wholeLines(bytes: Uint8Array): { readonly text: string; readonly length: number } {
  const length = bytes.lastIndexOf(0x0a) + 1;
  return { text: new TextDecoder().decode(bytes.subarray(0, length)), length };
}

function rowsOf(text: string): Row[] {
  return text.split('\n').flatMap((line) => {
    try {
      const row: unknown = JSON.parse(line);
      return isRow(row) ? [row] : [];
    } catch {
      return [];
    }
  });
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The numbers of a row that are drawn, and its place.
 * @param before the row before it, for a row whose tokens are those of the whole run
 */
export function pointOf(row: Row, before?: Row): Point {
  const numbers = new Map(scalarsOf(row));
  const step = typeof row.step === 'number' ? row.step : undefined;
  const completions = numbers.get('completions');
  const share = (name: string): number | undefined => {
    const count = numbers.get(name);
    return count === undefined || !completions ? undefined : count / completions;
  };
  const tokens = numbers.get('tokens');
  const tokensBefore = typeof before?.tokens === 'number' ? before.tokens : undefined;
  const seconds = numbers.get('seconds') ?? numbers.get('seconds/total');
  // Rows of reinforcement learning count the tokens of their own step.
  const isOwn = completions !== undefined;
  const added = isOwn ? tokens : tokens === undefined || tokensBefore === undefined ? undefined : tokens - tokensBefore;
  const derived: Readonly<Record<string, number | undefined>> = {
    step,
    ...(!isOwn && { tokens }),
    plans: share('plan_valid'),
    traces: share('trace_valid/strict'),
    rate: numbers.get('tokens_per_second') ?? (added !== undefined && seconds ? added / seconds : undefined),
  };
  const plain = Object.keys(CURVES).flatMap((name) => {
    const value = derived[name] ?? numbers.get(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  const place = ['step', 'tokens'].flatMap((name) => {
    const value = derived[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries([...place, ...plain]);
}

/** Follows the end of one metrics.jsonl. */
export class MetricsTail {
  private readonly path: string;
  private size = 0;
  private point: Point | null = null;

  constructor(path: string) {
    this.path = path;
  }

  /** The newest point, with its speed over some rows; null before the first. Reads nothing if the file is as before. */
  async look(): Promise<Point | null> {
    const size = Number((await stat(this.path))?.size ?? 0);
    if (size === this.size) return this.point;
    this.size = size;
    const from = Math.max(0, size - TAIL_BYTES);
    const bytes = await readFrom(this.path, from, size - from);
    // The first line is cut.
    const rows = rowsOf(wholeLines(bytes).text).slice(from === 0 ? 0 : 1);
    const last = rows.at(-1);
    if (last === undefined) return this.point;
    const points = rows.slice(1).map((row, i) => pointOf(row, rows[i]));
    const rates = points.flatMap((point) => ('rate' in point ? [point.rate] : []));
    const rate = rates.length === 0 ? undefined : rates.reduce((sum, each) => sum + each, 0) / rates.length;
    this.point = { ...pointOf(last, rows.at(-2)), ...(rate !== undefined && { rate: Math.round(rate) }) };
    return this.point;
  }
}

/** All rows of one metrics.jsonl, read once: later readings begin where the last one ended. */
export class MetricsFollower {
  private readonly path: string;
  private offset = 0;
  private last: Row | undefined;
  private points = new Points();

  constructor(path: string) {
    this.path = path;
  }

  /** Null without any row. A file that became shorter was begun again. */
  async curve(): Promise<Curve | null> {
    const size = Number((await stat(this.path))?.size ?? 0);
    if (size < this.offset) {
      this.offset = 0;
      this.last = undefined;
      this.points = new Points();
    }
    while (this.offset < size) {
      const { text, length } = wholeLines(
        await readFrom(this.path, this.offset, Math.min(MOST_BYTES, size - this.offset)),
      );
      if (length === 0) break;
      this.offset += length;
      for (const row of rowsOf(text)) {
        this.points.add(pointOf(row, this.last));
        this.last = row;
      }
    }
    return this.points.curve();
  }
}

/** Points, thinned to as many as are drawn: neighbours become their mean. */
export class Points {
  private sums: Sums[] = [];
  private window = 1;
  private step = -Infinity;

  /** Adds the newest point; one of the same step is known already. */
  add(point: Point): void {
    if (point.step === this.step) return;
    this.step = point.step;
    const last = this.sums.at(-1);
    if (last !== undefined && last.count < this.window) {
      this.sums[this.sums.length - 1] = merged(last, single(point));
      return;
    }
    this.sums.push({ count: 1, sum: single(point).sum });
    if (this.sums.length <= LIMITS.dashboardCurve.most) return;
    this.window *= 2;
    this.sums = this.sums.flatMap((each, i) => {
      if (i % 2 === 1) return [];
      const next = this.sums.at(i + 1);
      return [next === undefined ? each : merged(each, next)];
    });
  }

  /** Null without points. Tokens are the place where all points have them. */
  curve(): Curve | null {
    if (this.sums.length === 0) return null;
    const x = this.sums.every(({ sum }) => 'tokens' in sum) ? 'tokens' : 'step';
    const names = Object.keys(CURVES).filter((name) => this.sums.some(({ sum }) => name in sum));
    const mean = (of: [number, number] | undefined): number | null => (of === undefined ? null : of[0] / of[1]);
    const rows = this.sums.map(({ sum }) =>
      [x, ...names].map((name) => mean(sum[name] as [number, number] | undefined)),
    );
    return { x, names, rows };
  }
}

type Sums = { readonly count: number; readonly sum: Record<string, [sum: number, count: number]> };

function single(point: Point): Sums {
  return { count: 1, sum: Object.fromEntries(Object.entries(point).map(([name, value]) => [name, [value, 1]])) };
}

function merged(a: Sums, b: Sums): Sums {
  const sum = { ...a.sum };
  for (const [name, [value, count]] of Object.entries(b.sum)) {
    const before = sum[name] as [number, number] | undefined;
    sum[name] = before === undefined ? [value, count] : [before[0] + value, before[1] + count];
  }
  return { count: a.count + b.count, sum };
}

async function readFrom(path: string, offset: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  const file = await openFile(path, 'r');
  try {
    let got = 0;
    for (let more = 1; more > 0 && got < length; got += more) more = await file.read(bytes.subarray(got), offset + got);
    return bytes.subarray(0, got);
  } finally {
    await file.close();
  }
}
