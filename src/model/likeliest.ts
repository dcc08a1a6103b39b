// The likeliest next tokens of a row of logits.

/** Ids of the largest logits, largest first; of equal ones the smaller id first, as greedy decoding chooses. */
export function likeliestIds(row: Float32Array, vocabSize: number, count: number): number[] {
  const best: number[] = [];
  for (let id = 0; id < vocabSize; id++) {
    let at = best.length;
    while (at > 0 && row[id] > row[best[at - 1]]) at -= 1;
    if (at >= count) continue;
    best.splice(at, 0, id);
    if (best.length > count) best.pop();
  }
  return best;
}
