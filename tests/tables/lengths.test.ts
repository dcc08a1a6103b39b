// Tables of trace lengths: every number of the analysis with its interval, denominator and coordinates.
import { describe, expect, it } from 'vitest';
import { analyseLengths } from '../../src/analysis/lengths.ts';
import { correlationOverSeeds } from '../../src/analysis/seed-correlation.ts';
import type { Correlation } from '../../src/base/correlation.ts';
import { htmlTable } from '../../src/render/html.ts';
import { markdownTable } from '../../src/render/markdown.ts';
import { terminalTable } from '../../src/render/terminal.ts';
import { lengthTables, studyLengths } from '../../src/tables/lengths.ts';
import { foreignNames, markedNames } from '../../src/tables/run-names.ts';
import { captionOf } from '../../src/tables/table.ts';
import type { Cell, Table } from '../../src/tables/table.ts';
import { tidyRows } from '../../src/tables/tidy.ts';
import { fixture } from '../report/fixture.ts';
import { lengthRows as rows, lengthRun as run, withDetours } from '../report/fixture-later.ts';

/** Lengths that vary: no correlation is 1 or missing. */
const one = run({
  wilson: withDetours(rows(60, (astar) => astar + 5 * (astar % 4), 0.1)),
  drunkard: withDetours(rows(60, (astar) => 20 + ((7 * astar) % 11), 2)),
});
const two = {
  ...one,
  seed: 2,
  rows: { ...one.rows, wilson: withDetours(rows(60, (astar) => astar + 9 * (astar % 5), 0.1)) },
};
const analysis = analyseLengths([one, two]);
const tables = lengthTables(analysis);

function table(id: string, among: readonly Table[] = tables): Table {
  const found = among.find((each) => each.id === id);
  if (found === undefined) throw new Error(`no table ${id}`);
  return found;
}

/** Cells of a row by the metric of their columns. */
function cells({ columns, groups }: Table, group: number, row: number): Map<string, Cell | null> {
  return new Map(columns.map(({ about }, i) => [about?.metric ?? '', groups[group].rows[row][i]]));
}

function correlation(value: Correlation | null): object {
  if (value === null) throw new Error('the fixture has no such correlation');
  const { estimate, low, high, p, n } = value;
  return { kind: 'correlation', value: estimate, low, high, p, n };
}

describe('tables of lengths', () => {
  it('each run has counts with intervals, mean events, and all correlations of its own mazes', () => {
    const [first] = analysis.groups;
    const { all, finished } = first;
    const row = cells(table('lengths'), 0, 0);
    expect(row.get('solved')).toMatchObject({ kind: 'proportion', share: 0.5, seeds: [first.solved] });
    expect(row.get('truncated')).toMatchObject({ kind: 'proportion', seeds: [first.truncated] });
    expect(row.get('mean_generated')).toMatchObject({ value: first.mean_generated, form: 'tenth' });
    expect(row.get('mean_astar')).toMatchObject({ value: first.mean_astar, form: 'tenth' });
    expect(row.get('mean_distance')).toMatchObject({ value: first.mean_distance, form: 'nats' });
    const expected = {
      pearson: all.pearson,
      spearman: all.spearman,
      given_plan: all.given_plan,
      given_plan_manhattan: all.given_plan_manhattan,
      given_plan_finished: finished.given_plan,
      with_plan: all.with_plan,
      with_manhattan: all.with_manhattan,
    };
    for (const [metric, value] of Object.entries(expected)) expect(row.get(metric)).toEqual(correlation(value));
    expect(new Set(Object.values(expected).map((value) => value?.estimate)).size).toBe(7);
  });

  it("over seeds: the mean in Fisher's z and the count of each seed; one seed has no such table", () => {
    const row = cells(table('lengths-over-seeds'), 0, 0);
    const seeds = analysis.groups.filter(({ distribution }) => distribution === 'wilson');
    const mean = correlationOverSeeds(seeds.map(({ all }) => all.given_plan));
    expect(row.get('given_plan')).toEqual({
      kind: 'correlation',
      value: mean?.estimate,
      low: mean?.low,
      high: mean?.high,
      n: 60,
    });
    expect(row.get('solved')).toMatchObject({
      share: 0.5,
      seeds: [
        { seed: 1, count: 30, n: 60 },
        { seed: 2, count: 30, n: 60 },
      ],
    });
    expect(lengthTables(analyseLengths([one])).map(({ id }) => id)).toEqual([
      'lengths',
      'lengths-astar',
      'lengths-by-distance',
      'lengths-fifths',
    ]);
  });

  it('traces of A* have Pearson and Spearman with both baselines, and the partial correlation', () => {
    const [baseline] = analysis.gold;
    const row = cells(table('lengths-astar'), 0, 0);
    expect(row.get('n')).toMatchObject({ value: 60 });
    expect(row.get('mean_astar')).toMatchObject({ value: baseline.mean_astar });
    for (const metric of [
      'with_plan',
      'with_plan_spearman',
      'with_manhattan',
      'with_manhattan_spearman',
      'with_plan_given_manhattan',
    ] as const)
      expect(row.get(metric)).toEqual(correlation(baseline[metric]));
  });

  it('fifths by distance have what they are made of, and the correlations within distributions', () => {
    const fifths = table('lengths-by-distance');
    const [, , mixed] = analysis.bins;
    expect(mixed.from).toEqual({ wilson: 12, drunkard: 12 });
    const made = table('lengths-fifths');
    expect(made.columns.map(({ label }) => label)).toEqual(['Distance', 'Wilson', 'Drunkard']);
    expect(made.groups[0].rows).toMatchObject([
      [{ text: '0.100 to 0.100' }, { value: 24 }, { value: 0 }],
      [{ text: '0.100 to 0.100' }, { value: 24 }, { value: 0 }],
      [{ text: '0.100 to 2.000' }, { value: 12 }, { value: 12 }],
      [{ text: '2.000 to 2.000' }, { value: 0 }, { value: 24 }],
      [{ text: '2.000 to 2.000' }, { value: 0 }, { value: 24 }],
    ]);
    const row = cells(fifths, 0, 2);
    const expected = {
      pearson: mixed.all.pearson,
      spearman: mixed.all.spearman,
      given_plan: mixed.all.given_plan,
      given_plan_manhattan: mixed.all.given_plan_manhattan,
      given_distribution: mixed.given_distribution,
      given_distribution_plan: mixed.given_distribution_plan,
    };
    for (const [metric, value] of Object.entries(expected)) expect(row.get(metric)).toEqual(correlation(value));
    expect(new Set(Object.values(expected).map((value) => value?.estimate)).size).toBe(6);
    expect(row.get('solved')).toMatchObject({ seeds: [mixed.solved] });
    expect(fifths.caption).toContain(
      'A fifth mixes distributions, so its correlations are also between distributions. Within: the distribution of a maze is held fixed.',
    );
  });

  it('without distances there are neither fifths nor a column of distances', () => {
    const plain = lengthTables(analyseLengths([run({ wilson: rows(30, (astar) => astar + 5 * (astar % 4)) })]));
    expect(plain.map(({ id }) => id)).toEqual(['lengths', 'lengths-astar']);
    for (const { columns, caption } of plain) {
      expect(columns.map(({ label }) => label)).not.toContain('Distance');
      expect(caption).not.toContain('Distance:');
    }
    expect(captionOf(table('lengths'))).toContain(
      'Distance: the mean loss of the model itself on A*’s completions, in nats a token. For a model trained on other traces it also measures how unlike its own A*’s traces are.',
    );
  });

  it('lengths that do not vary have a dash, which the caption explains', () => {
    const flat = table('lengths', lengthTables(analyseLengths([run({ wilson: rows(60, () => 5) })])));
    expect(cells(flat, 0, 0).get('pearson')).toBeNull();
    expect(captionOf(flat)).toContain('A dash: no correlation is defined');
    expect(captionOf(table('lengths'))).not.toContain('A dash');
  });

  it('an undertrained run is marked, and so is the mean that it is in; the baseline is of no run', () => {
    const marked = lengthTables(analysis, { names: markedNames([{ condition: 'correct', seed: 2 }]) });
    const headings = (id: string): string[] => table(id, marked).groups.map(({ heading }) => heading);
    expect(headings('lengths-over-seeds')).toEqual(['Correct traces †']);
    for (const id of ['lengths', 'lengths-by-distance', 'lengths-fifths'])
      expect(headings(id)).toEqual(['Correct traces, seed 1', 'Correct traces, seed 2 †']);
    expect(marked.filter(({ caption }) => caption.includes('†: undertrained')).map(({ id }) => id)).toEqual([
      'lengths-over-seeds',
      'lengths',
      'lengths-by-distance',
      'lengths-fifths',
    ]);
  });

  it('are plain data', () => {
    expect(JSON.parse(JSON.stringify(tables))).toEqual(tables);
  });

  it('a study has the layouts seen in training in every caption', () => {
    const found = studyLengths({ ...fixture(), lengths: { analysis, shown: [one, two] } });
    expect(found).toHaveLength(5);
    for (const { caption } of found)
      expect(caption).toContain(' Layouts seen in training, of all test mazes: Wilson 100.0 % (1,000/1,000), ');
    expect(studyLengths({ ...fixture(), lengths: undefined })).toEqual([]);
  });

  it('tidy rows have coordinates, and no condition for completions of an unknown model', () => {
    const [first] = analysis.groups;
    const { pearson } = first.all;
    const tidy = tidyRows('s', table('lengths'));
    expect(tidy.filter(({ metric, distribution }) => metric === 'pearson' && distribution === 'wilson')).toMatchObject([
      { condition: 'correct', seed: 1, n: 60, value: pearson?.estimate, low: pearson?.low, p: pearson?.p, unit: 'r' },
      { condition: 'correct', seed: 2, n: 60, unit: 'r' },
    ]);
    expect(tidyRows('s', table('lengths-fifths'))).toContainEqual(
      expect.objectContaining({ part: 'fifth 3', seed: 2, metric: 'n', distribution: 'drunkard', value: 12 }),
    );
    const unknown = table('lengths', lengthTables(analysis, { names: foreignNames('theirs') }));
    expect(new Set(tidyRows('s', unknown).map(({ condition, seed }) => `${condition} ${seed}`))).toEqual(
      new Set(['null null']),
    );
  });
});

describe('tables of lengths as they look', () => {
  it('in a terminal of 80 columns', () => {
    const text = terminalTable(table('lengths'), { width: 80 });
    expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80);
    expect(text).toContain(
      [
        '                         Solved         Truncated              A*',
        'Distribution               n 60              n 60  Events  events',
        'Correct traces, seed 1',
        'Wilson        50.0 [37.7, 62.3]  11.7 [5.8, 22.2]    27.3    19.6',
      ].join('\n'),
    );
    expect(text).not.toMatch(/ p [<\d]|\n\n\n|NaN|undefined|Infinity/);
    expect(terminalTable(table('lengths'), { width: 80, verbose: true })).toMatch(/ p < 0\.001/);
  });

  it('in a terminal, a distribution of another size has its own n', () => {
    const text = terminalTable(
      table(
        'lengths',
        lengthTables(
          analyseLengths([run({ wilson: rows(60, (astar) => astar), drunkard: rows(20, (astar) => astar) })]),
        ),
      ),
      { width: 80 },
    );
    expect(text).toMatch(/^Distribution +n 60 +n 60 /m);
    expect(text).toMatch(/^Drunkard .*\n +10\/20 +3\/20$/m);
  });

  it('in Markdown and HTML, with p', () => {
    const markdown = markdownTable(table('lengths-astar'));
    expect(markdown).toMatch(
      /^### A\\\*’s own traces: the baseline\n\n[^]*\| Wilson \| 60 \| 19\.6 \| \*\*0\.\d\d\*\*<br>\[0\.\d\d, 0\.\d\d\]<br>p < 0\.001 \|/,
    );
    expect(htmlTable(table('lengths-astar')).text).toMatch(
      /Wilson<\/th><td>60<\/td><td>19\.6<\/td><td><span class="v">0\.\d\d<\/span> <span class="i">\[0\.\d\d, 0\.\d\d\]<\/span> <span class="n">p &lt; 0\.001<\/span>/,
    );
  });
});

it('tables of a domain without a distance have no columns of it, and name its problems', () => {
  const tables = lengthTables(analyseLengths([run({ sokoban: rows(30, (astar) => astar + 5 * (astar % 4)) })]));
  expect(tables.map(({ id }) => id)).toContain('lengths-astar');
  const words = JSON.stringify(tables.map(({ caption, columns }) => [caption, columns]));
  expect(words).toContain('on the same boards');
  for (const other of ['undefined', 'Manhattan', 'maze']) expect(words).not.toContain(other);
});
