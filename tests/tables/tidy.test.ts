// Tidy rows: coordinates, units, what null is. Every number of a study's tables has coordinates of its own, and
// docs/tables.md describes all columns and tables.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { proportion } from '../../src/base/statistics.ts';
import { overSeeds } from '../../src/tables/estimate.ts';
import { PROBLEM_COLUMNS } from '../../src/tables/problem-columns.ts';
import { CURVE_TABLES, STUDY_TABLES, studyRows, tablesOf } from '../../src/tables/study-tables.ts';
import type { Cell, Table } from '../../src/tables/table.ts';
import { TIDY_COLUMNS, tidyRows, UNITS } from '../../src/tables/tidy.ts';
import type { TidyColumn, TidyRow } from '../../src/tables/tidy.ts';
import { phaseResult } from '../report/fixture-later.ts';
import { fixture, fixtureOfRates, fixtureOfTwoSeeds, smokeResults } from '../report/fixture.ts';

/** A table of one row. */
function tableOf(...cells: (Cell | null)[]): Table {
  const columns = [{ label: '' }, ...cells.map((_, i) => ({ label: `Column ${i + 1}` }))];
  return { id: 'one-row', title: '', caption: '', columns, groups: [{ heading: '', rows: [[null, ...cells]] }] };
}

const rowsOf = (...cells: (Cell | null)[]): TidyRow[] => tidyRows('a', tableOf(...cells));
const share = (count: number, n: number, seed?: number): Cell => {
  const { share: value, low, high, seeds } = overSeeds([{ ...proportion(count, n), ...(seed && { seed }) }]);
  return { kind: 'proportion', share: value, low, high, seeds };
};

describe('coordinates', () => {
  it('add up from table, group, text cells of the row, column and cell; the nearest wins', () => {
    const table: Table = {
      id: 'toy',
      title: '',
      caption: '',
      about: { metric: 'of_table', condition: 'correct', step: 1 },
      columns: [{ label: '' }, { label: 'Valid plans', about: { distribution: 'wilson', level: 'strict' } }],
      groups: [
        {
          heading: '',
          about: { metric: 'of_group', part: 'first' },
          rows: [
            [
              { kind: 'text', text: 'a row', about: { seed: 7, intervention: 'gold' } },
              { kind: 'number', value: 3, form: 'integer', about: { level: 'exact', size: 6, layers: 4, tokens: 9 } },
            ],
          ],
        },
      ],
    };
    expect(tidyRows('quick', table)).toEqual([
      {
        study: 'quick',
        table: 'toy',
        metric: 'of_group',
        condition: 'correct',
        seed: 7,
        distribution: 'wilson',
        level: 'exact',
        step: 1,
        intervention: 'gold',
        size: 6,
        layers: 4,
        tokens: 9,
        part: 'first',
        unit: 'count',
        value: 3,
        low: null,
        high: null,
        k: null,
        n: null,
        p: null,
      },
    ]);
  });

  it('a metric without a name is called as its column', () => {
    expect(rowsOf({ kind: 'number', value: 1, form: 'tenth' })[0].metric).toBe('column_1');
  });

  it('text, dashes and published numbers are no rows', () => {
    const table = tableOf({ kind: 'text', text: '12' }, null);
    expect(tidyRows('a', table)).toEqual([]);
    const published = tableOf({ kind: 'number', value: 0.5, form: 'percent' });
    expect(tidyRows('a', published)).toHaveLength(1);
    expect(
      tidyRows('a', { ...published, groups: published.groups.map((group) => ({ ...group, published: true })) }),
    ).toEqual([]);
  });
});

describe('numbers', () => {
  it('a proportion is its count, denominator, share and interval; one seed is one row', () => {
    const { low, high } = proportion(3, 4);
    expect(rowsOf(share(3, 4, 2))).toMatchObject([{ seed: 2, k: 3, n: 4, value: 0.75, low, high, unit: 'share' }]);
  });

  it('several seeds are a row each, then their mean', () => {
    const seeds = [1, 2].map((seed) => ({ ...proportion(seed, 4), seed }));
    const { low, high } = overSeeds(seeds);
    const cell: Cell = { kind: 'proportion', share: 0.375, low, high, seeds };
    expect(rowsOf(cell)).toMatchObject([
      { seed: 1, k: 1, n: 4, value: 0.25 },
      { seed: 2, k: 2, n: 4, value: 0.5 },
      { seed: null, k: null, n: null, value: 0.375, low, high },
    ]);
  });

  it('nothing counted has n = 0 and neither value nor interval; a share of all has no interval', () => {
    expect(rowsOf(share(0, 0, 1))).toMatchObject([{ k: 0, n: 0, value: null, low: null, high: null }]);
    const cell = share(1, 4) as Extract<Cell, { kind: 'proportion' }>;
    expect(rowsOf({ ...cell, exact: true })).toMatchObject([{ k: 1, n: 4, value: 0.25, low: null, high: null }]);
    const seeds = [1, 2].map((seed) => ({ ...proportion(0, seed - 1), seed }));
    expect(rowsOf({ kind: 'proportion', ...overSeeds(seeds) }).at(-1)).toMatchObject({
      value: null,
      low: null,
      high: null,
    });
  });

  it.each<readonly [Cell, Partial<TidyRow>]>([
    [
      { kind: 'difference', value: -0.125, low: -0.25, high: 0.5, n: 9 },
      { unit: 'points', value: -12.5, low: -25, high: 50, n: 9 },
    ],
    [
      { kind: 'correlation', value: 0.5, low: 0.25, high: 0.75, p: 0.01, n: 40 },
      { unit: 'r', value: 0.5, low: 0.25, high: 0.75, p: 0.01, n: 40 },
    ],
    [
      { kind: 'estimate', value: 14, low: 11, high: 17, unit: '%' },
      { unit: 'percent', value: 14, low: 11, high: 17, p: null, n: null },
    ],
    [
      { kind: 'estimate', value: 14, low: 11, high: 17, unit: 'points', n: 3 },
      { unit: 'points', value: 14, n: 3 },
    ],
    [
      { kind: 'estimate', value: -1.5, low: -2, high: -1, unit: 'log odds', n: 9 },
      { unit: 'log odds', value: -1.5, low: -2, high: -1, n: 9 },
    ],
    [
      { kind: 'number', value: 0.5, form: 'percent' },
      { unit: 'share', value: 0.5 },
    ],
    [
      { kind: 'number', value: 0.0123456789, form: 'nats' },
      { unit: 'nats', value: 0.0123456789 },
    ],
    [
      { kind: 'number', value: 61.25, form: 'seconds' },
      { unit: 's', value: 61.25 },
    ],
  ])('%j', (cell, row) => {
    expect(rowsOf(cell)).toMatchObject([row]);
  });

  it('what is not a number is none', () => {
    const nothing = { value: null, low: null, high: null, p: null };
    expect(rowsOf({ kind: 'number', value: NaN, form: 'p' })).toMatchObject([nothing]);
    expect(rowsOf({ kind: 'correlation', value: NaN, low: -Infinity, high: Infinity, p: NaN })).toMatchObject([
      nothing,
    ]);
  });
});

describe.each([
  ['one seed', fixture()],
  ['three seeds', fixture({ seeds: [1, 2, 3] })],
  ['two seeds in all parts', fixtureOfTwoSeeds()],
  ['swapped traces at several rates', fixtureOfRates({ seeds: [1, 2, 3] })],
  ['several numbers of layers', { ...fixture(), phase: phaseResult(fixture().conditions, [2, 4]) }],
  ['an undertrained study', fixture({ quality: 'undertrained' })],
  ['a measured study', smokeResults()],
])('all tables of a study of %s', (_, results) => {
  const rows = studyRows(results);

  it('have rows of exactly the columns that are described, with values of their types', () => {
    expect(rows.length).toBeGreaterThan(60);
    const names = TIDY_COLUMNS.map(({ name }) => name);
    expect(rows.filter((row) => Object.keys(row).join() !== names.join())).toEqual([]);
    expect(rows.filter(({ unit }) => !(unit in UNITS))).toEqual([]);
    const wrong = rows.flatMap((row) =>
      TIDY_COLUMNS.filter(({ name, type, none }) => {
        const value = row[name];
        if (value === null) return none === undefined;
        if (type === 'text') return typeof value !== 'string';
        return typeof value !== 'number' || (type === 'integer' && !Number.isInteger(value));
      }).map(({ name }) => `${name} of ${row.table}: ${row[name]}`),
    );
    expect(wrong).toEqual([]);
  });

  it('have a number by its coordinates once', () => {
    const last = TIDY_COLUMNS.findIndex(({ name }) => name === 'part');
    const names = TIDY_COLUMNS.slice(0, last + 1).map(({ name }) => name);
    const keys = rows.map((row) => names.map((name) => row[name]).join(' | '));
    expect(keys.filter((key, i) => keys.indexOf(key) !== i)).toEqual([]);
  });

  it('metrics are named like the keys of results.json', () => {
    expect(rows.map(({ metric }) => metric).filter((metric) => !/^[a-z][a-z0-9_]*$/.test(metric))).toEqual([]);
  });

  it('give for a condition, seed and distribution what the results have', () => {
    for (const { condition, seed, evaluation } of results.conditions)
      for (const { distribution, plan_valid, trace_valid_given_plan } of evaluation) {
        const at = { condition, seed, distribution };
        const find = (wanted: Partial<TidyRow>): TidyRow[] =>
          rows.filter((row) =>
            Object.entries({ ...at, ...wanted }).every(([key, value]) => row[key as never] === value),
          );
        const { count, n, low, high } = plan_valid;
        expect(find({ table: 'plan-validity', metric: 'plan_valid' })).toEqual([
          expect.objectContaining({ k: count, n, value: count / n, low, high }),
        ]);
        if (condition === 'solution-only') continue;
        const given = trace_valid_given_plan.strict;
        expect(find({ table: 'trace-validity', metric: 'trace_valid_given_plan', level: 'strict' })).toEqual([
          expect.objectContaining({ k: given.count, n: given.n }),
        ]);
      }
  });
});

describe('docs/tables.md', () => {
  const document = readFileSync(join(import.meta.dirname, '../../docs/tables.md'), 'utf8');
  const grid = <Row>(columns: readonly TidyColumn<Row>[]): string =>
    columns
      .map(({ name, type, meaning, none = 'never' }) => `| \`${name}\` | ${type} | ${meaning} | ${none} |\n`)
      .join('');

  it('describes all columns of the numbers, in their order', () => {
    expect(document).toContain(`| column | type | meaning | empty |\n|---|---|---|---|\n${grid(TIDY_COLUMNS)}\n`);
  });

  it('describes all columns of the problems, in their order', () => {
    expect(document).toContain(`| column | type | meaning | empty |\n|---|---|---|---|\n${grid(PROBLEM_COLUMNS)}\n`);
  });

  it('describes all units', () => {
    const units = Object.entries(UNITS).map(([unit, meaning]) => `| \`${unit}\` | ${meaning} |\n`);
    expect(document).toContain(`| unit | value is |\n|---|---|\n${units.join('')}\n`);
  });

  it('lists all tables', () => {
    const list = /\| table \| title \|\n\|---\|---\|\n((?:\|.*\n)+)/.exec(document)?.[1] ?? '';
    const listed = [...list.matchAll(/^\| `([^`]+)` \|/gm)].map(([, id]) => id);
    const pattern = (id: string): RegExp => new RegExp(`^${id.replaceAll(/[A-Z]+/g, '.+')}$`);
    const ids = [fixture(), fixtureOfTwoSeeds(), fixtureOfRates()].flatMap((results) =>
      tablesOf(results, [...STUDY_TABLES, ...CURVE_TABLES]).map(({ id }) => id),
    );
    expect(ids.filter((id) => !listed.some((each) => pattern(each).test(id)))).toEqual([]);
    expect(listed.filter((each) => !ids.some((id) => pattern(each).test(id)))).toEqual([]);
  });
});
