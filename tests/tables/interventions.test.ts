// Forced traces as a table: every share with its denominator and interval, means over seeds, and what was left out.
import { describe, expect, it } from 'vitest';
import { pairedInterval, proportion, tInterval } from '../../src/base/statistics.ts';
import type { Interval } from '../../src/base/statistics.ts';
import type { DistributionInterventions, InterventionSummary } from '../../src/evaluation/intervention-summary.ts';
import { INTERVENTION_FAMILIES } from '../../src/evaluation/interventions.ts';
import { htmlTable } from '../../src/render/html.ts';
import { markdownTable } from '../../src/render/markdown.ts';
import { terminalTable } from '../../src/render/terminal.ts';
import type { InterventionResult, StudyResults } from '../../src/study/results.ts';
import { interventionLabel } from '../../src/tables/intervention-names.ts';
import { checkpointInterventions, interventionsByRun, interventionsOverSeeds } from '../../src/tables/interventions.ts';
import { tidyRows } from '../../src/tables/tidy.ts';
import { interventionSummary as summary } from '../report/fixture-later.ts';
import { fixture } from '../report/fixture.ts';
import { findCell } from './find-cell.ts';

const swapped: InterventionSummary = {
  ...summary('swapped', 2),
  plan_is_own: proportion(4, 40),
  conflict_follows_trace: proportion(21, 30),
  conflict_plan_valid: proportion(3, 30),
  begins_at_trace_start: proportion(24, 28),
  truncated: proportion(5, 40),
  not_applicable: 3,
};

function on(distribution: string, interventions: readonly InterventionSummary[]): DistributionInterventions {
  return {
    distribution,
    own: { n: 40, plan_valid: proportion(30, 40), mean_plan_cells: 6.5, mean_events: 12 },
    interventions,
  };
}

describe('forced traces of one checkpoint', () => {
  const table = checkpointInterventions([on('wilson', [summary('gold', 33), swapped]), on('free', [swapped])]);

  it('every share has its interval and its count', () => {
    const { plan_valid, plan_is_own, plan_is_gold, follows_trace, truncated } = swapped;
    const { conflict_follows_trace, conflict_plan_valid, begins_at_trace_start } = swapped;
    for (const [column, share] of [
      ['Valid plans', plan_valid],
      ['Own plan', plan_is_own],
      ['A*’s plan', plan_is_gold],
      ['Follows the trace', follows_trace],
      ['Follows it against the maze', conflict_follows_trace],
      ['Valid against the trace', conflict_plan_valid],
      ['Begins at its start', begins_at_trace_start],
      ['Truncated', truncated],
    ] as const) {
      const { count, n, low, high } = share;
      expect(findCell(table, 'Swapped', column, 'Free space'), column).toMatchObject({
        kind: 'proportion',
        share: count / n,
        low,
        high,
        seeds: [{ count, n }],
      });
    }
  });

  it('the change against no intervention has its interval and its p', () => {
    const [low, high] = pairedInterval(5, 1, 40);
    expect(findCell(table, 'Swapped', 'Change, points')).toMatchObject({ kind: 'difference', value: -0.1, low, high });
    expect(findCell(table, 'Swapped', 'Holm p')).toMatchObject({ kind: 'number', value: 0.4375, form: 'p' });
  });

  it('counts what was left out, by its reason', () => {
    expect(findCell(table, 'Swapped', 'n')).toMatchObject({ value: 40 });
    expect(findCell(table, 'Swapped', 'No room')).toMatchObject({ value: 2 });
    expect(findCell(table, 'Swapped', 'Not applicable')).toMatchObject({ value: 3 });
    expect(table.caption).toContain('No room: mazes left out because the context has no room for a plan.');
  });

  it('without intervention there are valid plans and lengths, and nothing to compare', () => {
    const own = (column: string) => findCell(table, 'No intervention', column);
    expect(own('Valid plans')).toMatchObject({ share: 0.75, seeds: [{ count: 30, n: 40 }] });
    expect([own('Plan cells'), own('Trace events')]).toMatchObject([{ value: 6.5 }, { value: 12 }]);
    expect([own('Change, points'), own('Holm p'), own('Follows the trace')]).toEqual([null, null, null]);
  });

  it('an intervention without a maze has dashes, not zeros', () => {
    const none = checkpointInterventions([on('wilson', [summary('gold', 33), summary('early@64', 0, 0)])]);
    const cell = (column: string) => findCell(none, 'Own trace, 64 records', column);
    expect(cell('n')).toMatchObject({ value: 0 });
    for (const column of ['Valid plans', 'Change, points', 'Holm p', 'Own plan', 'Plan cells', 'Trace events'])
      expect(cell(column), column).toBeNull();
  });

  it('columns that are empty are left out, with their words', () => {
    const { columns, caption } = checkpointInterventions([on('wilson', [summary('gold', 33)])]);
    for (const label of ['Follows it against the maze', 'Valid against the trace', 'Begins at its start']) {
      expect(columns.map((column) => column.label)).not.toContain(label);
      expect(caption).not.toContain(label);
      expect(table.columns.map((column) => column.label)).toContain(label);
      expect(table.caption).toContain(`${label}: `);
    }
  });

  it('the caption says what each kind of intervention forces, once', () => {
    const names = ['gold', 'corrupted-kept@0.25', 'corrupted-kept@0.5', 'early@1', 'early@32'];
    const { caption } = checkpointInterventions([
      on(
        'wilson',
        names.map((name) => summary(name, 0)),
      ),
    ]);
    expect(caption).toContain(
      'Reference (`gold`): A*’s trace of this maze; Corrupt x %, kept: one event of A*’s trace replaced at this share of the trace, the rest kept; Own trace, k records: the model’s own trace, cut after k records, well-formed or not, where it has as many.',
    );
  });

  it('fits a terminal of 80 columns with every intervention', () => {
    const all = Object.values(INTERVENTION_FAMILIES)
      .flat()
      .map((intervention) => ({ ...swapped, intervention, plan_valid: proportion(40, 40) }));
    const text = terminalTable(checkpointInterventions([on('wilson', [...all, summary('early@64', 0, 0)])]), {
      width: 80,
    });
    expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80);
    expect(text).not.toMatch(/NaN|undefined|Infinity/);
    expect(text).toMatch(
      /^Corrupt 50 %, redone +40 +100\.0 \[91\.2, 100\.0\] +-10\.0 \[[-+\d.]+, [-+\d.]+\] +0\.438$/m,
    );
    expect(text).toMatch(/^Own trace, 64 records +0 +- +- +-$/m);
  });

  it('names of distributions from elsewhere are text', () => {
    const markup = htmlTable(checkpointInterventions([on('<script>', [swapped])])).text;
    expect(markup).not.toContain('<script');
    expect(markup).toContain('&lt;script&gt;');
  });
});

describe('forced traces of a study', () => {
  const study = fixture({ seeds: [1, 2] });
  const [one] = study.interventions ?? [];
  const ofSeed = (seed: number, difference: number, interventions = [summary('gold', 33), swapped]) =>
    ({
      ...one,
      seed,
      distributions: one.distributions.map((each) => ({
        ...each,
        interventions: interventions.map((each) => ({ ...each, compared: { ...each.compared, difference } })),
      })),
    }) satisfies InterventionResult;
  const withRuns = (...interventions: readonly InterventionResult[]): StudyResults => ({ ...study, interventions });

  it('every run has a group, with its coordinates', () => {
    const [table] = interventionsByRun(withRuns(ofSeed(1, -0.1), ofSeed(2, -0.2)));
    expect(table.groups.map(({ heading }) => heading)).toEqual([
      'Correct traces, seed 1, Wilson',
      'Correct traces, seed 2, Wilson',
    ]);
    expect(tidyRows('quick', table)).toContainEqual(
      expect.objectContaining({
        condition: 'correct',
        seed: 2,
        distribution: 'wilson',
        intervention: 'swapped',
        metric: 'conflict_follows_trace',
        n: 30,
        k: 21,
      }),
    );
    expect(tidyRows('quick', table)).toContainEqual(
      expect.objectContaining({ seed: 1, intervention: 'own', metric: 'plan_valid', n: 40, k: 38 }),
    );
  });

  it('`other` is named by the condition whose traces it forces', () => {
    const [table] = interventionsByRun(withRuns(ofSeed(1, 0, [summary('other', 3)])));
    expect(findCell(table, 'Other (swapped traces)', 'n')).toMatchObject({ value: 40 });
  });

  it('several seeds have a mean with an interval over seeds and the count of each', () => {
    const [table] = interventionsOverSeeds(withRuns(ofSeed(1, -0.1), ofSeed(2, -0.2)));
    const group = 'Correct traces, Wilson';
    const { mean, interval } = tInterval([-0.1, -0.2]);
    expect(mean).toBeCloseTo(-0.15, 12);
    expect(findCell(table, 'Swapped', 'Change, points', group)).toMatchObject({
      value: mean,
      low: interval[0],
      high: interval[1],
    });
    expect(findCell(table, 'No intervention', 'Valid plans', group)).toMatchObject({
      seeds: [
        { count: 38, n: 40, seed: 1 },
        { count: 38, n: 40, seed: 2 },
      ],
    });
    expect(markdownTable(table)).toMatch(
      /\| Swapped \| \*\*5\.0 %[^|]*\| \*\*−15\.0\*\*<br>\[[^|]*\| .* \| \*\*70\.0 %\*\*<br>\[[\d., ]+\]<br>21, 21 of 30 \|/,
    );
    expect(table.caption).toContain(
      'an interval that covers the 95 % t interval over seeds and the seeds’ mean Wilson score interval',
    );
    // A number of one run alone has no mean here.
    expect(table.columns.map(({ label }) => label)).not.toContain('Holm p');
  });

  it('seeds that agree keep the interval over mazes: that of a mean is never empty', () => {
    const [table] = interventionsOverSeeds(withRuns(ofSeed(1, -0.1), ofSeed(2, -0.1)));
    const [low, high]: Interval = summary('gold', 33).compared.interval;
    expect(findCell(table, 'Reference', 'Change, points')).toMatchObject({ low, high });
  });

  it('a seed without a maze leaves no mean', () => {
    const [table] = interventionsOverSeeds(
      withRuns(ofSeed(1, -0.1), ofSeed(2, -0.1, [summary('gold', 33), { ...summary('swapped', 0, 0) }])),
    );
    expect(findCell(table, 'Swapped', 'Change, points')).toBeNull();
    expect(findCell(table, 'Swapped', 'Valid plans')).toMatchObject({ share: null });
  });

  it('no table of means where each condition has one seed, and none without interventions', () => {
    expect(interventionsOverSeeds(withRuns(ofSeed(1, 0)))).toEqual([]);
    expect([...interventionsByRun(withRuns()), ...interventionsOverSeeds(withRuns())]).toEqual([]);
  });

  it('captions name the layouts seen in training, of the distributions in the table alone', () => {
    const [table] = interventionsByRun(study);
    expect(table.caption).toMatch(
      /Layouts seen in training, of all test mazes: Wilson 100\.0 % \(1,000\/1,000\)\. [^:]*: Wilson 65\.0 \(100\.0 %\)\.$/,
    );
  });

  it('an undertrained model is marked', () => {
    const results: StudyResults = {
      ...withRuns(ofSeed(1, 0), ofSeed(2, 0)),
      conditions: study.conditions.map((run) => ({
        ...run,
        training_verdict: { ...run.training_verdict, undertrained: run.condition === 'correct' && run.seed === 2 },
      })),
    };
    const [means] = interventionsOverSeeds(results);
    const [runs] = interventionsByRun(results);
    expect(means.groups[0].heading).toBe('Correct traces †, Wilson');
    expect(runs.groups.map(({ heading }) => heading)).toEqual([
      'Correct traces, seed 1, Wilson',
      'Correct traces, seed 2 †, Wilson',
    ]);
    for (const { caption } of [means, runs]) expect(caption).toContain('†: undertrained');
  });
});

it('every intervention has a label of its own', () => {
  const names = Object.values(INTERVENTION_FAMILIES).flat();
  const labels = names.map(interventionLabel);
  expect(new Set(labels).size).toBe(names.length);
  expect(labels).toContain('Corrupt 25 %, kept');
  // A model's own trace is cut by records, which need not be events.
  expect(labels).toContain('Own trace, 1 record');
  expect(labels).toContain('Own trace, 32 records');
});
