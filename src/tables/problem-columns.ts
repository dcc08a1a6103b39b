// The columns of the judged completions of a study, one row for each condition, seed, distribution and problem.
import type { ProblemRow } from '../study/problem-rows.ts';
import type { TidyColumn } from './tidy.ts';

const VALID = 'no rule is broken';
const NO_TRACE = 'the model was trained without traces';
const NO_SEARCH = 'the model was trained on A* or without traces';

/** In the order of a file: what identifies a row, the problem, the completion, its verdicts, lengths. */
export const PROBLEM_COLUMNS: readonly TidyColumn<ProblemRow>[] = [
  { name: 'study', type: 'text', meaning: 'name of the study' },
  { name: 'condition', type: 'text', meaning: 'what the model was trained on' },
  { name: 'seed', type: 'integer', meaning: 'seed of the training run' },
  { name: 'distribution', type: 'text', meaning: 'distribution of the test problems' },
  { name: 'id', type: 'text', meaning: 'name of the problem; the same for all conditions and seeds' },
  { name: 'generator', type: 'text', meaning: 'what drew the problem; in a study the distribution' },
  { name: 'size', type: 'integer', meaning: 'cells per side of the problem' },
  { name: 'layout_seen', type: 'boolean', meaning: 'the layout of the problem occurs in the training set' },
  { name: 'prompt_words', type: 'integer', meaning: 'words of the prompt' },
  { name: 'completion_words', type: 'integer', meaning: 'words of the completion' },
  { name: 'truncated', type: 'boolean', meaning: 'the completion reached the cap before its end' },
  {
    name: 'format',
    type: 'boolean',
    meaning: 'the completion has the exact format: events, one `solution`, plan records, one `end`',
  },
  { name: 'plan_valid', type: 'boolean', meaning: 'the plan is valid' },
  { name: 'plan_error', type: 'text', meaning: 'first rule that the plan breaks', none: VALID },
  { name: 'plan_optimal', type: 'boolean', meaning: 'the plan is valid and as long as A*’s' },
  {
    name: 'paper_valid',
    type: 'boolean',
    meaning: 'the trace is valid at the lenient level (published validator)',
    none: NO_TRACE,
  },
  {
    name: 'paper_rule',
    type: 'text',
    meaning: 'first rule that the trace breaks at the lenient level',
    none: `${VALID}, or ${NO_TRACE}`,
  },
  { name: 'strict_valid', type: 'boolean', meaning: 'the trace is valid at the strict level', none: NO_TRACE },
  {
    name: 'strict_rule',
    type: 'text',
    meaning: 'first rule that the trace breaks at the strict level',
    none: `${VALID}, or ${NO_TRACE}`,
  },
  { name: 'exact', type: 'boolean', meaning: 'the trace equals the deterministic A* trace', none: NO_TRACE },
  {
    name: 'own_search_valid',
    type: 'boolean',
    meaning: 'the trace is a strict run of the search that the model was trained on',
    none: NO_SEARCH,
  },
  {
    name: 'own_search_rule',
    type: 'text',
    meaning: 'first rule that the trace breaks as a run of that search',
    none: `${VALID}, or ${NO_SEARCH}`,
  },
  {
    name: 'events',
    type: 'integer',
    meaning: 'well-formed `create` and `close` events before the plan, right or wrong',
  },
  { name: 'plan_cells', type: 'integer', meaning: 'cells of the plan, valid or not; 0 without a plan' },
  { name: 'astar_events', type: 'integer', meaning: 'events of A*’s trace of the problem' },
  { name: 'astar_plan_cells', type: 'integer', meaning: 'cells of A*’s plan' },
];
