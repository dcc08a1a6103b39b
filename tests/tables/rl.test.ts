// Reinforcement learning as tables: shares before and after with their counts, means over seeds, sampled groups.
import { describe, expect, it } from 'vitest';
import { proportion } from '../../src/base/statistics.ts';
import { RL_DEFAULTS } from '../../src/rl/config.ts';
import { htmlTable } from '../../src/render/html.ts';
import { markdownTable } from '../../src/render/markdown.ts';
import { terminalTable } from '../../src/render/terminal.ts';
import type { RlResult, StudyResults } from '../../src/study/results.ts';
import { rlByRun, rlOverSeeds, rlRunTables, rlSampledGroups } from '../../src/tables/rl.ts';
import { tidyRows } from '../../src/tables/tidy.ts';
import { fixture } from '../report/fixture.ts';
import { findCell } from './find-cell.ts';

const study = fixture();
const [run] = study.rl ?? [];
const improved: RlResult = {
  ...run,
  after: run.after.map((each) => ({ ...each, plan_valid: proportion(900, 1000), truncated: proportion(7, 1000) })),
};
const withRuns = (results: StudyResults, ...rl: readonly RlResult[]): StudyResults => ({ ...results, rl });

describe('before and after', () => {
  const [table] = rlByRun(withRuns(study, improved));

  it('plans, traces at each level and truncation, each with its count', () => {
    const [wilson] = improved.before;
    for (const [column, { count, n }] of [
      ['Valid plans', wilson.plan_valid],
      ['Valid traces, lenient', wilson.trace_valid.paper],
      ['Valid traces, strict', wilson.trace_valid.strict],
      ['Valid traces, exact', wilson.trace_valid.exact],
      ['Truncated', wilson.truncated],
    ] as const)
      expect(findCell(table, 'Wilson, before', column), column).toMatchObject({ seeds: [{ count, n }] });
    expect(findCell(table, 'Wilson, after', 'Valid plans')).toMatchObject({ share: 0.9, seeds: [{ count: 900 }] });
    expect(findCell(table, 'Wilson, after', 'Truncated')).toMatchObject({ seeds: [{ count: 7, n: 1000 }] });
    expect(markdownTable(table)).toContain('| Wilson, after | **90.0 %**<br>[88.0, 91.7]<br>900/1,000 |');
  });

  it('the caption says what was learnt for, how long, and from which layouts', () => {
    expect(table.caption).toContain('Greedy completions of all test mazes before and after 100 steps of GRPO: percent');
    expect(table.caption).toContain('The reward is 1 for a valid plan.');
    expect(table.caption).toContain('Layouts seen in training, of all test mazes: Wilson 100.0 % (1,000/1,000)');
  });

  it('numbers have their step', () => {
    const shared = { condition: 'correct', seed: 1, distribution: 'wilson', metric: 'plan_valid', n: 1000 };
    const rows = tidyRows('quick', table);
    expect(rows).toContainEqual(expect.objectContaining({ ...shared, step: 0, k: run.before[0].plan_valid.count }));
    expect(rows).toContainEqual(expect.objectContaining({ ...shared, step: 100, k: 900 }));
    expect(rows).toContainEqual(
      expect.objectContaining({ metric: 'trace_valid', level: 'paper', step: 100, distribution: 'wilson' }),
    );
  });

  it('several seeds of a condition have their mean', () => {
    const seeds = fixture({ seeds: [1, 2, 3] });
    const [means] = rlOverSeeds(seeds);
    expect(findCell(means, 'Wilson, before', 'Valid plans', 'Correct traces')).toMatchObject({
      share: expect.closeTo(0.72, 12) as number,
      seeds: [
        { count: 708, seed: 1 },
        { count: 720, seed: 2 },
        { count: 732, seed: 3 },
      ],
    });
    expect(means.caption).toContain(
      'an interval that covers the 95 % t interval over seeds and the seeds’ mean Wilson score interval',
    );
    expect(rlByRun(seeds)[0].groups.map(({ heading }) => heading)).toContain('Swapped traces, seed 3');
    expect(rlOverSeeds(study)).toEqual([]);
  });

  it('a mean is over distributions that every seed has evaluated before and after', () => {
    const short = { ...run, seed: 2, after: run.after.slice(1) };
    const [means] = rlOverSeeds(withRuns(study, run, short));
    expect(means.groups[0].rows).toHaveLength(2 * (run.before.length - 1));
  });

  it('an undertrained start is marked', () => {
    const [marked] = rlByRun({
      ...study,
      conditions: study.conditions.map((each) => ({
        ...each,
        training_verdict: { ...each.training_verdict, undertrained: each.condition === 'swapped' },
      })),
    });
    expect(marked.groups.map(({ heading }) => heading)).toEqual(['Correct traces, seed 1', 'Swapped traces, seed 1 †']);
    expect(marked.caption).toContain('†: undertrained');
  });

  it('names early starts, next to the last ones', () => {
    const early: RlResult = {
      ...improved,
      start: 'early',
      start_step: 1720,
      start_trace_valid_strict: proportion(109, 200),
    };
    const both = withRuns(study, run, early);
    const [table] = rlByRun(both);
    expect(table.groups.map(({ heading }) => heading)).toEqual([
      'Correct traces, seed 1',
      'Correct traces, early, seed 1',
    ]);
    expect(findCell(table, 'Wilson, after', 'Valid plans', 'Correct traces, early, seed 1')).toMatchObject({
      share: 0.9,
    });
    expect(table.caption).toContain(
      'Early: started from the kept checkpoint whose strictly valid traces on dev are nearest to 55 %: seed 1 step ' +
        '1,720 (54.5 %).',
    );
    const after = { condition: 'correct', seed: 1, distribution: 'wilson', metric: 'plan_valid', step: 100 };
    const rows = tidyRows('quick', table);
    expect(rows).toContainEqual(expect.objectContaining({ ...after, part: null, k: run.after[0].plan_valid.count }));
    expect(rows).toContainEqual(expect.objectContaining({ ...after, part: 'early', k: 900 }));
    // Seeds of one start have a mean, starts of one seed have none.
    expect(rlOverSeeds(both)).toEqual([]);
    const seeds = fixture({ seeds: [1, 2] });
    const [first, second] = (seeds.rl ?? []).filter(({ condition }) => condition === 'correct');
    const started = [first, second].map((each): RlResult => ({ ...each, start: 'early', after: early.after }));
    const [means] = rlOverSeeds(withRuns(seeds, first, second, ...started));
    expect(means.groups.map(({ heading }) => heading)).toEqual(['Correct traces', 'Correct traces, early']);
    expect(findCell(means, 'Wilson, after', 'Valid plans', 'Correct traces, early')).toMatchObject({ share: 0.9 });
  });

  it('a study without reinforcement learning has no such table', () => {
    const without = withRuns(study);
    expect([...rlByRun(without), ...rlOverSeeds(without), ...rlSampledGroups(without)]).toEqual([]);
  });
});

describe('sampled groups', () => {
  const [table] = rlSampledGroups(study);

  it('of each distribution before and after', () => {
    const cell = (row: string, column: string) => findCell(table, row, column);
    expect(cell('Wilson, before', 'Groups of equal rewards')).toMatchObject({ seeds: [{ count: 16, n: 64 }] });
    expect(cell('Wilson, after', 'Groups of equal rewards')).toMatchObject({ seeds: [{ count: 36, n: 64 }] });
    expect(cell('Wilson, after', 'Truncated')).toMatchObject({ seeds: [{ count: 8, n: 512 }] });
    expect(markdownTable(table)).toContain(
      '| Wilson, after | **56.3 %**<br>[44.1, 67.7]<br>36/64 | 0.500 | 0.120 | 0.010 | 102.0 | **1.6 %**<br>[0.8, 3.1]<br>8/512 |',
    );
    expect(markdownTable(table)).toMatch(/\| Wilson, before \| [^|]* \| 0\.400 \| 0\.120 \| 0\.000 \| 100\.0 \| /);
    expect(table.caption).toContain('8 completions at temperature 1 of each of the first test mazes');
  });

  it('no table where none were sampled', () => {
    const older = { ...run, curve: run.curve.map(({ step, evaluation }) => ({ step, evaluation })) };
    expect(rlSampledGroups(withRuns(study, older))).toEqual([]);
  });
});

describe('one run without a study', () => {
  it('has both tables in a terminal of 80 columns', () => {
    const tables = rlRunTables(improved, { ...RL_DEFAULTS, reward: 'trace' });
    expect(tables.map(({ id }) => id)).toEqual(['rl', 'rl-sampled']);
    const text = tables.map((table) => terminalTable(table, { width: 80 })).join('\n');
    expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80);
    expect(text.replace(/\s+/g, ' ')).toContain('The reward is 1 for a strictly valid trace.');
    expect(text).toMatch(/^Wilson, before +70\.8 \[67\.9, 73\.5\] +68\.0 \[65\.0, 70\.8\] +63\.7 \[60\.7, 66\.6\]$/m);
    expect(text).toMatch(/^Wilson, after +56\.3 \[44\.1, 67\.7\] +0\.500 +0\.120 +0\.010 +102\.0$/m);
  });

  it('has dashes where nothing was counted', () => {
    const empty = proportion(0, 0);
    const none = improved.before.map((each) => ({ ...each, plan_valid: empty, truncated: empty }));
    const [table] = rlRunTables({ ...improved, before: none }, RL_DEFAULTS);
    expect(findCell(table, 'Wilson, before', 'Valid plans')).toMatchObject({ share: null });
    expect(terminalTable(table, { width: 200 })).toMatch(/^Wilson, before +- /m);
  });

  it('names of distributions from elsewhere are text', () => {
    const odd = improved.before.map((each) => ({ ...each, distribution: '<script>' }));
    const [table] = rlRunTables({ ...improved, before: odd, after: odd, curve: [] }, RL_DEFAULTS);
    expect(htmlTable(table).text).not.toContain('<script');
    expect(table.caption).toContain('all test problems');
  });
});
