// The numbers that a report shows outside of its tables, and whether each of them is in the rows of the CSV: the
// answer, the chips, the sentences of the findings, and of each figure its words, those of its marks, its labels and
// its saved rows.
import { rowsOfFigure, savedFaults } from './figure-rows.ts';
import type { SavedRow } from './figure-rows.ts';
import { textOfMarkup } from './rendered-tables.ts';
import { numbersIn } from './report-numbers.ts';
import { waysToShow } from './shown-numbers.ts';
import type { CsvRow } from './shown-numbers.ts';

/** A text of the page with the rows that its numbers have to be from. */
export interface ShownText {
  readonly place: string;
  readonly text: string;
  readonly rows: readonly CsvRow[];
}

/**
 * Numbers that are no results: the level of confidence, sizes of mazes, margins of rules, what an advantage is, and
 * rates in the names of conditions.
 */
const NO_RESULTS = [
  /95 % (?:interval|Wilson)/g,
  /\d+×\d+/g,
  /the margin of the rule, −?[\d.]+/g,
  /all their advantages are 0/g,
  // Rates of conditions.
  /, \d+ %(?=[, ])/g,
  /\d+ %:/g,
];

/** Values, bounds and n as a page may write them, of one row. */
interface Forms {
  readonly values: ReadonlySet<string>;
  readonly intervals: ReadonlySet<string>;
  readonly counts: ReadonlySet<string>;
}

const number = (text: string): string => numbersIn(text).at(-1) ?? text;
const unsigned = (text: string): string => text.replace(/^-/, '');

function formsOf(row: CsvRow, sizes: readonly string[]): Forms {
  const scale = row.unit === 'share' ? 100 : 1;
  // Curves write three digits.
  const three = row.value === '' ? [] : [(scale * Number(row.value)).toPrecision(3)];
  const ways = waysToShow([row]);
  const values = [...ways.map(({ value }) => value), ...three].map(number);
  const counts = [...sizes, row.k, row.seed, row.step].filter((field) => field !== '').map((field) => number(field));
  return {
    values: new Set([...values, ...values.map(unsigned)]),
    intervals: new Set(ways.map(({ interval }) => numbersIn(interval).join(' '))),
    counts: new Set([...counts, ...tokensIn(row.tokens), ...keptIn(row.intervention)]),
  };
}

/** Tokens of a curve in thousands and in millions, and those of a square of a phase diagram. */
function tokensIn(tokens: string): string[] {
  if (tokens === '') return [];
  const value = Number(tokens);
  return [(value / 1e3).toFixed(1), (value / 1e6).toFixed(1), (value / 1e6).toFixed(2)];
}

/** Events kept of a trace, or the percent of them. */
function keptIn(intervention: string): string[] {
  const kept = /@([\d.]+)$/.exec(intervention)?.[1] ?? '';
  return kept === '' ? [] : [kept, String(100 * Number(kept))];
}

const known = new WeakMap<readonly CsvRow[], readonly Forms[]>();

/** The n of a mean is in the CSV as those of its seeds. */
function allForms(rows: readonly CsvRow[]): readonly Forms[] {
  const before = known.get(rows);
  if (before !== undefined) return before;
  const names = ['table', 'metric', 'condition', 'distribution', 'level', 'step', 'tokens', 'part', 'intervention'];
  const keyOf = (row: CsvRow): string => names.map((name) => row[name]).join('|');
  const seeds = Map.groupBy(
    rows.filter(({ seed }) => seed !== ''),
    keyOf,
  );
  const forms = rows.map((row) =>
    formsOf(row, row.n !== '' || row.seed !== '' ? [row.n] : (seeds.get(keyOf(row)) ?? []).map(({ n }) => n)),
  );
  known.set(rows, forms);
  return forms;
}

/** What is wrong with a text, a line each. */
export function textFaults({ place, text, rows }: ShownText): string[] {
  const words = NO_RESULTS.reduce((left, pattern) => left.replace(pattern, ' '), text.replaceAll('\u00a0', ' '));
  const forms = allForms(rows);
  const studied = new Set(rows.map(({ seed }) => seed).filter((seed) => seed !== '')).size;
  const seeds = new Set([
    String(studied),
    ...rows.filter(({ metric }) => metric === 'seeds').map(({ value }) => value),
  ]);
  const wrong = (what: string): string => `${place}: ${what} of "${text}" is not in the CSV`;
  const faults: string[] = [];
  const left = words
    .replace(/(?:of )?(\d+) (seeds|runs?)\b/g, (all, count: string) => {
      if (!seeds.has(count)) faults.push(wrong(all));
      return ' ';
    })
    .replaceAll(/([\d.,]+)?( %| points|†)?( \[)([^\]]*)\]/g, ' $1$2$3$4] ');
  const bounds = [...left.matchAll(/\[([^\]]*)\]/g)].map(([, inside]) => numbersIn(inside).join(' '));
  const bounded = bounds.map((interval) => forms.filter(({ intervals }) => intervals.has(interval)));
  bounded.forEach((found, i) => {
    if (found.length === 0) faults.push(wrong(`the interval [${bounds[i]}]`));
  });
  // Where there are intervals, all other numbers belong to the rows of these intervals.
  const own = bounds.length === 0 ? forms : bounded.flat();
  const others = numbersIn(left.replace(/\[[^\]]*\]/g, ' '));
  for (const other of others)
    if (!own.some(({ values, counts }) => values.has(other) || counts.has(other)) && !isAlone(other, left, forms))
      faults.push(wrong(other));
  // A value is directly before its interval, but for a sentence that has words between them.
  for (const [, value, inside] of left.matchAll(/([+−-]?[\d.,]+)(?: %| points|†)* \[([^\]]*)\]/g)) {
    const interval = numbersIn(inside).join(' ');
    const [said] = numbersIn(value);
    if (!forms.some(({ values, intervals }) => intervals.has(interval) && values.has(said)))
      faults.push(wrong(`${said} [${interval}]`));
  }
  return faults;
}

/** A number of a text with intervals that has none itself: what is drawn without an intervention, or a count. */
function isAlone(other: string, text: string, forms: readonly Forms[]): boolean {
  return (
    /without|Without|mazes/.test(text) && forms.some(({ values, counts }) => values.has(other) || counts.has(other))
  );
}

/** All texts with numbers outside of tables. */
export function shownTexts(page: string, csv: readonly CsvRow[]): ShownText[] {
  const findings = csv.filter(({ table }) => table === 'findings' || table.startsWith('parts-'));
  const all = (pattern: RegExp): string[] => [...page.matchAll(pattern)].map(([, inner]) => inner);
  const near = (place: string, markup: string): ShownText => {
    const [, id = ''] = />(F\d\w?)</.exec(markup) ?? [];
    const rows = findings.filter(({ part }) => part === id || part.startsWith(`${id}: `));
    const text = textOfMarkup(markup).replace(/observed in \d+ of|^F\w+ \d+ of/, ' ');
    return { place: `${place} ${id}`, text, rows };
  };
  return [
    ...all(/id="answer">([^]*?)<\/p>/g).map((text) => ({ place: 'answer', text: textOfMarkup(text), rows: findings })),
    ...all(/(<li class="chip [^]*?)<\/li>/g).map((chip) => near('chip', chip)),
    ...all(/(<li class="chip [^]*?)<\/li>/g).map((chip) => {
      const [, spoken = ''] = /aria-label="([^"]*)"/.exec(chip) ?? [];
      return { ...near('bar', chip), text: spoken };
    }),
    ...all(/(<p class="verdict [^]*?)<\/p>/g).map((line) => near('verdict', line)),
    ...figuresOf(page).flatMap(({ id, markup }) => figureTexts(id, markup, csv)),
  ];
}

function figuresOf(page: string): { readonly id: string; readonly markup: string }[] {
  return [...page.matchAll(/<figure class="figure[^"]*" id="figure-([^"]*)">([^]*?)<\/figure>/g)].map(
    ([, id, markup]) => ({ id, markup }),
  );
}

function figureTexts(id: string, markup: string, csv: readonly CsvRow[]): ShownText[] {
  const { rows } = rowsOfFigure(id, csv);
  const of = (kind: string, texts: readonly string[]): ShownText[] =>
    [...new Set(texts)].map((text) => ({ place: `${id}, ${kind}`, text: textOfMarkup(text), rows }));
  const all = (pattern: RegExp): string[] => [...markup.matchAll(pattern)].map(([, inner]) => inner);
  return [
    ...of('words', all(/<div class="chart" role="img" aria-label="([^"]*)"/g)),
    ...of(
      'caption',
      all(/<figcaption>([^]*?)<\/figcaption>/g).map((words) => words.replace(/<h3>F\d\w?: .*?<\/h3>/, '')),
    ),
    ...of('mark', all(/<title>([^]*?)<\/title>/g)),
    // Numbers alone are those of axes, but in a phase diagram.
    ...of(
      'label',
      all(/<text[^>]*>([^]*?)<\/text>/g).filter((text) =>
        id.startsWith('phase-') ? /\[|†|^[+−]/.test(text) : text.includes('['),
      ),
    ),
  ];
}

/** Everything that is wrong with a page, a line each. */
export function pageFaults(page: string, csv: readonly CsvRow[]): string[] {
  const saved = figuresOf(page).flatMap(({ id, markup }) => {
    const block = /class="figure-data">([^<]*)</.exec(markup)?.[1] ?? '';
    return block === '' || id.startsWith('lengths-') ? [] : savedFaults(id, savedRows(block), csv);
  });
  return [...shownTexts(page, csv).flatMap(textFaults), ...saved];
}

/** All rows of a figure's data block, with what they share. */
export function savedRows(block: string): SavedRow[] {
  const { same, columns, rows } = JSON.parse(block) as {
    readonly same: SavedRow;
    readonly columns: readonly string[];
    readonly rows: readonly (readonly (string | number)[])[];
  };
  return rows.map((row) => ({ ...same, ...Object.fromEntries(columns.map((name, i) => [name, row[i]])) }));
}
