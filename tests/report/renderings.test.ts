// One table, five renderings: what is registered by one line is in the HTML report, in Markdown, in the terminal, in
// CSV and in Parquet. Captions have one source. Every number that is shown is that of the CSV, rounded.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { proportion } from '../../src/base/statistics.ts';
import { exportNumbers } from '../../src/cli/report-numbers.ts';
import { resultsText } from '../../src/cli/results-text.ts';
import { htmlTable } from '../../src/render/html.ts';
import { markdownTable } from '../../src/render/markdown.ts';
import { terminalTable } from '../../src/render/terminal.ts';
import { csvLines } from '../../src/render/tidy.ts';
import { renderMarkdown } from '../../src/report/markdown.ts';
import { renderReport } from '../../src/report/report.ts';
import { overSeeds } from '../../src/tables/estimate.ts';
import { briefTables, STUDY_TABLES, tablesOf } from '../../src/tables/study-tables.ts';
import type { StudyTable } from '../../src/tables/study-tables.ts';
import type { StudyResults } from '../../src/study/results.ts';
import { captionOf } from '../../src/tables/table.ts';
import type { Cell, Table } from '../../src/tables/table.ts';
import { TIDY_COLUMNS, tidyRows } from '../../src/tables/tidy.ts';
import { readCsv, textOf } from '../csv.ts';
import { phaseResult } from './fixture-later.ts';
import { fixture, fixtureOfRates, fixtureOfTwoSeeds, smokeResults } from './fixture.ts';
import { htmlRows, markdownRows, plain, terminalRows, textOfMarkup } from './rendered-tables.ts';
import type { CsvRow } from './shown-numbers.ts';
import { documentFaults, terminalFaults } from './table-faults.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-renderings-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Renderings {
  readonly html: string;
  readonly markdown: string;
  readonly terminal: string;
  readonly csv: readonly CsvRow[];
  readonly parquet: readonly Record<string, unknown>[];
}

/** As the commands make them. */
async function renderingsOf(results: StudyResults): Promise<Renderings> {
  await exportNumbers(results, folder, { csv: folder }, false);
  const parquet = join(folder, 'metrics.parquet');
  await exportNumbers(results, folder, { parquet }, false);
  return {
    html: await renderReport(results),
    markdown: renderMarkdown(results),
    terminal: resultsText(results, 'report.html'),
    csv: readCsv(readFileSync(join(folder, 'metrics.csv'), 'utf8')),
    parquet: await parquetReadObjects({ file: await asyncBufferFromFile(parquet) }),
  };
}

describe('a new table', () => {
  const toy = (caption: string): Table => ({
    id: 'toy',
    title: 'A toy table',
    caption,
    columns: [{ label: 'Toy' }, { label: 'Wilson', about: { distribution: 'wilson' } }],
    groups: [
      {
        heading: 'Toys',
        about: { metric: 'toys' },
        rows: [
          [
            { kind: 'text', text: 'Bear' },
            { kind: 'number', value: 0.987654321, form: 'thousandth' },
          ],
        ],
      },
    ],
  });

  async function withToy(caption: string): Promise<Renderings> {
    const tables = STUDY_TABLES as StudyTable[];
    const before = tables.length;
    // The one line.
    tables.push({ section: 'f1', inBrief: true, build: () => [toy(caption)] });
    try {
      return await renderingsOf(fixture());
    } finally {
      tables.length = before;
    }
  }

  it('is in all five renderings by one line', async () => {
    const { html, markdown, terminal, csv, parquet } = await withToy('Made for a test.');
    expect(htmlRows(html, toy('Made for a test.'))).toEqual([['Bear', '0.988']]);
    expect(markdownRows(markdown, toy('Made for a test.'))).toEqual([['Bear', '0.988']]);
    expect(terminal).toMatch(/^A toy table\. Made for a test\.\n\nToy +Wilson\nToys\nBear +0\.988$/m);
    const row = { table: 'toy', metric: 'toys', distribution: 'wilson', unit: 'mean' };
    expect(csv.filter(({ table }) => table === 'toy')).toEqual([
      expect.objectContaining({ ...row, value: '0.987654321' }),
    ]);
    expect(parquet.filter(({ table }) => table === 'toy')).toEqual([
      expect.objectContaining({ ...row, value: 0.987654321 }),
    ]);
    const without = await renderingsOf(fixture());
    for (const text of [without.html, without.markdown, without.terminal]) expect(text).not.toContain('toy');
    for (const rows of [without.csv, without.parquet]) expect(rows.map(({ table }) => table)).not.toContain('toy');
  });

  it('has its caption from one place', async () => {
    const [one, other] = ['The first caption, with `code`.', 'Another caption.'];
    for (const [caption, gone] of [
      [one, other],
      [other, one],
    ]) {
      const { html, markdown, terminal } = await withToy(caption);
      for (const text of [textOfMarkup(html), markdown, terminal]) {
        expect(plain(text).split(plain(caption))).toHaveLength(2);
        expect(plain(text)).not.toContain(plain(gone));
      }
    }
  });
});

/** The page has it as cards, not as a table. It is made of words. */
const ON_CARDS = 'finding-tests';

const STUDIES = [
  ['one seed', fixture()],
  ['three seeds', fixture({ seeds: [1, 2, 3] })],
  ['two seeds in all parts', fixtureOfTwoSeeds()],
  ['several numbers of layers', { ...fixture(), phase: phaseResult(fixture().conditions, [2, 4]) }],
  ['swapped traces at several rates', fixtureOfRates({ seeds: [1, 2] })],
  ['an undertrained study', fixture({ quality: 'undertrained' })],
  ['a measured study', smokeResults()],
] as const;

describe.each(STUDIES)('%s', (_, results) => {
  const tables = tablesOf(results);
  let all: Renderings;
  beforeAll(async () => {
    all = await renderingsOf(results);
  });

  it('has ids and titles that find a table', () => {
    for (const name of ['id', 'title'] as const) {
      const names = tables.map((table) => table[name]);
      expect(names.filter((each, i) => names.indexOf(each) !== i)).toEqual([]);
    }
  });

  it.each(tables.map((table) => [table.id, table] as const))('%s shows the numbers of the CSV', (_, table) => {
    if (table.id !== ON_CARDS) expect(documentFaults(htmlRows(all.html, table), table, all.csv)).toEqual([]);
    expect(documentFaults(markdownRows(all.markdown, table), table, all.csv)).toEqual([]);
    // In a narrow terminal columns of words are below the others.
    for (const width of table.columns.some(({ words }) => words) ? [250] : [80, 132, 200])
      expect(terminalFaults(terminalRows(terminalTable(table, { width }), table), table, all.csv)).toEqual([]);
  });

  it('has its brief tables at the end of a study', () => {
    for (const table of briefTables(results))
      expect(plain(all.terminal)).toContain(plain(`${table.title}. ${captionOf(table)}`));
  });
});

describe('what the comparison catches', () => {
  const seeds = [1, 2].map((seed) => ({ ...proportion(300 * seed, 1000), seed }));
  const share = (n: number): Cell => ({
    kind: 'proportion',
    share: 0.25,
    low: 0.125,
    high: 0.5,
    seeds: [{ ...proportion(n / 4, n), seed: 1 }],
  });
  const text = (words: string): Cell => ({ kind: 'text', text: words, note: 'and more' });
  /** All kinds and forms of cells, in rows that wrap. */
  const every: Table = {
    id: 'every',
    title: 'All *kinds*',
    caption: 'A caption with `code` and <markup>.',
    dash: 'nothing',
    columns: [
      { label: 'Of all kinds' },
      { label: 'First column with numbers', note: 'a note' },
      { label: 'Second' },
      { label: '', about: { part: 'words' } },
      { label: 'Words', words: true },
    ],
    groups: [
      {
        heading: 'The first group, whose heading has many words',
        rows: [
          [text('A row whose heading has many words'), share(1000), share(400), share(400), text('said about | it')],
          [
            text('Seeds'),
            { ...overSeeds(seeds), kind: 'proportion' },
            null,
            { kind: 'proportion', ...overSeeds([proportion(0, 0)]) },
            null,
          ],
          [text('Exact'), { ...share(1000), exact: true } as Cell, share(1000), text('n/a'), text('1,000')],
        ],
      },
      {
        heading: 'Others',
        published: true,
        rows: [[text('Row'), { kind: 'number', value: 0.5, form: 'percent' }, null, null, null]],
      },
      {
        heading: '',
        rows: [
          [
            text('Bounds †'),
            { kind: 'difference', value: -0.0004, low: -0.12, high: 0.034, mark: '†' },
            { kind: 'correlation', value: -0.004, low: -0.5, high: 0.25, p: 0.0001 },
            { kind: 'correlation', value: 0.94, low: 0.93, high: 0.95 },
            text('undecided'),
          ],
          [
            text('Estimates'),
            { kind: 'estimate', value: -3.2, low: -4.5, high: -2.3, unit: 'points' },
            { kind: 'estimate', value: 14, low: 11.6, high: 16.7, unit: '%' },
            { kind: 'estimate', value: 0.3, low: 0.1, high: 0.5, unit: 'r' },
            null,
          ],
          [
            text('Log odds'),
            { kind: 'estimate', value: 1.944, low: -0.5, high: 2.5226, unit: 'log odds' },
            null,
            null,
            null,
          ],
          ...(
            [
              ['integer', 'plain', 'tenth'],
              ['thousandth', 'p', 'nats'],
              ['seconds', 'magnitude', 'percent'],
            ] as const
          ).map((forms) => [
            text('Numbers'),
            ...forms.map((form): Cell => ({
              kind: 'number',
              value: form === 'plain' || form === 'integer' ? 12345 : form === 'magnitude' ? 27.1e6 : 0.00625,
              form,
            })),
            text('more'),
          ]),
        ],
      },
    ],
  };

  const rowsOf = async (table: Table): Promise<CsvRow[]> =>
    readCsv(await textOf(csvLines(TIDY_COLUMNS, tidyRows('a', table))));
  const faults = (table: Table, csv: readonly CsvRow[]): string[] => [
    ...documentFaults(htmlRows(htmlTable(table).text, table), table, csv),
    ...documentFaults(markdownRows(markdownTable(table), table), table, csv),
    ...[80, 132, 200].flatMap((width) =>
      terminalFaults(terminalRows(terminalTable(table, { width }), table), table, csv),
    ),
  ];

  it('nothing in a table of all kinds of cells', async () => {
    const csv = await rowsOf(every);
    expect(csv).toHaveLength(3 + 3 + 1 + 2 + 3 + 3 + 1 + 9);
    expect(faults(every, csv)).toEqual([]);
  });

  it('every number of the CSV that is another, in each rendering', async () => {
    const csv = await rowsOf(every);
    for (const [at, row] of csv.entries())
      for (const name of ['value', 'low', 'high', 'k', 'n', 'p'] as const) {
        // A seed's share and interval are not shown where there is a mean.
        const isSeed = row.k !== '' && row.n === '1000' && ['300', '600'].includes(row.k);
        if (row[name] === '' || (isSeed && !['k', 'n'].includes(name))) continue;
        const other = csv.with(at, { ...row, [name]: String(2 * Number(row[name]) + 1) });
        // A terminal has the count itself only where denominators differ, and the p of a correlation with --verbose.
        const least = name === 'k' || name === 'p' ? 2 : 5;
        expect(faults(every, other).length, `${name} of row ${at}`).toBeGreaterThanOrEqual(least);
      }
  });

  it('rows that are missing, too many, or in another order', async () => {
    const csv = await rowsOf(every);
    expect(faults(every, csv.slice(0, -1)).length).toBeGreaterThanOrEqual(5);
    expect(faults(every, [...csv, csv[0]]).length).toBeGreaterThanOrEqual(5);
    expect(faults(every, csv.toReversed()).length).toBeGreaterThanOrEqual(5);
  });
});
