// The activations of a micro-batch: how long it is, and how much room they need.
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
 * Bytes of the activations of a micro-batch. The module's addresses are 32 bits wide and would wrap for a plan beyond
 * 4 GiB, which must be refused with its true size; the layout is linear in the tokens, but for the padding of its few
 * dozen regions.
 */
export function activationBytes(core: CoreExports, microTokens: number): number {
  const [few, more] = [64, 128].map((tokens) => configureActivations(core, 0, tokens));
  const linear = few + ((microTokens - 64) * (more - few)) / 64;
  return linear < MEMORY_LIMIT_BYTES / 2 ? configureActivations(core, 0, microTokens) : Math.ceil(linear);
}

/** Lays out the activations of micro-batches of up to so many tokens; returns their end. */
export function configureActivations(core: CoreExports, base: number, microTokens: number): number {
  return core.configure_activations(base, microTokens, microTokens, WORKSPACE.gradients) >>> 0;
}
