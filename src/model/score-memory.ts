// The room of one scoring behind an open model's weights: sums for every example, and per thread a forward workspace
// with one example's lists.
import { type CoreExports, WORKSPACE } from '../core/exports.ts';
import type { Arena } from '../core/memory.ts';

/** Losses of an example: its trace, its plan, the words of its plan. */
export const SUMS = 3;

/** Addresses in bytes; one thread's lists hold one example. */
export interface ScoreRoom {
  /** i32 [2]: the next example to draw; stop. The caller zeroes them. */
  readonly queue: number;
  /** f64 [examples, SUMS]. The caller zeroes them. */
  readonly sums: number;
  readonly longest: number;
  readonly threads: readonly {
    readonly workspace: number;
    readonly tokens: number;
    readonly positions: number;
    readonly offsets: number;
    readonly rows: number;
    readonly targets: number;
    readonly losses: number;
  }[];
  /** Of the memory, up to the end of this room. */
  readonly bytes: number;
}

/**
 * Lays the room out.
 * @param core an instance that is configured for the model
 * @param arena begins behind the model
 * @param longest tokens of the longest example
 */
export function planScoreRoom(
  core: CoreExports,
  arena: Arena,
  threads: number,
  examples: number,
  longest: number,
): ScoreRoom {
  const queue = arena.take(8);
  const sums = arena.take(8 * SUMS * examples);
  const perThread = Array.from({ length: threads }, () => {
    const workspace = arena.take(core.configure_workspace(0, longest, longest, longest, WORKSPACE.forward) >>> 0);
    const [tokens, positions, rows, targets] = Array.from({ length: 4 }, () => arena.take(4 * longest));
    return { workspace, tokens, positions, rows, targets, offsets: arena.take(8), losses: arena.take(8 * longest) };
  });
  return { queue, sums, longest, threads: perThread, bytes: arena.end };
}
