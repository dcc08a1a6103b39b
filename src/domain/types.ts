// The values that flow through the pipeline whatever the domain: examples and verdicts. Plain data only; what a problem
// is, its domain knows (domain.ts).

/** Name of a distribution of problems. Unique over all domains. */
export type GeneratorName = string;

/**
 * x is the column, y the row; origin top left, y down; both in 0..size-1.
 * @public
 */
export interface GridCell {
  readonly x: number;
  readonly y: number;
}

/**
 * One row of a dataset file (JSONL).
 * @public
 */
export interface Example {
  readonly id: string;
  /** Absent = maze. */
  readonly domain?: string;
  readonly generator: GeneratorName;
  readonly size: number;
  /** `query ... reasoning`. */
  readonly prompt: string;
  /** `{ (create|close) ... } solution { plan ... } end`. */
  readonly completion: string;
}

/**
 * Searches other than A* whose traces a model may train on: breadth-first, depth-first, Dijkstra's, greedy best-first.
 */
export const SEARCHES = ['bfs', 'dfs', 'dijkstra', 'greedy'] as const;
/** @public */
export type SearchName = (typeof SEARCHES)[number];

/**
 * @template Rule names of the domain's rules
 * @public
 */
export interface TraceVerdict<Rule extends string = string> {
  readonly valid: boolean;
  /** First broken rule; absent when valid. */
  readonly rule?: Rule;
  /** Index of the body record that broke it; the number of body records for rules checked at the end. */
  readonly record?: number;
}

/** @public */
export interface PlanVerdict<PlanError extends string = string> {
  readonly valid: boolean;
  readonly error?: PlanError;
  /** Valid and as long as A*'s plan. */
  readonly optimal: boolean;
}

/** @public */
export interface Verdict<Rule extends string = string, PlanError extends string = string> {
  /** Exactly events, one `solution`, at least one plan record, one `end`, nothing else. */
  readonly format: boolean;
  /** Number of body records (everything before the final run of plan records). */
  readonly records: number;
  readonly paper: TraceVerdict<Rule>;
  readonly strict: TraceVerdict<Rule>;
  /** Equal, event by event, to the deterministic A* trace. */
  readonly exact: boolean;
  readonly plan: PlanVerdict<PlanError>;
}
