// Every number that a report shows outside of its tables is in the CSV of the same results: in the answer, the chips,
// the sentences of the findings, the words, marks, labels and saved rows of figures. Tables: renderings.test.ts.
import { beforeAll, describe, expect, it } from 'vitest';
import { csvLines } from '../../src/render/tidy.ts';
import { renderReport } from '../../src/report/report.ts';
import type { StudyResults } from '../../src/study/results.ts';
import { studyRows } from '../../src/tables/study-tables.ts';
import { TIDY_COLUMNS } from '../../src/tables/tidy.ts';
import { trainingFigures } from '../../src/tables/training-figures.ts';
import { readCsv, textOf } from '../csv.ts';
import { savedFaults } from './figure-rows.ts';
import type { SavedRow } from './figure-rows.ts';
import { fixture, fixtureOfRates, fixtureOfTwoSeeds, smokeResults } from './fixture.ts';
import { pageFaults, savedRows, shownTexts, textFaults } from './page-numbers.ts';
import type { CsvRow } from './shown-numbers.ts';

const csvOf = async (results: StudyResults): Promise<CsvRow[]> =>
  readCsv(await textOf(csvLines(TIDY_COLUMNS, studyRows(results))));

const one = fixture();
const STUDIES: Readonly<Record<string, StudyResults>> = {
  'one seed': one,
  'two seeds that differ': fixtureOfTwoSeeds(),
  'three seeds': fixture({ seeds: [1, 2, 3] }),
  'swapped traces at several rates': fixtureOfRates(),
  'one distribution, without reinforcement learning': {
    ...one,
    rl: undefined,
    conditions: one.conditions.map((run) => ({ ...run, evaluation: run.evaluation.slice(0, 1) })),
  },
  'undertrained models': fixture({ quality: 'undertrained' }),
  'a measured study': smokeResults(),
};

describe.each(Object.entries(STUDIES))('the page of a study of %s', (name, results) => {
  let page = '';
  let csv: readonly CsvRow[] = [];
  beforeAll(async () => {
    page = await renderReport(results);
    csv = await csvOf(results);
  });

  it('shows no number that is not in the CSV', () => {
    expect(shownTexts(page, csv).length).toBeGreaterThan(20);
    expect(pageFaults(page, csv)).toEqual([]);
  });

  it('draws each problem of the trace lengths with its numbers', () => {
    const shown = results.lengths?.shown ?? [];
    for (const { condition, seed, rows } of shown)
      for (const [distribution, some = []] of Object.entries(rows)) {
        const [, block = ''] =
          new RegExp(`id="figure-lengths-${condition}-${seed}-${distribution}">[^]*?"figure-data">([^<]*)<`).exec(
            page,
          ) ?? [];
        const words = (row: SavedRow): string => [row.astar, row.generated, row.truncated].join();
        const wanted = some.map(({ astar, generated, truncated }) =>
          words({ astar, generated, truncated: truncated ? 'yes' : 'no' }),
        );
        expect(savedRows(block).map(words).sort(), `${name}, ${distribution}`).toEqual(wanted.sort());
      }
  });
});

describe('a number that was changed', () => {
  let page = '';
  let csv: readonly CsvRow[] = [];
  beforeAll(async () => {
    page = await renderReport(one);
    csv = await csvOf(one);
  });

  it.each([
    ['the value in the answer', 'solve 9.3', 'solve 9.4'],
    ['the interval in the answer', '(+27.8\u00a0[25.1,', '(+27.8\u00a0[25.2,'],
    ['n of a chip', 'n = 708, one seed', 'n = 718, one seed'],
    ['the value of a chip', '<strong>−3.2 points</strong>', '<strong>−3.3 points</strong>'],
    ['the words of a chip’s bar', 'aria-label="+9.3 points [7.7, 11.3]"', 'aria-label="+9.3 points [7.7, 12.3]"'],
    ['the sentence of a finding', 'minus solution only: −3.2', 'minus solution only: −3.1'],
    ['a mark of a figure', 'Solution only, Wilson; 74.0 %', 'Solution only, Wilson; 74.1 %'],
    ['n of a mark', 'Correct, Wilson; 90.0 % [87.5, 92.0]; n = 708', 'Correct, Wilson; 90.0 % [87.5, 92.0]; n = 709'],
    ['the tokens of a mark', 'millions of tokens 2.1; 4.5 %', 'millions of tokens 2.6; 4.5 %'],
    ['a direct label', 'SF-style  +6.0 [4.7, 7.6]</text>', 'SF-style  +6.0 [4.7, 7.9]</text>'],
    ['the spoken words', 'Drunkard: Solution only 0.6 [0.3, 1.3]', 'Drunkard: Solution only 0.7 [0.3, 1.3]'],
    ['a saved share', '["solution-only","Wilson",74,71.1932,', '["solution-only","Wilson",74,71.1933,'],
    ['a saved effect', '"value":-3.2,"low":-4.48247', '"value":-3.2,"low":-4.48248'],
    ['a saved loss', '["solution-only",0.141937,1.96432]', '["solution-only",0.141937,1.96433]'],
    ['a saved reward', '["correct",20,0.52]', '["correct",20,0.53]'],
  ])('is found: %s', (_, before, after) => {
    expect(page).toContain(before);
    expect(pageFaults(page.replace(before, after), csv)).not.toEqual([]);
  });

  it('is found in every number of answer, chips and findings', () => {
    const texts = shownTexts(page, csv).filter(({ place }) => /^(?:answer|chip|bar|verdict)/.test(place));
    const changed = texts.flatMap(({ text, ...rest }) =>
      [...text.matchAll(/\d(?![\d.,]*\d)(?!\s*seeds?\b)/g)]
        .filter(({ index }) => !/F$/.test(text.slice(0, index)))
        .map(({ index, 0: digit }) => ({
          ...rest,
          text: `${text.slice(0, index)}${(Number(digit) + 5) % 10}${text.slice(index + 1)}`,
        })),
    );
    expect(changed.length).toBeGreaterThan(60);
    expect(changed.filter((text) => textFaults(text).length === 0).map(({ text }) => text)).toEqual([]);
  });
});

it('a loss below the axis is saved as it is', async () => {
  const results = {
    ...one,
    conditions: one.conditions.map((run) => ({
      ...run,
      curve: run.curve.map((point, i) =>
        i === 3 ? { ...point, loss: 1e-7 } : i === 5 ? { ...point, loss: 0 } : point,
      ),
    })),
  };
  const [{ id, specification }] = trainingFigures(results);
  const { values } = (specification as { readonly data: { readonly values: readonly SavedRow[] } }).data;
  const saved = values.map((row) => ({ ...row, value: Number(Number(row.value).toPrecision(6)) }));
  expect(saved.filter(({ value }) => value === 1e-7 || value === 0)).toHaveLength(6);
  expect(savedFaults(id, saved, await csvOf(results))).toEqual([]);
});
