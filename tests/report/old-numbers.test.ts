// No number is lost: every number that the tables of earlier reports showed (tests/golden/report-numbers.json) is still
// in the tables of the HTML report, as often, and in the CSV.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { csvLines } from '../../src/render/tidy.ts';
import { renderReport } from '../../src/report/report.ts';
import type { StudyResults } from '../../src/study/results.ts';
import { sectionTables, studyRows } from '../../src/tables/study-tables.ts';
import type { SectionId } from '../../src/tables/study-tables.ts';
import { TIDY_COLUMNS } from '../../src/tables/tidy.ts';
import { readCsv, textOf } from '../csv.ts';
import { fixture, fixtureOfTwoSeeds, smokeResults } from './fixture.ts';
import { missingFrom, multiset, numbersIn, sectionsOfReport, sum } from './report-numbers.ts';
import type { NumberedTable } from './report-numbers.ts';
import { waysToShow } from './shown-numbers.ts';
import type { CsvRow } from './shown-numbers.ts';

/**
 * Numbers that a section shows less often than it did: thresholds of rules, which are on the cards of the findings; the
 * n of a fifth, which is the denominator of its shares; a column of zeros, which is left out.
 */
const LESS_OFTEN: Readonly<Partial<Record<string, readonly string[]>>> = {
  findings: ['1', '5', '10', '0.5'],
  f5: ['36', '48'],
  interventions: ['0'],
};

type Golden = Readonly<Record<string, readonly NumberedTable[]>>;
const golden = JSON.parse(readFileSync(join(import.meta.dirname, '../golden/report-numbers.json'), 'utf8')) as Golden;

const STUDIES: Readonly<Record<string, StudyResults>> = {
  plain: fixture(),
  seeds: fixture({ seeds: [1, 2, 3] }),
  'two seeds': fixtureOfTwoSeeds(),
  smoke: smokeResults(),
};

const keyOf = ({ section, name }: NumberedTable): string => `${section}: ${name}`;

it('has the numbers of a report of each of these studies', () => {
  expect(Object.keys(golden)).toEqual(Object.keys(STUDIES));
  for (const tables of Object.values(golden)) {
    expect(tables.length).toBeGreaterThan(15);
    expect(tables.map(keyOf)).toEqual(expect.arrayContaining(['f1: Plan validity', 'errors: Form of the completions']));
  }
});

describe.each(Object.entries(STUDIES))('%s', (name, results) => {
  const tables = golden[name];

  it('has all of them in the HTML report, as often in each section', async () => {
    const shown = sectionsOfReport(await renderReport(results));
    const before = Object.groupBy(tables, ({ section }) => section);
    const anywhere = new Set(Object.values(shown).flatMap((numbers) => Object.keys(numbers)));
    const lost = Object.entries(before).map(([section, some = []]) => {
      const numbers = sum(some.flatMap(({ cells, published, words }) => [cells, published, words]));
      const missing = Object.entries(missingFrom(shown[section] ?? {}, numbers)).filter(
        ([number]) => !(LESS_OFTEN[section]?.includes(number) && anywhere.has(number)),
      );
      return [section, Object.fromEntries(missing)];
    });
    expect(Object.fromEntries(lost)).toEqual(Object.fromEntries(Object.keys(before).map((section) => [section, {}])));
  });

  it.each([...new Set(tables.map(keyOf))])('has those of %s in the CSV', async (key) => {
    // The parts of a claim are shown in the section of their finding, and registered with the findings.
    const [section] = (key.endsWith(': compact parts') ? ['findings'] : key.split(': ')) as [SectionId];
    const csv = readCsv(await textOf(csvLines(TIDY_COLUMNS, studyRows(results))));
    const ids = sectionTables(results, section).map(({ id }) => id);
    const there = new Set(csv.filter(({ table }) => ids.includes(table)).flatMap(numbersOfRow));
    for (const { cells } of tables.filter((table) => keyOf(table) === key))
      expect(Object.keys(cells).filter((number) => !there.has(number))).toEqual([]);
  });
});

/** All numbers that a row may be shown as. */
function numbersOfRow(row: CsvRow): string[] {
  const counts = [row.k, row.n, row.seed, row.step, row.size, row.tokens].filter((field) => field !== '');
  return [
    ...waysToShow([row]).flatMap(({ value, interval, detail }) => [value, interval, detail]),
    ...counts,
    row.part,
    row.intervention,
  ].flatMap(numbersIn);
}

describe('numbers in a text', () => {
  it('are those that are shown, not those of names and hashes', () => {
    expect(numbersIn('70.8 % [67.9, 73.5] 708/1,000; 708, 720, 732 of 1,000')).toEqual([
      '70.8',
      '67.9',
      '73.5',
      '708',
      '1000',
      '708',
      '720',
      '732',
      '1000',
    ]);
    expect(numbersIn('−3.2 points [−4.5, +2.3], p < 0.001, −0.0, 1.2e-5, 27.0 M, 1 min 01 s')).toEqual([
      '-3.2',
      '-4.5',
      '2.3',
      '0.001',
      '0.0',
      '1.2e-5',
      '27.0',
      '1',
      '01',
    ]);
    expect(numbersIn('F1a a3a3a3 3fbd 6×6')).toEqual(['6', '6']);
  });

  it('are missed when they are not there as often', () => {
    expect(missingFrom(multiset(['1', '2', '2']), multiset(['2', '2', '2', '3', '1']))).toEqual({ 2: 1, 3: 1 });
  });
});
