// A* against traces worked out by hand, and against the validator's own independent A*.
import { describe, expect, it } from 'vitest';
import { RandomSequence } from '../../src/base/random.ts';
import { solve } from '../../src/domain/maze/astar.ts';
import { generateProblem } from '../../src/domain/maze/generate.ts';
import { completionText } from '../../src/domain/maze/grammar.ts';
import { GENERATORS, type Problem } from '../../src/domain/maze/types.ts';
import { goldRun } from '../../src/domain/maze/verdict/exact.ts';
import { BEND, BEND_SOLUTION, BEND_TRACE, OPEN, OPEN_SOLUTION, OPEN_TRACE, TWO_ENDS, maze } from './pictures.ts';

function solved(problem: Problem): string {
  const { trace, plan } = solve(problem);
  return completionText(trace, plan ?? []);
}

describe('solve', () => {
  it('walks a bend without choices', () => {
    expect(solved(BEND)).toBe([...BEND_TRACE, BEND_SOLUTION].join(' '));
  });

  it('takes the first entry of least f, and neighbours up, right, down, left', () => {
    expect(solved(OPEN)).toBe([...OPEN_TRACE, OPEN_SOLUTION].join(' '));
  });

  it('starts with the close of the start and ends with the close of the goal', () => {
    expect(solved(maze('S G \n . .'))).toBe(
      'close 0 0 c0 c1 create 1 0 c1 c0 create 0 1 c1 c2 close 1 0 c1 c0 solution plan 0 0 plan 1 0 end',
    );
  });

  it('makes an open entry cheaper in place', () => {
    const { trace, plan } = solve(TWO_ENDS);
    const text = trace.map(({ operation, x, y, g, h }) => `${operation} ${x} ${y} c${g} c${h}`);
    expect(text).toContain('create 3 0 c7 c5');
    // Cheapened, (3, 0) ties at f = 10 with (6, 0), which entered the open list later: it goes first because it kept
    // its place.
    const cheaper = text.indexOf('create 3 0 c5 c5');
    expect(text.slice(cheaper - 1, cheaper + 3)).toEqual([
      'close 2 0 c4 c6',
      'create 3 0 c5 c5',
      'close 3 0 c5 c5',
      'close 6 0 c8 c2',
    ]);
    expect(plan).toHaveLength(11);
  });

  it('has no plan when the goal cannot be reached, and a trace of all that can', () => {
    const { trace, plan } = solve(maze('S . # \n . # # \n # # G'));
    expect(plan).toBeNull();
    expect(trace.map(({ operation, x, y }) => `${operation} ${x} ${y}`)).toEqual([
      'close 0 0',
      'create 1 0',
      'create 0 1',
      'close 1 0',
      'close 0 1',
    ]);
  });

  it.each(GENERATORS)('agrees with the independent A* of the validator on %s mazes', (generator) => {
    for (let index = 0; index < 40; index++) {
      const problem = generateProblem(generator, 4 + (index % 9), new RandomSequence(11, 0, index));
      const { trace, plan } = solve(problem);
      const gold = goldRun(problem);
      expect(trace).toEqual(gold.trace);
      expect(plan).toHaveLength(gold.planLength ?? 0);
    }
  });
});
