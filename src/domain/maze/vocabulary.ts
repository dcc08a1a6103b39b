// The words of mazes: size^2 + size + 14 of them, 944 at 30x30 as in the paper (docs/specification.md, section 3).
import { type Vocabulary, vocabularyOf } from '../vocabulary.ts';

const KEYWORDS = ['start', 'goal', 'wall', 'create', 'close', 'plan', 'query', 'reasoning', 'solution', 'end'] as const;

/** @param size cells per side of the grid, 1..100 */
export function createVocabulary(size: number): Vocabulary {
  return vocabularyOf(size, size * size, KEYWORDS);
}
