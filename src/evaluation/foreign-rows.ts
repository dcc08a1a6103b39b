// Rows of completions as they come from elsewhere, one a line or one a row of a table, to problems and completions.
import { TracelabError } from '../base/errors.ts';
import { jsonFault } from '../base/json-fault.ts';
import { checkSameDomain } from '../domain/domains.ts';
import { readPrompt, type ReadPrompt } from '../domain/maze/interchange/prompt.ts';
import { completionOfSearchformer } from '../domain/maze/interchange/searchformer.ts';
import type { ForeignCompletion } from './completion-judge.ts';

export interface ForeignRow extends ForeignCompletion {
  /** Of the file, from 1; of a table the row. */
  readonly line: number;
  readonly id?: string;
  readonly generator?: string;
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
   * One line: an object {prompt, completion} or {text}, perhaps with id, generator and size; else the text itself.
   * @param line its number, from 1
   * @returns undefined for an empty line
   * @throws TracelabError JSON_SYNTAX, ROW or those of readPrompt, with `name:line:column`
   */
  fromLine(text: string, line: number): ForeignRow | undefined {
    const first = /[^ \t\n\v\f\r]/.exec(text)?.index ?? -1;
    if (first < 0) return undefined;
    const place = (index: number): string => `${this.name}:${line}:${index + 1}`;
    if (text[first] !== '{') return { line, ...this.fromText(text, this.sizeOf(undefined, place), place) };
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
    return this.fromFields(row as object, line, place, text);
  }

  /**
   * One row of a table.
   * @param row values by column
   * @param line its number, from 1
   * @throws TracelabError as fromLine does, with `name:row`
   */
  fromTable(row: object, line: number): ForeignRow {
    return this.fromFields(row, line, () => `${this.name}:${line}`, '');
  }

  /** @param source the line that the fields were read from, to find a word's column in */
  private fromFields(fields: object, line: number, place: (index: number) => string, source: string): ForeignRow {
    const {
      id,
      domain,
      generator,
      size: told,
      prompt,
      completion,
      text,
    } = fields as Readonly<Partial<Record<string, unknown>>>;
    if (typeof domain === 'string') checkSameDomain(place(0), 'only mazes are verified and explained', 'maze', domain);
    const size = this.sizeOf(told, place);
    const label = { ...(isName(id) && { id: String(id) }), ...(isName(generator) && { generator: String(generator) }) };
    if (typeof prompt === 'string' && typeof completion === 'string') {
      const within = placeWithin(source, prompt, place);
      const read = this.readPrompt(prompt, size, within);
      if (read.end !== prompt.length) {
        throw new TracelabError({
          code: 'PROMPT_SYNTAX',
          kind: 'refused_input',
          where: within(read.end),
          what: 'words after the last one',
          expected: 'the end of the prompt',
          got: quote(prompt.slice(read.end)),
        });
      }
      return {
        line,
        ...label,
        problem: read.problem,
        completion: read.isSearchformer ? completionOfSearchformer(read.problem, completion) : completion,
      };
    }
    if (typeof text === 'string')
      return { line, ...label, ...this.fromText(text, size, placeWithin(source, text, place)) };
    throw new TracelabError({
      code: 'ROW',
      kind: 'refused_input',
      where: place(0),
      what: 'the row has no texts',
      expected: 'texts `prompt` and `completion`, or one `text`',
      got: quote(Object.keys(fields).join(', ')) || 'no fields',
    });
  }

  /** Prompt and completion in one text. */
  private fromText(text: string, size: number, place: (index: number) => string): ForeignCompletion {
    const { problem, end, isSearchformer } = readPrompt(text, size, place);
    const completion = text.slice(end);
    return { problem, completion: isSearchformer ? completionOfSearchformer(problem, completion) : completion };
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
    throw new TracelabError({
      code: 'ROW',
      kind: 'refused_input',
      where: place(0),
      what: 'the size of the maze is not told',
      expected: 'a whole number `size`',
      got: size === undefined ? 'nothing' : quote(JSON.stringify(size)),
      hint: 'give --size',
    });
  }
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
  return typeof value === 'string' || typeof value === 'number';
}

function quote(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}
