// Rows as they come from elsewhere, one a line or one a row of a table, to problems and completions: the one schema of
// what others write. row-texts.ts finds prompt and completion among the fields; records.ts reads whole files.
import { TracelabError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { DEFAULT_DOMAIN, domainOf } from '../domain/domains.ts';
import { readPicture } from '../domain/maze/interchange/ascii.ts';
import { type ForeignProblem, readPrompt, type ReadPrompt } from '../domain/maze/interchange/prompt.ts';
import { completionOfSearchformer } from '../domain/maze/interchange/searchformer.ts';
import { lastWord, singleSpaced, skipBlanks, SPECIAL_WORDS, takeWords } from '../domain/words.ts';
import { promptOfChat } from './chat-text.ts';
import { idOf, type JsonFault, parseRowJson } from './json-row.ts';
import { refusedRow, type RowTexts, excerpt, shown, textsOf } from './row-texts.ts';

type Fields = Readonly<Record<string, unknown>>;

interface Labels {
  /** Of the file, from 1; of a table or an array the row. */
  readonly line: number;
  /** Of one of several completions in a row with its number: `7#2`. */
  readonly id?: string;
  /** Of several completions in one row, from 1. */
  readonly part?: number;
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

/**
 * One completion of a row, read when it is wanted.
 * @throws TracelabError as RowReader
 */
export type ReadRow = () => Row;

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
  'completions',
  'messages',
  'reasoning',
  'plan',
  'rollouts',
  // For messages about forms that cannot be judged.
  'labels',
  'chosen',
];

/** Of these a table must have one. */
export const TEXT_COLUMNS: readonly string[] = ['prompt', 'text', 'messages'];

/** Is it a row of a maze? */
export function isMazeRow(row: Row): row is MazeRow {
  return 'problem' in row;
}

/** What the domain of a row calls its size. */
export function sizeOfRow(row: Row): number {
  return isMazeRow(row) ? row.problem.size : row.size;
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
   * @param size cells per side for rows that do not give it
   */
  constructor(name: string, size: number | undefined) {
    this.name = name;
    this.size = size;
  }

  /**
   * One line: an object with texts (row-texts.ts), perhaps with id, generator and size; a JSON text; else the text
   * itself.
   * @param line its number, from 1
   * @returns one a completion; none for an empty line
   * @throws TracelabError JSON_SYNTAX, ROW, ASCII_MAZE or those of readPrompt, with `name:line:column`
   */
  fromLine(given: string, line: number): readonly ReadRow[] {
    // A byte order mark is where files were joined.
    const text = given.charCodeAt(0) === 0xfeff ? given.slice(1) : given;
    const first = skipBlanks(text);
    if (first === text.length) return [];
    const place = (index: number): string => `${this.name}:${line}:${index + 1}`;
    if (!'{["'.includes(text[first]))
      return [() => ({ line, ...this.fromText(text, this.sizeOf(undefined, place, 'maze', text), place) })];
    const read = parseRowJson(text);
    if ('at' in read) throw notJson(text, read, place(read.at));
    const { value: row, json } = read;
    if (typeof row === 'string')
      return [
        () => ({
          line,
          ...this.fromText(
            row,
            this.sizeOf(undefined, placeWithin(text, row, place), 'maze', row),
            placeWithin(text, row, place),
          ),
        }),
      ];
    if (typeof row !== 'object' || row === null || Array.isArray(row))
      throw refusedRow(
        place(first),
        'the row is no object',
        'an object with texts',
        Array.isArray(row) ? 'a list' : excerpt(text),
        'write each row as {"prompt": ..., "completion": ...}',
      );
    if ('picture' in row && Object.keys(row).length === 1) return [() => this.fromPicture(String(row.picture), line)];
    return this.fromFields(row as Fields, line, place, { text, json });
  }

  /**
   * One row of a table.
   * @param row values by column
   * @param line its number, from 1
   * @throws TracelabError as fromLine does, with `name:row`
   */
  fromTable(row: Fields, line: number): readonly ReadRow[] {
    const { most } = LIMITS.rowBytes;
    for (const [name, value] of Object.entries(row))
      if (typeof value === 'string' && value.length > most)
        throw refusedRow(
          `${this.name}:${line}`,
          `\`${name}\` is too long`,
          `at most ${most} characters`,
          String(value.length),
          'leave the row out',
        );
    return this.fromFields(row, line, () => `${this.name}:${line}`, { text: '', json: '' });
  }

  /** @param source the line that the fields were read from, to find a word's column in, and its JSON */
  private fromFields(
    fields: Fields,
    line: number,
    place: (index: number) => string,
    source: { readonly text: string; readonly json: string },
  ): readonly ReadRow[] {
    const { domain, generator } = fields;
    const id = idOf(fields, source.json);
    const labels = (part: number | undefined): Labels => ({
      line,
      ...(id !== undefined && { id: part === undefined ? id : `${id}#${part}` }),
      ...(part !== undefined && { part }),
      ...(isName(generator) && { generator: String(generator) }),
    });
    const isMaze = typeof domain !== 'string' || domain === DEFAULT_DOMAIN;
    return textsOf(fields, place).map(({ part, read }) => () => {
      const row = isMaze
        ? this.fromTexts(read(), this.sizeOf(fields['size'], place), place, source.text)
        : this.fromOtherDomain(domain, read(), fields['size'], place);
      return { ...labels(part), ...row };
    });
  }

  private fromTexts(
    texts: RowTexts,
    size: number,
    place: (index: number) => string,
    source: string,
  ): Omit<MazeRow, keyof Labels> & Pick<Labels, 'special'> {
    const { prompt, text } = texts;
    if (text !== undefined) return this.fromText(text, size, placeWithin(source, text, place));
    const chat = promptOfChat(prompt);
    const within = placeWithin(source, prompt, place);
    if (chat !== undefined) {
      const { begin, end } = chat;
      const turn = { ...texts, prompt: prompt.slice(begin, end) };
      return this.fromPromptAndCompletion(turn, size, (index) => within(begin + index));
    }
    return this.fromPromptAndCompletion(texts, size, within);
  }

  private fromPromptAndCompletion(
    texts: RowTexts,
    size: number,
    place: (index: number) => string,
  ): ReturnType<typeof completed> {
    const { prompt } = texts;
    const read = this.readPrompt(prompt, size, place);
    const rest = skipBlanks(prompt, read.end);
    if (read.end !== prompt.length && rest < prompt.length)
      throw new TracelabError({
        code: 'PROMPT_SYNTAX',
        kind: 'refused_input',
        where: place(rest),
        what: 'words after the last one',
        expected: 'the end of the prompt',
        got: excerpt(prompt.slice(rest)),
        hint: 'a completion is a text of its own, or follows `reasoning` in one `text`',
      });
    return completed(read, completionBehind(texts));
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
    { prompt, text, completion }: RowTexts,
    given: unknown,
    place: (index: number) => string,
  ): Omit<OtherRow, 'line'> {
    const domain = domainOf(name, place(0));
    const size = this.sizeOf(given, place, domain.words.problem);
    if (text !== undefined)
      throw refusedRow(
        place(0),
        'one text for both parts',
        'texts `prompt` and `completion`',
        'text',
        'cut it behind `reasoning`',
      );
    const words = singleSpaced(prompt);
    domain.parse(words, size, place(0));
    return { domain: name, size, prompt: words, completion, ...specialOf(completion) };
  }

  private readPrompt(prompt: string, size: number, place: (index: number) => string): ReadPrompt {
    if (this.lastRead === undefined || this.lastRead.problem.size !== size || this.lastPrompt !== prompt) {
      this.lastRead = readPrompt(prompt, size, place);
      this.lastPrompt = prompt;
    }
    return this.lastRead;
  }

  /**
   * @param problem word for what has the size
   * @param text what may be a prompt; without one it is not looked at
   */
  private sizeOf(given: unknown, place: (index: number) => string, problem = 'maze', text?: string): number {
    const size = given ?? this.size;
    if (typeof size === 'number') return size;
    // A text that is no prompt on any grid needs no size: this refuses it.
    if (text !== undefined) readPrompt(text, LIMITS.mazeSide.most, place);
    throw refusedRow(
      place(0),
      `the size of the ${problem} is not given`,
      'a whole number `size`',
      size === undefined ? 'nothing' : shown(size),
      'give --size',
    );
  }
}

function notJson(text: string, { at, isDeep, cause }: JsonFault, where: string): TracelabError {
  const isCut = at >= text.length;
  if (isDeep)
    return new TracelabError({
      code: 'JSON_SYNTAX',
      kind: 'refused_input',
      where,
      what: 'nested too deeply',
      expected: `at most ${LIMITS.rowDepth.most} levels`,
      got: 'more',
      hint: 'leave the row out, or the field',
    });
  return new TracelabError({
    code: 'JSON_SYNTAX',
    kind: 'refused_input',
    where,
    what: 'not valid JSON',
    expected: 'one JSON object a line',
    got: isCut ? 'the end of the line' : JSON.stringify(text.slice(at, at + 20)),
    hint: isCut
      ? 'write rows of several lines as a JSON array; the file may be cut short'
      : 'leave the row out, or write it with a JSON library',
    cause,
  });
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

/** Where an index of a text is that is one string in a JSON line. */
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
