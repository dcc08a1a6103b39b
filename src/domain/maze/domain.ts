// The maze domain as the pipeline calls it: the functions of this folder under the names of domain.ts.
import { TracelabError } from '../../base/errors.ts';
import type { Domain } from '../domain.ts';
import type { Example } from '../types.ts';
import { solve } from './astar.ts';
import { MAZE_CONDITIONS } from './conditions/table.ts';
import { eventText } from './conditions/words.ts';
import { countProblems } from './counts.ts';
import { MAZE_DISTRIBUTIONS } from './distributions.ts';
import { generateProblem, MINIMUM_SIZE } from './generate.ts';
import { completionText, MAXIMUM_SIZE, parseCompletion, parsePrompt, promptText } from './grammar.ts';
import { drawMaze } from './interchange/ascii.ts';
import { problemKey } from './keys.ts';
import type { GeneratorName, Problem } from './types.ts';
import { judge } from './verdict/judge.ts';
import { countEvents, parseCompletionLeniently } from './verdict/parse.ts';
import { replay } from './verdict/replay.ts';
import { judgeSearch } from './verdict/search.ts';
import { createVocabulary } from './vocabulary.ts';
import { EFFECT_WORDS, MAZE_WORDS } from './words.ts';

const problemOf = ({ prompt, size, generator }: Omit<Example, 'id'>): Problem => parsePrompt(prompt, size, generator);

export const MAZE: Domain<Problem> = {
  name: 'maze',
  sizes: { least: MINIMUM_SIZE, most: MAXIMUM_SIZE },
  settings: { drunkard_coverage: 0.5, wall_jitter: 0 },
  distributions: MAZE_DISTRIBUTIONS,
  words: MAZE_WORDS,
  eventWords: 5,
  vocabulary: createVocabulary,

  draw: (distribution, size, random, settings) =>
    generateProblem(distribution as GeneratorName, size, random, settings),
  count: (distribution, size) => countProblems(distribution as GeneratorName, size),
  key: problemKey,
  solve: (problem) => {
    const { trace, plan } = solve(problem);
    if (plan === null)
      throw new TracelabError({
        code: 'UNSOLVABLE',
        kind: 'refused_input',
        where: 'maze',
        what: 'walls separate start and goal',
        expected: 'a maze with a way from start to goal',
        got: promptText(problem),
        hint: 'leave the maze out',
      });
    return { prompt: promptText(problem), completion: completionText(trace, plan) };
  },

  parse: (prompt, size, where) => parsePrompt(prompt, size, 'free', where),
  events: ({ id, completion, size }) =>
    parseCompletion(completion, size, `example ${id}, completion`).trace.map(eventText),
  lengths: (completion) => {
    const { body, plan } = parseCompletionLeniently(completion);
    return { events: countEvents(body), planCells: plan.length };
  },
  // A prompt lists its walls row by row.
  layout: ({ size, prompt }) => {
    const first = prompt.indexOf(' wall ');
    return `${size}${first < 0 ? '' : prompt.slice(first)}`;
  },

  // Of Manhattan.
  distance: ({ start, goal }) => Math.abs(start.x - goal.x) + Math.abs(start.y - goal.y),
  steps: (example) =>
    Array.from(replay(problemOf(example), example.completion))
      .slice(0, -1)
      .map(({ text, effect }) => ({ text, words: EFFECT_WORDS[effect] })),

  judge: (example) => judge(problemOf(example), example.completion),
  coreProblem: problemOf,
  judgeSearch: (example, search) => judgeSearch(problemOf(example), example.completion, search),
  conditions: MAZE_CONDITIONS,
  picture: (example) => drawMaze(problemOf(example), parseCompletion(example.completion, example.size).plan),
};
