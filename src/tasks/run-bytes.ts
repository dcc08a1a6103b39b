// Bytes on the disk of a training or of reinforcement learning: its checkpoints and its saved states.

/** A state has parameters and both moments of AdamW; two are kept, and a third is there while it is written. */
const STATE_BYTES = 3 * (3 * 4);

/** @param checkpoints that are kept, each with the parameters alone */
export function runBytes(parameters: number, checkpoints: number): number {
  return parameters * (4 * checkpoints + STATE_BYTES);
}
