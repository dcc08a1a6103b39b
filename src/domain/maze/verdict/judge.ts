// The whole verdict on one completion: the readable reference that the fast validator of the core must agree with.
import type { Problem, TraceVerdict, Verdict } from '../types.ts';
import { goldRun, isExactTrace } from './exact.ts';
import { type Breach, paperBreaches } from './paper.ts';
import { parseCompletionLeniently } from './parse.ts';
import { judgePlan } from './plan.ts';
import { strictBreach } from './strict.ts';

function traceVerdict(breach: Breach | null | undefined): TraceVerdict {
  return breach ? { valid: false, rule: breach.rule, record: breach.record } : { valid: true };
}

/**
 * Judges a completion against its problem by docs/specification.md, section 4.
 * @param completion any text; never throws
 */
export function judge(problem: Problem, completion: string): Verdict {
  const { format, body, plan } = parseCompletionLeniently(completion);
  const gold = goldRun(problem);
  return {
    format,
    records: body.length,
    paper: traceVerdict(paperBreaches(problem, body, plan)[0]),
    strict: traceVerdict(strictBreach(problem, body)),
    exact: isExactTrace(body, gold.trace),
    plan: judgePlan(problem, plan, gold.planLength),
  };
}
