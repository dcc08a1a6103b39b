// Decides the findings from judged completions by rules that were fixed before any run (alpha 0.05, Holm over the
// findings): F1a, F1b, F2 and F3 in rules.ts, F4 in after-rl.ts, F5 in length-finding.ts.
import { holm } from '../base/statistics.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import type { GeneratorName } from '../domain/types.ts';
import { RL_CONDITIONS, weighAfterRl } from './after-rl.ts';
import type { RlRun } from './after-rl.ts';
import type { Evidence } from './evidence.ts';
import type { Finding, FindingId, FindingLeftOut, FindingOptions, JudgedRun, Setting } from './finding.ts';
import { weighLengths } from './length-finding.ts';
import type { LengthRun } from './lengths.ts';
import { RULES } from './rules.ts';
import type { Rule } from './rules.ts';

export { judgeTraining } from './training-verdict.ts';
export type { TrainingVerdict } from './training-verdict.ts';
export type { JudgedRow } from './comparison.ts';
export type { Effect, FindingRow } from './evidence.ts';
export type { Finding, FindingId, FindingLeftOut, JudgedRun } from './finding.ts';

/** F3 and F5 rest on these where nothing else is said; kruskal and dfs share wall layouts with the training mazes. */
const OUT_OF_DISTRIBUTION: readonly GeneratorName[] = ['drunkard', 'searchformer', 'free'];

const F4_STATEMENT =
  'Reinforcement learning raises plan validity in distribution and does not raise trace validity (strict) by 5 points';
const F5_STATEMENT =
  'Trace length is not problem complexity: out of distribution the partial correlation of generated with A* ' +
  'events is below 0.5';

/** What decideFindings needs of one finding before it can adjust for the others. */
interface Weighed {
  readonly id: FindingId;
  readonly statement: string;
  readonly test: string;
  readonly seeds: readonly number[];
  /** Runs that were used and are on their plateau. */
  readonly undertrained: readonly string[];
  readonly evidence: Evidence | null;
  /** Where there is no evidence: mazes that it would have been about, and why there is none. */
  readonly mazes: number;
  readonly missing: string;
}

/**
 * Decides the findings: F1a to F3 always, F4 and F5 where their runs are given. A finding is `undertrained` when any
 * run that it would use is: choosing seeds afterwards would be choosing results. `undecided` also covers a condition
 * that the study does not have. Never throws on empty data; throws TracelabError FINDINGS_UNPAIRED when runs were
 * judged on different mazes.
 */
export function decideFindings(runs: readonly JudgedRun[], options: FindingOptions = {}): Finding[] {
  const {
    alpha = 0.05,
    in_distribution = 'wilson',
    out_of_distribution = OUT_OF_DISTRIBUTION,
    problems = 'mazes',
    rl,
    lengths,
  } = options;
  const far = out_of_distribution.filter((name) => name !== in_distribution);
  const tested = far.filter((name) => runs.some((run) => (run.rows[name] ?? []).length > 0));
  const setting: Setting = {
    alpha,
    in_distribution,
    out_of_distribution: far,
    problems,
    tested: tested.length === 0 ? far : tested,
  };
  const weighed = [
    ...RULES.map((rule) => weighRule(rule, runs, setting)),
    ...(rl === undefined ? [] : [weighF4(rl, setting)]),
    ...(lengths === undefined ? [] : [weighF5(lengths, setting)]),
  ];
  const family = weighed.flatMap(({ evidence }) => (evidence === null ? [] : [evidence]));
  const adjusted = new Map(family.map((evidence, i) => [evidence, holm(family.map(({ p }) => p))[i]]));

  return weighed.map(({ id, statement, test, seeds, undertrained, evidence, mazes, missing }): Finding => {
    const head = {
      id,
      statement,
      test: evidence?.combined === undefined ? test : `${test}; ${evidence.combined}`,
      seeds,
    };
    if (evidence === null) {
      const detail =
        undertrained.length > 0
          ? `undertrained: ${undertrained.join(', ')}; a run on its plateau proves nothing`
          : missing;
      return {
        ...head,
        verdict: undertrained.length > 0 ? 'undertrained' : 'undecided',
        n: mazes,
        effect: null,
        interval: null,
        p: null,
        p_holm: null,
        detail,
      };
    }
    const p_holm = adjusted.get(evidence) ?? 1;
    const decided = evidence.direction === 'for' ? 'supported' : 'contradicted';
    const { n, effect, interval, p, rows } = evidence;
    const detail = seeds.length > 1 ? evidence.detail : `${evidence.detail}; one seed: other seeds may differ`;
    return {
      ...head,
      verdict: p_holm < alpha ? decided : 'undecided',
      n,
      effect,
      interval,
      p,
      p_holm,
      detail,
      ...(rows ? { rows } : {}),
    };
  });
}

/**
 * The findings that decideFindings leaves out with these options, with the reason in words.
 * @param hasLearnt models were trained on by reinforcement learning, if only for another reward than F4 is about
 */
export function findingsLeftOut({ rl, lengths }: FindingOptions, hasLearnt = false): FindingLeftOut[] {
  const noF4 = hasLearnt
    ? 'this study rewards traces, and the finding is about a reward for plans'
    : 'no model of this study was trained on by reinforcement learning';
  return [
    ...(rl === undefined ? [{ id: 'F4' as const, statement: F4_STATEMENT, reason: noF4 }] : []),
    ...(lengths === undefined
      ? [
          {
            id: 'F5' as const,
            statement: F5_STATEMENT,
            reason: 'no model of this study was trained on correct traces, or their lengths were not analysed',
          },
        ]
      : []),
  ];
}

function weighRule(rule: Rule, runs: readonly JudgedRun[], setting: Setting): Weighed {
  const seeds = sharedSeeds(runs, rule.conditions);
  const used = rule.conditions.map((condition) => seeds.map((seed) => findRun(runs, condition, seed)));
  const undertrained = undertrainedOf(used.flat());
  const absent = rule.conditions.filter((condition) => !runs.some((run) => run.condition === condition));
  return {
    id: rule.id,
    statement: rule.statement(setting),
    test: rule.test(seeds.length, setting),
    seeds,
    undertrained,
    evidence: seeds.length === 0 || undertrained.length > 0 ? null : rule.weigh(used, setting),
    mazes: used[0]?.[0]?.rows[setting.in_distribution]?.length ?? 0,
    missing:
      absent.length > 0
        ? `no model of this study was trained on ${absent.join(' or ')}`
        : seeds.length === 0
          ? `no seed was run with both ${rule.conditions.join(' and ')}`
          : 'nothing to count',
  };
}

function weighF4(rl: readonly RlRun[], { in_distribution, problems }: Setting): Weighed {
  const used = rl.filter(({ condition }) => RL_CONDITIONS.includes(condition));
  const undertrained = undertrainedOf(used);
  const seeds = seedsOf(used);
  const overSeeds = seeds.length > 1;
  return {
    id: 'F4',
    statement: F4_STATEMENT,
    seeds,
    undertrained,
    evidence: undertrained.length > 0 ? null : weighAfterRl(used, in_distribution),
    test:
      'plans: ' +
      `${
        overSeeds
          ? `exact sign-flip test over ${problems} and t test over seeds, the larger p`
          : 'exact McNemar, two-sided'
      }; ` +
      `traces: one-sided score test at +5 points (Tango)${overSeeds ? ' and t test over seeds' : ''}`,
    mazes: used[0]?.after[in_distribution]?.length ?? 0,
    missing:
      used.length === 0
        ? `this study has no reinforcement learning from ${RL_CONDITIONS.join(' or ')}`
        : 'nothing to count',
  };
}

function weighF5(lengths: readonly LengthRun[], { in_distribution, out_of_distribution, problems }: Setting): Weighed {
  const used = lengths.filter(({ condition }) => condition === 'correct');
  const undertrained = undertrainedOf(used);
  const seeds = seedsOf(used);
  return {
    id: 'F5',
    statement: F5_STATEMENT,
    seeds,
    undertrained,
    evidence: undertrained.length > 0 ? null : weighLengths(used, in_distribution, out_of_distribution),
    test:
      `Fisher's z of the partial correlation given plan length against ` +
      `0.5${seeds.length > 1 ? `, over ${problems} and by t over seeds` : ''}, with truncated completions and ` +
      'without, the larger p of each distribution',
    mazes: used[0]?.rows[in_distribution]?.length ?? 0,
    missing:
      used.length === 0
        ? 'no model of this study was trained on correct'
        : 'no correlation is defined out of distribution',
  };
}

function undertrainedOf(
  runs: readonly { readonly condition: Condition; readonly seed: number; readonly undertrained: boolean }[],
): string[] {
  return runs.filter((run) => run.undertrained).map(({ condition, seed }) => `${condition} (seed ${seed})`);
}

function seedsOf(runs: readonly { readonly seed: number }[]): number[] {
  return [...new Set(runs.map(({ seed }) => seed))].sort((a, b) => a - b);
}

function sharedSeeds(runs: readonly JudgedRun[], conditions: readonly Condition[]): number[] {
  const seedsOf = (condition: Condition): number[] =>
    runs.filter((run) => run.condition === condition).map(({ seed }) => seed);
  return seedsOf(conditions[0])
    .filter((seed) => conditions.every((condition) => seedsOf(condition).includes(seed)))
    .sort((a, b) => a - b);
}

function findRun(runs: readonly JudgedRun[], condition: Condition, seed: number): JudgedRun {
  const run = runs.find((candidate) => candidate.condition === condition && candidate.seed === seed);
  if (run === undefined) throw new Error(`no run ${condition} of seed ${seed}`);
  return run;
}
