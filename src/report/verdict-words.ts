// The whole verdict on one completion in words: a row for each trace level, the plan and the format.
import type { Problem } from '../domain/maze/types.ts';
import type { Verdict } from '../domain/types.ts';
import { parseCompletionLeniently } from '../domain/maze/verdict/parse.ts';
import { planBreak, traceBreak } from './breaks.ts';

export interface VerdictRow {
  readonly name: 'Strict trace' | 'Lenient trace' | 'Plan' | 'Format';
  readonly words: string;
  readonly broken: boolean;
}

/** @param verdict of this completion */
export function verdictRows(problem: Problem, completion: string, verdict: Verdict): VerdictRow[] {
  const { plan } = parseCompletionLeniently(completion);
  const strict = traceBreak(problem, completion, verdict.strict);
  const paper = traceBreak(problem, completion, verdict.paper);
  const broken = planBreak(problem, plan, verdict.plan);
  return [
    {
      name: 'Strict trace',
      words: strict?.words ?? `valid${verdict.exact ? ', equal to the deterministic A* trace' : ''}`,
      broken: strict !== null,
    },
    { name: 'Lenient trace', words: paper?.words ?? 'valid', broken: paper !== null },
    {
      name: 'Plan',
      words:
        broken?.words ?? `valid, ${plan.length} cells${verdict.plan.optimal ? ', optimal' : ', longer than needed'}`,
      broken: broken !== null,
    },
    {
      name: 'Format',
      words: verdict.format ? 'exact' : 'not exactly events, one “solution”, a plan and one “end”',
      broken: !verdict.format,
    },
  ];
}
