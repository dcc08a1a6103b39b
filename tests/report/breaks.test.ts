// The cell that a picture marks and the words next to it, for damaged completions with their verdicts.
import { describe, expect, test } from 'vitest';
import { parsePrompt } from '../../src/domain/maze/grammar.ts';
import { parseCompletionLeniently } from '../../src/domain/maze/verdict/parse.ts';
import { planBreak, traceBreak } from '../../src/report/breaks.ts';
import { explored, mazePicture } from '../../src/report/maze-picture.ts';
import { caseOf, CASES } from './fixture.ts';

function read(generator: string, name: string) {
  const row = caseOf(generator, name);
  const problem = parsePrompt(row.prompt, row.size, row.generator);
  const completion = parseCompletionLeniently(row.completion);
  return {
    row,
    problem,
    completion,
    trace: traceBreak(problem, row.completion, row.verdict.strict),
    plan: planBreak(problem, completion.plan, row.verdict.plan),
  };
}

describe('traceBreak', () => {
  test('valid: nothing', () => {
    expect(read('wilson', 'gold').trace).toBeNull();
  });

  test('marks the cell of the first broken record and says what was expected', () => {
    const { trace, row } = read('wilson', 'wrong_h');
    expect(row.verdict.strict).toEqual({ valid: false, rule: 'wrong_heuristic', record: 26 });
    expect(trace).toEqual({
      cell: { x: 1, y: 5 },
      words:
        'at event 27 of 34 (close 1 5 c8 c10), wrong heuristic: h is not the Manhattan distance to the goal; here it is 3, not 10',
    });
  });

  test('off the grid: the cell is kept as written', () => {
    const { trace, row } = read('wilson', 'trace_off_grid');
    expect(row.verdict.strict.rule).toBe('invalid_coordinates');
    expect(trace?.cell).toEqual({ x: 13, y: 3 });
  });

  test('a record that is no event has no cell', () => {
    const { trace } = read('wilson', 'junk_word');
    expect(trace?.cell).toBeNull();
    expect(trace?.words).toMatch(/^at event \d+ of \d+, operation syntax error: /);
  });

  test('a rule checked at the end: goal not reached marks the goal, length mismatch nothing', () => {
    const { problem, completion, row } = read('wilson', 'gold');
    const record = completion.body.length;
    expect(traceBreak(problem, row.completion, { valid: false, rule: 'goal_not_reached', record })?.cell).toEqual(
      problem.goal,
    );
    const mismatch = traceBreak(problem, row.completion, { valid: false, rule: 'plan_length_mismatch', record });
    expect(mismatch?.cell).toBeNull();
    expect(mismatch?.words).toMatch(/^at the end of the trace, plan length mismatch: /);
  });
});

describe('planBreak', () => {
  test('valid: nothing', () => {
    expect(read('wilson', 'gold').plan).toBeNull();
  });

  test('illegal move into a wall', () => {
    const { plan, problem } = read('wilson', 'plan_through_wall');
    expect(plan).toMatchObject({
      cell: { x: 5, y: 3 },
      from: { x: 4, y: 3 },
      walked: 2,
      words: 'illegal move: move 2 goes from (4, 3) to (5, 3), which is a wall',
    });
    expect(problem.walls[3 * 8 + 5]).toBe(1);
  });

  test('illegal move to a cell that is no neighbour', () => {
    const { plan } = read('wilson', 'plan_jump');
    expect(plan).toMatchObject({ cell: { x: 3, y: 2 }, from: { x: 4, y: 3 } });
    expect(plan?.words).toContain('not adjacent to (4, 3)');
  });

  test('illegal move off the grid', () => {
    const { plan } = read('wilson', 'plan_off_grid');
    expect(plan).toMatchObject({ cell: { x: 8, y: 3 }, from: { x: 7, y: 3 } });
    expect(plan?.words).toContain('off the grid');
  });

  test('wrong start, goal not reached, no plan', () => {
    const start = read('wilson', 'plan_wrong_start');
    expect(start.plan?.cell).toEqual(start.completion.plan[0]);
    const short = read('wilson', 'plan_short');
    expect(short.plan?.cell).toEqual(short.completion.plan.at(-1));
    expect(read('wilson', 'no_plan').plan).toMatchObject({ cell: null, walked: 0 });
  });
});

describe('mazePicture', () => {
  function draw(generator: string, name: string): string {
    const { problem, completion, trace, plan } = read(generator, name);
    return mazePicture({ problem, completion, trace, plan, label: 'a <maze>' }).text;
  }

  test('one rectangle per cell, walls where the prompt has them', () => {
    const picture = draw('wilson', 'gold');
    const walls = caseOf('wilson', 'gold').prompt.split(' wall ').length - 1;
    expect(picture.match(/class="wall"/g)).toHaveLength(walls);
    expect(picture.match(/class="floor"/g)).toHaveLength(64 - walls);
  });

  test('valid: no mark; the label is escaped', () => {
    const picture = draw('wilson', 'gold');
    expect(picture).not.toContain('broken');
    expect(picture).toContain('aria-label="a &lt;maze&gt;"');
  });

  test('the trace mark stands on the right cell', () => {
    expect(draw('wilson', 'wrong_h')).toContain('data-cell="1,5" x="28.5" y="140.5"');
  });

  test('the plan mark stands on the right cell, what follows is drawn apart', () => {
    const picture = draw('wilson', 'plan_through_wall');
    expect(picture).toContain('data-cell="5,3" d="M148 92');
    expect(picture).toContain('class="plan-rest"');
    expect(picture).toContain('<polyline class="bad-move" points="126 98 154 98"/>');
  });

  test('a mark off the grid stands in a strip outside, inside the view', () => {
    const picture = draw('wilson', 'trace_off_grid');
    expect(picture).toContain('viewBox="-1 -1 254 254"');
    expect(picture).toContain(`data-cell="13,3" x="${8 * 28}.5"`);
    expect(draw('wilson', 'gold')).toContain('viewBox="-1 -1 226 226"');
  });

  test('closed cells carry their order, created ones are told apart', () => {
    const { problem, completion } = read('wilson', 'gold');
    const { closed, created } = explored(problem, completion.body);
    expect(closed.get(3 * 8 + 3)).toBe(1);
    expect(closed.get(2 * 8 + 1)).toBe(16);
    expect([...created].sort((a, b) => a - b)).toEqual([5 * 8 + 6, 6 * 8 + 1, 6 * 8 + 3]);
  });

  test('every case can be drawn', () => {
    for (const row of CASES) expect(draw(row.generator, row.case)).toMatch(/^<svg .*<\/svg>$/s);
  });
});
