// The memory map of scoring: weights once, sums for every example, and per thread a forward workspace with the lists of one example.
import { type CoreExports, WORKSPACE } from '../core/exports.ts';
import { Arena } from '../core/memory.ts';
import type { ModelConfig } from './config.ts';
import { layoutOf, type ModelLayout } from './layout.ts';
import { configureModel, placeModel, type PlacedModel } from './place.ts';

/** Addresses in bytes; one thread's lists hold one example. */
export interface ScoreMemory {
  readonly placed: PlacedModel;
  readonly layout: ModelLayout;
  readonly parameters: number;
  /** i32 [2]: the next example to draw; stop. */
  readonly queue: number;
  /** f64 [examples, 2]: trace and plan sums. */
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
  readonly bytes: number;
}

/** Lays everything out. @param core any instance; configured for the model by this call @param longest tokens of the longest example */
export function planScoreMemory(
  core: CoreExports,
  model: ModelConfig,
  vocabSize: number,
  threads: number,
  examples: number,
  longest: number,
): ScoreMemory {
  const arena = new Arena();
  const placed = placeModel(arena, model, vocabSize);
  configureModel(core, placed);
  const layout = layoutOf(core, model, vocabSize);
  const parameters = arena.take(layout.bytes);
  const queue = arena.take(8);
  const sums = arena.take(16 * examples);
  const perThread = Array.from({ length: threads }, () => {
    const workspace = arena.end;
    arena.skipTo(core.configure_workspace(workspace, longest, longest, longest, WORKSPACE.forward) >>> 0);
    const [tokens, positions, rows, targets] = Array.from({ length: 4 }, () => arena.take(4 * longest));
    return { workspace, tokens, positions, rows, targets, offsets: arena.take(8), losses: arena.take(8 * longest) };
  });
  return { placed, layout, parameters, queue, sums, longest, threads: perThread, bytes: arena.end };
}
