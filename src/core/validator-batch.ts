// One batch of completions in the validator's region: which completions fit together, the addresses of their parts, and
// the call that judges them.
import { TracelabError } from '../base/errors.ts';

/** The functions of the module that are used here; addresses are byte offsets in its memory. */
export interface ValidatorExports {
  /** 0 when the size or the length cannot be held. */
  validator_scratch_bytes(size: number, maxWords: number): number;
  validator_judge(
    count: number,
    form: number,
    source: number,
    offsets: number,
    table: number,
    tableLength: number,
    problems: number,
    verdicts: number,
    scratch: number,
    all: number,
  ): void;
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

/** How completions of one form are stored in memory. */
export interface Form<Content> {
  /** The module's number of it. */
  readonly code: number;
  /** Bytes of an element. */
  readonly bytes: number;
  readonly elements: (content: Content) => number;
  /** The most words that this number of elements can contain. */
  readonly mostWords: (elements: number) => number;
  readonly write: (buffer: ArrayBufferLike, at: number, content: Content) => void;
}

const encoder = new TextEncoder();

/** Completions as word codes, as token ids, as text (UTF-8 bytes, or a string that is written as such). */
export const FORMS: {
  readonly codes: Form<Uint32Array>;
  readonly ids: Form<Uint16Array>;
  readonly text: Form<Uint8Array | string>;
} = {
  codes: {
    code: 0,
    bytes: 4,
    elements: (codes) => codes.length,
    mostWords: (length) => length,
    write: (buffer, at, codes) => {
      new Uint32Array(buffer, at, codes.length).set(codes);
    },
  },
  ids: {
    code: 1,
    bytes: 2,
    elements: (ids) => ids.length,
    mostWords: (length) => length,
    write: (buffer, at, ids) => {
      new Uint16Array(buffer, at, ids.length).set(ids);
    },
  },
  text: {
    code: 2,
    bytes: 1,
    elements: (text) => (typeof text === 'string' ? Buffer.byteLength(text) : text.length),
    mostWords: (bytes) => Math.ceil(bytes / 2),
    write: (buffer, at, text) => {
      if (typeof text === 'string') encoder.encodeInto(text, new Uint8Array(buffer, at));
      else new Uint8Array(buffer, at, text.length).set(text);
    },
  },
};

/** Completions of one form; completion i answers problem i. */
export interface Completions<Content> {
  readonly form: Form<Content>;
  readonly problems: readonly JudgedProblem[];
  readonly contents: readonly Content[];
  /** Word code of each token id; empty but for ids. */
  readonly table: Uint32Array;
}

/**
 * i32 of a verdict, in the module's order: format, records, paper rule and record, plan error, strict rule and record,
 * exact, optimal.
 */
const VERDICT_FIELDS = 9;
const PROBLEM_FIELDS = 4;

/**
 * Judges all completions in as many calls of the module as the region needs.
 * @param all 1 for all levels, 0 for the paper level and the plan only
 * @param read called with the fields of each verdict in turn
 * @throws TracelabError VALIDATOR_PROBLEM (refused input) for a problem that is no grid, VALIDATOR_REGION (environment)
 * when a single completion does not fit into the region
 */
export function judgeBatches<Content>(
  region: ValidatorRegion,
  completions: Completions<Content>,
  all: 0 | 1,
  read: (fields: Int32Array) => void,
): void {
  const { problems, contents, form } = completions;
  for (let i = 0; i < problems.length; i++) {
    if (problems[i] !== problems[i - 1]) checkProblem(problems[i], i);
  }
  const lengths = contents.map(form.elements);
  for (let from = 0; from < problems.length;) {
    const { to, layout } = planBatch(region, completions, lengths, from);
    fillBatch(region, completions, lengths, from, to, layout);
    region.exports.validator_judge(
      to - from,
      form.code,
      layout.source,
      layout.offsets,
      layout.table,
      completions.table.length,
      layout.problems,
      layout.verdicts,
      layout.scratch,
      all,
    );
    const fields = new Int32Array(region.memory.buffer, layout.verdicts, VERDICT_FIELDS * (to - from));
    for (let at = 0; at < fields.length; at += VERDICT_FIELDS) read(fields.subarray(at, at + VERDICT_FIELDS));
    from = to;
  }
}

/**
 * Byte addresses of a batch's parts, each 16-aligned. Text may be read 8 bytes before and 48 after, walls 3 after: the
 * neighbouring parts are there.
 */
interface Layout {
  readonly offsets: number;
  readonly problems: number;
  readonly verdicts: number;
  readonly table: number;
  readonly source: number;
  readonly walls: number;
  readonly scratch: number;
}

function layOut(base: number, count: number, tableLength: number, sourceBytes: number, wallBytes: number): Layout {
  const offsets = align(base);
  const problems = offsets + align(4 * (count + 1));
  const verdicts = problems + align(4 * PROBLEM_FIELDS * count);
  const table = verdicts + align(4 * VERDICT_FIELDS * count);
  const source = table + align(4 * tableLength);
  const walls = source + align(sourceBytes);
  return { offsets, problems, verdicts, table, source, walls, scratch: walls + wallBytes };
}

/**
 * Bytes of a region that holds one completion as text, whatever its words are.
 * @param size cells per side
 * @param bytes of the text
 * @returns 0 when no memory can hold it
 */
export function regionBytesOfText(exports: ValidatorExports, size: number, bytes: number): number {
  const scratch = exports.validator_scratch_bytes(size, FORMS.text.mostWords(bytes)) >>> 0;
  return scratch === 0 ? 0 : layOut(0, 1, 0, bytes, align(size * size)).scratch + scratch;
}

function align(bytes: number): number {
  return Math.ceil(bytes / 16) * 16;
}

/** As many completions from `from` on as fit into the region, at least one. */
function planBatch<Content>(
  region: ValidatorRegion,
  { form, problems, table }: Completions<Content>,
  lengths: readonly number[],
  from: number,
): { to: number; layout: Layout } {
  let size = 0,
    longest = 0,
    elements = 0,
    wallBytes = 0,
    scratch = 0;
  let layout: Layout | undefined;
  for (let i = from; i < problems.length; i++) {
    if (problems[i].size > size || lengths[i] > longest) {
      size = Math.max(size, problems[i].size);
      longest = Math.max(longest, lengths[i]);
      scratch = region.exports.validator_scratch_bytes(size, form.mostWords(longest)) >>> 0;
    }
    elements += lengths[i];
    if (i === from || problems[i].walls !== problems[i - 1].walls) wallBytes += align(problems[i].walls.length);
    const wider = layOut(region.base, i + 1 - from, table.length, form.bytes * elements, wallBytes);
    const needed = wider.scratch + scratch - region.base;
    if (scratch === 0 || needed > region.bytes) {
      if (layout !== undefined) return { to: i, layout };
      throw new TracelabError({
        code: 'VALIDATOR_REGION',
        kind: 'environment',
        where: `completion ${i}`,
        what: 'the validator has too little memory',
        expected: scratch > 0 ? `at least ${needed} bytes` : 'a grid of at most 5,000 x 5,000',
        got: scratch > 0 ? `${region.bytes} bytes` : `${size} x ${size}`,
        hint: 'use fewer threads, or judge smaller grids',
      });
    }
    layout = wider;
  }
  return { to: problems.length, layout: layout as Layout };
}

function fillBatch<Content>(
  { memory }: ValidatorRegion,
  { form, problems, contents, table }: Completions<Content>,
  lengths: readonly number[],
  from: number,
  to: number,
  at: Layout,
): void {
  const { buffer } = memory;
  const bytes = new Uint8Array(buffer);
  const offsets = new Uint32Array(buffer, at.offsets, to - from + 1);
  const fields = new Uint32Array(buffer, at.problems, PROBLEM_FIELDS * (to - from));
  new Uint32Array(buffer, at.table, table.length).set(table);
  let element = 0,
    wallsAt = 0,
    nextWalls = at.walls;
  for (let i = from; i < to; i++) {
    const { size, walls, start, goal } = problems[i];
    if (i === from || walls !== problems[i - 1].walls) {
      wallsAt = nextWalls;
      bytes.set(walls, wallsAt);
      nextWalls += align(walls.length);
    }
    const field = PROBLEM_FIELDS * (i - from);
    fields[field] = size;
    fields[field + 1] = wallsAt;
    fields[field + 2] = start.y * size + start.x;
    fields[field + 3] = goal.y * size + goal.x;
    offsets[i - from] = element;
    form.write(buffer, at.source + form.bytes * element, contents[i]);
    element += lengths[i];
  }
  offsets[to - from] = element;
}

function checkProblem({ size, walls, start, goal }: JudgedProblem, i: number): void {
  const inside = (value: number): boolean => Number.isInteger(value) && value >= 0 && value < size;
  if (
    Number.isInteger(size) &&
    size > 0 &&
    walls.length === size * size &&
    inside(start.x) &&
    inside(start.y) &&
    inside(goal.x) &&
    inside(goal.y)
  )
    return;
  throw new TracelabError({
    code: 'VALIDATOR_PROBLEM',
    kind: 'refused_input',
    where: `problem of completion ${i}`,
    what: 'not a grid with a start and a goal',
    expected: 'size * size walls, start and goal in 0..size-1',
    got: `size ${size}, ${walls.length} walls, start ${start.x} ${start.y}, goal ${goal.x} ${goal.y}`,
    hint: 'read problems with parsePrompt or readPrompt',
  });
}
