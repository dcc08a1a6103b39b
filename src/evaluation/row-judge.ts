// One answer to each row, at once: for programs that wait for verdicts, as a reward or as a client of the server. Rows
// and verdicts are those of verify.ts, which reads whole files on all threads.
import { TracelabError } from '../base/errors.ts';
import type { CoreHandle } from '../core/module.ts';
import { idOf, parseRowJson } from '../data/json-row.ts';
import { isMazeRow, type ReadRow, type Row, RowReader, sizeOfRow } from '../data/rows.ts';
import type { Verdict } from '../domain/types.ts';
import { CompletionJudge } from './completion-judge.ts';
import { judgeRows } from './judge-rows.ts';

/** The answer to one completion. */
export interface CompletionAnswer {
  /** Number of the row, from 1. */
  readonly line: number;
  readonly id?: string;
  /** Of several completions in the row, from 1. */
  readonly part?: number;
  readonly generator?: string;
  /** Missing for mazes. */
  readonly domain?: string;
  readonly size?: number;
  /** Missing where the completion could not be read. */
  readonly verdict?: Verdict;
  readonly error?: AnswerError;
}

interface AnswerError {
  readonly code: string;
  /** The line that a command would print. */
  readonly message: string;
}

/** The answer to a row: of its one completion, or of each of several. */
export type RowAnswer = CompletionAnswer | { readonly line: number; readonly completions: readonly CompletionAnswer[] };

/** A row that waits for its answer. */
export interface GivenRow {
  readonly line: number;
  /** A line of text, the fields of a row, or why there is none. */
  readonly given: string | Readonly<Record<string, unknown>> | TracelabError;
}

/** One completion: what is known without its verdict, and the row to judge if it could be read. */
interface Pending {
  readonly labels: CompletionAnswer;
  readonly row?: Row;
}

/** Reads and judges one row at a time, for `verify --stream` and the server. */
export class RowJudge {
  private readonly name: string;
  private readonly reader: RowReader;
  private readonly judge: CompletionJudge;

  /**
   * @param name of the input, for errors
   * @param size cells per side for rows that do not give it
   * @throws TracelabError MEMORY
   */
  constructor(core: CoreHandle, name: string, size: number | undefined) {
    this.name = name;
    this.reader = new RowReader(name, size);
    this.judge = new CompletionJudge(core);
  }

  /** One answer for each row, in order. A row that cannot be read is answered by its error. */
  answer(rows: readonly GivenRow[]): RowAnswer[] {
    const read = rows.map((row) => this.read(row));
    const judged = read.flat().flatMap(({ row }) => row ?? []);
    const verdicts = judgeRows(this.judge, judged).values();
    const answered = ({ labels, row }: Pending): CompletionAnswer =>
      row === undefined ? labels : { ...labels, verdict: verdicts.next().value };
    return read.map((pending, i) => {
      const answers = pending.map(answered);
      const [first] = answers;
      return answers.length === 1 && first.part === undefined ? first : { line: rows[i].line, completions: answers };
    });
  }

  /** One or more completions. */
  private read(row: GivenRow): Pending[] {
    const { line, given } = row;
    try {
      if (given instanceof TracelabError) throw given;
      const parts = typeof given === 'string' ? this.reader.fromLine(given, line) : this.reader.fromTable(given, line);
      if (parts.length === 0) throw emptyRow(`${this.name}:${line}:1`);
      return parts.map((part, i) => this.readPart(part, row, parts.length > 1 ? i + 1 : undefined));
    } catch (error) {
      return [refused(error, { line, ...idWhereReadable(given) })];
    }
  }

  private readPart(read: ReadRow, { line, given }: GivenRow, several: number | undefined): Pending {
    try {
      const row = read();
      const { id, part, generator } = row;
      const labels = {
        line,
        ...(id !== undefined && { id }),
        ...(part !== undefined && { part }),
        ...(generator !== undefined && { generator }),
        ...(!isMazeRow(row) && { domain: row.domain }),
        size: sizeOfRow(row),
      };
      return { labels, row };
    } catch (error) {
      const { id } = idWhereReadable(given);
      const labels = several === undefined ? { id } : { id: id === undefined ? id : `${id}#${several}`, part: several };
      return refused(error, { line, ...labels });
    }
  }
}

function refused(error: unknown, labels: CompletionAnswer): Pending {
  if (!(error instanceof TracelabError)) throw error;
  return { labels: { ...labels, error: { code: error.code, message: error.message } } };
}

function emptyRow(where: string): TracelabError {
  return new TracelabError({
    code: 'ROW',
    kind: 'refused_input',
    where,
    what: 'the line is empty',
    expected: 'one row',
    got: 'nothing',
    hint: 'write no empty lines: each line has its answer',
  });
}

/** The id of a row of which something else is wrong. */
function idWhereReadable(given: GivenRow['given']): { readonly id?: string } {
  if (given instanceof TracelabError) return {};
  const read = typeof given === 'string' ? parseRowJson(given.replace(/^\ufeff/, '')) : { value: given, json: '' };
  if ('at' in read || typeof read.value !== 'object' || read.value === null) return {};
  const id = idOf(read.value as Readonly<Record<string, unknown>>, read.json);
  return id === undefined ? {} : { id };
}
