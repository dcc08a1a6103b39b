// The sentences on a finished completion, each from a completion that deserves it.
import { describe, expect, it } from 'vitest';
import { completionText } from '../../src/domain/maze/grammar.ts';
import { solve } from '../../src/domain/maze/astar.ts';
import type { Cell, Problem } from '../../src/domain/maze/types.ts';
import { comparison, conclusion } from '../../src/page/live/conclusion.ts';
import { emptyMaze, withEnd, withWall } from '../../src/page/live/maze-edit.ts';

const maze = emptyMaze(4);
/** Its plan is not valid in `maze`, whose start is elsewhere. */
const elsewhere = withEnd(withEnd(maze, 'start', { x: 0, y: 2 }), 'goal', { x: 2, y: 2 });
const planOf = (problem: Problem): readonly Cell[] => solve(problem).plan ?? [];
const text = (plan: readonly Cell[]): string => completionText([], plan);

describe('another maze’s trace was given', () => {
  const said = (other: Problem, plan: readonly Cell[]): string =>
    conclusion({ kind: 'other', maze, other, text: text(plan) });

  it('and the plan follows the maze', () => {
    expect(said(elsewhere, planOf(maze))).toMatch(/^The plan follows the maze/);
  });

  it('and the plan follows the trace', () => {
    expect(said(elsewhere, planOf(elsewhere))).toMatch(/^The plan follows the trace/);
  });

  it('and the plan follows both, where it solves both', () => {
    // A wall off the path: the same plan.
    const [, , third] = planOf(maze);
    const off = { x: third.x === 3 ? 0 : 3, y: third.y === 0 ? 3 : 0 };
    const alike = withWall(maze, off, true);
    expect(said(alike, planOf(alike))).toBe(
      'The plan is valid in this maze and equals A*’s plan of the other one: it follows both.',
    );
  });

  it('and the plan follows neither', () => {
    expect(said(elsewhere, planOf(maze).slice(1))).toMatch(/^The plan follows neither/);
  });
});

describe('another trace was given, or none', () => {
  it.each([
    ['reference', 'The plan is valid, behind A*’s own trace of this maze.'],
    ['filler', 'The plan is valid, behind filler instead of a trace.'],
    ['empty', 'The plan is valid, without any trace.'],
  ] as const)('%s', (kind, words) => {
    expect(conclusion({ kind, maze, other: null, text: text(planOf(maze)) })).toBe(words);
  });

  it('and the plan is not valid', () => {
    expect(conclusion({ kind: 'empty', maze, other: null, text: 'solution end' })).toMatch(/^The plan is not valid/);
  });
});

describe('its own trace', () => {
  const { trace, plan } = solve(maze);
  const whole = completionText(trace, plan ?? []);
  const said = (words: string): string => conclusion({ kind: 'own', maze, other: null, text: words });

  it('is valid, or breaks a rule at an event', () => {
    expect(said(whole)).toBe('The plan is valid; the trace is valid.');
    expect(said(whole.replace('c1', 'c9'))).toMatch(/^The plan is valid; the trace breaks a rule at event 2 of \d+\.$/);
    expect(said(text(planOf(maze)))).toBe('The plan is valid. The model wrote no trace.');
  });
});

describe('the recorded completion', () => {
  it.each([
    ['a b end', { text: 'a b end', truncated: false }, 'It equals the recorded test completion, token by token.'],
    ['a b end', { text: 'a c end', truncated: false }, 'The recorded test completion differs from token 2 on.'],
    ['a b c d', { text: 'a b', truncated: true }, 'It equals the recorded test completion up to its cap of 2 tokens.'],
    ['a b c d', { text: 'a b', truncated: false }, 'The recorded test completion ended after 2 tokens.'],
    ['a b', { text: 'a b c', truncated: false }, 'The recorded test completion differs from token 3 on.'],
    ['a b', undefined, ''],
  ])('of %s: %o', (now, recorded, words) => {
    expect(comparison(now, recorded)).toBe(words);
  });
});
