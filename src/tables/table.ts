// A table or a figure as plain data: numbers with their intervals and denominators, words without markup. What builds
// one is in this folder; src/render writes it as HTML, Markdown, terminal text, CSV and Parquet.
import type { Proportion } from '../base/statistics.ts';
import type { Span } from './figure-size.ts';

/** Coordinates of a number in tidy rows. Those of group, column, text cells of the row and the cell add up. */
export interface About {
  readonly metric?: string;
  /** Of a trace validity: strict, paper or exact. */
  readonly level?: string;
  readonly condition?: string;
  readonly seed?: number;
  readonly distribution?: string;
  /** Steps of reinforcement learning; 0 = before. */
  readonly step?: number;
  readonly intervention?: string;
  /** Of a phase diagram: side of the problem, transformer blocks, training tokens; of a checkpoint: training tokens. */
  readonly size?: number;
  readonly layers?: number;
  readonly tokens?: number;
  /** What else distinguishes rows: a broken rule, a fifth by distance, a finding and its part, an early start. */
  readonly part?: string;
}

/** How a number without an interval is rounded. */
export type NumberForm =
  | 'integer'
  /** 12.3 */
  | 'tenth'
  /** 0.123 */
  | 'thousandth'
  /** A whole number that is a name: a seed, a step. */
  | 'plain'
  | 'p'
  | 'nats'
  | 'seconds'
  /** 27.0 M */
  | 'magnitude'
  /** A share without an interval, in percent. */
  | 'percent'
  /** A difference of shares without an interval, in points. */
  | 'points';

/** One seed's count of a proportion. */
export interface SeedProportion extends Proportion {
  readonly seed?: number;
}

/**
 * - proportion: a share with its interval and the count of each seed; share null: nothing to count
 * - difference: of two shares (1 = 100 points), shown in points
 * - correlation: r with its interval, and p of "none" where it was tested
 * - estimate: any other number with an interval, in its own unit; `share`: a mean share, shown in percent; `nats`: nats
 *   per token
 * - number: without an interval; `form` is its rounding rule
 * - text: words; `note` is secondary, `about` gives coordinates to the numbers of the row
 * `mark` is put behind what is shown, as † of an undertrained model.
 */
export type Cell =
  | ({
      readonly kind: 'proportion';
      readonly share: number | null;
      readonly low: number;
      readonly high: number;
      readonly seeds: readonly SeedProportion[];
      /** Counted in all that there is, not in a sample: it has no interval. */
      readonly exact?: true;
    } & CellNotes)
  | ({
      readonly kind: 'difference';
      readonly value: number;
      readonly low: number;
      readonly high: number;
      readonly n?: number;
    } & CellNotes)
  | ({
      readonly kind: 'correlation';
      readonly value: number;
      readonly low: number;
      readonly high: number;
      readonly p?: number;
      readonly n?: number;
    } & CellNotes)
  | ({
      readonly kind: 'estimate';
      readonly value: number;
      readonly low: number;
      readonly high: number;
      readonly unit: 'points' | '%' | 'r' | 'share' | 'log odds' | 'nats' | 'nats-per-plan';
      readonly n?: number;
    } & CellNotes)
  | ({ readonly kind: 'number'; readonly value: number; readonly form: NumberForm } & CellNotes)
  | ({
      readonly kind: 'text';
      readonly text: string;
      readonly note?: string;
      /** Written in a monospaced type, as hashes are. */
      readonly code?: true;
      /** Colours the words where colours are: a verdict of a finding. */
      readonly verdict?: string;
      /** Id of a section that the words lead to, where links are. */
      readonly link?: string;
    } & CellNotes);

interface CellNotes {
  readonly about?: About;
  readonly mark?: string;
}

export interface Column {
  /** Empty over the first column where its cells need no heading. */
  readonly label: string;
  readonly note?: string;
  readonly about?: About;
  /** Words, which are put to the left and may wrap. */
  readonly words?: true;
}

export interface Group {
  /** Empty: the rows follow the head. */
  readonly heading: string;
  readonly about?: About;
  /** As long as the columns; null = nothing here, shown as a dash. */
  readonly rows: readonly (readonly (Cell | null)[])[];
  /** Numbers of others, set apart, and left out of tidy rows. */
  readonly published?: true;
}

export interface Table {
  /** Unique among the tables of a document; letters, digits, hyphens. */
  readonly id: string;
  readonly title: string;
  /** Plain words; `backticks` set code. */
  readonly caption: string;
  /** What a dash means in this table. Said where a cell is one. */
  readonly dash?: string;
  readonly columns: readonly Column[];
  readonly groups: readonly Group[];
  readonly about?: About;
  /** Many columns or rows: smaller type where there are types. */
  readonly compact?: true;
}

/** Id of a table about a condition: `thinned@0.25` -> `first-errors-thinned-0-25`. */
export function tableId(...parts: readonly string[]): string {
  return parts.join('-').replaceAll(/[^a-zA-Z0-9]+/g, '-');
}

/** A chart as plain data: a Vega-Lite specification, with its words. */
export interface Figure {
  readonly id: string;
  readonly title: string;
  readonly caption: string;
  /** All that the chart shows, in words. */
  readonly spoken: string;
  /** How much of the page's column it fills. Default: half. */
  readonly span?: Span;
  /** Vega-Lite 6. */
  readonly specification: object;
}

/** Whether some cell of a table is a dash. */
function hasDash({ groups }: Table): boolean {
  return groups.some(({ rows }) =>
    rows.some((row) => row.some((cell) => cell === null || (cell.kind === 'proportion' && cell.share === null))),
  );
}

/** The caption as all renderings have it: with what a dash means. */
export function captionOf(table: Table): string {
  const { caption, dash } = table;
  return dash !== undefined && hasDash(table) ? `${caption} A dash: ${dash}.` : caption;
}
