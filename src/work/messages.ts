// What the parent and its children send each other, as structured clones.
import type { TaskProgress } from './kind.ts';
import type { Assignment, Outcome } from './performer.ts';

export type ToChild =
  /** First of all; what the caller of the executor wants its children to know. */
  | { readonly type: 'init'; readonly init: unknown }
  | ({ readonly type: 'task' } & Assignment)
  /** Save and stop at the next safe point. */
  | { readonly type: 'stop'; readonly id: string }
  /** No task comes any more. */
  | { readonly type: 'end' };

export type ToParent =
  /** The main thread is free. */
  | { readonly type: 'beat' }
  /** Takes no other task: it was asked to end, by the parent or by SIGTERM. */
  | { readonly type: 'leaving' }
  | { readonly type: 'watches'; readonly id: string; readonly owner: string }
  | { readonly type: 'leased'; readonly id: string }
  | { readonly type: 'progress'; readonly id: string; readonly progress: TaskProgress }
  | { readonly type: 'said'; readonly id: string; readonly text: string; readonly level: 'note' | 'warning' }
  | { readonly type: 'ended'; readonly id: string; readonly outcome: Outcome; /** Resident. */ readonly bytes: number };
