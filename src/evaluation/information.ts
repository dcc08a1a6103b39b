// Which prefixes of a trace are scored to see how much it lowers the loss on the reference plan, and the row of losses
// of one maze. Pure; measure-information.ts runs it on a checkpoint. With L(k) the negative log-likelihood of the plan
// after the first k events, information(k) is L(0) - L(k). A model has not seen cut traces in training, so this is a
// property of the model: how it uses a beginning of a trace.
import { RandomSequence, STREAMS } from '../base/random.ts';
import { joinCompletion, splitCompletion } from '../domain/completion.ts';
import { applyCondition } from '../domain/conditions/apply.ts';
import { domainOf } from '../domain/domains.ts';
import { parseCompletion } from '../domain/maze/grammar.ts';
import { parseCompletionLeniently } from '../domain/maze/verdict/parse.ts';
import type { Example } from '../domain/types.ts';
import { ownRecords } from './interventions.ts';

/** Whose trace is given: the model's own greedy one, A*'s of this maze, A*'s of another maze. */
export const INFORMATION_SOURCES = ['own', 'gold', 'swapped'] as const;
export type InformationSource = (typeof INFORMATION_SOURCES)[number];

/** Shares of the events of a trace that are given; k is the share of their number, rounded down. */
export const INFORMATION_SHARES = [0, 0.125, 0.25, 0.5, 0.75, 0.875, 1] as const;

/** Default of the most events of a trace whose single effect is measured. */
export const DEFAULT_EVENTS = 8;

/** What an event does, and whether its cell is on the reference plan. */
export const EVENT_KINDS = ['create on plan', 'create off plan', 'close on plan', 'close off plan'] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

/** The losses on the plan before and after one event of a trace, nats per plan. */
export interface AddedEvent {
  /** Events before it. */
  readonly event: number;
  readonly kind: EventKind;
  readonly before: number;
  readonly after: number;
}

/** One line of information-<distribution>-<source>.jsonl, in the order of the test file. */
export type InformationRow =
  | {
      readonly id: string;
      /** Words after `solution`, `end` included. */
      readonly plan_words: number;
      /** Events of the trace; of the model's own also records that are none. */
      readonly events: number;
      /** Nats per plan, at each of INFORMATION_SHARES. */
      readonly losses: readonly number[];
      readonly added: readonly AddedEvent[];
    }
  | {
      readonly id: string;
      /**
       * `no_room`: the whole trace and the plan do not fit into the context. `not_applicable`: the trace has a word
       * that is not in the model's vocabulary.
       */
      readonly left_out: 'no_room' | 'not_applicable';
    };

/** The prefixes of one maze's trace. */
export interface Prefixes {
  readonly plan_words: number;
  readonly events: number;
  /** Numbers of events at which the plan is scored: ascending, each once. */
  readonly points: readonly number[];
  /** Numbers of events at each of INFORMATION_SHARES. */
  readonly shares: readonly number[];
  readonly added: readonly Omit<AddedEvent, 'before' | 'after'>[];
  /** Trace and reference plan, one text for each of `points`. */
  readonly completions: readonly string[];
}

/**
 * The events of each maze's trace, as texts.
 * @param examples with correct completions
 * @param own what the model wrote, one a maze
 * @param seed of the swap
 * @throws TracelabError TOO_FEW_EXAMPLES: a single maze has no other to swap with
 */
export function tracesOf(
  source: InformationSource,
  examples: readonly Example[],
  own: readonly string[],
  seed: number,
): (readonly string[])[] {
  const eventsOf = (example: Example): readonly string[] => domainOf(example.domain).events(example);
  switch (source) {
    case 'own':
      return own.map(ownRecords);
    case 'gold':
      return examples.map(eventsOf);
    case 'swapped':
      return applyCondition(examples, 'swapped', seed).map(eventsOf);
  }
}

/**
 * @param trace events of the source
 * @param added most events whose single effect is measured; drawn among the well-formed ones without replacement
 */
export function prefixesOf(
  { completion, size }: Example,
  trace: readonly string[],
  added: number,
  random: RandomSequence,
): Prefixes {
  const { solution } = splitCompletion(completion);
  const kinds = eventKinds(trace, parseCompletion(completion, size).plan);
  const drawn = kinds.flatMap((kind, event) => (kind === null ? [] : [{ event, kind }]));
  random.shuffle(drawn);
  const chosen = drawn.slice(0, added).sort((a, b) => a.event - b.event);
  const shares = INFORMATION_SHARES.map((share) => Math.floor(share * trace.length));
  const points = [...new Set([...shares, ...chosen.flatMap(({ event }) => [event, event + 1])])].sort((a, b) => a - b);
  return {
    plan_words: solution.split(' ').length - 1,
    events: trace.length,
    points,
    shares,
    added: chosen,
    completions: points.map((events) => joinCompletion(trace.slice(0, events).join(' '), solution)),
  };
}

/** The draws of a maze's sample; each source has its own. */
export function sampleSequence(seed: number, source: InformationSource, maze: number): RandomSequence {
  const index = INFORMATION_SOURCES.length * maze + INFORMATION_SOURCES.indexOf(source);
  return new RandomSequence(seed, STREAMS.added_events, index);
}

/** @param losses nats per plan, at each of the points */
export function informationRow(
  id: string,
  { plan_words, events, points, shares, added }: Prefixes,
  losses: readonly number[],
): InformationRow {
  const lossOf = new Map(points.map((point, i) => [point, losses[i]]));
  const at = (point: number): number => lossOf.get(point) ?? NaN;
  return {
    id,
    plan_words,
    events,
    losses: shares.map(at),
    added: added.map(({ event, kind }) => ({ event, kind, before: at(event), after: at(event + 1) })),
  };
}

/** Null for a record that is no well-formed event. */
function eventKinds(
  trace: readonly string[],
  plan: readonly { readonly x: number; readonly y: number }[],
): (EventKind | null)[] {
  const cells = new Set(plan.map(({ x, y }) => `${x} ${y}`));
  return trace.map((text): EventKind | null => {
    const [event] = parseCompletionLeniently(text).body;
    // A record of a plan inside the trace has no body at all.
    if (!event) return null;
    return `${event.operation} ${cells.has(`${event.x} ${event.y}`) ? 'on' : 'off'} plan`;
  });
}
