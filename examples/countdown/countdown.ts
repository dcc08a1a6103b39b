// Countdown as a domain of tracelab, from outside: nothing in the package knows of it. `data.domain` of countdown.yaml
// names this file.
import { type Domain, type DomainTrace, vocabularyOf } from 'tracelab';
import { draw, DISTRIBUTIONS } from './draw.ts';
import { operationText, type Puzzle } from './game.ts';
import { judge } from './judge.ts';
import { readCompletion } from './read.ts';
import { PLAN_ERRORS, TRACE_RULES } from './rules.ts';
import { operationsOf, solve } from './search.ts';
import {
  completionText,
  EVENT_WORDS,
  eventText,
  KEYWORDS,
  NUMBERS,
  promptText,
  readEvents,
  readPrompt,
} from './texts.ts';

/** The operations of the plan, tried at once. */
const noSearch: DomainTrace = ({ completion }) =>
  readCompletion(completion)
    .plan.map((operation) => `create ${operationText(operation)}`)
    .join(' ');

/** Touched events become operations on the given numbers, drawn at random. */
const randomEvents: DomainTrace = (example, random, touched) => {
  const possible = operationsOf(readPrompt(example.prompt, example.size).numbers);
  return readEvents(example.completion)
    .map((event, i) => {
      if (touched[i] === 0) return event;
      return eventText({ kind: 'create', ...possible[random.below(possible.length)] });
    })
    .join(' ');
};

const COUNTDOWN: Domain<Puzzle> = {
  name: 'countdown',
  version: '1.0.0',
  // How many numbers are given. Traces of more than four are too long.
  sizes: { least: 3, most: 4 },
  settings: {},
  distributions: DISTRIBUTIONS,
  eventWords: EVENT_WORDS,
  words: {
    problem: 'puzzle',
    problems: 'puzzles',
    validPlan: 'its operations are right, use every given number once and end with the target',
    planClause: 'plan reaches the target with every number used once',
    paperLevel: 'right operations on numbers that are there, in any order and with repetitions',
    freeOrder: 'operations',
    search: 'DFS',
    heuristic: 'no heuristic',
    distance: 'nearest-number',
    identity: 'numbers and target',
    near: 'Training puzzles have different numbers from 1 to 20',
    far: 'puzzles with a number twice or with a number above 20',
    grammar: '`query { number N } target N reasoning`, the trace, `solution { plan A op B = C } end`',
    events: '`create A op B = C` tries an operation, `close` takes one back when all that can follow it were tried',
    pictures: 'The numbers, the target, and the operations of the plan.',
    traceRules: TRACE_RULES,
    planErrors: PLAN_ERRORS,
  },

  vocabulary: (size) => vocabularyOf(size, 0, KEYWORDS, NUMBERS),
  draw,
  count: () => null,
  key: promptText,
  solve: (puzzle) => {
    const solution = solve(puzzle);
    if (solution === null) throw new Error('a puzzle without a solution');
    return { prompt: promptText(puzzle), completion: completionText(solution.trace, solution.plan) };
  },
  parse: readPrompt,
  events: ({ completion }) => readEvents(completion),
  lengths: (completion) => {
    const { body, plan } = readCompletion(completion);
    return { events: body.filter((record) => record !== null).length, planCells: plan.length };
  },
  layout: ({ prompt }) => prompt.slice(0, prompt.indexOf(' target ')),
  distance: ({ numbers, target }) => Math.min(...numbers.map((number) => Math.abs(number - target))),
  steps: ({ completion }) => {
    const { body, texts } = readCompletion(completion);
    return body.map((event, i) => ({
      text: texts[i],
      words:
        event === null
          ? 'The record is no event.'
          : event.kind === 'create'
            ? 'The operation is tried.'
            : 'The operation is taken back.',
    }));
  },
  judge: ({ prompt, size, completion }) => judge(readPrompt(prompt, size), completion),
  conditions: { 'no-search': noSearch, 'random-events': randomEvents },
  picture: ({ prompt, size, completion }) => {
    const { numbers, target } = readPrompt(prompt, size);
    return [`${numbers.join(' ')} -> ${target}`, ...readCompletion(completion).plan.map(operationText)].join('\n');
  },
};

export default COUNTDOWN;
