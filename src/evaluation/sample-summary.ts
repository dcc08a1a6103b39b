// What several completions of each problem are worth: pass@k, and the choice of one completion by the validity of its
// trace. Pure; verdicts in, counts with their intervals out.
import { proportion, type Proportion, tInterval } from '../base/statistics.ts';
import { sum } from '../base/sum.ts';
import type { GeneratorName, Verdict } from '../domain/types.ts';

/** What is counted of one completion. */
export interface JudgedSample {
  readonly verdict: Pick<Verdict, 'plan' | 'strict' | 'paper'>;
  readonly tokens: number;
}

/** Mean over problems of the chance that k completions hold a valid plan, with its 95 % interval; n = 0: 0 to 1. */
export interface PassAt {
  readonly k: number;
  readonly n: number;
  readonly share: number;
  readonly low: number;
  readonly high: number;
}

/** Why a completion was chosen; `first`: no trace is valid at any level. */
export const CHOICES = ['strict', 'paper', 'first'] as const;
export type Choice = (typeof CHOICES)[number];

/** Of one distribution; proportions are over its problems. */
export interface SampleSummary {
  readonly distribution: GeneratorName;
  /** Problems. */
  readonly n: number;
  /** Completions of each problem. */
  readonly samples: number;
  readonly pass_at: readonly PassAt[];
  /** Valid plans when one completion counts: the first, the one that its trace chooses, any. */
  readonly first: Proportion;
  readonly chosen: Proportion;
  readonly any: Proportion;
  readonly chosen_by: Record<Choice, Proportion>;
  /** Generated tokens, `end` among them: mean of one completion, and of all completions of a problem together. */
  readonly tokens: { readonly per_completion: number; readonly per_problem: number };
}

/** @param problems completions of each problem, as many of each */
export function summarizeSamples(
  distribution: GeneratorName,
  samples: number,
  problems: readonly (readonly JudgedSample[])[],
): SampleSummary {
  const n = problems.length;
  const share = (holds: (completions: readonly JudgedSample[]) => boolean): Proportion =>
    proportion(problems.filter(holds).length, n);
  const valid = problems.map((completions) => completions.filter(isSolved).length);
  const choices = new Map(problems.map((completions) => [completions, chooseByTrace(completions)]));
  const choiceOf = (completions: readonly JudgedSample[]): Chosen => choices.get(completions) as Chosen;
  const tokens = sum(problems.map((completions) => sum(completions.map((each) => each.tokens))));
  const chosenBy = (by: Choice): Proportion => share((completions) => choiceOf(completions).by === by);
  return {
    distribution,
    n,
    samples,
    pass_at: numbersUpTo(samples).map((k) => ({ k, n, ...meanShare(valid.map((c) => passAtK(samples, c, k))) })),
    first: share(([first]) => isSolved(first)),
    chosen: share((completions) => isSolved(completions[choiceOf(completions).index])),
    any: share((completions) => completions.some(isSolved)),
    chosen_by: { strict: chosenBy('strict'), paper: chosenBy('paper'), first: chosenBy('first') },
    tokens: { per_completion: n === 0 ? 0 : tokens / (n * samples), per_problem: n === 0 ? 0 : tokens / n },
  };
}

/**
 * Chance that k of n completions, drawn without replacement, hold one of the c valid ones: 1 - C(n-c, k) / C(n, k), as
 * a product of k factors below 1, so that no binomial overflows. Source: Chen et al., arXiv:2107.03374 (2021), eq. 1.
 * @param n at least k
 */
export function passAtK(n: number, c: number, k: number): number {
  // Exact at the ends, where Wilson's interval needs whole numbers.
  if (n - c < k) return 1;
  if (c === 0) return 0;
  let none = 1;
  for (let i = 0; i < k; i++) none *= (n - c - i) / (n - i);
  return 1 - none;
}

export interface Chosen {
  readonly index: number;
  readonly by: Choice;
}

/** The first completion whose trace is strictly valid, else the first that is leniently valid, else the first. */
export function chooseByTrace(completions: readonly Pick<JudgedSample, 'verdict'>[]): Chosen {
  const strict = completions.findIndex(({ verdict }) => verdict.strict.valid);
  if (strict >= 0) return { index: strict, by: 'strict' };
  const paper = completions.findIndex(({ verdict }) => verdict.paper.valid);
  return paper >= 0 ? { index: paper, by: 'paper' } : { index: 0, by: 'first' };
}

function isSolved({ verdict }: JudgedSample): boolean {
  return verdict.plan.valid;
}

/** 1, 2, 4, ... below `samples`, and `samples`. */
function numbersUpTo(samples: number): number[] {
  const numbers: number[] = [];
  for (let k = 1; k < samples; k *= 2) numbers.push(k);
  return [...numbers, samples];
}

/**
 * Mean of one value in 0..1 a problem, with its t interval over problems, cut at 0 and 1; Wilson's interval where every
 * value is 0 or 1, as the t interval has no width if all are equal.
 */
function meanShare(values: readonly number[]): Pick<PassAt, 'share' | 'low' | 'high'> {
  const n = values.length;
  if (n === 0) return { share: 0, low: 0, high: 1 };
  const count = sum(values);
  if (values.every((value) => value === 0 || value === 1)) {
    const { low, high } = proportion(count, n);
    return { share: count / n, low, high };
  }
  const {
    mean,
    interval: [low, high],
  } = tInterval(values);
  return { share: mean, low: Math.max(0, low), high: Math.min(1, high) };
}
