// Whether examples are what their label says: correct ones, with a valid plan and a faithful trace. Judged by the
// domain's own validator; nobody's word is taken for it.
import { domainOf } from '../domain/domains.ts';
import type { Example, Verdict } from '../domain/types.ts';

/** An example that is not correct. */
export interface Untruth {
  /** `file:line`. */
  readonly place: string;
  readonly id: string;
  /** The first thing that is wrong: `plan: illegal_move`. */
  readonly reason: string;
}

/** Counts of a file. */
export interface Truth {
  readonly n: number;
  readonly plans_valid: number;
  /** At the strict level. */
  readonly traces_valid: number;
  /** Rows that are not correct. */
  readonly untrue: number;
  readonly first: Untruth | null;
}

/**
 * What is wrong with an example as a correct one; null when nothing is.
 * @param traces false where examples have no traces
 */
export function untruthOf({ format, plan, strict, records }: Verdict, traces = true): string | null {
  if (!plan.valid) return `plan: ${plan.error}`;
  if (!traces && records === 0) return format ? null : 'format: not exactly solution, plan and end';
  if (!strict.valid) return `trace: ${strict.rule}, event ${(strict.record ?? 0) + 1}`;
  return format ? null : 'format: not exactly events, solution, plan and end';
}

/** Judges examples one by one. */
export class TruthTally {
  private readonly traces: boolean;
  private n = 0;
  private plansValid = 0;
  private tracesValid = 0;
  private untrue = 0;
  private first: Untruth | null = null;

  /** @param traces false where examples may be without traces */
  constructor(traces: boolean) {
    this.traces = traces;
  }

  /** Judges an example and counts it; `place` names the first untrue one in messages. */
  add(example: Example, place: string): void {
    const verdict = domainOf(example.domain).judge(example);
    this.n += 1;
    if (verdict.plan.valid) this.plansValid += 1;
    if (verdict.strict.valid) this.tracesValid += 1;
    const reason = untruthOf(verdict, this.traces);
    if (reason === null) return;
    this.untrue += 1;
    this.first ??= { place, id: example.id, reason };
  }

  /** The counts so far. */
  get truth(): Truth {
    const { n, plansValid, tracesValid, untrue, first } = this;
    return { n, plans_valid: plansValid, traces_valid: tracesValid, untrue, first };
  }
}

/** `40 of 40 plans valid, 39 of 40 traces valid (strict)`. */
export function truthText({ n, plans_valid, traces_valid }: Truth): string {
  const of = (count: number): string => `${count.toLocaleString('en-US')} of ${n.toLocaleString('en-US')}`;
  return `${of(plans_valid)} plans valid, ${of(traces_valid)} traces valid (strict)`;
}
