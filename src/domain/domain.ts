// What the pipeline (data, training, evaluation, study, report, command line) calls of a domain, and nothing else. A
// domain is a folder next to this file; its one value of this type is in the table of domains.ts.
//
// All domains share a frame: a prompt is `query ... reasoning`, a completion
// `{ (create|close) ... } solution { plan ... } end`. So batches, losses, decoding and the conditions that work on
// whole events need no domain; each domain defines the text in the gaps.
import type { RandomSequence } from '../base/random.ts';
import type { DomainCondition } from './conditions/table.ts';
import type { Drawing } from './drawing.ts';
import type { Example, SearchName, Verdict } from './types.ts';
import type { Vocabulary } from './vocabulary.ts';

/**
 * A named way to draw problems.
 * @public
 */
export interface Distribution {
  /** Small letters, digits and -; unique over all domains: it names files, rows and columns. */
  readonly name: string;
  /** Number of its random streams, unique over all domains. Part of the data format: append, never renumber. */
  readonly stream: number;
  /** Heading of tables: `Wilson`. */
  readonly label: string;
  /** What is drawn, in a few words. */
  readonly meaning: string;
  /**
   * Whether generalisation (F3) rests on it: its layouts are not those of the training problems, even on small boards.
   */
  readonly far: boolean;
  /** None of its problems is one of another distribution, as problems without walls are none with walls. */
  readonly apart?: true;
  /** A control that is tested only where it is asked for. */
  readonly control?: true;
  /** It draws the problems of this far distribution with prompts as long as those of the training problems. */
  readonly matches?: string;
}

/**
 * Makes what a condition of the domain's own puts in the place of a trace.
 * @param touched one byte an event, 1 = touched; empty for conditions that replace whole traces
 * @returns the words before `solution`, possibly none
 * @public
 */
export type DomainTrace = (example: Example, random: RandomSequence, touched: Uint8Array) => string;

/**
 * Settings of a draw beyond generator and size.
 * @public
 */
export interface DrawSettings {
  /** Share of floor cells of the drunkard generator of mazes, 0..1. */
  readonly drunkard_coverage?: number;
  /** Most dead-end cells that a training maze of a tree family gets or loses. */
  readonly wall_jitter?: number;
}

/**
 * Words for the reader of a report; sentences and clauses, no markup.
 * @public
 */
export interface DomainWords {
  /** `maze`, `mazes`. */
  readonly problem: string;
  readonly problems: string;
  /** `A plan is valid when it ...`. */
  readonly validPlan: string;
  /** Share of test problems `whose plan ...`. */
  readonly planClause: string;
  /** Whose rules the paper level has: `the published validator`. */
  readonly paperLevel: string;
  /** What the paper level accepts and refuses, for the methods of a report: `, which ...`. */
  readonly paperDetails?: string;
  /** Of what the strict level accepts every order: `ties and neighbours`. */
  readonly freeOrder: string;
  /** Name of the search that `solve` runs: `A*`. Texts write `A* events` and `A*’s trace`. */
  readonly search: string;
  /** What the heuristic is, for the card: `the Manhattan heuristic`. */
  readonly heuristic: string;
  /** Name of what `distance` measures, for a domain that has it: `Manhattan`. Texts write `the Manhattan distance`. */
  readonly distance?: string;
  /** `disjoint by walls, start and goal`. */
  readonly identity: string;
  /** Which distributions share layouts with the training set, where some do; sentences. */
  readonly near: string;
  /** What the finding on generalisation rests on: `Drunkard, SF-style and free space`. */
  readonly far: string;
  /** How the prompts of `far` differ in length from those of the training set, where they do; a clause. */
  readonly farPrompts?: string;
  /** How prompt and completion are written, for the card of a dataset. */
  readonly grammar: string;
  /** What the numbers of a text mean, for the card: where x and y are counted from, what a move costs. Sentences. */
  readonly notation?: string;
  /** What the two events do, for the card. */
  readonly events: string;
  /** The signs of `picture`; sentences. */
  readonly pictures: string;
  /** Broken rules of traces, in the order of tables. */
  readonly traceRules: Readonly<Record<string, string>>;
  readonly planErrors: Readonly<Record<string, string>>;
}

/**
 * A problem as the core's fast validator takes it.
 * @public
 */
export interface CoreProblem {
  readonly size: number;
  /** size * size bytes, 1 = wall. */
  readonly walls: Uint8Array;
  readonly start: { readonly x: number; readonly y: number };
  readonly goal: { readonly x: number; readonly y: number };
}

/** @public */
export interface CompletionLengths {
  /** Stray words and broken records are none. */
  readonly events: number;
  /** Of the unbroken run of plan records at the end. */
  readonly planCells: number;
}

/**
 * What one record of a completion says and does, for people.
 * @public
 */
export interface DomainStep {
  /** The record as it was written, with single blanks. Untrusted text. */
  readonly text: string;
  /** What it does, as a sentence. */
  readonly words: string;
}

/**
 * @template Problem what the domain draws; opaque to everyone else
 * @public
 */
export interface Domain<Problem = unknown> {
  /** Small letters, digits and -; unique over all domains. */
  readonly name: string;
  /** Of a domain from outside: part of the key of every result. The built-in domains have none. */
  readonly version?: string;
  /** Cells per side that can be drawn. */
  readonly sizes: { readonly least: number; readonly most: number };
  /** The settings that its draws read, with their defaults. */
  readonly settings: DrawSettings;
  /** In the order of tables; a study trains on the first one by default. */
  readonly distributions: readonly Distribution[];
  readonly words: DomainWords;
  /** Words of an event; all have as many. */
  readonly eventWords: number;

  /** @param size cells per side, within `sizes` or of a text from elsewhere */
  vocabulary(size: number): Vocabulary;

  /**
   * One problem, a pure function of its arguments.
   * @param random fresh sequence
   */
  draw(distribution: string, size: number, random: RandomSequence, settings: DrawSettings): Problem;
  /** How many different problems a distribution can draw; null where nobody has counted. */
  count(distribution: string, size: number): number | null;
  /** A text that two problems share exactly when they are the same. */
  key(problem: Problem): string;
  /**
   * Solves a problem with the deterministic search of the domain.
   * @throws TracelabError UNSOLVABLE, or Error: when it has no solution
   */
  solve(problem: Problem): { readonly prompt: string; readonly completion: string };

  /**
   * Reads a prompt; the inverse of the one that `solve` writes.
   * @param where named by the error
   * @throws TracelabError PROMPT_SIZE, PROMPT_SYNTAX for a prompt that breaks the grammar
   */
  parse(prompt: string, size: number, where?: string): Problem;
  /**
   * The words of each event of a correct completion.
   * @throws TracelabError COMPLETION_SYNTAX when it is not one
   */
  events(example: Example): readonly string[];
  /**
   * What any completion holds, right or wrong: well-formed events before the plan, and cells of the plan. Never throws
   * for what the completion holds.
   */
  lengths(completion: string): CompletionLengths;
  /** A text that two examples share exactly when what cannot move (the walls) is the same. */
  layout(example: Example): string;
  /**
   * How far the goal is, as far as can be said without a search: a number that trace lengths are compared with. Studies
   * measure lengths in domains that have it.
   */
  distance?(problem: Problem): number;
  /** The records of any completion before its plan, as many as its verdict counts; never throws. */
  readonly steps?: (example: Omit<Example, 'id'>) => Iterable<DomainStep>;

  /** Judges any completion of a correct prompt; never throws for what the completion holds. */
  judge(example: Omit<Example, 'id'>): Verdict;
  /** The problem for the core's twin of `judge`, where there is one; without it completions are judged by `judge`. */
  readonly coreProblem?: (example: Omit<Example, 'id'>) => CoreProblem;
  /** Judges the trace as a run of this search; only where `conditions` has searches. */
  readonly judgeSearch?: (example: Omit<Example, 'id'>, search: SearchName) => Pick<Verdict, 'strict' | 'exact'>;

  /** What it has of the conditions that need to know the domain; the others work everywhere. */
  readonly conditions: Readonly<Partial<Record<DomainCondition, DomainTrace>>>;

  /** A problem with its plan in letters, a row a line. */
  picture(example: Example): string;
  /** A completion over its problem, for the report; absent for mazes, for which the report has a player. */
  readonly drawing?: (example: Omit<Example, 'id'>) => Drawing;
}
