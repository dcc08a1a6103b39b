// Rows as they come from elsewhere, one a line or one a row of a table, to problems and completions: the one schema of
// what others write. row-texts.ts finds prompt and completion among the fields; records.ts reads whole files.
import { TracelabError } from '../base/errors.ts';
import { jsonFault } from '../base/json-fault.ts';
import { checkSameDomain, DEFAULT_DOMAIN, domainOf } from '../domain/domains.ts';
import { readPicture } from '../domain/maze/interchange/ascii.ts';
import { type ForeignProblem, readPrompt, type ReadPrompt } from '../domain/maze/interchange/prompt.ts';
import { completionOfSearchformer } from '../domain/maze/interchange/searchformer.ts';
import { lastWord, singleSpaced, skipBlanks, SPECIAL_WORDS, takeWords } from '../domain/words.ts';
import { refusedRow, type RowTexts, shortened, textsOf } from './row-texts.ts';

interface Labels {
  /** Of the file, from 1; of a table or an array the row. */
  readonly line: number;
  readonly id?: string;
  readonly generator?: string;
  /** The word at the end of the completion, where it is one of a tokenizer. */
  readonly special?: string;
}

export interface MazeRow extends Labels {
  readonly problem: ForeignProblem;
  readonly completion: string;
  /** It was a picture, which holds no trace. The completion is the plan that is drawn, or nothing. */
  readonly isPicture?: true;
}

/** A row of another domain. */
export interface OtherRow extends Labels {
  readonly domain: string;
  readonly size: number;
  /** With single spaces; checked. */
  readonly prompt: string;
  readonly completion: string;
}

export type Row = MazeRow | OtherRow;

/** What is read of a table, where it has them. */
export const TABLE_COLUMNS: readonly string[] = [
  'id',
  '_id',
  'domain',
  'generator',
  'size',
  'prompt',
  'completion',
  'text',
  'messages',
  'reasoning',
  'plan',
  'rollouts',
];

/** Of these a table must have one. */
export const TEXT_COLUMNS: readonly string[] = ['prompt', 'text', 'messages'];

/**
 * The row as one of a maze.
 * @throws TracelabError DOMAIN_MIXED
 */
export function mazeRow(row: Row, name: string): MazeRow {
  if ('problem' in row) return row;
  checkSameDomain(`${name}:${row.line}:1`, 'only mazes are verified and explained', DEFAULT_DOMAIN, row.domain);
  throw new Error('a maze without a problem');
}

/** Reads the rows of one input. */
export class RowReader {
  private readonly name: string;
  private readonly size: number | undefined;
  /** Rollouts of one problem follow each other: they share it. */
  private lastPrompt = '';
  private lastRead: ReadPrompt | undefined;

  /**
   * @param name of the input, for errors
   * @param size cells per side for rows that do not tell it
   */
  constructor(name: string, size: number | undefined) {
    this.name = name;
    this.size = size;
  }

  /**
   * One line: an object with texts (row-texts.ts), perhaps with id, generator and size; a JSON text; else the text
   * itself.
   * @param line its number, from 1
   * @returns undefined for an empty line
   * @throws TracelabError JSON_SYNTAX, ROW, ASCII_MAZE or those of readPrompt, with `name:line:column`
   */
  fromLine(given: string, line: number): Row | undefined {
    // A byte order mark is where files were joined.
    const text = given.charCodeAt(0) === 0xfeff ? given.slice(1) : given;
    const first = skipBlanks(text);
    if (first === text.length) return undefined;
    const place = (index: number): string => `${this.name}:${line}:${index + 1}`;
    if (!'{["'.includes(text[first])) return { line, ...this.fromText(text, this.sizeOf(undefined, place), place) };
    let row: unknown;
    try {
      row = JSON.parse(text);
    } catch (cause) {
      const at = jsonFault(text);
      throw new TracelabError({
        code: 'JSON_SYNTAX',
        kind: 'refused_input',
        where: place(at),
        what: 'not valid JSON',
        expected: 'one JSON object a line',
        got: at >= text.length ? 'the end of the line' : JSON.stringify(text.slice(at, at + 20)),
        cause,
      });
    }
    if (typeof row === 'string')
      return { line, ...this.fromText(row, this.sizeOf(undefined, place), placeWithin(text, row, place)) };
    if (typeof row !== 'object' || row === null || Array.isArray(row))
      throw refusedRow(
        place(first),
        'the row is no object',
        'an object with texts',
        Array.isArray(row) ? 'a list' : shortened(text),
      );
    if ('picture' in row && Object.keys(row).length === 1) return this.fromPicture(String(row.picture), line);
    return this.fromFields(row as Readonly<Record<string, unknown>>, line, place, text);
  }

  /**
   * One row of a table.
   * @param row values by column
   * @param line its number, from 1
   * @throws TracelabError as fromLine does, with `name:row`
   */
  fromTable(row: Readonly<Record<string, unknown>>, line: number): Row {
    return this.fromFields(row, line, () => `${this.name}:${line}`, '');
  }

  /** @param source the line that the fields were read from, to find a word's column in */
  private fromFields(
    fields: Readonly<Record<string, unknown>>,
    line: number,
    place: (index: number) => string,
    source: string,
  ): Row {
    const { domain, generator } = fields;
    const id = fields['id'] ?? fields['_id'];
    const label = { ...(isName(id) && { id: String(id) }), ...(isName(generator) && { generator: String(generator) }) };
    if (typeof domain === 'string' && domain !== DEFAULT_DOMAIN)
      return { line, ...label, ...this.fromOtherDomain(domain, fields, place) };
    const size = this.sizeOf(fields['size'], place);
    const texts = textsOf(fields, place);
    const { prompt, text } = texts;
    if (text !== undefined) return { line, ...label, ...this.fromText(text, size, placeWithin(source, text, place)) };
    const within = placeWithin(source, prompt, place);
    const read = this.readPrompt(prompt, size, within);
    if (read.end !== prompt.length && skipBlanks(prompt, read.end) < prompt.length)
      throw new TracelabError({
        code: 'PROMPT_SYNTAX',
        kind: 'refused_input',
        where: within(skipBlanks(prompt, read.end)),
        what: 'words after the last one',
        expected: 'the end of the prompt',
        got: shortened(prompt.slice(skipBlanks(prompt, read.end))),
      });
    return { line, ...label, ...completed(read, completionBehind(texts)) };
  }

  /** Prompt and completion in one text. */
  private fromText(
    text: string,
    size: number,
    place: (index: number) => string,
  ): Pick<MazeRow, 'problem' | 'completion' | 'special'> {
    const read = readPrompt(text, size, place);
    return completed(read, text.slice(read.end));
  }

  private fromPicture(picture: string, line: number): MazeRow {
    const { problem, plan } = readPicture(
      picture.split('\n'),
      (row, column) => `${this.name}:${line + row}:${column + 1}`,
    );
    const cells = plan.map(({ x, y }) => `plan ${x} ${y}`);
    return {
      line,
      problem,
      completion: plan.length === 0 ? '' : ['solution', ...cells, 'end'].join(' '),
      isPicture: true,
    };
  }

  private fromOtherDomain(
    name: string,
    fields: Readonly<Record<string, unknown>>,
    place: (index: number) => string,
  ): Omit<OtherRow, 'line'> {
    const domain = domainOf(name, place(0));
    const size = this.sizeOf(fields['size'], place);
    const { prompt, text, completion } = textsOf(fields, place);
    if (text !== undefined)
      throw refusedRow(place(0), 'one text for both parts', 'texts `prompt` and `completion`', 'text');
    const words = singleSpaced(prompt);
    domain.checkPrompt(words, size, place(0));
    return { domain: name, size, prompt: words, completion, ...specialOf(completion) };
  }

  private readPrompt(prompt: string, size: number, place: (index: number) => string): ReadPrompt {
    if (this.lastRead === undefined || this.lastRead.problem.size !== size || this.lastPrompt !== prompt) {
      this.lastRead = readPrompt(prompt, size, place);
      this.lastPrompt = prompt;
    }
    return this.lastRead;
  }

  private sizeOf(told: unknown, place: (index: number) => string): number {
    const size = told ?? this.size;
    if (typeof size === 'number') return size;
    throw refusedRow(
      place(0),
      'the size of the maze is not told',
      'a whole number `size`',
      size === undefined ? 'nothing' : shortened(JSON.stringify(size)),
      'give --size',
    );
  }
}

function completed(
  { problem, isSearchformer }: ReadPrompt,
  completion: string,
): Pick<MazeRow, 'problem' | 'completion' | 'special'> {
  return {
    problem,
    completion: isSearchformer ? completionOfSearchformer(problem, completion) : completion,
    ...specialOf(completion),
  };
}

/** Where a prompt was cut before `reasoning`, the completion begins with that word, which belongs to the prompt. */
function completionBehind({ prompt, completion }: RowTexts): string {
  if (lastWord(prompt) === 'reasoning' || takeWords(prompt, 0, ['query']) < 0) return completion;
  const behind = takeWords(completion, 0, ['reasoning']);
  return behind < 0 ? completion : completion.slice(behind);
}

function specialOf(completion: string): Pick<Labels, 'special'> {
  const word = lastWord(completion);
  return SPECIAL_WORDS.has(word) ? { special: word } : {};
}

/** Where an index of a text is that stands as one string in a JSON line. */
function placeWithin(source: string, text: string, place: (index: number) => string): (index: number) => string {
  // Escapes move the letters behind them; then the column is that of the line's beginning.
  return (index) => {
    const begin = source.indexOf(JSON.stringify(text));
    return place(begin < 0 ? 0 : begin + 1 + index);
  };
}

function isName(value: unknown): value is string | number {
  return (typeof value === 'string' && value !== '') || typeof value === 'number';
}
