// A team's activations for forward and backward passes: how long its micro-batches are, and where the module lays
// everything out.
import { type CoreExports, WORKSPACE } from '../core/exports.ts';
import { MEMORY_LIMIT_BYTES } from '../core/memory.ts';

/**
 * Tokens of a micro-batch: long enough to keep the matrix products busy, short enough for the cache. Part of what
 * decides the bits: each micro-batch adds first its logits' and then its inputs' gradients to the tied embedding.
 * @param batchTokens most tokens of a batch
 * @param longest tokens of the longest sequence
 */
export function microBatchTokens(batchTokens: number, accumulators: number, longest: number): number {
  return Math.max(longest, Math.min(1024, Math.ceil(batchTokens / accumulators) + longest));
}

/**
 * Bytes of the activations of a team of the size that the instance is configured for. The module's addresses are 32
 * bits wide and would wrap for a plan beyond 4 GiB, which must be refused with its true size; the layout is linear in
 * the tokens, but for the padding of its few dozen regions.
 */
export function gradientWorkspaceBytes(core: CoreExports, microTokens: number, longest: number): number {
  const [few, more] = [64, 128].map((tokens) => configureGradientWorkspace(core, 0, tokens, longest));
  const linear = few + ((microTokens - 64) * (more - few)) / 64;
  return linear < MEMORY_LIMIT_BYTES / 2
    ? configureGradientWorkspace(core, 0, microTokens, longest)
    : Math.ceil(linear);
}

/** Lays out the activations of the instance's team; returns their end. */
export function configureGradientWorkspace(
  core: CoreExports,
  base: number,
  microTokens: number,
  longest: number,
): number {
  return core.configure_workspace(base, microTokens, microTokens, longest, WORKSPACE.gradients) >>> 0;
}
