// A completion step by step, for people: what the search had in its open list before each record, what the record does,
// and which rule it breaks. It walks with the validator's own steps (paper.ts, walk.ts), so its first errors are the
// validator's.
import type { Cell, Problem, TraceEvent, TraceRule, TraceVerdict } from '../types.ts';
import { cellIndex } from './maze.ts';
import { endPaperWalk, type PaperNode, type PaperWalk, startPaperWalk, takePaperRecord } from './paper.ts';
import { parseCompletionLeniently } from './parse.ts';
import { ASTAR } from './strict.ts';
import { endWalk, startWalk, takeRecord } from './walk.ts';

/** Levels at which a step is judged; `exact` compares whole traces. */
export const REPLAY_LEVELS = ['strict', 'paper'] as const;
export type ReplayLevel = (typeof REPLAY_LEVELS)[number];

export interface OpenEntry {
  readonly x: number;
  readonly y: number;
  readonly g: number;
  readonly h: number;
  readonly f: number;
}

/**
 * What a record does to the open list: a new entry, a cheaper way, nothing (no cheaper way), closes an entry, or
 * skipped as broken.
 */
export type ReplayEffect = 'opened' | 'cheaper' | 'kept' | 'closed' | 'skipped' | 'end';

export interface ReplayStep {
  /** Index of the body record; the number of body records for the last step, which checks the rules of the end. */
  readonly record: number;
  /** The record as it was written, with single blanks; empty at the end. Untrusted text. */
  readonly text: string;
  /** Null for a record that is no event, and at the end. */
  readonly event: TraceEvent | null;
  /**
   * The open list before the record, oldest entry first, as the paper level keeps it. Up to the first breach of the
   * strict level it is that of a faithful A*; behind it, it is what is left when broken records are skipped.
   */
  readonly open: readonly OpenEntry[];
  /** The entry closed last, as the paper level keeps it; null before the first close. */
  readonly last: OpenEntry | null;
  /** Cells that the last closed one still has to create; empty behind the first breach of the strict level. */
  readonly owed: readonly Cell[];
  readonly effect: ReplayEffect;
  /** Rules that this very record breaks. The strict level stops at its first. */
  readonly broken: Readonly<Record<ReplayLevel, TraceRule | null>>;
  /** The verdict so far, this record included: valid until the first breach. */
  readonly verdict: Readonly<Record<ReplayLevel, TraceVerdict>>;
}

/**
 * Every record of a completion in order, then one step for the end of the trace.
 * @param completion any text; never throws
 */
export function* replay(problem: Problem, completion: string): Generator<ReplayStep, void> {
  const { body, words, plan } = parseCompletionLeniently(completion);
  const walk = startPaperWalk(problem);
  const search = startWalk(problem);
  const verdict: Record<ReplayLevel, TraceVerdict> = { strict: { valid: true }, paper: { valid: true } };
  const tell = (level: ReplayLevel, rule: TraceRule | null, record: number): TraceRule | null => {
    if (rule !== null && verdict[level].valid) verdict[level] = { valid: false, rule, record };
    return rule;
  };
  let open = openEntries(walk);
  let last: OpenEntry | null = null;
  for (const [record, event] of body.entries()) {
    const owed = verdict.strict.valid ? owedCells(problem, search.owed) : [];
    const known = event === null ? undefined : walk.open.get(cellIndex(problem, event))?.g;
    const strict = verdict.strict.valid ? tell('strict', takeRecord(problem, ASTAR, search, event), record) : null;
    const paper = tell('paper', takePaperRecord(problem, walk, event), record);
    const effect = paper !== null || event === null ? 'skipped' : effectOf(event, known);
    yield {
      record,
      text: words[record].join(' '),
      event,
      open,
      last,
      owed,
      effect,
      broken: { strict, paper },
      verdict: { ...verdict },
    };
    if (effect !== 'skipped' && effect !== 'kept') open = openEntries(walk);
    if (effect === 'closed' && walk.last !== null) last = entryOf(walk.last);
  }
  const owed = verdict.strict.valid ? owedCells(problem, search.owed) : [];
  const strict = verdict.strict.valid ? tell('strict', endWalk(problem, search), body.length) : null;
  const paper = tell('paper', endPaperWalk(problem, walk, plan), body.length);
  yield {
    record: body.length,
    text: '',
    event: null,
    open,
    last,
    owed,
    effect: 'end',
    broken: { strict, paper },
    verdict: { ...verdict },
  };
}

/** @param known g of the cell's open entry before the event, if it had one */
function effectOf({ operation, g }: TraceEvent, known: number | undefined): ReplayEffect {
  if (operation === 'close') return 'closed';
  return known === undefined ? 'opened' : g < known ? 'cheaper' : 'kept';
}

function openEntries({ open }: PaperWalk): OpenEntry[] {
  return Array.from(open.values(), entryOf);
}

function entryOf({ cell: { x, y }, g, h }: PaperNode): OpenEntry {
  return { x, y, g, h, f: g + h };
}

function owedCells({ size }: Problem, owed: ReadonlySet<number>): Cell[] {
  return Array.from(owed, (index) => ({ x: index % size, y: Math.floor(index / size) }));
}
