// Trace validity at the level `paper`: the published validator. A record that breaks a rule is skipped and the walk
// continues. It accepts traces that search nothing (only path cells closed) and wrong costs on cells that are never
// closed; see strict.ts.
import type { Cell, Problem, TraceEvent, TraceRule } from '../types.ts';
import { areNeighbours, cellIndex, inBounds, isWall, manhattan, sameCell } from './maze.ts';
import type { BodyRecord } from './parse.ts';

export interface Breach {
  readonly rule: TraceRule;
  /** Index of the body record; the number of body records for rules checked at the end. */
  readonly record: number;
}

/** A cell that the trace has created, with what the trace says of it. */
export interface PaperNode {
  readonly cell: Cell;
  g: number;
  h: number;
  /** Null for the start. */
  parent: PaperNode | null;
}

/** What this level knows between two records. Open entries by cell index, in the order in which they were made. */
export interface PaperWalk {
  readonly open: Map<number, PaperNode>;
  readonly closed: Map<number, PaperNode>;
  last: PaperNode | null;
}

/**
 * Every breach of a paper-level rule, in order; none = the trace is valid.
 * @param plan the parsed plan: this level compares its length with the path that the trace's parents spell
 */
export function paperBreaches(problem: Problem, body: readonly BodyRecord[], plan: readonly Cell[]): Breach[] {
  const walk = startPaperWalk(problem);
  const breaches: Breach[] = [];
  body.forEach((event, record) => {
    const rule = takePaperRecord(problem, walk, event);
    if (rule !== null) breaches.push({ rule, record });
  });
  const rule = endPaperWalk(problem, walk, plan);
  if (rule !== null) breaches.push({ rule, record: body.length });
  return breaches;
}

export function startPaperWalk(problem: Problem): PaperWalk {
  const { start, goal } = problem;
  return {
    open: new Map([[cellIndex(problem, start), { cell: start, g: 0, h: manhattan(start, goal), parent: null }]]),
    closed: new Map(),
    last: null,
  };
}

/** Takes one record; the rule that it breaks, in which case the walk stays as it was. */
export function takePaperRecord(problem: Problem, walk: PaperWalk, event: BodyRecord): TraceRule | null {
  if (event === null) return 'operation_syntax_error';
  if (!inBounds(problem, event)) return 'invalid_coordinates';
  if (isWall(problem, event)) return 'create_close_wall';
  return event.operation === 'create' ? takeCreate(problem, walk, event) : takeClose(problem, walk, event);
}

function takeCreate(problem: Problem, { open, closed, last }: PaperWalk, event: TraceEvent): TraceRule | null {
  const index = cellIndex(problem, event);
  if (last === null) return 'first_create_not_last_closed';
  if (!areNeighbours(last.cell, event)) return 'create_non_neighbor';
  if (closed.has(index)) return 'create_already_closed';
  const node = open.get(index);
  if (node === undefined) {
    open.set(index, { cell: { x: event.x, y: event.y }, g: event.g, h: event.h, parent: last });
  } else if (event.g < node.g) {
    node.g = event.g;
    node.h = event.h;
    node.parent = last;
  }
  return null;
}

function takeClose(problem: Problem, walk: PaperWalk, event: TraceEvent): TraceRule | null {
  const index = cellIndex(problem, event);
  const node = walk.open.get(index);
  if (node === undefined || node.g !== event.g || node.h !== event.h) return 'close_not_in_open_list';
  for (const other of walk.open.values()) {
    if (other.g + other.h < node.g + node.h) return 'close_not_lowest_f_value';
  }
  walk.open.delete(index);
  walk.closed.set(index, node);
  walk.last = node;
  return null;
}

/** The rules that are checked after the last record. */
export function endPaperWalk(problem: Problem, { closed }: PaperWalk, plan: readonly Cell[]): TraceRule | null {
  const goal = closed.get(cellIndex(problem, problem.goal));
  if (goal === undefined) return 'goal_not_reached';
  let first = goal;
  let length = 1;
  while (first.parent !== null) {
    first = first.parent;
    length += 1;
  }
  // Parity with the published validator: a parent is always closed before its child, so no trace gets here.
  if (!sameCell(first.cell, problem.start)) return 'plan_extraction_error';
  return plan.length > 0 && plan.length !== length ? 'plan_length_mismatch' : null;
}
