// The validators of other searches: runs and breaches that can be checked by eye (pictures.ts), every rule with a whole
// and a broken 3x3 example.
import fc from '../seeded.ts';
import { describe, expect, it } from 'vitest';
import { RandomSequence } from '../../src/base/random.ts';
import { generateProblem } from '../../src/domain/maze/generate.ts';
import { searchTrace } from '../../src/domain/maze/search.ts';
import { traceText } from '../../src/domain/maze/conditions/words.ts';
import { GENERATORS, type Problem } from '../../src/domain/maze/types.ts';
import { SEARCHES, type SearchName } from '../../src/domain/types.ts';
import { SEARCH_RULES, judgeSearch } from '../../src/domain/maze/verdict/search.ts';
import { searchRun } from '../../src/domain/maze/verdict/search-run.ts';
import { createVocabulary } from '../../src/domain/maze/vocabulary.ts';
import { BEND, BEND_TRACE, OPEN, maze } from './pictures.ts';

/**
 * On the open 3x3 grid, S at 0 0 and G at 1 1. Neighbours are created up, right, down, left.
 *     S . .
 *     . G .
 *     . . .
 */
const RUNS: Readonly<Record<SearchName, readonly string[]>> = {
  bfs: [
    'close 0 0 c0 c2',
    'create 1 0 c1 c1',
    'create 0 1 c1 c1',
    'close 1 0 c1 c1',
    'create 2 0 c2 c2',
    'create 1 1 c2 c0',
    'close 0 1 c1 c1',
    'create 0 2 c2 c2',
    'close 2 0 c2 c2',
    'create 2 1 c3 c1',
    'close 1 1 c2 c0',
  ],
  dfs: [
    'close 0 0 c0 c2',
    'create 1 0 c1 c1',
    'create 0 1 c1 c1',
    'close 0 1 c1 c1',
    'create 1 1 c2 c0',
    'create 0 2 c2 c2',
    'close 0 2 c2 c2',
    'create 1 2 c3 c1',
    // The goal is open since (0, 1) was closed; (1, 2) and then (2, 1) come to it again, by a longer way.
    'close 1 2 c3 c1',
    'create 1 1 c4 c0',
    'create 2 2 c4 c2',
    'close 2 2 c4 c2',
    'create 2 1 c5 c1',
    'close 2 1 c5 c1',
    'create 2 0 c6 c2',
    'create 1 1 c6 c0',
    'close 1 1 c6 c0',
  ],
  dijkstra: [
    'close 0 0 c0 c2',
    'create 1 0 c1 c1',
    'create 0 1 c1 c1',
    'close 0 1 c1 c1',
    'create 1 1 c2 c0',
    'create 0 2 c2 c2',
    'close 1 0 c1 c1',
    'create 2 0 c2 c2',
    'close 2 0 c2 c2',
    'create 2 1 c3 c1',
    'close 0 2 c2 c2',
    'create 1 2 c3 c1',
    'close 1 1 c2 c0',
  ],
  greedy: [
    'close 0 0 c0 c2',
    'create 1 0 c1 c1',
    'create 0 1 c1 c1',
    'close 1 0 c1 c1',
    'create 2 0 c2 c2',
    'create 1 1 c2 c0',
    'close 1 1 c2 c0',
  ],
};

function verdict(
  search: SearchName,
  trace: readonly string[],
  problem: Problem = OPEN,
): ReturnType<typeof judgeSearch> {
  return judgeSearch(problem, `${trace.join(' ')} solution plan 0 0 end`, search);
}

const VALID = { valid: true };

describe.each(SEARCHES)('%s', (search) => {
  it('on the open grid is the run worked out by hand', () => {
    expect(traceText(searchTrace(OPEN, search))).toBe(RUNS[search].join(' '));
    expect(traceText(searchRun(OPEN, search))).toBe(RUNS[search].join(' '));
    expect(verdict(search, RUNS[search])).toEqual({ strict: VALID, exact: true });
  });

  it('in a bend without choices is the only run there is', () => {
    expect(traceText(searchTrace(BEND, search))).toBe(BEND_TRACE.join(' '));
    expect(verdict(search, BEND_TRACE, BEND)).toEqual({ strict: VALID, exact: true });
  });

  it('with another order of neighbours is strict and not exact', () => {
    // The open grid is symmetric in x and y: exchanged, every run is one that creates left, down, right, up.
    const mirrored = RUNS[search].map((record) => record.replace(/ (\d) (\d) /, ' $2 $1 '));
    expect(verdict(search, mirrored)).toEqual({ strict: VALID, exact: false });
  });

  it('where the goal cannot be reached is exact and misses it', () => {
    const shut = maze('S . # \n . . # \n # # G');
    const trace = searchTrace(shut, search);
    expect(trace).toHaveLength(search === 'dfs' ? 8 : 7);
    expect(trace).toEqual(searchRun(shut, search));
    expect(judgeSearch(shut, traceText(trace), search)).toEqual({
      strict: { valid: false, rule: 'goal_not_reached', record: trace.length },
      exact: true,
    });
  });

  it('closes nothing out of order: the runs of the others on the open grid', () => {
    for (const other of SEARCHES) {
      const { strict } = verdict(search, RUNS[other]);
      // Each of these orders is also one that Dijkstra's algorithm, or a greedy search, may take among equals.
      const may = other === search || (search === 'dijkstra' && other === 'bfs');
      expect([search, other, strict.valid]).toEqual([search, other, may]);
    }
  });

  it.each(GENERATORS)('agrees with the validator’s own run on %s mazes', (generator) => {
    for (let index = 0; index < 25; index++) {
      const problem = generateProblem(generator, 4 + (index % 9), new RandomSequence(12, 0, index));
      const trace = searchTrace(problem, search);
      expect(trace).toEqual(searchRun(problem, search));
      expect(judgeSearch(problem, traceText(trace), search)).toEqual({ strict: VALID, exact: true });
    }
  });
});

interface Case {
  readonly rule: (typeof SEARCH_RULES)[number];
  readonly name: string;
  readonly search: SearchName;
  readonly problem?: Problem;
  readonly trace: readonly string[];
  readonly record: number;
}

const CASES: readonly Case[] = [
  {
    rule: 'operation_syntax_error',
    name: 'a word that is no keyword',
    search: 'bfs',
    trace: RUNS.bfs.toSpliced(2, 0, 'foo'),
    record: 2,
  },
  {
    rule: 'event_after_goal',
    name: 'a create that would be right',
    search: 'greedy',
    trace: [...RUNS.greedy, 'create 2 1 c3 c1'],
    record: 7,
  },
  {
    rule: 'invalid_coordinates',
    name: 'off the right edge',
    search: 'bfs',
    trace: RUNS.bfs.toSpliced(9, 0, 'create 3 0 c3 c3'),
    record: 9,
  },
  {
    rule: 'create_close_wall',
    name: 'a create in a wall',
    search: 'dfs',
    problem: BEND,
    trace: BEND_TRACE.toSpliced(1, 0, 'create 1 0 c1 c1'),
    record: 1,
  },
  {
    rule: 'first_create_not_last_closed',
    name: 'without the close of the start',
    search: 'dijkstra',
    trace: RUNS.dijkstra.slice(1),
    record: 0,
  },
  {
    rule: 'create_non_neighbor',
    name: 'of a cell closed earlier',
    search: 'bfs',
    trace: RUNS.bfs.toSpliced(7, 0, 'create 2 0 c2 c2'),
    record: 7,
  },
  {
    rule: 'create_already_closed',
    name: 'back to the start',
    search: 'bfs',
    trace: RUNS.bfs.toSpliced(4, 0, 'create 0 0 c2 c2'),
    record: 4,
  },
  {
    rule: 'wrong_heuristic',
    name: 'on a create that is never closed',
    search: 'greedy',
    trace: RUNS.greedy.with(4, 'create 2 0 c2 c1'),
    record: 4,
  },
  { rule: 'wrong_heuristic', name: 'on a close', search: 'dfs', trace: RUNS.dfs.with(3, 'close 0 1 c1 c2'), record: 3 },
  { rule: 'wrong_cost', name: 'on a create', search: 'bfs', trace: RUNS.bfs.with(9, 'create 2 1 c4 c1'), record: 9 },
  {
    rule: 'wrong_cost',
    name: 'on a close: the shorter way that was replaced',
    search: 'dfs',
    trace: RUNS.dfs.with(16, 'close 1 1 c2 c0'),
    record: 16,
  },
  {
    rule: 'create_not_owed',
    name: 'a cell that is open already',
    search: 'bfs',
    trace: RUNS.bfs.toSpliced(7, 0, 'create 1 1 c2 c0'),
    record: 7,
  },
  {
    rule: 'create_not_owed',
    name: 'a cell twice in one expansion',
    search: 'dfs',
    trace: RUNS.dfs.toSpliced(5, 0, 'create 1 1 c2 c0'),
    record: 5,
  },
  {
    rule: 'expansion_incomplete',
    name: 'path cells only',
    search: 'greedy',
    trace: ['close 0 0 c0 c2', 'create 1 0 c1 c1', 'close 1 0 c1 c1', 'create 1 1 c2 c0', 'close 1 1 c2 c0'],
    record: 2,
  },
  {
    rule: 'expansion_incomplete',
    name: 'an open neighbour that depth-first search must come to again',
    search: 'dfs',
    trace: RUNS.dfs.toSpliced(9, 1),
    record: 10,
  },
  {
    rule: 'close_not_in_open_list',
    name: 'never created',
    search: 'dijkstra',
    trace: RUNS.dijkstra.toSpliced(3, 0, 'close 2 2 c4 c2'),
    record: 3,
  },
  {
    rule: 'close_not_in_open_list',
    name: 'closed twice',
    search: 'bfs',
    trace: RUNS.bfs.toSpliced(6, 0, 'close 1 0 c1 c1'),
    record: 6,
  },
  {
    rule: 'close_out_of_order',
    name: 'bfs: (0, 1) is younger than (1, 0)',
    search: 'bfs',
    trace: RUNS.bfs.with(3, 'close 0 1 c1 c1'),
    record: 3,
  },
  {
    rule: 'close_out_of_order',
    name: 'dfs: (1, 0) is older than (0, 1)',
    search: 'dfs',
    trace: RUNS.dfs.with(3, 'close 1 0 c1 c1'),
    record: 3,
  },
  {
    rule: 'close_out_of_order',
    name: 'dijkstra: (1, 0) has g = 1',
    search: 'dijkstra',
    trace: RUNS.dijkstra.with(6, 'close 1 1 c2 c0'),
    record: 6,
  },
  {
    rule: 'close_out_of_order',
    name: 'greedy: the goal has h = 0',
    search: 'greedy',
    trace: RUNS.greedy.with(6, 'close 0 1 c1 c1'),
    record: 6,
  },
  { rule: 'goal_not_reached', name: 'stopped before the end', search: 'bfs', trace: RUNS.bfs.slice(0, 10), record: 10 },
  { rule: 'goal_not_reached', name: 'no events at all', search: 'dfs', trace: [], record: 0 },
];

describe('every rule is broken by an example of nine cells', () => {
  it.each(CASES)('$rule: $name', ({ rule, search, problem, trace, record }) => {
    expect(verdict(search, trace, problem)).toEqual({ strict: { valid: false, rule, record }, exact: false });
  });

  it('none is forgotten', () => {
    expect([...new Set(CASES.map(({ rule }) => rule))].sort()).toEqual([...SEARCH_RULES].sort());
  });
});

it.each(['bfs', 'dfs'] as const)(
  '%s without any one of its events is none: there are no ties to hide behind',
  (search) => {
    for (let index = 0; index < 20; index++) {
      const problem = generateProblem(GENERATORS[index % GENERATORS.length], 6, new RandomSequence(13, 0, index));
      const trace = searchTrace(problem, search);
      for (const i of trace.keys())
        expect(judgeSearch(problem, traceText(trace.toSpliced(i, 1)), search).strict.valid).toBe(false);
    }
  },
);

it('any text gets a verdict', () => {
  const words = fc.oneof(fc.constantFrom(...createVocabulary(3).words, ...RUNS.dfs, ...RUNS.bfs), fc.string());
  fc.assert(
    fc.property(fc.array(words, { maxLength: 40 }), fc.constantFrom(...SEARCHES), (parts, search) => {
      const {
        strict: { valid, rule },
        exact,
      } = judgeSearch(OPEN, parts.join(' '), search);
      expect(valid).toBe(rule === undefined);
      if (exact) expect(valid).toBe(true);
    }),
    { numRuns: 300 },
  );
});
