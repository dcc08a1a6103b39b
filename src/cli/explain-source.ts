// The one example that `tracelab explain` is about: a row of what `tracelab verify` reads, by line, by id, or the
// first.
import { existsSync } from '../base/disk.ts';
import { TracelabError } from '../base/errors.ts';
import { STDIN } from '../data/input.ts';
import { type Candidate, candidatesOf, shownName } from '../data/records.ts';
import type { OtherRow, Row } from '../data/rows.ts';
import { domainOf } from '../domain/domains.ts';
import { promptText } from '../domain/maze/grammar.ts';
import type { Problem } from '../domain/maze/types.ts';
import type { Example } from '../domain/types.ts';

export interface ExplainedRow {
  /** Untrusted text, as the completion. */
  readonly id: string;
  /** `file:line`, or `file:row` of a table. */
  readonly place: string;
  readonly problem: Problem;
  /** As our own data write it. */
  readonly prompt: string;
  readonly completion: string;
}

/** A row of a domain that is no maze. */
export interface OtherExplainedRow {
  readonly place: string;
  /** Untrusted text, but for the prompt, which was read. */
  readonly example: Example;
}

export interface RowChoice {
  readonly id?: string;
  /** Cells per side, for a row without a size. */
  readonly size?: number;
}

/**
 * @param target `FILE`, `FILE:line`, or `-` for standard input
 * @throws TracelabError ROW_MISSING, and those of candidatesOf
 */
export async function readExplainedRow(
  target: string,
  { id, size }: RowChoice,
): Promise<ExplainedRow | OtherExplainedRow> {
  const { file, line } = fileAndLine(target);
  const name = shownName(file);
  let rows = 0;
  for await (const candidate of candidatesOf(file, { size, ...(file === STDIN && { stdin: process.stdin }) })) {
    if (!candidate.isEmpty) rows += 1;
    if (line === null ? !mayHold(candidate, id) : candidate.line !== line) continue;
    // Of several completions with one id, or on one line, the first.
    for (const readRow of candidate.read()) {
      const read = readRow();
      if (id !== undefined && !isNamed(read, id)) continue;
      const { place } = candidate;
      const label = read.id ?? (read.part === undefined ? place : `${place}#${read.part}`);
      if (!('problem' in read)) return { place, example: otherExample(read, label) };
      const row = read;
      // The generator is a label that plays no part here.
      const problem: Problem = { ...row.problem, generator: 'free' };
      return {
        id: label,
        place,
        problem,
        prompt: promptText(problem),
        completion: row.completion.trimStart(),
      };
    }
  }
  const named = id === undefined ? '' : ` with the id ${JSON.stringify(id)}`;
  const wanted =
    line !== null ? `a row on line ${line}${named}` : id === undefined ? 'at least one row' : `a row${named}`;
  throw new TracelabError({
    code: 'ROW_MISSING',
    kind: 'refused_input',
    where: name,
    what: 'no such row',
    expected: wanted,
    got: `${rows} ${rows === 1 ? 'row' : 'rows'}${id === undefined ? '' : ' without it'}`,
    hint: 'lines and rows are counted from 1; empty lines hold no row',
  });
}

function otherExample({ domain, generator, size, prompt, completion }: OtherRow, id: string): Example {
  const [usual] = domainOf(domain).distributions;
  return { id, domain, generator: generator ?? usual.name, size, prompt, completion: completion.trim() };
}

/** Whether a row may hold a completion of this id; only reading it shows that. */
function mayHold(candidate: Candidate, id: string | undefined): boolean {
  if (id === undefined) return true;
  const own = candidate.id();
  return own === id || own === withoutPart(id);
}

/** `7` names the row 7 and its first completion, `7#2` the second one; on a line without an id `#2` does. */
function isNamed({ id: own, part }: Row, id: string): boolean {
  if (part === undefined) return own === id;
  return own === undefined ? id === `#${part}` : own === id || withoutPart(own) === id;
}

const withoutPart = (id: string): string => id.replace(/#\d+$/, '');

/** A file whose very name ends in `:3` wins over line 3 of another. */
function fileAndLine(target: string): { readonly file: string; readonly line: number | null } {
  const match = /^(.+):([1-9]\d*)$/s.exec(target);
  return match === null || existsSync(target)
    ? { file: target, line: null }
    : { file: match[1], line: Number(match[2]) };
}
