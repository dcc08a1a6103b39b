// Host side of the fast validator (assembly/validator.ts): word codes of completions, and verdicts of whole batches from an arena region.
// Its problems and verdicts have the shape of the domain's types without importing them: core and domain know nothing of each other.
import { TracelabError } from '../base/errors.ts';

/** The functions of the module that are used here; addresses are byte offsets in its memory. */
export interface ValidatorExports {
  /** 0 when the size or the length cannot be held. */
  validator_scratch_bytes(size: number, maxWords: number): number;
  validator_judge(count: number, words: number, offsets: number, problems: number, verdicts: number, scratch: number): void;
}

/** An instance and the region of its memory that the validator may overwrite. */
export interface ValidatorRegion {
  readonly exports: ValidatorExports;
  readonly memory: WebAssembly.Memory;
  /** Byte address of the region, 16-aligned. */
  readonly base: number;
  readonly bytes: number;
}

export interface JudgedProblem {
  readonly size: number;
  /** size * size, row-major, 1 = wall. */
  readonly walls: Uint8Array;
  readonly start: { readonly x: number; readonly y: number };
  readonly goal: { readonly x: number; readonly y: number };
}

export interface CompletionWords {
  readonly problem: JudgedProblem;
  /** From encodeWords. */
  readonly words: Uint32Array;
}

/** Codes of the module, in its order. */
export const TRACE_RULE_CODES = [
  'operation_syntax_error', 'invalid_coordinates', 'create_close_wall', 'first_create_not_last_closed', 'create_non_neighbor', 'create_already_closed',
  'close_not_in_open_list', 'close_not_lowest_f_value', 'goal_not_reached', 'plan_extraction_error', 'plan_length_mismatch', 'event_after_goal',
  'wrong_heuristic', 'wrong_cost', 'create_not_cheaper', 'expansion_incomplete',
] as const;
export const PLAN_ERROR_CODES = ['plan_syntax_error', 'illegal_start', 'illegal_move', 'goal_not_reached'] as const;

export interface TraceJudgement {
  readonly valid: boolean;
  readonly rule?: (typeof TRACE_RULE_CODES)[number];
  readonly record?: number;
}

export interface Judgement {
  readonly format: boolean;
  readonly records: number;
  readonly paper: TraceJudgement;
  readonly strict: TraceJudgement;
  readonly exact: boolean;
  readonly plan: { readonly valid: boolean; readonly error?: (typeof PLAN_ERROR_CODES)[number]; readonly optimal: boolean };
}

const NUMBER = 1;
const COST = 2;
const KEYWORDS: Readonly<Record<string, number>> = { create: 3, close: 4, plan: 5, solution: 6, end: 7 };
const VERDICT_FIELDS = 9;
const PROBLEM_FIELDS = 4;

/**
 * Word codes of a completion, kind << 16 | value: 0 any other word, 1 number, 2 cost, 3 create, 4 close, 5 plan, 6 solution, 7 end.
 * Words are separated by ASCII blanks only (space, \t, \n, \v, \f, \r); numbers are `0` or `[1-9][0-9]{0,3}`, costs have `c` before.
 */
export function encodeWords(text: string): Uint32Array {
  const codes = new Uint32Array((text.length + 1) >> 1);
  let count = 0;
  let at = 0;
  while (at < text.length) {
    while (at < text.length && isBlank(text.charCodeAt(at))) at += 1;
    const from = at;
    while (at < text.length && !isBlank(text.charCodeAt(at))) at += 1;
    if (at > from) codes[count++] = encodeWord(text, from, at);
  }
  return codes.slice(0, count);
}

function isBlank(unit: number): boolean {
  return unit === 0x20 || (unit >= 0x09 && unit <= 0x0d);
}

function encodeWord(text: string, from: number, to: number): number {
  const isCost = text.charCodeAt(from) === 0x63;
  const value = readNumber(text, isCost ? from + 1 : from, to);
  if (value >= 0) return ((isCost ? COST : NUMBER) << 16) | value;
  const word = text.slice(from, to);
  return Object.hasOwn(KEYWORDS, word) ? KEYWORDS[word] << 16 : 0;
}

/** Value of text[from, to), or -1 when it is not `0` or `[1-9][0-9]{0,3}`. */
function readNumber(text: string, from: number, to: number): number {
  if (to - from < 1 || to - from > 4) return -1;
  let value = 0;
  for (let at = from; at < to; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    if (digit === 0 && at === from && to - from > 1) return -1;
    value = 10 * value + digit;
  }
  return value;
}

/**
 * Verdicts in the order of the completions. Works in as many calls of the module as the region needs.
 * @throws TracelabError VALIDATOR_PROBLEM (refused input) for a problem that is no grid, VALIDATOR_REGION (environment) when a single
 * completion does not fit into the region
 */
export function judgeCompletions(region: ValidatorRegion, completions: readonly CompletionWords[]): Judgement[] {
  completions.forEach(({ problem }, i) => checkProblem(problem, i));
  const verdicts: Judgement[] = [];
  let from = 0;
  while (from < completions.length) {
    const to = endOfBatch(region, completions, from);
    judgeBatch(region, completions.slice(from, to), verdicts);
    from = to;
  }
  return verdicts;
}

/** As many completions from `from` on as fit into the region, at least one. */
function endOfBatch(region: ValidatorRegion, completions: readonly CompletionWords[], from: number): number {
  let size = 0;
  let maxWords = 0;
  let words = 0;
  let walls = 0;
  for (let i = from; i < completions.length; i++) {
    const { problem } = completions[i];
    size = Math.max(size, problem.size);
    maxWords = Math.max(maxWords, completions[i].words.length);
    words += completions[i].words.length;
    walls += align(problem.walls.length);
    const scratch = region.exports.validator_scratch_bytes(size, maxWords) >>> 0;
    const needed = layOut(region.base, i + 1 - from, words, walls).scratch + scratch - region.base;
    if (scratch > 0 && needed <= region.bytes) continue;
    if (i > from) return i;
    throw new TracelabError({
      code: 'VALIDATOR_REGION', kind: 'environment', where: `completion ${i}`, what: 'the validator has too little memory',
      expected: scratch > 0 ? `at least ${needed} bytes` : 'a grid of at most 5,000 x 5,000', got: scratch > 0 ? `${region.bytes} bytes` : `${size} x ${size}`,
    });
  }
  return completions.length;
}

interface Layout {
  readonly offsets: number;
  readonly problems: number;
  readonly verdicts: number;
  readonly words: number;
  readonly walls: number;
  readonly scratch: number;
}

/** Byte addresses of a batch's parts, each 16-aligned. */
function layOut(base: number, count: number, wordCount: number, wallBytes: number): Layout {
  const offsets = align(base);
  const problems = offsets + align(4 * (count + 1));
  const verdicts = problems + align(4 * PROBLEM_FIELDS * count);
  const words = verdicts + align(4 * VERDICT_FIELDS * count);
  const walls = words + align(4 * wordCount);
  return { offsets, problems, verdicts, words, walls, scratch: walls + wallBytes };
}

function align(bytes: number): number {
  return Math.ceil(bytes / 16) * 16;
}

function judgeBatch({ exports, memory, base }: ValidatorRegion, batch: readonly CompletionWords[], verdicts: Judgement[]): void {
  const wordCount = batch.reduce((sum, { words }) => sum + words.length, 0);
  const at = layOut(base, batch.length, wordCount, batch.reduce((sum, { problem }) => sum + align(problem.walls.length), 0));
  const offsets = new Uint32Array(memory.buffer, at.offsets, batch.length + 1);
  const problems = new Uint32Array(memory.buffer, at.problems, PROBLEM_FIELDS * batch.length);
  const words = new Uint32Array(memory.buffer, at.words, wordCount);
  const bytes = new Uint8Array(memory.buffer);
  let nextWord = 0;
  let nextWalls = at.walls;
  batch.forEach(({ problem, words: codes }, i) => {
    offsets[i] = nextWord;
    words.set(codes, nextWord);
    nextWord += codes.length;
    const { size, walls, start, goal } = problem;
    problems.set([size, nextWalls, start.y * size + start.x, goal.y * size + goal.x], PROBLEM_FIELDS * i);
    bytes.set(walls, nextWalls);
    nextWalls += align(walls.length);
  });
  offsets[batch.length] = nextWord;
  exports.validator_judge(batch.length, at.words, at.offsets, at.problems, at.verdicts, at.scratch);
  const fields = new Int32Array(memory.buffer, at.verdicts, VERDICT_FIELDS * batch.length);
  for (let i = 0; i < batch.length; i++) verdicts.push(readVerdict(fields.subarray(VERDICT_FIELDS * i, VERDICT_FIELDS * (i + 1))));
}

function readVerdict([format, records, paperRule, paperRecord, strictRule, strictRecord, exact, planError, optimal]: Int32Array): Judgement {
  return {
    format: format === 1,
    records,
    paper: readTrace(paperRule, paperRecord),
    strict: readTrace(strictRule, strictRecord),
    exact: exact === 1,
    plan: planError < 0 ? { valid: true, optimal: optimal === 1 } : { valid: false, error: PLAN_ERROR_CODES[planError], optimal: false },
  };
}

function readTrace(rule: number, record: number): TraceJudgement {
  return rule < 0 ? { valid: true } : { valid: false, rule: TRACE_RULE_CODES[rule], record };
}

function checkProblem({ size, walls, start, goal }: JudgedProblem, i: number): void {
  const inside = (value: number): boolean => Number.isInteger(value) && value >= 0 && value < size;
  if (Number.isInteger(size) && size > 0 && walls.length === size * size && [start.x, start.y, goal.x, goal.y].every(inside)) return;
  throw new TracelabError({
    code: 'VALIDATOR_PROBLEM', kind: 'refused_input', where: `problem of completion ${i}`, what: 'not a grid with a start and a goal',
    expected: 'size * size walls, start and goal in 0..size-1', got: `size ${size}, ${walls.length} walls, start ${start.x} ${start.y}, goal ${goal.x} ${goal.y}`,
  });
}
