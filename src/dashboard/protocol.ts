// What the server of the dashboard sends to its page: plain data without markup. A stream of events keeps the page
// current; details of one task are asked for one at a time.

/**
 * `reused`: another study has the same cell, and it was finished before the folder of this study was made.
 * `set_aside`: given up after failures. `blocked`: needs one that was set aside.
 */
export const SHOWN_STATES = [
  'running',
  'ready',
  'waiting',
  'finished',
  'reused',
  'set_aside',
  'blocked',
  'cancelled',
] as const;
export type ShownState = (typeof SHOWN_STATES)[number];

/** Numbers of a row of metrics, by the names of CURVES; with `step` or `tokens`, its place. */
export type Point = Readonly<Record<string, number>>;

/** A study or a sweep, in one line. */
export interface GraphHead {
  /** Names it in requests, as long as the server runs. */
  readonly key: number;
  readonly name: string;
  readonly counts: Readonly<Record<ShownState, number>>;
  /** Whether it has finished, so that its report can be shown. */
  readonly hasReport: boolean;
}

/** What does not change of a task. */
export interface ShownTask {
  readonly id: string;
  readonly kind: string;
  /** Place in `columns` and `rows`. */
  readonly column: number;
  readonly row: number;
  /** Places of the tasks that it needs. */
  readonly needs: readonly number[];
}

/** The tasks of one graph and where they are drawn. */
export interface GraphShape {
  readonly tasks: readonly ShownTask[];
  /** Names of what is done, for example `train`, `rl-test`. */
  readonly columns: readonly string[];
  /** Names of what it is done for, for example `correct-seed1`. */
  readonly rows: readonly string[];
  /** Tasks of the graph that are counted but not drawn. */
  readonly left: number;
}

/** What changes of a task. */
export interface TaskNow {
  readonly state: ShownState;
  /** 0 to 1; null where it is not known. */
  readonly share: number | null;
  /** Tokens a second. */
  readonly rate: number | null;
  /** For people: `loss 0.312`. */
  readonly words: string;
  /** Id of the machine's process that has it. */
  readonly worker: string | null;
  /** The newest numbers. */
  readonly point: Point | null;
}

/** A process that computes tasks. */
export interface Worker {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly threads: number | null;
  /** Seconds since its last sign of life, in steps of ten. */
  readonly silent: number;
  readonly tasks: readonly string[];
  /** Tokens a second of all its tasks. */
  readonly rate: number | null;
  /** The same at earlier looks, oldest first. */
  readonly rates: readonly number[];
}

/** Everything that a page shows at first. */
export interface Snapshot {
  readonly event: 'snapshot';
  /** What is looked at: a folder or an engine. */
  readonly place: string;
  readonly graphs: readonly GraphHead[];
  readonly workers: readonly Worker[];
  readonly alarms: readonly string[];
  /** Of the graph that the page asked for, or the first one; null without any. */
  readonly graph: { readonly key: number; readonly shape: GraphShape; readonly now: readonly TaskNow[] } | null;
}

/** What changed since the event before. */
export interface Delta {
  readonly event: 'delta';
  /** New ones and changed ones. */
  readonly graphs?: readonly GraphHead[];
  readonly gone?: readonly number[];
  /** All of them. */
  readonly workers?: readonly Worker[];
  readonly alarms?: readonly string[];
  /** Of the graph of the page, by place. */
  readonly now?: readonly (readonly [place: number, now: TaskNow])[];
}

/** The server is still there. */
interface Beat {
  readonly event: 'beat';
}

export type Message = Snapshot | Delta | Beat;

/** Rows of numbers over `x`, the first number of each row; null where a row lacks one. */
export interface Curve {
  readonly x: 'tokens' | 'step';
  readonly names: readonly string[];
  readonly rows: readonly (readonly (number | null)[])[];
}

/** What is asked for of one task. */
export interface TaskDetail {
  readonly id: string;
  /** SHA-256 of its key, as soon as that is known. */
  readonly hash: string | null;
  /** Its settings as JSON; long ones are cut. */
  readonly config: string;
  /** Seconds of work of a finished one. */
  readonly seconds: number | null;
  /** Of one that was set aside, in one line. */
  readonly failure: string | null;
  /** The end of its log. */
  readonly log: string;
  readonly curve: Curve | null;
  /** Whether it has completions to look at. */
  readonly hasSamples: boolean;
}

/** How a number of a row is shown. */
export interface CurveName {
  readonly label: string;
  readonly unit: 'number' | 'share' | 'rate';
}

/** Numbers that are drawn, in the order of interest. */
export const CURVES: Readonly<Record<string, CurveName>> = {
  loss: { label: 'Loss', unit: 'number' },
  plan_loss: { label: 'Loss on plans', unit: 'number' },
  trace_loss: { label: 'Loss on traces', unit: 'number' },
  reward: { label: 'Reward', unit: 'number' },
  plans: { label: 'Valid plans', unit: 'share' },
  traces: { label: 'Valid traces, strict', unit: 'share' },
  kl: { label: 'KL against the start', unit: 'number' },
  entropy: { label: 'Entropy', unit: 'number' },
  lr: { label: 'Learning rate', unit: 'number' },
  grad_norm: { label: 'Norm of the gradient', unit: 'number' },
  rate: { label: 'Tokens a second', unit: 'rate' },
};
