// From rows of losses to means over mazes with their intervals. Pure.
import { tInterval } from '../base/statistics.ts';
import type { GeneratorName } from '../domain/types.ts';
import { EVENT_KINDS, INFORMATION_SHARES } from './information.ts';
import type { EventKind, InformationRow, InformationSource } from './information.ts';

/** A mean over mazes with its 95 % t interval. */
export interface MeanOverMazes {
  readonly n: number;
  /** Null without a maze. */
  readonly mean: number | null;
  /** Null with fewer than two mazes. */
  readonly interval: readonly [low: number, high: number] | null;
}

/** By how much a beginning of the trace lowers the loss on the reference plan. */
interface Information {
  /** Nats per plan. */
  readonly per_plan: MeanOverMazes;
  /** Nats per word of the plan: each maze's own number of words, then the mean over mazes. */
  readonly per_word: MeanOverMazes;
}

export interface InformationPoint extends Information {
  /** Of the events of the trace. */
  readonly share: number;
  /** L(k), nats per word of the plan. */
  readonly loss_per_word: MeanOverMazes;
}

/** One more event: L(k) - L(k + 1). A maze counts with the mean of its events of the kind. */
export interface EventInformation extends Information {
  readonly kind: EventKind;
  /** Of all mazes together. */
  readonly events: number;
}

/** One source of traces on the mazes of one distribution. */
export interface SourceInformation {
  readonly source: InformationSource;
  readonly n: number;
  readonly no_room: number;
  readonly not_applicable: number;
  /** Null without a maze. */
  readonly mean_events: number | null;
  readonly points: readonly InformationPoint[];
  readonly added: readonly EventInformation[];
}

export interface DistributionInformation {
  readonly distribution: GeneratorName;
  readonly sources: readonly SourceInformation[];
}

type Measured = Exclude<InformationRow, { readonly left_out: unknown }>;

/** @param rows one a maze */
export function summarizeInformation(source: InformationSource, rows: readonly InformationRow[]): SourceInformation {
  const measured = rows.flatMap((row) => ('left_out' in row ? [] : [row]));
  const leftOut = (reason: string): number => rows.filter((row) => 'left_out' in row && row.left_out === reason).length;
  return {
    source,
    n: measured.length,
    no_room: leftOut('no_room'),
    not_applicable: leftOut('not_applicable'),
    mean_events: meanOf(measured.map(({ events }) => events)).mean,
    points: INFORMATION_SHARES.map((share, i) => ({
      share,
      loss_per_word: meanOf(measured.map(({ losses, plan_words }) => losses[i] / plan_words)),
      ...informationOf(measured.map((row) => [row, row.losses[0] - row.losses[i]])),
    })),
    added: EVENT_KINDS.map((kind) => {
      const mazes = measured.flatMap((row): [Measured, number[]][] => {
        const changes = row.added.filter((each) => each.kind === kind).map(({ before, after }) => before - after);
        return changes.length === 0 ? [] : [[row, changes]];
      });
      return {
        kind,
        events: mazes.reduce((total, [, changes]) => total + changes.length, 0),
        ...informationOf(mazes.map(([row, changes]) => [row, changes.reduce((a, b) => a + b, 0) / changes.length])),
      };
    }),
  };
}

/** @param values nats per plan of each maze */
function informationOf(values: readonly (readonly [row: Measured, nats: number])[]): Information {
  return {
    per_plan: meanOf(values.map(([, nats]) => nats)),
    per_word: meanOf(values.map(([{ plan_words }, nats]) => nats / plan_words)),
  };
}

function meanOf(values: readonly number[]): MeanOverMazes {
  const n = values.length;
  if (n === 0) return { n, mean: null, interval: null };
  const { mean, interval } = tInterval(values);
  return { n, mean, interval: n < 2 ? null : interval };
}
