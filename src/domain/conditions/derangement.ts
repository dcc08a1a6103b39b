// Permutations in which nothing keeps its place.
import type { RandomSequence } from '../../base/random.ts';

/**
 * A permutation without fixed points, uniform over all of them: shuffles are drawn until one has none (a share of 1/e
 * does).
 * @param length 0, or at least 2
 * @param sequenceOf the draws of an attempt: one sequence for all, or a fresh one each time
 * @returns for each position the position whose item it gets
 */
export function derangement(length: number, sequenceOf: (attempt: number) => RandomSequence): Uint32Array {
  if (length === 1) throw new RangeError('a single item cannot change its place');
  const order = new Uint32Array(length);
  for (let attempt = 0; ; attempt++) {
    for (let i = 0; i < length; i++) order[i] = i;
    sequenceOf(attempt).shuffle(order);
    if (order.every((from, to) => from !== to)) return order;
  }
}
