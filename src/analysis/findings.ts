// Decides the findings from judged completions by rules that were fixed before any run: version 2 of
// docs/specification.md, section 8. Each claim has its file; here Holm, seeds and words are the same for all.
import { holm } from '../base/statistics.ts';
import type { GeneratorName } from '../domain/types.ts';
import { F4_STATEMENT, afterRlClaim } from './after-rl.ts';
import type { Evidence } from './evidence.ts';
import { FINDING_IDS, LEAST_SEEDS } from './finding.ts';
import type { Claim, Finding, FindingLeftOut, FindingOptions, FindingVerdict, Matched, Setting } from './finding.ts';
import { generalisationClaim } from './generalisation.ts';
import type { JudgedRun } from './judged-run.ts';
import { lengthsClaim, lengthsStatement } from './length-finding.ts';
import { equivalenceClaim, helpClaim, invalidTracesClaim } from './rules.ts';
import { namesOf } from './runs.ts';

export { judgeTraining } from './training-verdict.ts';
export type { TrainingVerdict } from './training-verdict.ts';
export type { JudgedRow } from './comparison.ts';
export type { Effect, FindingRow } from './evidence.ts';
export { RULES_VERSION } from './finding.ts';
export type { Finding, FindingId, FindingLeftOut, FindingOptions } from './finding.ts';
export type { DevRows, JudgedRun } from './judged-run.ts';

/** F3 and F5 rest on these where nothing else is said; kruskal and dfs share wall layouts with the training mazes. */
const OUT_OF_DISTRIBUTION: readonly GeneratorName[] = ['drunkard', 'searchformer', 'free'];
const MATCHED: Matched = { far: 'drunkard', matched: 'drunkard-matched' };

/** A claim, and what was decided about it. */
export interface Decided {
  readonly claim: Claim;
  readonly verdict: FindingVerdict;
  /** In words why there is none. */
  readonly evidence: Evidence | string;
  /** Over the six findings; 1 without evidence. */
  readonly p_holm: number;
}

/**
 * The findings: F1a to F3 always, F4 and F5 where their runs are given. A finding is `undertrained` when any run that
 * it would use is: choosing seeds afterwards would be choosing results. It is `undecided` where the study lacks a
 * condition. Never throws on empty data; throws TracelabError FINDINGS_UNPAIRED when runs were judged on different
 * mazes.
 */
export function decideFindings(runs: readonly JudgedRun[], options: FindingOptions = {}): Finding[] {
  return decide(runs, options).map(findingOf);
}

/** The same without words, for whoever decides ten thousand studies. */
export function decide(runs: readonly JudgedRun[], options: FindingOptions = {}): Decided[] {
  const { rl, lengths } = options;
  const setting = settingOf(runs, options);
  const claims = [
    helpClaim(runs, setting),
    invalidTracesClaim(runs, setting),
    equivalenceClaim(runs, setting),
    generalisationClaim(runs, setting),
    ...(rl === undefined ? [] : [afterRlClaim(rl, setting)]),
    ...(lengths === undefined ? [] : [lengthsClaim(lengths, setting)]),
  ];
  const weighed = claims.map((claim) => {
    const undertrained = namesOf(claim.used.filter((run) => run.undertrained));
    const evidence =
      undertrained.length > 0
        ? `undertrained: ${undertrained.join(', ')}; a run on its plateau proves nothing`
        : claim.weigh(claim.seeds);
    return { claim, evidence, isUndertrained: undertrained.length > 0 };
  });
  const p = new Map(weighed.map(({ claim, evidence }) => [claim.id, pOf(evidence)]));
  const adjusted = holm(FINDING_IDS.map((id) => p.get(id) ?? 1));
  return weighed.map(({ claim, evidence, isUndertrained }): Decided => {
    const p_holm = adjusted[FINDING_IDS.indexOf(claim.id)];
    const verdict = isUndertrained ? 'undertrained' : verdictOf(claim, evidence, p_holm < setting.alpha);
    return { claim, verdict, evidence, p_holm };
  });
}

/** What cannot be shown is not significant, whatever the numbers. */
function pOf(evidence: Evidence | string): number {
  if (typeof evidence === 'string') return 1;
  return evidence.open !== undefined && evidence.direction === 'for' ? 1 : evidence.p;
}

function verdictOf({ seeds }: Claim, evidence: Evidence | string, isSignificant: boolean): FindingVerdict {
  if (typeof evidence === 'string' || evidence.open !== undefined) {
    const isBreach = typeof evidence !== 'string' && evidence.direction === 'against';
    if (!isBreach) return 'undecided';
  }
  if (seeds.length < LEAST_SEEDS) return 'observed';
  if (!isSignificant) return 'undecided';
  return evidence.direction === 'for' ? 'supported' : 'contradicted';
}

function findingOf({ claim, verdict, evidence, p_holm }: Decided): Finding {
  const { id, statement, test, seeds, used, mazes } = claim;
  const head = { id, statement, verdict, seeds };
  const still_improving = namesOf(used.filter(({ improving }) => improving));
  if (typeof evidence === 'string') {
    const nothing = { observed_in: null, effect: null, interval: null, p: null, p_holm: null };
    return { ...head, ...nothing, test, n: mazes, detail: evidence, still_improving };
  }
  const { n, effect, interval, rows, open, combined } = evidence;
  return {
    ...head,
    test: combined === undefined ? test : `${test}; ${combined}`,
    n,
    observed_in: verdict === 'observed' ? seeds.filter((seed) => isShownBy(claim, seed)) : null,
    effect,
    interval,
    p: pOf(evidence),
    p_holm,
    detail: open === undefined ? evidence.detail() : `${open}; ${evidence.detail()}`,
    still_improving,
    ...(rows && { rows }),
  };
}

/** The estimates of this seed alone are as the claim says. */
function isShownBy(claim: Claim, seed: number): boolean {
  const alone = claim.weigh([seed]);
  return typeof alone !== 'string' && alone.direction === 'for';
}

function settingOf(runs: readonly JudgedRun[], options: FindingOptions): Setting {
  const {
    alpha = 0.05,
    in_distribution = 'wilson',
    out_of_distribution = OUT_OF_DISTRIBUTION,
    matched = MATCHED,
    problems = 'mazes',
    search = 'A*',
  } = options;
  const far = out_of_distribution.filter((name) => name !== in_distribution);
  const tested = far.filter((name) => runs.some((run) => (run.rows[name] ?? []).length > 0));
  return {
    alpha,
    in_distribution,
    out_of_distribution: far,
    matched,
    problems,
    search,
    tested: tested.length === 0 ? far : tested,
  };
}

/**
 * The findings that decideFindings leaves out with these options, with the reason in words.
 * @param hasLearnt models were trained on by reinforcement learning, if only for another reward than F4 is about
 */
export function findingsLeftOut({ rl, lengths, search = 'A*' }: FindingOptions, hasLearnt = false): FindingLeftOut[] {
  const noF4 = hasLearnt
    ? 'this study rewards traces, and the finding is about a reward for plans'
    : 'no model of this study was trained on by reinforcement learning';
  const noF5 = 'no model of this study was trained on correct traces, or their lengths were not analysed';
  return [
    ...(rl === undefined ? [{ id: 'F4' as const, statement: F4_STATEMENT, reason: noF4 }] : []),
    ...(lengths === undefined ? [{ id: 'F5' as const, statement: lengthsStatement(search), reason: noF5 }] : []),
  ];
}
