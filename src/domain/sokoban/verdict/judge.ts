// The whole verdict on one completion.
import type { TraceVerdict, Verdict } from '../../types.ts';
import type { Board } from '../types.ts';
import { goldRun, isExactTrace } from './exact.ts';
import { paperBreaches } from './paper.ts';
import { parseCompletionLeniently } from './parse.ts';
import { judgePlan } from './plan.ts';
import type { Breach, PlanError, TraceRule } from './rules.ts';
import { strictBreach } from './strict.ts';

function traceVerdict(breach: Breach | null | undefined): TraceVerdict<TraceRule> {
  return breach ? { valid: false, rule: breach.rule, record: breach.record } : { valid: true };
}

/** @param completion any text; never throws */
export function judge(board: Board, completion: string): Verdict<TraceRule, PlanError> {
  const { format, body, plan } = parseCompletionLeniently(completion);
  const gold = goldRun(board);
  return {
    format,
    records: body.length,
    paper: traceVerdict(paperBreaches(board, body, plan.length).at(0)),
    strict: traceVerdict(strictBreach(board, body)),
    exact: isExactTrace(body, gold.trace),
    plan: judgePlan(board, plan, gold.planLength),
  };
}
