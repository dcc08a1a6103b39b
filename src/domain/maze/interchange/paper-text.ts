// The one-string form of the paper's data: prompt and completion, one after the other.
import type { Example } from '../../types.ts';

/** `query ... reasoning ... end`. readPrompt reads it back and returns where the completion begins. */
export function paperText({ prompt, completion }: Example): string {
  return `${prompt} ${completion}`;
}
