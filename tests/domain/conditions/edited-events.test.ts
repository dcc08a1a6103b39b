// Conditions that edit events one by one: what the touched ones become, and what the validator says of the result.
import fc from '../../seeded.ts';
import { describe, expect, it } from 'vitest';
import { applyCondition } from '../../../src/domain/conditions/apply.ts';
import type { Condition } from '../../../src/domain/conditions/condition.ts';
import { parseCompletion } from '../../../src/domain/maze/grammar.ts';
import type { Example } from '../../../src/domain/types.ts';
import type { TraceEvent, Verdict } from '../../../src/domain/maze/types.ts';
import { judge } from '../../../src/domain/maze/verdict/judge.ts';
import { EXAMPLES, SEEDS, problemOf, recordsOf, traceOf } from './examples.ts';

function verdictOf(example: Example): Verdict {
  return judge(problemOf(example), example.completion);
}

function eventsOf({ completion, size }: Example): TraceEvent[] {
  return parseCompletion(completion, size).trace;
}

/** Checks every example against the result of the condition. */
function each(condition: Condition, check: (changed: Example, original: Example) => void): void {
  fc.assert(
    fc.property(EXAMPLES, SEEDS, (examples, seed) => {
      applyCondition(examples, condition, seed).forEach((changed, i) => {
        check(changed, examples[i]);
      });
    }),
    { numRuns: 60 },
  );
}

it.each(['filler', 'shuffled', 'random-events', 'wrong-costs'] as const)(
  '%s at rate 1 breaks a rule at the very first event, at both levels, beside an optimal plan',
  (condition) => {
    each(condition, (changed) => {
      const { plan, paper, strict, exact } = verdictOf(changed);
      expect(plan).toEqual({ valid: true, optimal: true });
      expect([paper, strict].map(({ valid, record }) => [valid, record])).toEqual([
        [false, 0],
        [false, 0],
      ]);
      expect(exact).toBe(false);
    });
  },
);

describe('filler', () => {
  it('is one word, as often as the trace has words, and no well-formed completion', () => {
    each('filler', (changed, original) => {
      expect(traceOf(changed)).toBe(traceOf(original).replaceAll(/[^ ]+/g, 'reasoning'));
      expect(verdictOf(changed).format).toBe(false);
    });
  });

  it('leaves untouched events in their places', () => {
    each('filler@0.5', (changed, original) => {
      const before = recordsOf(original);
      recordsOf(changed).forEach((record, i) => {
        expect(record === before[i] || record === 'reasoning reasoning reasoning reasoning reasoning').toBe(true);
      });
    });
  });
});

it.each(['shuffled', 'shuffled@0.3'] as const)('%s keeps the events and changes their order', (condition) => {
  each(condition, (changed, original) => {
    expect(recordsOf(changed).sort()).toEqual(recordsOf(original).sort());
    expect(verdictOf(changed).format).toBe(true);
  });
});

it('random-events are possible one by one: a floor cell, its h, a g of the right parity between the distance from the start and the longest of the trace', () => {
  each('random-events', (changed, original) => {
    const { size, walls, start, goal } = problemOf(changed);
    const longest = Math.max(...eventsOf(original).map(({ g }) => g));
    for (const { x, y, g, h } of eventsOf(changed)) {
      const least = Math.abs(x - start.x) + Math.abs(y - start.y);
      expect(walls[y * size + x]).toBe(0);
      expect(h).toBe(Math.abs(x - goal.x) + Math.abs(y - goal.y));
      expect(g >= least && (g - least) % 2 === 0 && g <= Math.max(longest, least)).toBe(true);
    }
  });
});

describe('wrong-costs', () => {
  it('keeps operations and cells, and makes g and h of every touched event wrong', () => {
    each('wrong-costs', (changed, original) => {
      const before = eventsOf(original);
      const longest = Math.max(...before.map(({ g }) => g));
      eventsOf(changed).forEach((event, i) => {
        const { operation, x, y, g, h } = before[i];
        expect(event).toMatchObject({ operation, x, y });
        expect(event.g !== g && event.h !== h && event.g <= longest && event.h <= 2 * (changed.size - 1)).toBe(true);
      });
    });
  });

  it('is never strict at any rate that touches an event', () => {
    each('wrong-costs@0.1', (changed, original) => {
      expect(verdictOf(changed).strict.valid).toBe(changed.completion === original.completion);
    });
  });
});

describe('thinned', () => {
  it('keeps the order of what it keeps', () => {
    each('thinned@0.4', (changed, original) => {
      const before = recordsOf(original);
      let from = 0;
      for (const record of recordsOf(changed)) {
        from = before.indexOf(record, from) + 1;
        expect(from).toBeGreaterThan(0);
      }
    });
  });

  it('is solution-only at rate 1', () => {
    fc.assert(
      fc.property(EXAMPLES, SEEDS, (examples, seed) => {
        expect(applyCondition(examples, 'thinned@1', seed)).toEqual(applyCondition(examples, 'solution-only', seed));
      }),
      { numRuns: 20 },
    );
  });

  it('is hardly ever strict at its usual rate: what is left of a search is no search', () => {
    let valid = 0,
      all = 0;
    each('thinned', (changed) => {
      all += 1;
      valid += Number(verdictOf(changed).strict.valid);
    });
    expect(valid / all).toBeLessThan(0.02);
  });
});
