// The one example that `tracelab explain` is about: a row of a JSONL file or of standard input, by line, by id, or the first.
import { existsSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { TracelabError } from '../base/errors.ts';
import { readJsonl } from '../base/files.ts';
import { checkSameDomain } from '../domain/domains.ts';
import { parsePrompt } from '../domain/maze/grammar.ts';
import type { Problem } from '../domain/maze/types.ts';

export interface ExplainedRow {
  /** Untrusted text, as prompt and completion. */
  readonly id: string;
  /** `file:line`. */
  readonly place: string;
  readonly problem: Problem;
  readonly prompt: string;
  readonly completion: string;
}

export interface RowChoice {
  readonly id?: string;
  /** Cells per side, for a row without a size. */
  readonly size?: number;
}

interface FoundRow {
  readonly value: unknown;
  /** `file:line`. */
  readonly where: string;
}

/**
 * @param target `FILE`, `FILE:line`, or `-` for standard input
 * @throws TracelabError ROW_MISSING, EXAMPLE_ROW, PROMPT_SYNTAX, and those of readJsonl
 */
export async function readExplainedRow(target: string, { id, size }: RowChoice): Promise<ExplainedRow> {
  const { file, line } = fileAndLine(target);
  let rows = 0;
  for await (const { value, where } of rowsOf(file)) {
    rows += 1;
    if (line !== null && !where.endsWith(`:${line}`)) continue;
    const found = (typeof value === 'object' && value !== null ? value : {}) as Partial<Record<string, unknown>>;
    // An id may be a number.
    if (id !== undefined && found.id !== id && JSON.stringify(found.id) !== id) continue;
    return explainedRow(found, where, size);
  }
  const wanted = line !== null ? `a row on line ${line}` : id !== undefined ? `a row with the id ${JSON.stringify(id)}` : 'at least one row';
  throw new TracelabError({ code: 'ROW_MISSING', kind: 'refused_input', where: nameOf(file), what: 'no such row', expected: wanted, got: `${rows} ${rows === 1 ? 'row' : 'rows'}${line !== null || id === undefined ? '' : ' without it'}` });
}

/** A file whose very name ends in `:3` wins over line 3 of another. */
function fileAndLine(target: string): { readonly file: string; readonly line: number | null } {
  const match = /^(.+):([1-9]\d*)$/s.exec(target);
  return match === null || existsSync(target) ? { file: target, line: null } : { file: match[1], line: Number(match[2]) };
}

function nameOf(file: string): string {
  return file === '-' ? 'standard input' : file;
}

async function* rowsOf(file: string): AsyncGenerator<FoundRow> {
  if (file !== '-') {
    yield* readJsonl(file, (value, where) => ({ value, where }));
    return;
  }
  for (const [i, line] of (await text(process.stdin)).split('\n').entries()) {
    const where = `${nameOf(file)}:${i + 1}`;
    if (line.trim() !== '') yield { value: parseLine(line, where), where };
  }
}

function parseLine(line: string, where: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch (cause) {
    throw new TracelabError({ code: 'JSONL_SYNTAX', kind: 'damaged_artifact', where, what: 'not valid JSON', expected: 'one JSON document per line', got: `${line.length} characters ending in ${JSON.stringify(line.slice(-24))}`, cause });
  }
}

function explainedRow(row: Partial<Record<string, unknown>>, where: string, given: number | undefined): ExplainedRow {
  const { id = where, size = given, prompt, completion, domain } = row;
  if (typeof domain === 'string') checkSameDomain(where, 'only mazes are explained', undefined, domain);
  if (typeof prompt !== 'string' || typeof completion !== 'string') {
    throw new TracelabError({ code: 'EXAMPLE_ROW', kind: 'refused_input', where, what: 'the row has no texts', expected: 'texts `prompt` and `completion`', got: Object.keys(row).join(', ').slice(0, 60) || 'no object' });
  }
  if (typeof size !== 'number' || !Number.isInteger(size)) {
    throw new TracelabError({ code: 'EXAMPLE_ROW', kind: 'refused_input', where, what: 'the size of the maze is not told', expected: 'a whole number `size`', got: size === undefined ? 'nothing' : JSON.stringify(size).slice(0, 60), hint: 'give --size' });
  }
  // The generator is a label that plays no part here.
  return { id: String(id), place: where, problem: parsePrompt(prompt, size, 'free', where), prompt, completion };
}
