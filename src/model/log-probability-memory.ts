// The room of log-probabilities behind an open model's weights: per thread a forward workspace with one sequence's
// lists, and copies of one row of logits.
import { type CoreExports, WORKSPACE } from '../core/exports.ts';
import type { Arena } from '../core/memory.ts';

/** Addresses in bytes. A thread's room holds one sequence. */
export interface ProbabilityRoom {
  /** i32 [2]: the next sequence to draw; stop. The caller zeroes them. */
  readonly queue: number;
  readonly longest: number;
  /** Likeliest tokens of each place. */
  readonly top: number;
  readonly threads: readonly {
    readonly workspace: number;
    readonly tokens: number;
    readonly positions: number;
    readonly offsets: number;
    readonly rows: number;
    /** i32 [1 + top]: the token and the likeliest ones. */
    readonly targets: number;
    /** f64 [1 + top]. */
    readonly losses: number;
    /** f32 [1 + top, stride]: copies of one row of logits, which a loss overwrites. */
    readonly copies: number;
  }[];
  /** Of the memory, up to the end of this room. */
  readonly bytes: number;
}

/**
 * Lays the room out.
 * @param core an instance that is configured for the model
 * @param arena begins behind the model
 * @param longest tokens of the longest sequence
 * @param top likeliest tokens of each place
 */
export function planProbabilityRoom(
  core: CoreExports,
  arena: Arena,
  threads: number,
  longest: number,
  top: number,
): ProbabilityRoom {
  const queue = arena.take(8);
  const perThread = Array.from({ length: threads }, () => {
    const workspace = arena.take(core.configure_workspace(0, longest, longest, longest, WORKSPACE.forward) >>> 0);
    const [tokens, positions, rows] = Array.from({ length: 3 }, () => arena.take(4 * longest));
    const offsets = arena.take(8);
    const targets = arena.take(4 * (1 + top));
    const losses = arena.take(8 * (1 + top));
    const copies = arena.take(4 * (1 + top) * core.logits_stride());
    return { workspace, tokens, positions, rows, offsets, targets, losses, copies };
  });
  return { queue, longest, top, threads: perThread, bytes: arena.end };
}
