// What a condition is: a name for the reader, and what it puts in the place of a trace. Prompt and plan never pass
// through its hands (apply.ts puts them back). Conditions that work on whole events do so in every domain; the others
// are made by the domain that has them.
import type { RandomSequence } from '../../base/random.ts';

interface Described {
  /** Heading in tables and keys. */
  readonly label: string;
  /**
   * Describes the text before the plan of a changed example: the rest of a sentence about a model's
   * training.
   * @param problem `maze`
   * @param search whose traces are the correct ones: `A*`
   */
  readonly meaning: (problem: string, search: string) => string;
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
  /**
   * No trace at all; one that the domain makes; or one for all examples.
   * @param lengths words of the right trace of every example, untouched ones too, so that the rate changes nothing
   */
  readonly trace: '' | 'domain' | ((lengths: readonly number[]) => string);
}

/** Events are edited one by one; the rate is the share of an example's events. */
interface EditedEvents extends Described {
  readonly change: 'events';
  /**
   * @param events the words of each
   * @param touched one byte an event, 1 = touched
   * @returns the words before `solution`, possibly none; or made by the domain
   */
  readonly trace: ((events: readonly string[], touched: Uint8Array, random: RandomSequence) => string) | 'domain';
}

/** Traces change hands among examples; the rate is the share of examples. */
interface Swap extends Described {
  readonly change: 'owner';
  /** True: a new exchange in every epoch. False: one exchange. */
  readonly everyEpoch: boolean;
  /**
   * What an example gets.
   * @param other the right trace of another example
   */
  readonly trace: (other: string) => string;
}

export type ConditionRule = Untouched | NewTrace | EditedEvents | Swap;
