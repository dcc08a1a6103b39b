// The words of Sokoban: costs c0..c99, coordinates, keywords; 122 of them at 7x7 with the special ones.
import { type Vocabulary, vocabularyOf } from '../vocabulary.ts';
import { COST_WORDS } from './grammar.ts';

const KEYWORDS = [
  'worker',
  'box',
  'dock',
  'wall',
  'create',
  'close',
  'plan',
  'query',
  'reasoning',
  'solution',
  'end',
] as const;

/** @param size cells per side of the board */
export function createVocabulary(size: number): Vocabulary {
  return vocabularyOf(size, COST_WORDS, KEYWORDS);
}
