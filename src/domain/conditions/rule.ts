// What a condition is: a name for the reader, and a pure function from correct examples to those that a model trains on. It may only
// say what stands where the trace stood; prompt and plan never pass through its hands (apply.ts puts them back).
import type { RandomSequence } from '../../base/random.ts';
import type { Cell, Problem, TraceEvent } from '../types.ts';

/** A correct example, read. */
export interface Parts {
  readonly problem: Problem;
  readonly events: readonly TraceEvent[];
  readonly plan: readonly Cell[];
}

interface Described {
  /** Heading in tables and keys. */
  readonly label: string;
  /** What stands before the plan where the condition touches an example or event: the rest of a sentence about a model's training. */
  readonly meaning: string;
  /** Whether every example keeps its number of words. */
  readonly keepsLength: boolean;
  /** The rate of the bare name, 0..1. */
  readonly usualRate: number;
}

/** Touches nothing and has no rate. */
interface Untouched extends Described {
  readonly change: 'nothing';
}

/** Whole traces are replaced; the rate is the share of examples. */
interface NewTrace extends Described {
  readonly change: 'trace';
  /** @returns the words before `solution`, possibly none */
  readonly trace: (parts: Parts, random: RandomSequence) => string;
}

/** Events are edited one by one; the rate is the share of an example's events. */
interface EditedEvents extends Described {
  readonly change: 'events';
  /** @param touched one byte an event, 1 = touched @returns the words before `solution`, possibly none */
  readonly trace: (parts: Parts, touched: Uint8Array, random: RandomSequence) => string;
}

/** Traces change hands among examples; the rate is the share of examples. */
interface Swap extends Described {
  readonly change: 'owner';
  /** Drawn anew for every epoch, or once. */
  readonly everyEpoch: boolean;
}

export type ConditionRule = Untouched | NewTrace | EditedEvents | Swap;
