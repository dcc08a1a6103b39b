// Conditions that put another trace before the plan: none, the plan's cells alone, another problem's, another search's.
import fc from '../../seeded.ts';
import { describe, expect, it } from 'vitest';
import { applyCondition } from '../../../src/domain/conditions/apply.ts';
import { parseCompletion } from '../../../src/domain/maze/grammar.ts';
import { SEARCHES, type Example } from '../../../src/domain/types.ts';
import type { Verdict } from '../../../src/domain/maze/types.ts';
import { judge } from '../../../src/domain/maze/verdict/judge.ts';
import { judgeSearch } from '../../../src/domain/maze/verdict/search.ts';
import { EXAMPLES, SEEDS, examplesOf, problemOf } from './examples.ts';

function verdictOf(example: Example): Verdict {
  return judge(problemOf(example), example.completion);
}

describe('solution-only', () => {
  it('keeps `solution plan ... end` and nothing else', () => {
    for (const example of applyCondition(examplesOf('wilson', 6, 50), 'solution-only', 1)) {
      expect(example.completion).toMatch(/^solution plan .* end$/);
      expect(verdictOf(example)).toMatchObject({ format: true, records: 0, plan: { valid: true, optimal: true } });
    }
  });

  it('does not look into texts that it throws away', () => {
    const [example] = examplesOf('wilson', 6, 1);
    const foreign = { ...example, completion: 'thinking aloud solution plan 0 0 end' };
    expect(applyCondition([foreign], 'solution-only', 1)[0].completion).toBe('solution plan 0 0 end');
  });
});

describe('no-search', () => {
  it('closes the cells of the plan in its order, with their right costs', () => {
    fc.assert(
      fc.property(EXAMPLES, (examples) => {
        for (const { completion, size } of applyCondition(examples, 'no-search', 1)) {
          const { trace, plan } = parseCompletion(completion, size);
          expect(trace.filter(({ operation }) => operation === 'close').map(({ x, y }) => ({ x, y }))).toEqual(plan);
          expect(trace.map(({ operation, g }) => `${operation} ${g}`)).toEqual([
            'close 0',
            ...plan.slice(1).flatMap((_, i) => [`create ${i + 1}`, `close ${i + 1}`]),
          ]);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('passes the published validator, and the strict one only where there was nothing to search', () => {
    fc.assert(
      fc.property(EXAMPLES, (examples) => {
        applyCondition(examples, 'no-search', 1).forEach((changed, i) => {
          const { paper, strict } = verdictOf(changed);
          expect(paper.valid).toBe(true);
          expect(strict.valid).toBe(changed.completion === examples[i].completion);
          if (!strict.valid) expect(strict.rule).toBe('expansion_incomplete');
        });
      }),
      { numRuns: 60 },
    );
  });
});

describe('other-problem', () => {
  it('is a right search of another start and goal in the same maze, and a wrong one of this', () => {
    fc.assert(
      fc.property(EXAMPLES, SEEDS, (examples, seed) => {
        for (const changed of applyCondition(examples, 'other-problem', seed)) {
          const problem = problemOf(changed);
          const { trace } = parseCompletion(changed.completion, changed.size);
          const [{ x, y }, last] = [trace[0], trace[trace.length - 1]];
          expect({ x, y }).not.toEqual(problem.start);
          expect({ x: last.x, y: last.y }).not.toEqual(problem.goal);
          expect(
            judge({ ...problem, start: { x, y }, goal: { x: last.x, y: last.y } }, changed.completion),
          ).toMatchObject({ format: true, strict: { valid: true }, exact: true });
          expect(verdictOf(changed)).toMatchObject({
            plan: { optimal: true },
            paper: { valid: false, record: 0 },
            strict: { valid: false, record: 0 },
          });
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe.each(SEARCHES)('%s', (search) => {
  it('is a right run of that search by its own validator, whatever the maze', () => {
    fc.assert(
      fc.property(EXAMPLES, (examples) => {
        for (const changed of applyCondition(examples, search, 1)) {
          expect(verdictOf(changed)).toMatchObject({ format: true, plan: { optimal: true } });
          expect(judgeSearch(problemOf(changed), changed.completion, search)).toEqual({
            strict: { valid: true },
            exact: true,
          });
        }
      }),
      { numRuns: 60 },
    );
  });

  it('is a trace of A* as often as README says: greedy search nearly always on small mazes', () => {
    const changed = applyCondition(examplesOf('wilson', 8, 1000), search, 1);
    const percent = changed.filter((example) => verdictOf(example).strict.valid).length / 10;
    // Tolerance: about three standard errors of a share of 1,000.
    expect(Math.abs(percent - { bfs: 7.2, dfs: 24.9, dijkstra: 6.0, greedy: 78.9 }[search])).toBeLessThan(4);
  });

  it('is none of the other searches where there is something to choose', () => {
    const changed = applyCondition(examplesOf('searchformer', 9, 60), search, 1);
    const share = (isValid: (example: Example) => boolean): number => changed.filter(isValid).length / changed.length;
    for (const other of SEARCHES) {
      if (other === search) continue;
      // Breadth-first search is one way to run Dijkstra's algorithm on moves of cost 1.
      const valid = share((example) => judgeSearch(problemOf(example), example.completion, other).strict.valid);
      if (search === 'bfs' && other === 'dijkstra') expect(valid).toBe(1);
      else expect(valid).toBeLessThan(0.1);
    }
  });
});
