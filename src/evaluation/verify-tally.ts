// What verification counts: verdicts by group, with the first completion that broke each rule. Plain data, so that
// threads can post it.
import { LIMITS } from '../base/limits.ts';
import { isMazeRow, type Row } from '../data/rows.ts';
import { domainOf } from '../domain/domains.ts';
import type { Verdict } from '../domain/types.ts';
import { recordText } from '../domain/maze/verdict/parse.ts';
import type { VerdictSummary } from './types.ts';
import { addCounts, countVerdict, noVerdicts, summarizeVerdicts, type VerdictCounts } from './verdict-counts.ts';

/** Where a rule was broken first. */
export interface ErrorExample {
  readonly file: string;
  /** Line, or row of a table. */
  readonly line: number;
  readonly id?: string;
  /** Index of the record that broke the rule; absent for plans, which have none. */
  readonly record?: number;
  /** Words of that record, or the last ones of a completion without a valid plan. */
  readonly words: string;
}

export interface ErrorExamples {
  readonly paper: Partial<Record<string, ErrorExample>>;
  readonly strict: Partial<Record<string, ErrorExample>>;
  readonly plan: Partial<Record<string, ErrorExample>>;
}

interface Group {
  readonly name: string;
  /** Missing for mazes. */
  readonly domain?: string;
  readonly counts: VerdictCounts;
  readonly examples: ErrorExamples;
}

/** By generator, or by file where rows name none, and by domain. In order of their first rows. */
export type Groups = Map<string, Group>;

export interface GroupSummary extends VerdictSummary {
  readonly name: string;
  /** Missing for mazes. */
  readonly domain?: string;
  readonly examples: ErrorExamples;
}

/**
 * Labels come from data. At most this many are counted separately; all later labels are summed as `(other)`. A part
 * keeps all of its labels, because which labels are later is defined by the order of the whole input.
 */
const MOST_GROUPS = LIMITS.groups.most;
const OTHER = '(other)';
/**
 * Characters of a completion that is too long to be cut into records for an example, and of the words that are shown.
 */
const LONG = 1 << 20;
const SHOWN = 60;

/** Counts a row of a part. */
export function countRow(groups: Groups, file: string, row: Row, verdict: Verdict): void {
  const { counts, examples } = groupOf(groups, row.generator ?? file, isMazeRow(row) ? undefined : row.domain);
  countVerdict(counts, verdict);
  const { paper, strict, plan } = verdict;
  const at = { file, line: row.line, ...(row.id !== undefined && { id: row.id }) };
  if (paper.rule !== undefined)
    examples.paper[paper.rule] ??= {
      ...at,
      record: paper.record,
      words: wordsOf(row, paper.record, verdict.records),
    };
  if (strict.rule !== undefined)
    examples.strict[strict.rule] ??= {
      ...at,
      record: strict.record,
      words: wordsOf(row, strict.record, verdict.records),
    };
  if (plan.error !== undefined) examples.plan[plan.error] ??= { ...at, words: row.completion.slice(-SHOWN) };
}

/** Adds the groups of a later part. */
export function addGroups(groups: Groups, more: Groups): void {
  for (const [key, { name, domain, counts, examples }] of more) {
    const group = groupOf(groups, groups.has(key) || groups.size < MOST_GROUPS ? name : OTHER, domain);
    addCounts(group.counts, counts);
    for (const kind of ['paper', 'strict', 'plan'] as const) {
      for (const [rule, example] of Object.entries(examples[kind]) as [string, ErrorExample][])
        group.examples[kind][rule] = earlier(group.examples[kind][rule], example);
    }
  }
}

/** Summaries of all groups, in the order of the map. */
export function summarizeGroups(groups: Groups): GroupSummary[] {
  return [...groups.values()].map(({ name, domain, counts, examples }) => ({
    name,
    ...(domain !== undefined && { domain }),
    ...summarizeVerdicts(counts),
    examples,
  }));
}

function groupOf(groups: Groups, name: string, domain: string | undefined): Group {
  const key = domain === undefined ? name : `${domain}\0${name}`;
  let group = groups.get(key);
  if (group === undefined) {
    group = {
      name,
      ...(domain !== undefined && { domain }),
      counts: noVerdicts(),
      examples: { paper: {}, strict: {}, plan: {} },
    };
    groups.set(key, group);
  }
  return group;
}

/** Labels of a part that are counted together come in the order of the labels, not of their broken rules. */
function earlier(known: ErrorExample | undefined, next: ErrorExample): ErrorExample {
  return known === undefined || (known.file === next.file && next.line < known.line) ? next : known;
}

/** @param records of the trace: a rule that is checked at its end has this index, where the plan may begin */
function wordsOf(row: Row, record: number | undefined, records: number): string {
  if (record === records) return '(end of the trace)';
  if (record === undefined || row.completion.length > LONG) return '';
  const words = isMazeRow(row)
    ? recordText(row.completion, record)
    : [...(domainOf(row.domain).steps?.({ ...row, generator: row.generator ?? '' }) ?? [])].at(record)?.text;
  return (words ?? '').slice(0, SHOWN);
}
