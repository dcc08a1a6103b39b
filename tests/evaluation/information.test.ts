// Which prefixes of a trace are scored, which kind of event each sampled one is, and the means over mazes: a maze made
// by hand, and numbers that are counted by hand.
import { describe, expect, it } from 'vitest';
import { RandomSequence } from '../../src/base/random.ts';
import type { Example } from '../../src/domain/types.ts';
import {
  EVENT_KINDS,
  INFORMATION_SHARES,
  informationRow,
  prefixesOf,
  sampleSequence,
  tracesOf,
} from '../../src/evaluation/information.ts';
import type { InformationRow } from '../../src/evaluation/information.ts';
import { summarizeInformation } from '../../src/evaluation/information-summary.ts';

const SOLUTION = 'solution plan 0 0 plan 1 0 plan 2 0 end';
/** 0 1 is created and never on the plan. */
const TRACE = [
  'close 0 0 c0 c2',
  'create 1 0 c1 c1',
  'create 0 1 c1 c3',
  'close 1 0 c1 c1',
  'create 2 0 c2 c0',
  'close 2 0 c2 c0',
];
const walls = Array.from({ length: 16 }, (_, i) => [i % 4, Math.floor(i / 4)])
  .filter(([x, y]) => !(y === 0 && x < 3) && !(x === 0 && y === 1))
  .map(([x, y]) => `wall ${x} ${y}`)
  .join(' ');
const EXAMPLE: Example = {
  id: 'a',
  generator: 'wilson',
  size: 4,
  prompt: `query start 0 0 goal 2 0 ${walls} reasoning`,
  completion: `${TRACE.join(' ')} ${SOLUTION}`,
};
const any = (): RandomSequence => new RandomSequence(1, 1, 0);

describe('prefixes', () => {
  it('are at shares of the events, and before and after each event of the sample', () => {
    const { points, shares, completions, plan_words, events } = prefixesOf(EXAMPLE, TRACE, 0, any());
    expect([plan_words, events]).toEqual([10, 6]);
    // 6 times 0, 1/8, 1/4, 1/2, 3/4, 7/8, 1, rounded down.
    expect(shares).toEqual([0, 0, 1, 3, 4, 5, 6]);
    expect(points).toEqual([0, 1, 3, 4, 5, 6]);
    expect(completions[0]).toBe(SOLUTION);
    expect(completions[2]).toBe(`close 0 0 c0 c2 create 1 0 c1 c1 create 0 1 c1 c3 ${SOLUTION}`);
    expect(completions[5]).toBe(EXAMPLE.completion);
    const two = prefixesOf(EXAMPLE, TRACE, 2, any());
    expect(two.added).toHaveLength(2);
    for (const { event } of two.added) expect(two.points).toEqual(expect.arrayContaining([event, event + 1]));
  });

  it('of a trace without events are one', () => {
    expect(prefixesOf(EXAMPLE, [], 8, any())).toMatchObject({
      points: [0],
      shares: INFORMATION_SHARES.map(() => 0),
      added: [],
      completions: [SOLUTION],
    });
  });

  it('the kind of an event is its operation, and whether its cell is on the reference plan', () => {
    expect(prefixesOf(EXAMPLE, TRACE, 99, any()).added).toEqual([
      { event: 0, kind: 'close on plan' },
      { event: 1, kind: 'create on plan' },
      { event: 2, kind: 'create off plan' },
      { event: 3, kind: 'close on plan' },
      { event: 4, kind: 'create on plan' },
      { event: 5, kind: 'close on plan' },
    ]);
    // Of another maze: the plan stays that of this one. Broken records are none.
    expect(
      prefixesOf(EXAMPLE, ['close 3 3 c0 c2', 'close 2 0', 'query', 'plan 0 0', 'create 3 3 c0 c0'], 99, any()).added,
    ).toEqual([
      { event: 0, kind: 'close off plan' },
      { event: 4, kind: 'create off plan' },
    ]);
  });

  it('the sample is uniform over the events, and a function of seed, source and maze', () => {
    const chosen = Array.from({ length: 600 }, (_, maze) =>
      prefixesOf(EXAMPLE, TRACE, 2, sampleSequence(1, 'own', maze)).added.map(({ event }) => event),
    );
    for (const events of chosen) expect(events).toEqual([...new Set(events)].sort((a, b) => a - b));
    const counts = TRACE.map((_, event) => chosen.filter((events) => events.includes(event)).length);
    // 600 draws of 2 of 6: 200 expected, standard deviation 11.5; pass if within 5 of them.
    for (const count of counts) expect(Math.abs(count - 200)).toBeLessThan(58);
    const of = (...[seed, source, maze]: Parameters<typeof sampleSequence>): number[] =>
      Array.from({ length: 4 }, (_, i) => sampleSequence(seed, source, 4 * maze + i).nextU32());
    expect(of(1, 'own', 3)).toEqual(of(1, 'own', 3));
    expect(new Set([of(1, 'own', 3), of(1, 'gold', 3), of(1, 'own', 4), of(2, 'own', 3)].map(String)).size).toBe(4);
  });
});

describe('traces', () => {
  const other: Example = {
    ...EXAMPLE,
    id: 'b',
    completion: 'close 1 0 c0 c1 create 2 0 c1 c0 close 2 0 c1 c0 solution plan 1 0 plan 2 0 end',
  };

  it('own ones are what stands before `solution`, gold ones are A*’s, swapped ones change places', () => {
    const own = ['close 0 0 c0 c2 query solution plan 0 0 end', 'solution end'];
    expect(tracesOf('own', [EXAMPLE, other], own, 1)).toEqual([['close 0 0 c0 c2', 'query'], []]);
    expect(tracesOf('gold', [EXAMPLE, other], own, 1)).toEqual([
      TRACE,
      ['close 1 0 c0 c1', 'create 2 0 c1 c0', 'close 2 0 c1 c0'],
    ]);
    expect(tracesOf('swapped', [EXAMPLE, other], own, 1)).toEqual(
      tracesOf('gold', [EXAMPLE, other], own, 1).toReversed(),
    );
    expect(() => tracesOf('swapped', [EXAMPLE], own, 1)).toThrow(/TOO_FEW_EXAMPLES/);
  });
});

describe('rows and means', () => {
  it('a row has the losses of its shares and of its sample', () => {
    const prefixes = prefixesOf(EXAMPLE, TRACE, 99, any());
    const losses = prefixes.points.map((point) => 100 - point * point);
    const row = informationRow('a', prefixes, losses);
    expect(row).toMatchObject({ id: 'a', plan_words: 10, events: 6, losses: [100, 100, 99, 91, 84, 75, 64] });
    expect('added' in row && row.added[3]).toEqual({ event: 3, kind: 'close on plan', before: 91, after: 84 });
  });

  const row = (id: string, plan_words: number, losses: number[], added: [string, number, number][]): InformationRow =>
    ({
      id,
      plan_words,
      events: losses.length,
      losses,
      added: added.map(([kind, before, after], event) => ({ event, kind, before, after })),
    }) as InformationRow;
  const rows: InformationRow[] = [
    row(
      'a',
      10,
      [20, 20, 18, 16, 12, 10, 8],
      [
        ['close on plan', 9, 6],
        ['close on plan', 6, 5],
        ['create off plan', 5, 6],
      ],
    ),
    row('b', 4, [10, 10, 10, 8, 8, 8, 2], [['close on plan', 8, 2]]),
    { id: 'c', left_out: 'no_room' },
    { id: 'd', left_out: 'no_room' },
    { id: 'e', left_out: 'not_applicable' },
  ];
  const summary = summarizeInformation('gold', rows);

  it('information is L(0) - L(k), by plan and by word of each maze’s own plan', () => {
    expect(summary).toMatchObject({ source: 'gold', n: 2, no_room: 2, not_applicable: 1, mean_events: 7 });
    expect(summary.points.map(({ share }) => share)).toEqual([0, 0.125, 0.25, 0.5, 0.75, 0.875, 1]);
    // (12 + 8) / 2, (12 / 10 + 8 / 4) / 2, (8 / 10 + 2 / 4) / 2.
    const last = summary.points[6];
    expect(last.per_plan.mean).toBeCloseTo(10, 12);
    expect(last.per_word.mean).toBeCloseTo(1.6, 12);
    expect(last.loss_per_word.mean).toBeCloseTo(0.65, 12);
    // t of one degree of freedom at 97.5 %: 12.7062; the standard error of 12 and 8 is 2.
    expect(last.per_plan.interval?.[0]).toBeCloseTo(10 - 2 * 12.7062, 3);
    expect(last.per_plan.interval?.[1]).toBeCloseTo(10 + 2 * 12.7062, 3);
    expect(summary.points[0].per_plan).toEqual({ n: 2, mean: 0, interval: [0, 0] });
  });

  it('a maze counts once for a kind of event, with the mean of its events', () => {
    const of = (kind: string) => summary.added.find((each) => each.kind === kind);
    expect(summary.added.map(({ kind }) => kind)).toEqual(EVENT_KINDS);
    // ((3 + 1) / 2 + 6) / 2 and (2 / 10 + 6 / 4) / 2.
    expect(of('close on plan')).toMatchObject({ events: 3, per_plan: { n: 2, mean: 4 } });
    expect(of('close on plan')?.per_word.mean).toBeCloseTo(0.85, 12);
    expect(of('create off plan')).toMatchObject({ events: 1, per_plan: { n: 1, mean: -1, interval: null } });
    expect(of('create on plan')).toMatchObject({ events: 0, per_plan: { n: 0, mean: null, interval: null } });
  });

  it('without a maze there are no numbers', () => {
    expect(summarizeInformation('own', rows.slice(2))).toMatchObject({ n: 0, mean_events: null });
  });
});
