// Counts of one distribution: every denominator, the quadrants and the first-error tables.
import { describe, expect, it } from 'vitest';
import { proportion } from '../../src/base/statistics.ts';
import { summarize } from '../../src/evaluation/metrics.ts';
import type { CompletionRow } from '../../src/evaluation/types.ts';
import type { Verdict } from '../../src/domain/types.ts';

const perfect: Verdict = {
  format: true,
  records: 3,
  paper: { valid: true },
  strict: { valid: true },
  exact: true,
  plan: { valid: true, optimal: true },
};

function row(verdict: Partial<Verdict>, more: Partial<CompletionRow> = {}): CompletionRow {
  return {
    id: 'a',
    generator: 'free',
    size: 6,
    prompt: '',
    completion: 'close 0 0 c0 c0 end',
    truncated: false,
    walls_seen: false,
    verdict: { ...perfect, ...verdict },
    ...more,
  };
}

describe('summarize', () => {
  const rows = [
    row({}),
    row({ exact: false, strict: { valid: false, rule: 'wrong_cost', record: 2 } }, { walls_seen: true }),
    row({
      exact: false,
      paper: { valid: false, rule: 'goal_not_reached', record: 3 },
      strict: { valid: false, rule: 'wrong_cost', record: 1 },
      plan: { valid: true, optimal: false },
    }),
    row(
      {
        exact: true,
        paper: { valid: false, rule: 'plan_length_mismatch', record: 3 },
        plan: { valid: false, optimal: false, error: 'illegal_move' },
      },
      { completion: ' a\t b \n' },
    ),
    row(
      {
        format: false,
        exact: false,
        paper: { valid: false, rule: 'operation_syntax_error', record: 0 },
        strict: { valid: false, rule: 'operation_syntax_error', record: 0 },
        plan: { valid: false, optimal: false, error: 'plan_syntax_error' },
      },
      { truncated: true, completion: '' },
    ),
  ];
  const summary = summarize('free', rows);

  it('counts over all completions', () => {
    expect(summary.n).toBe(5);
    expect(summary.plan_valid).toEqual(proportion(3, 5));
    expect(summary.plan_optimal).toEqual(proportion(2, 5));
    expect(summary.format).toEqual(proportion(4, 5));
    expect(summary.truncated).toEqual(proportion(1, 5));
    expect(summary.walls_seen).toEqual(proportion(1, 5));
    expect(summary.trace_valid).toEqual({ paper: proportion(2, 5), strict: proportion(2, 5), exact: proportion(2, 5) });
  });

  it('divides trace validity given a valid plan by the valid plans only', () => {
    expect(summary.trace_valid_given_plan).toEqual({
      paper: proportion(2, 3),
      strict: proportion(1, 3),
      exact: proportion(1, 3),
    });
  });

  it('quadrants add up to n at both levels', () => {
    expect(summary.quadrants.paper).toEqual({ both_valid: 2, plan_only: 1, trace_only: 0, neither: 2 });
    expect(summary.quadrants.strict).toEqual({ both_valid: 1, plan_only: 2, trace_only: 1, neither: 1 });
  });

  it('counts the first broken rule of each level', () => {
    expect(summary.first_errors).toEqual({
      paper: { goal_not_reached: 1, plan_length_mismatch: 1, operation_syntax_error: 1 },
      strict: { wrong_cost: 2, operation_syntax_error: 1 },
      plan: { illegal_move: 1, plan_syntax_error: 1 },
    });
  });

  it('what was not measured has no denominator', () => {
    expect(summarize('free', rows, ['walls_seen'])).toEqual({ ...summary, walls_seen: proportion(0, 0) });
    expect(summarize('free', rows, ['truncated', 'walls_seen'])).toEqual({
      ...summary,
      truncated: proportion(0, 0),
      walls_seen: proportion(0, 0),
    });
  });

  it('counts words between blanks', () => {
    expect(summary.completion_words).toEqual({ mean: (6 * 3 + 2 + 0) / 5, max: 6 });
  });

  it('holds without rows', () => {
    const empty = summarize('wilson', []);
    expect(empty.n).toBe(0);
    expect(empty.trace_valid_given_plan.strict).toEqual({ count: 0, n: 0, low: 0, high: 1 });
    expect(empty.completion_words).toEqual({ mean: 0, max: 0 });
    expect(JSON.stringify(empty)).not.toContain('null');
  });
});
