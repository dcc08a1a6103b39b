// The one reader of other people's files: whatever a file or standard input is, its rows, and its rows as examples of
// our own data. input.ts says what a file is, rows-of-text.ts and parquet.ts find its rows, rows.ts reads one.
import { basename } from 'node:path';
import { TracelabError } from '../base/errors.ts';
import { readBytes } from '../base/files.ts';
import { DEFAULT_DOMAIN, domainOfDistribution } from '../domain/domains.ts';
import { solve } from '../domain/maze/astar.ts';
import { completionText, promptText } from '../domain/maze/grammar.ts';
import type { Example, GeneratorName } from '../domain/types.ts';
import { singleSpaced, skipBlanks } from '../domain/words.ts';
import { inspectInput, STDIN } from './input.ts';
import { idOf, parseRowJson } from './json-row.ts';
import { checkContent, expectedContent } from './manifest.ts';
import { linesOf, rowChunks } from './rows-of-text.ts';
import { type MazeRow, type ReadRow, type Row, RowReader, TABLE_COLUMNS, TEXT_COLUMNS } from './rows.ts';

export interface RowSettings {
  /** Cells per side for rows that do not give it. */
  readonly size?: number;
  /** Read where the name is `-`. */
  readonly stdin?: AsyncIterable<Uint8Array>;
}

/** A line of a file, or a row of a table, that is read only when it is wanted. */
export interface Candidate {
  readonly line: number;
  /** `file:line`, or `file:row`. */
  readonly place: string;
  /** Undefined in a row that cannot be read, and in one without an id. */
  readonly id: () => string | undefined;
  /** A line of blanks, which is no row. */
  readonly isEmpty: boolean;
  /**
   * @returns one a completion; none for an empty line
   * @throws TracelabError as RowReader
   */
  readonly read: () => readonly ReadRow[];
}

/**
 * The rows of a file, or of standard input.
 * @throws TracelabError as inspectInput, rowChunks and ParquetTable; DATASET_DAMAGED at the end of a file that is not
 * what dataset.json in its folder says
 */
export async function* candidatesOf(file: string, { size, stdin }: RowSettings = {}): AsyncGenerator<Candidate> {
  const name = shownName(file);
  const reader = new RowReader(name, size);
  const { kind } = await inspectInput(file);
  if (kind === 'parquet') {
    const { openTexts } = await import('./parquet.ts');
    const table = await openTexts(file, TEXT_COLUMNS);
    for (const { from, to } of table.groups) {
      for (const [i, row] of (await table.rows(from, to, TABLE_COLUMNS)).entries()) {
        const line = from + i + 1;
        yield {
          line,
          place: `${name}:${line}`,
          id: () => idOf(row, ''),
          isEmpty: false,
          read: () => reader.fromTable(row, line),
        };
      }
    }
  } else {
    const bytes = file === STDIN ? stdin : readBytes(file);
    if (bytes === undefined) throw new Error('no standard input was given');
    for await (const chunk of rowChunks(bytes, name))
      for (const { text, line } of linesOf(chunk))
        yield {
          line,
          place: `${name}:${line}`,
          id: () => idOfLine(text),
          isEmpty: skipBlanks(text) === text.length,
          read: () => reader.fromLine(text, line),
        };
  }
  const expected = file === STDIN ? null : await expectedContent(file);
  if (expected !== null) await checkContent(file, expected);
}

/** How messages call an input. */
export function shownName(file: string): string {
  return file === STDIN ? 'stdin' : file;
}

/** Of a row that may be broken: reading it says so. */
function idOfLine(text: string): string | undefined {
  const read = parseRowJson(text);
  if ('at' in read || typeof read.value !== 'object' || read.value === null) return undefined;
  return idOf(read.value as Readonly<Record<string, unknown>>, read.json);
}

export interface ExampleSettings extends RowSettings {
  /** Label of rows without a generator; default one made of the file's name. */
  readonly generator?: GeneratorName;
  /** Called for each row that cannot be read; without it the first one is thrown. */
  readonly refuse?: (error: TracelabError) => void;
}

/** An example with its origin. */
export interface PlacedExample {
  readonly example: Example;
  /** `file:line`, or `file:row`. */
  readonly place: string;
  readonly row: Row;
}

/**
 * The rows of a file as examples: prompts in our own order, single spaces, pictures solved.
 * @throws TracelabError as candidatesOf; without `refuse` that of the first row that cannot be read
 */
export async function* readExamplesOf(
  file: string,
  { generator, refuse, ...settings }: ExampleSettings = {},
): AsyncGenerator<PlacedExample> {
  const label = generator ?? labelOfFile(file);
  let count = 0;
  for await (const { place, read, isEmpty } of candidatesOf(file, settings)) {
    if (isEmpty) continue;
    // Rows keep their numbers whatever becomes of the others.
    count += 1;
    const ordinal = count;
    const orRefused = <Value>(make: () => Value): Value | undefined => {
      try {
        return make();
      } catch (error) {
        if (refuse === undefined || !(error instanceof TracelabError)) throw error;
        refuse(error);
        return undefined;
      }
    };
    for (const readRow of orRefused(read) ?? []) {
      const placed = orRefused(() => {
        const row = readRow();
        return { example: exampleOfRow(row, { place, label, ordinal }), place, row };
      });
      if (placed !== undefined) yield placed;
    }
  }
}

interface RowPlace {
  readonly place: string;
  /** Of rows without a generator. */
  readonly label: string;
  /** Of the row among all rows, from 1. */
  readonly ordinal: number;
}

/** @throws TracelabError NO_PATH for a picture that has no solution */
function exampleOfRow(row: Row, { place, label, ordinal }: RowPlace): Example {
  const named = {
    id: row.id ?? (row.part === undefined ? `row-${ordinal}` : `row-${ordinal}#${row.part}`),
    ...(!('problem' in row) && row.domain !== DEFAULT_DOMAIN && { domain: row.domain }),
    generator: distributionLabel(row.generator ?? label, 'problem' in row ? DEFAULT_DOMAIN : row.domain),
  };
  if ('problem' in row)
    return {
      ...named,
      size: row.problem.size,
      prompt: promptText({ ...row.problem, generator: named.generator }),
      completion: row.isPicture ? solved(row, place) : singleSpaced(row.completion),
    };
  const { size, prompt, completion } = row;
  return { ...named, size, prompt, completion: singleSpaced(completion) };
}

function solved({ problem }: MazeRow, place: string): string {
  const { trace, plan } = solve({ ...problem, generator: 'free' });
  if (plan !== null) return completionText(trace, plan);
  throw new TracelabError({
    code: 'NO_PATH',
    kind: 'refused_input',
    where: place,
    what: 'the goal cannot be reached',
    expected: 'a path from S to E',
    got: 'none',
    hint: 'leave the picture out',
  });
}

/**
 * A label as it can name files and columns: that of a distribution of the domain, or small letters, digits and -, which
 * are the name of no distribution.
 */
function distributionLabel(text: string, domain: string): GeneratorName {
  const known = domainOfDistribution(text);
  if (known !== undefined) return known.name === domain ? text : `${domain}-${text}`;
  const letters = text
    .slice(0, 200)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/^-/, '');
  return letters.slice(0, 40).replace(/-$/, '') || 'other';
}

/** `test-mine.jsonl.gz` -> `mine`. */
function labelOfFile(file: string): string {
  return file === STDIN
    ? 'stdin'
    : basename(file)
        .replace(/^test-/, '')
        .replace(/\..*$/s, '');
}
