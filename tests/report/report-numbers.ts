// The numbers in the tables of an HTML report as multisets, by table.
import { textOfMarkup } from './rendered-tables.ts';

/** How often each number occurs, as it is written, without separators of thousands and plus signs. */
export type Multiset = Readonly<Record<string, number>>;

export interface NumberedTable {
  readonly section: string;
  /** Title of the caption; the class of a table without one. */
  readonly name: string;
  /** Numbers in cells, headings of rows and columns apart. */
  readonly cells: Multiset;
  /** In cells of rows that show what others have published. */
  readonly published: Multiset;
  /** In cells that are sentences. */
  readonly words: Multiset;
}

/** `67.9`, `-3.2`, `1000`; digits inside of words, as of hashes, are none. */
export function numbersIn(text: string): string[] {
  return [...text.matchAll(/(?<![\w.])[+−-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e[+-]?\d+)?(?!\w)/g)].map(
    ([number]) =>
      number
        .replace(/[+,]/g, '')
        .replace('−', '-')
        .replace(/^-(0(?:\.0+)?)$/, '$1'),
  );
}

export function multiset(numbers: readonly string[]): Multiset {
  const counts = new Map<string, number>();
  for (const number of [...numbers].sort()) counts.set(number, (counts.get(number) ?? 0) + 1);
  return Object.fromEntries(counts);
}

/** What of `some` is not in `all`, as often. */
export function missingFrom(all: Multiset, some: Multiset): Multiset {
  const left = Object.entries(some).map(([number, count]) => [number, count - (all[number] ?? 0)] as const);
  return Object.fromEntries(left.filter(([, count]) => count > 0));
}

export function sum(multisets: readonly Multiset[]): Multiset {
  const counts: Record<string, number> = {};
  for (const each of multisets)
    for (const [number, count] of Object.entries(each)) counts[number] = (counts[number] ?? 0) + count;
  return counts;
}

/** All tables of a report that have numbers in their cells, in their order. */
export function tablesOfReport(document: string): NumberedTable[] {
  return elementsOf(document)
    .map(({ section, attributes, content }) => numberedTable(section, attributes, content))
    .filter(({ cells, published }) => Object.keys({ ...cells, ...published }).length > 0);
}

/** All numbers in the tables of each section of a report, those of captions apart. */
export function sectionsOfReport(document: string): Readonly<Record<string, Multiset>> {
  const found: Record<string, Multiset> = {};
  for (const { section, content } of elementsOf(document))
    found[section] = sum([found[section] ?? {}, multiset(numbersIn(textOfMarkup(bodyOf(content))))]);
  return found;
}

interface TableElement {
  readonly section: string;
  readonly attributes: string;
  readonly content: string;
}

function elementsOf(document: string): TableElement[] {
  return document
    .split('<section aria-labelledby="')
    .slice(1)
    .flatMap((section) =>
      [...section.matchAll(/<table([^>]*)>([^]*?)<\/table>/g)].map(([, attributes, content]) => ({
        section: section.slice(0, section.indexOf('"')),
        attributes,
        content,
      })),
    );
}

/** Without caption, hashes, and the words of a picture, which has its numbers a second time in its title. */
function bodyOf(content: string): string {
  return content.replace(/<caption>[^]*?<\/caption>|<text[ >][^]*?<\/text>|<code>[^]*?<\/code>/g, ' ');
}

function numberedTable(section: string, attributes: string, content: string): NumberedTable {
  const [, title = ''] = /<caption>[^]*?<strong>([^]*?)<\/strong>/.exec(content) ?? [];
  const [, classes = 'table'] = /class="([^"]*)"/.exec(attributes) ?? [];
  const cells = [...bodyOf(content).matchAll(/<tr([^>]*)>([^]*?)<\/tr>/g)].flatMap(([, row, inner]) =>
    [...inner.matchAll(/<td([^>]*)>([^]*?)<\/td>/g)].map(([, attributes, cell]) => ({
      kind: row.includes('"paper"') ? 'published' : attributes.includes('"text"') ? 'words' : 'cells',
      numbers: numbersIn(textOfMarkup(cell)),
    })),
  );
  const of = (wanted: string): Multiset =>
    multiset(cells.filter(({ kind }) => kind === wanted).flatMap(({ numbers }) => numbers));
  return {
    section,
    name: textOfMarkup(title).replace(/\.$/, '') || classes,
    cells: of('cells'),
    published: of('published'),
    words: of('words'),
  };
}
