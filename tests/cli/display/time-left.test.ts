// The time of the whole: from the plan at the start, from what really happened later, never negative and never not a
// number.
import fc from '../../seeded.ts';
import { describe, expect, it } from 'vitest';
import { TaskStates } from '../../../src/cli/display/task-states.ts';
import { rangeWords, timeLeft } from '../../../src/cli/display/time-left.ts';
import { scheduleLeft } from '../../../src/study/schedule-left.ts';
import type { TaskEvent } from '../../../src/work/executor.ts';
import { simulate } from '../../../src/work/simulate.ts';
import { toyEstimate, toyGraph, toyTask } from '../../work/toy-kinds.ts';
import { finished, progress, setAside, started } from './events.ts';

const TEN = Array.from({ length: 10 }, (_, i) => `task-${i}`);
const estimates = new Map(TEN.map((id) => [id, { seconds: 100 }]));

function after(...events: readonly (readonly [seconds: number, event: TaskEvent])[]): TaskStates {
  const states = new TaskStates(10);
  for (const [seconds, event] of events) states.learn(event, seconds);
  return states;
}

describe('timeLeft', () => {
  const wholeSeconds = { low: 450, high: 550 };

  it('is the plan before anything happened', () => {
    expect(timeLeft(after(), { estimates, wholeSeconds }, 7)).toEqual(wholeSeconds);
    expect(timeLeft(after(), { estimates }, 7)).toBeNull();
  });

  it('tends to what was measured: a machine of half the speed needs twice as long', () => {
    // The plan has two tasks at a time and 50 s a task pair; here each pair takes 200 s.
    const states = after(
      ...TEN.slice(0, 8).flatMap(
        (id) =>
          [
            [0, started(id)],
            [800, finished(id)],
          ] as const,
      ),
    );
    const left = timeLeft(states, { estimates, wholeSeconds }, 800);
    expect(left?.low).toBeGreaterThan(150);
    expect(left?.low).toBeLessThan(200);
    expect(left?.high).toBeGreaterThan(190);
    expect(left?.high).toBeLessThan(225);
  });

  it('needs no plan when tasks were finished, and no estimates at all', () => {
    const states = after(
      ...TEN.slice(0, 5).flatMap(
        (id) =>
          [
            [0, started(id)],
            [100, finished(id)],
          ] as const,
      ),
    );
    for (const known of [estimates, new Map<string, { seconds: number }>()]) {
      const left = timeLeft(states, { estimates: known }, 100);
      expect(left?.low).toBeCloseTo(90, 9);
      expect(left?.high).toBeCloseTo(110, 9);
    }
  });

  it('counts the part of a running task that this run did, not what an earlier one left behind', () => {
    const states = after([0, started('task-0')], [0, progress('task-0', 0.5)], [50, progress('task-0', 0.75)]);
    const resumed = timeLeft(states, { estimates }, 50);
    // Half of its 100 s in 50 s, 950 s are left.
    expect(resumed?.low).toBeCloseTo(0.9 * 950, 9);
    const again = after([0, started('task-0')], [9, progress('task-0', 0.5)], [10, started('task-0', 1, 2)]);
    expect(timeLeft(again, { estimates }, 50)).toBeNull();
    // After a restart with more threads it continues where it was.
    again.learn(progress('task-0', 0.75), 50);
    expect(timeLeft(again, { estimates }, 50)?.low).toBeCloseTo(0.9 * 950, 9);
  });

  it('leaves out what is reused, set aside or blocked', () => {
    const states = after([0, finished('task-0', 1, true)], [0, setAside('task-1', ['task-2', 'task-3', 'task-4'])]);
    expect(timeLeft(states, { estimates, wholeSeconds }, 0)).toEqual({ low: 225, high: 275 });
  });

  it('is no less than a running task says', () => {
    const states = after(
      ...TEN.slice(0, 9).map((id) => [1, finished(id)] as const),
      [1, started('task-9')],
      [2, progress('task-9', 0.5, { seconds_left: 1000 })],
    );
    expect(timeLeft(states, { estimates, wholeSeconds }, 102)).toEqual({ low: 810, high: 990.0000000000001 });
  });

  it('is a range of numbers that are not negative, whatever happens', () => {
    const id = fc.constantFrom(...TEN, 'unknown');
    const number = fc.oneof(fc.double(), fc.constantFrom(0, -1, 1, 2, Number.NaN, Infinity));
    const event = fc.oneof(
      id.map((each) => started(each)),
      id.map((each) => finished(each)),
      id.map((each) => finished(each, 1, true)),
      fc.tuple(id, number, number).map(([each, share, left]) => progress(each, share, { seconds_left: left })),
      fc.tuple(id, fc.array(id)).map(([each, blocked]) => setAside(each, blocked)),
    );
    const seconds = fc.oneof(fc.double({ min: 0, max: 1e6, noNaN: true }), fc.constantFrom(0, Number.NaN, Infinity));
    const plan = fc.option(fc.record({ low: seconds, high: seconds }), { nil: undefined });
    const weights = fc.array(
      fc.tuple(
        id,
        seconds.map((each) => ({ seconds: each })),
      ),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(1000), event)), weights, plan, fc.nat(2000), (events, known, whole, now) => {
        const states = after(...events);
        const left = timeLeft(states, { estimates: new Map(known), wholeSeconds: whole }, now);
        if (left === null) return true;
        expect(rangeWords(left)).not.toMatch(/NaN|Infinity|-/);
        return left.low >= 0 && left.high >= left.low && Number.isFinite(left.high);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('timeLeft of a chain of tasks', () => {
  // Eight tasks of 100 s, and four of 100 s that wait for each other: 500 s on four threads, as the chain decides.
  const wide = Array.from({ length: 8 }, (_, i) => toyTask(`wide-${i}`));
  const chain = Array.from({ length: 4 }, (_, i) =>
    toyTask(`chain-${i}`, {}, { a: i === 0 ? 'wide-0' : `chain-${i - 1}` }),
  );
  const graph = toyGraph(...wide, ...chain);
  const known = new Map(graph.tasks.map(({ id }) => [id, toyEstimate(100)]));
  const slots = { threads: 4, jobs: 4, bytes: 100 };
  const secondsOf = (start = {}): number => simulate(graph, known, slots, start).seconds;
  const options = {
    estimates: known,
    wholeSeconds: { low: 450, high: 600 },
    scheduled: scheduleLeft(secondsOf(), secondsOf),
  };
  /** Seconds after which all but the last three of the chain are done. */
  const doneAfter = (seconds: number): TaskStates =>
    after(
      ...[...wide, ...chain.slice(0, 1)].flatMap(
        ({ id }) =>
          [
            [0, started(id)],
            [seconds, finished(id)],
          ] as const,
      ),
    );

  it('is what the chain takes, although few tasks are left', () => {
    expect(timeLeft(after(), options, 0)).toEqual(options.wholeSeconds);
    const left = timeLeft(doneAfter(200), options, 200);
    expect(left?.low).toBeCloseTo(0.8 * 0.9 * 300 + (0.2 * 450 * 300) / 500, 6);
    expect(left?.high).toBeCloseTo(0.8 * 1.1 * 300 + (0.2 * 600 * 300) / 500, 6);
  });

  it('grows with the time that this machine took for what is done', () => {
    const left = timeLeft(doneAfter(400), options, 400);
    expect(left?.low).toBeGreaterThan(0.8 * 0.9 * 600);
    expect(left?.high).toBeGreaterThan(0.8 * 1.1 * 600);
  });

  it('counts what a running task of the chain has done', () => {
    const states = doneAfter(200);
    states.learn(started('chain-1'), 200);
    states.learn(progress('chain-1', 0, { seconds_left: null }), 200);
    const before = timeLeft(states, options, 200);
    states.learn(progress('chain-1', 0.5, { seconds_left: null }), 250);
    const later = timeLeft(states, options, 250);
    expect(before?.high).toBeGreaterThanOrEqual(300);
    // As fast as planned, so that all but the last 250 s are done.
    expect(later?.high).toBeLessThan(before?.high ?? 0);
    expect(later?.high).toBeGreaterThanOrEqual(250);
  });

  it('is shorter by what is reused or set aside, and knows no more of the machine then', () => {
    const reused = after(...wide.map(({ id }) => [0, finished(id, 1, true)] as const));
    expect(timeLeft(reused, options, 0)).toEqual({ low: 360, high: 480 });
    const broken = after([0, setAside('chain-0', ['chain-1', 'chain-2', 'chain-3'])]);
    expect(timeLeft(broken, options, 0)).toEqual({ low: 180, high: 240 });
  });
});

describe('rangeWords', () => {
  it.each([
    [0, 0, '5 s'],
    [18, 41, '20 to 40 s'],
    [30, 61, '1 min'],
    [1080, 1500, '18 to 25 min'],
    [1080, 1085, '18 min'],
    [2000, 4000, '35 to 65 min'],
    [4000, 6000, '1 h 10 min to 1 h 40 min'],
    [3000, 7200, '50 min to 2 h'],
    [36_000, 54_000, '10 to 15 h'],
    [260_000, 350_000, '3 to 4 days'],
  ])('%d to %d s: %s', (low, high, words) => {
    expect(rangeWords({ low, high })).toBe(words);
  });
});
