// The Sokoban domain as the pipeline calls it: the functions of this folder under the names of domain.ts.
import type { Domain } from '../domain.ts';
import { solve } from './astar.ts';
import { BOARD_DISTRIBUTIONS } from './distributions.ts';
import { generateBoard, LARGEST, SMALLEST } from './generate.ts';
import { completionText, EVENT_WORDS, eventText, parseCompletion, parsePrompt, promptText } from './grammar.ts';
import { boardDrawing, boardPicture } from './picture.ts';
import type { Board } from './types.ts';
import { judge } from './verdict/judge.ts';
import { parseCompletionLeniently } from './verdict/parse.ts';
import { createVocabulary } from './vocabulary.ts';
import { SOKOBAN_WORDS } from './words.ts';

export const SOKOBAN: Domain<Board> = {
  name: 'sokoban',
  sizes: { least: SMALLEST, most: LARGEST },
  settings: {},
  distributions: BOARD_DISTRIBUTIONS,
  words: SOKOBAN_WORDS,
  eventWords: EVENT_WORDS,
  vocabulary: createVocabulary,

  draw: (distribution, size, random) => {
    const found = BOARD_DISTRIBUTIONS.find(({ name }) => name === distribution);
    if (found === undefined) throw new RangeError(`no boards ${distribution}`);
    return generateBoard(size, found.innerWalls, random);
  },
  count: () => null,
  // A prompt contains the whole board; the size follows from its border.
  key: promptText,
  solve: (board) => {
    const solution = solve(board);
    if (solution === null) throw new Error('a board without a solution');
    return { prompt: promptText(board), completion: completionText(solution.trace, solution.plan) };
  },

  parse: parsePrompt,
  events: ({ id, completion, size }) =>
    parseCompletion(completion, size, `example ${id}, completion`).trace.map(eventText),
  lengths: (completion) => {
    const { body, plan } = parseCompletionLeniently(completion);
    return { events: body.filter((record) => record !== null).length, planCells: plan.length };
  },
  // The walls, which a prompt lists row by row and the border opens.
  layout: ({ prompt }) => prompt.slice(prompt.indexOf(' wall ')),

  judge: ({ prompt, size, completion }) => judge(parsePrompt(prompt, size), completion),
  conditions: {},

  picture: ({ prompt, size, completion }) =>
    boardPicture(parsePrompt(prompt, size), parseCompletion(completion, size).plan),
  drawing: ({ prompt, size, completion }) => boardDrawing(parsePrompt(prompt, size), completion),
};
