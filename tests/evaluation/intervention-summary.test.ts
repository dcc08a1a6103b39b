// Counts of interventions: denominators, conflicts between trace and maze, and the paired comparison with un-intervened
// completions.
import { describe, expect, it } from 'vitest';
import { mcnemarExact, pairedInterval } from '../../src/base/statistics.ts';
import { completionText, parsePrompt } from '../../src/domain/maze/grammar.ts';
import { solve } from '../../src/domain/maze/astar.ts';
import type { Example } from '../../src/domain/types.ts';
import { judge } from '../../src/domain/maze/verdict/judge.ts';
import { type ForcedRow, summarizeInterventions } from '../../src/evaluation/intervention-summary.ts';

/** Free 4 x 4 mazes from 0 0: i = 0, 1, 2, 3 to 1 0, 2 0, 3 0, 0 1. */
const EXAMPLES: Example[] = ['1 0', '2 0', '3 0', '0 1'].map((goal, i) => {
  const prompt = `query start 0 0 goal ${goal} reasoning`;
  const { trace, plan } = solve(parsePrompt(prompt, 4, 'free'));
  return { id: String(i), generator: 'free', size: 4, prompt, completion: completionText(trace, plan ?? []) };
});
const GOLD = EXAMPLES.map(({ completion }) => completion);
const traceOf = (i: number): string => GOLD[i].slice(0, GOLD[i].indexOf(' solution'));
const planOf = (i: number): string => GOLD[i].slice(GOLD[i].indexOf('plan'));

function row(i: number, forced: string, rest: string): ForcedRow {
  const completion = [forced, rest].filter((part) => part !== '').join(' ');
  return {
    id: String(i),
    forced,
    completion,
    truncated: !completion.endsWith('end'),
    verdict: judge(parsePrompt(EXAMPLES[i].prompt, 4, 'free'), completion),
  };
}
const own = GOLD.map((completion, i) => row(i, '', i === 3 ? 'solution plan 3 3 end' : completion));

const summarize = (forced: Record<string, ForcedRow[]>) =>
  summarizeInterventions('free', EXAMPLES, own, new Map(Object.entries(forced)));

describe('summarizeInterventions', () => {
  it('a plan that follows a foreign trace instead of the maze', () => {
    const from = [1, 2, 0, 1];
    const {
      interventions: [swapped],
    } = summarize({ swapped: from.map((other, i) => row(i, `${traceOf(other)} solution`, planOf(other))) });
    expect(swapped).toMatchObject({
      n: 4,
      plan_valid: { count: 0, n: 4 },
      follows_trace: { count: 4, n: 4 },
      conflict_follows_trace: { count: 4, n: 4 },
      conflict_plan_valid: { count: 0, n: 4 },
      plan_is_gold: { count: 0 },
    });
    // All mazes begin at 0 0, as all traces do: nowhere could a plan begin wrongly.
    expect(swapped.begins_at_trace_start).toMatchObject({ count: 0, n: 0 });
  });

  it('a plan that follows the maze whatever the trace says', () => {
    const from = [1, 2, 0, 1];
    const {
      interventions: [swapped],
    } = summarize({ swapped: from.map((other, i) => row(i, `${traceOf(other)} solution`, planOf(i))) });
    expect(swapped).toMatchObject({
      plan_valid: { count: 4 },
      follows_trace: { count: 0, n: 4 },
      conflict_plan_valid: { count: 4, n: 4 },
      plan_is_gold: { count: 4 },
      plan_is_own: { count: 3 },
    });
    expect(swapped.compared).toMatchObject({ own_only: 0, forced_only: 1, difference: 0.25 });
  });

  it('under the right trace following it and the maze are one: no conflict is counted', () => {
    const {
      interventions: [gold],
    } = summarize({ gold: GOLD.map((_, i) => row(i, `${traceOf(i)} solution`, planOf(i))) });
    expect(gold).toMatchObject({
      follows_trace: { count: 4, n: 4 },
      conflict_follows_trace: { n: 0 },
      conflict_plan_valid: { n: 0 },
    });
  });

  it('counts a plan that begins where the forced trace begins', () => {
    const {
      interventions: [forced],
    } = summarize({
      forced: [0, 1, 2, 3].map((i) => row(i, 'close 3 3 c0 c3 solution', i < 2 ? 'plan 3 3 plan 3 2 end' : planOf(i))),
    });
    expect(forced.begins_at_trace_start).toMatchObject({ count: 2, n: 4 });
    expect(forced.follows_trace.n).toBe(0);
  });

  it('what the model wrote itself behind a forced beginning is no forced trace', () => {
    const {
      interventions: [again],
    } = summarize({
      again: [
        row(0, traceOf(1).slice(0, 15), GOLD[0].slice(16)),
        ...[1, 2, 3].map((i): ForcedRow => ({ id: String(i), left_out: 'no_room' })),
      ],
    });
    expect(again).toMatchObject({ n: 1, no_room: 3, follows_trace: { n: 0 } });
  });

  it('mazes that were left out are named and take no part, in the comparison neither', () => {
    const rows: ForcedRow[] = [
      row(0, 'solution', 'plan 0 0 end'),
      { id: '1', left_out: 'no_room' },
      { id: '2', left_out: 'not_applicable' },
      row(3, 'solution', planOf(3)),
    ];
    const {
      interventions: [empty],
      own: { n, plan_valid },
    } = summarize({ empty: rows });
    expect(empty).toMatchObject({ n: 2, no_room: 1, not_applicable: 1, plan_valid: { count: 1, n: 2 } });
    expect(empty.compared).toMatchObject({
      own_only: 1,
      forced_only: 1,
      difference: 0,
      p: mcnemarExact(1, 1),
      interval: pairedInterval(1, 1, 2),
    });
    expect([n, plan_valid.count]).toEqual([4, 3]);
  });

  it('counts well-formed events, as trace lengths do: stray words and broken records are none', () => {
    const {
      own: { mean_events },
      interventions: [junk],
    } = summarize({ junk: GOLD.map((completion, i) => row(i, '', `junk junk create 0 0 ${completion}`)) });
    const counted = EXAMPLES.map((_, i) => traceOf(i).split(/ (?=close|create)/).length);
    expect(junk.mean_events).toBe(counted.reduce((sum, count) => sum + count, 0) / 4);
    // The last of the un-intervened completions has no trace.
    expect(mean_events).toBe((counted[0] + counted[1] + counted[2]) / 4);
  });

  it('Holm runs over the interventions of the distribution', () => {
    const wrong = (forced: string): ForcedRow[] => GOLD.map((_, i) => row(i, forced, 'plan 3 3 end'));
    const { interventions } = summarize({ a: wrong('solution'), b: wrong('close 3 3 c0 c3 solution'), c: own });
    expect(interventions.map(({ compared }) => [compared.p.toFixed(9), compared.p_holm.toFixed(9)])).toEqual([
      ['0.250000000', '0.750000000'],
      ['0.250000000', '0.750000000'],
      ['1.000000000', '1.000000000'],
    ]);
  });

  it('Holm counts what forces the same texts once, and what has no maze not at all', () => {
    const wrong = (forced: string): ForcedRow[] => GOLD.map((_, i) => row(i, forced, 'plan 3 3 end'));
    const none = GOLD.map((_, i): ForcedRow => ({ id: String(i), left_out: 'not_applicable' }));
    const { interventions } = summarize({
      empty: wrong('solution'),
      'early@0': wrong('solution'),
      'early@8': none,
      filler: wrong('close 3 3 c0 c3 solution'),
      'early@16': none,
    });
    expect(interventions.map(({ compared: { p_holm } }) => p_holm.toFixed(9))).toEqual([
      '0.500000000',
      '0.500000000',
      '1.000000000',
      '0.500000000',
      '1.000000000',
    ]);
  });
});
