// A replay agrees with the validator: the same first errors on goldens and on damaged traces, and open lists that
// can be checked by eye.
import { readFileSync } from 'node:fs';
import fc from '../seeded.ts';
import { describe, expect, it } from 'vitest';
import { solve } from '../../src/domain/maze/astar.ts';
import { completionText, parsePrompt } from '../../src/domain/maze/grammar.ts';
import type { Problem, TraceVerdict, Verdict } from '../../src/domain/maze/types.ts';
import { judge } from '../../src/domain/maze/verdict/judge.ts';
import {
  type OpenEntry,
  replay,
  REPLAY_LEVELS,
  type ReplayLevel,
  type ReplayStep,
} from '../../src/domain/maze/verdict/replay.ts';
import { damagedTrace } from '../core/agreement.ts';
import { BEND, BEND_SOLUTION, BEND_TRACE, OPEN, OPEN_SOLUTION, OPEN_TRACE, TWO_ENDS } from './pictures.ts';

interface GoldenRow {
  readonly size: number;
  readonly case: string;
  readonly prompt: string;
  readonly completion: string;
  readonly verdict: Verdict;
}

const goldens = readFileSync(new URL('../golden/verdicts.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as GoldenRow);

/** The first breach that a replay shows at a level, as a verdict. */
function firstBreach(steps: readonly ReplayStep[], level: ReplayLevel): TraceVerdict {
  const step = steps.find(({ broken }) => broken[level] !== null);
  return step ? { valid: false, rule: step.broken[level] ?? undefined, record: step.record } : { valid: true };
}

/** What must hold of every replay. */
function check(problem: Problem, completion: string, verdict: Verdict): ReplayStep[] {
  const steps = [...replay(problem, completion)];
  expect(steps.map(({ record }) => record)).toEqual(Array.from({ length: verdict.records + 1 }, (_, i) => i));
  for (const level of REPLAY_LEVELS) {
    expect(firstBreach(steps, level)).toEqual(verdict[level]);
    // So far: valid before the first breach, that breach from there on.
    const { valid, rule, record = Infinity } = verdict[level];
    const wrong = steps.filter(({ record: at, verdict: { [level]: told } }) =>
      at < record ? !told.valid : told.valid !== valid || told.rule !== rule || told.record !== record,
    );
    expect(wrong).toEqual([]);
  }
  expect(steps.filter(({ broken }) => broken.strict !== null).length).toBeLessThanOrEqual(1);
  return steps;
}

describe('a replay and the validator', () => {
  it('name the same first error on every golden row', () => {
    for (const row of goldens) check(parsePrompt(row.prompt, row.size, 'free'), row.completion, row.verdict);
  });

  it('name the same first error on damaged traces; the strict level is the first to refuse', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), (index) => {
        const { problem, completion } = damagedTrace(2, index);
        const verdict = judge(problem, completion);
        check(problem, completion, verdict);
        if (!verdict.paper.valid && verdict.paper.rule !== 'plan_length_mismatch')
          expect(verdict.strict.record).toBeLessThanOrEqual(verdict.paper.record ?? -1);
      }),
      { numRuns: 3_000 },
    );
  });

  it('agree on the open list: A* always closes its first entry of least f, and every create is in the next list', () => {
    const golds = goldens.filter((row) => row.case === 'gold');
    expect(golds.length).toBeGreaterThan(10);
    const wrong: unknown[] = [];
    for (const row of golds) {
      const steps = [...replay(parsePrompt(row.prompt, row.size, 'free'), row.completion)];
      for (const [i, { event, open }] of steps.entries()) {
        if (event === null) continue;
        const { operation, x, y, g, h } = event;
        const entry: OpenEntry = { x, y, g, h, f: g + h };
        const least = Math.min(...open.map(({ f }) => f));
        const told =
          operation === 'close'
            ? open.find(({ f }) => f === least)
            : steps[i + 1].open.find((other) => other.x === x && other.y === y);
        if (JSON.stringify(told) !== JSON.stringify(entry)) wrong.push({ i, entry, told });
      }
    }
    expect(wrong).toEqual([]);
  });
});

describe('steps that can be checked by eye', () => {
  const told = (entries: readonly OpenEntry[]): string[] =>
    entries.map(({ x, y, g, h, f }) => `${x} ${y}: ${g} + ${h} = ${f}`);

  it('of a trace with ties', () => {
    const steps = check(
      OPEN,
      [...OPEN_TRACE, OPEN_SOLUTION].join(' '),
      judge(OPEN, [...OPEN_TRACE, OPEN_SOLUTION].join(' ')),
    );
    expect(steps.map(({ effect }) => effect)).toEqual([
      'closed',
      'opened',
      'opened',
      'closed',
      'opened',
      'opened',
      'closed',
      'opened',
      'closed',
      'end',
    ]);
    expect(told(steps[0].open)).toEqual(['0 0: 0 + 2 = 2']);
    expect(told(steps[3].open)).toEqual(['1 0: 1 + 1 = 2', '0 1: 1 + 1 = 2']);
    expect(told(steps[6].open)).toEqual(['0 1: 1 + 1 = 2', '2 0: 2 + 2 = 4', '1 1: 2 + 0 = 2']);
    expect(steps[1].owed).toEqual([
      { x: 1, y: 0 },
      { x: 0, y: 1 },
    ]);
    expect(steps[2].owed).toEqual([{ x: 0, y: 1 }]);
    expect(steps[3].owed).toEqual([]);
    expect(steps[0].last).toBeNull();
    expect(steps[1].last).toEqual({ x: 0, y: 0, g: 0, h: 2, f: 2 });
    expect(steps[1].text).toBe('create 1 0 c1 c1');
  });

  it('a cheaper way changes an entry in its place', () => {
    const { trace, plan } = solve(TWO_ENDS);
    const steps = [...replay(TWO_ENDS, completionText(trace, plan ?? []))];
    const at = steps.findIndex(({ effect }) => effect === 'cheaper');
    expect(steps[at].event).toMatchObject({ operation: 'create', x: 3, y: 0, g: 5 });
    const place = (step: ReplayStep): number => step.open.findIndex(({ x, y }) => x === 3 && y === 0);
    expect([steps[at].open[place(steps[at])].g, steps[at + 1].open[place(steps[at + 1])].g]).toEqual([7, 5]);
    expect(place(steps[at + 1])).toBe(place(steps[at]));
  });

  it('a broken record is skipped, and the paper level goes on behind it', () => {
    const trace = BEND_TRACE.toSpliced(2, 1, 'close 0 1 c9 c3');
    const steps = check(BEND, [...trace, BEND_SOLUTION].join(' '), judge(BEND, [...trace, BEND_SOLUTION].join(' ')));
    expect(steps[2]).toMatchObject({
      effect: 'skipped',
      broken: { strict: 'wrong_cost', paper: 'close_not_in_open_list' },
    });
    expect(told(steps[3].open)).toEqual(['0 1: 1 + 3 = 4']);
    expect(steps[3]).toMatchObject({
      effect: 'skipped',
      broken: { strict: null, paper: 'create_non_neighbor' },
      owed: [],
    });
  });

  it('the paper level takes a create that changes nothing', () => {
    const trace = BEND_TRACE.toSpliced(2, 0, 'create 0 1 c1 c3');
    expect([...replay(BEND, trace.join(' '))][2]).toMatchObject({
      effect: 'kept',
      broken: { strict: 'create_not_cheaper', paper: null },
    });
  });

  it('a completion without events is one step, which misses the goal', () => {
    expect([...replay(BEND, BEND_SOLUTION)]).toEqual([
      expect.objectContaining({
        record: 0,
        effect: 'end',
        text: '',
        broken: { strict: 'goal_not_reached', paper: 'goal_not_reached' },
      }),
    ]);
  });

  it('words that are no event are told as they were written', () => {
    const [step] = replay(BEND, 'close  0\t0 nonsense \u001b[2J solution');
    expect(step).toMatchObject({
      event: null,
      text: 'close 0 0 nonsense \u001b[2J',
      effect: 'skipped',
      broken: { strict: 'operation_syntax_error' },
    });
  });
});
