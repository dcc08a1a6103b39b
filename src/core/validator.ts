// Host side of the fast validator (assembly/validator.ts): verdicts of whole batches of completions, given as token
// ids, text or word codes. Its problems and verdicts have the shape of the domain's types without importing them: core
// and domain know nothing of each other.
import { FORMS, judgeBatches, type Completions, type JudgedProblem, type ValidatorRegion } from './validator-batch.ts';

export { type JudgedProblem, regionBytesOfText, type ValidatorRegion } from './validator-batch.ts';
export { encodeWords, wordCodes } from './validator-words.ts';

export interface CompletionIds {
  readonly problem: JudgedProblem;
  /** Token ids; one that the vocabulary does not have counts as a word that nothing can read. */
  readonly ids: Uint16Array;
}

export interface CompletionText {
  readonly problem: JudgedProblem;
  /** UTF-8 bytes, or a string. */
  readonly text: Uint8Array | string;
}

export interface CompletionWords {
  readonly problem: JudgedProblem;
  /** From encodeWords. */
  readonly words: Uint32Array;
}

/** Codes of the module, in its order. */
export const TRACE_RULE_CODES = [
  'operation_syntax_error',
  'invalid_coordinates',
  'create_close_wall',
  'first_create_not_last_closed',
  'create_non_neighbor',
  'create_already_closed',
  'close_not_in_open_list',
  'close_not_lowest_f_value',
  'goal_not_reached',
  'plan_extraction_error',
  'plan_length_mismatch',
  'event_after_goal',
  'wrong_heuristic',
  'wrong_cost',
  'create_not_cheaper',
  'expansion_incomplete',
] as const;
export const PLAN_ERROR_CODES = ['plan_syntax_error', 'illegal_start', 'illegal_move', 'goal_not_reached'] as const;

export interface TraceJudgement {
  readonly valid: boolean;
  readonly rule?: (typeof TRACE_RULE_CODES)[number];
  readonly record?: number;
}

type PlanError = (typeof PLAN_ERROR_CODES)[number];

/**
 * A verdict without the levels strict and exact, and without the length of a shortest plan: all that a reward needs.
 */
export interface PaperJudgement {
  readonly format: boolean;
  readonly records: number;
  readonly paper: TraceJudgement;
  readonly plan: { readonly valid: boolean; readonly error?: PlanError };
}

export interface Judgement extends PaperJudgement {
  readonly strict: TraceJudgement;
  readonly exact: boolean;
  readonly plan: { readonly valid: boolean; readonly error?: PlanError; readonly optimal: boolean };
}

/** What is judged: PAPER_LEVEL or ALL_LEVELS. */
export interface Levels<Verdict> {
  /** The module's number. */
  readonly all: 0 | 1;
  /** From the fields that the module writes. */
  readonly read: (fields: Int32Array) => Verdict;
}

export const PAPER_LEVEL: Levels<PaperJudgement> = {
  all: 0,
  read: ([format, records, paperRule, paperRecord, planError]) => ({
    format: format === 1,
    records,
    paper: readTrace(paperRule, paperRecord),
    plan: planError < 0 ? { valid: true } : { valid: false, error: PLAN_ERROR_CODES[planError] },
  }),
};

export const ALL_LEVELS: Levels<Judgement> = {
  all: 1,
  read: ([format, records, paperRule, paperRecord, planError, strictRule, strictRecord, exact, optimal]) => ({
    format: format === 1,
    records,
    paper: readTrace(paperRule, paperRecord),
    strict: readTrace(strictRule, strictRecord),
    exact: exact === 1,
    plan:
      planError < 0
        ? { valid: true, optimal: optimal === 1 }
        : { valid: false, error: PLAN_ERROR_CODES[planError], optimal: false },
  }),
};

function readTrace(rule: number, record: number): TraceJudgement {
  return rule < 0 ? { valid: true } : { valid: false, rule: TRACE_RULE_CODES[rule], record };
}

/**
 * Verdicts on what a model wrote, straight from its token ids, in their order. Rollouts of one problem should follow
 * each other and share its `walls`: the core then sets the problem up once.
 * @param codes wordCodes of the model's vocabulary
 * @throws TracelabError VALIDATOR_PROBLEM, VALIDATOR_REGION (judgeBatches)
 */
export function judgeIds<Verdict>(
  region: ValidatorRegion,
  codes: Uint32Array,
  completions: readonly CompletionIds[],
  levels: Levels<Verdict>,
): Verdict[] {
  return judgeAll(
    region,
    {
      form: FORMS.ids,
      table: codes,
      problems: completions.map(({ problem }) => problem),
      contents: completions.map(({ ids }) => ids),
    },
    levels,
  );
}

/**
 * Verdicts on texts, in their order.
 * @throws as judgeIds does
 */
export function judgeTexts<Verdict>(
  region: ValidatorRegion,
  completions: readonly CompletionText[],
  levels: Levels<Verdict>,
): Verdict[] {
  return judgeAll(
    region,
    {
      form: FORMS.text,
      table: NO_TABLE,
      problems: completions.map(({ problem }) => problem),
      contents: completions.map(({ text }) => text),
    },
    levels,
  );
}

/**
 * Verdicts on word codes, in their order.
 * @throws as judgeIds does
 */
export function judgeCompletions(region: ValidatorRegion, completions: readonly CompletionWords[]): Judgement[];
export function judgeCompletions<Verdict>(
  region: ValidatorRegion,
  completions: readonly CompletionWords[],
  levels: Levels<Verdict>,
): Verdict[];
export function judgeCompletions(
  region: ValidatorRegion,
  completions: readonly CompletionWords[],
  levels: Levels<unknown> = ALL_LEVELS,
): unknown[] {
  return judgeAll(
    region,
    {
      form: FORMS.codes,
      table: NO_TABLE,
      problems: completions.map(({ problem }) => problem),
      contents: completions.map(({ words }) => words),
    },
    levels,
  );
}

const NO_TABLE = new Uint32Array(0);

function judgeAll<Content, Verdict>(
  region: ValidatorRegion,
  completions: Completions<Content>,
  { all, read }: Levels<Verdict>,
): Verdict[] {
  const verdicts: Verdict[] = [];
  judgeBatches(region, completions, all, (fields) => {
    verdicts.push(read(fields));
  });
  return verdicts;
}
