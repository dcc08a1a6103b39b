// The findings decided from judged completions by rules that were fixed before any run (alpha 0.05, Holm over the findings): F1a, F1b, F2
// and F3 here, F4 in after-rl.ts, F5 in length-finding.ts.
import { holm } from '../base/statistics.ts';
import type { Interval } from '../base/statistics.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import type { GeneratorName } from '../domain/types.ts';
import { RL_CONDITIONS, weighAfterRl } from './after-rl.ts';
import type { RlRun } from './after-rl.ts';
import { comparePlans, compareShare } from './comparison.ts';
import type { JudgedRow, PairedComparison, SeedPair, ShareComparison } from './comparison.ts';
import { combinedWords, describe, inPoints, points, shortP, signed } from './evidence.ts';
import type { Effect, Evidence, FindingRow } from './evidence.ts';
import { weighLengths } from './length-finding.ts';
import type { LengthRun } from './lengths.ts';

export { judgeTraining } from './training-verdict.ts';
export type { TrainingVerdict } from './training-verdict.ts';
export type { JudgedRow } from './comparison.ts';
export type { Effect, FindingRow } from './evidence.ts';

export type FindingId = 'F1a' | 'F1b' | 'F2' | 'F3' | 'F4' | 'F5';
export type FindingVerdict = 'supported' | 'contradicted' | 'undecided' | 'undertrained';

export interface Finding {
  readonly id: FindingId;
  readonly statement: string;
  readonly verdict: FindingVerdict;
  readonly test: string;
  /** Mazes paired, or correlated (F5); for F1b valid plans looked at (all seeds together). */
  readonly n: number;
  readonly seeds: readonly number[];
  /** null when nothing was tested (undertrained, or a condition is missing). */
  readonly effect: Effect | null;
  /** 95 %, in the unit of the effect. */
  readonly interval: Interval | null;
  /** Of the decisive test in the observed direction. */
  readonly p: number | null;
  /** Holm over the findings that were tested. */
  readonly p_holm: number | null;
  readonly detail: string;
  readonly rows?: readonly FindingRow[];
}

/** One trained model's judged test completions. */
export interface JudgedRun {
  readonly condition: Condition;
  readonly seed: number;
  readonly undertrained: boolean;
  readonly rows: Readonly<Partial<Record<GeneratorName, readonly JudgedRow[]>>>;
}

export interface FindingOptions {
  readonly alpha?: number;
  /** The training distribution. */
  readonly in_distribution?: GeneratorName;
  /** What generalisation (F3, F5) rests on; the training distribution among them is left out. */
  readonly out_of_distribution?: readonly GeneratorName[];
  /** The domain's word: `mazes`. */
  readonly problems?: string;
  /** Models before and after reinforcement learning; without them there is no F4. */
  readonly rl?: readonly RlRun[];
  /** Lengths of the completions of models trained on correct traces; without them there is no F5. Other conditions are passed over. */
  readonly lengths?: readonly LengthRun[];
}

/** A finding that a study cannot have, and why. */
export interface FindingLeftOut {
  readonly id: FindingId;
  readonly statement: string;
  readonly reason: string;
}

/** F2: largest difference that counts as "about as well". */
const EQUIVALENCE_MARGIN = 0.1;
/** F1b: share of invalid traces beside valid plans that must be exceeded. */
const INVALID_SHARE = 0.01;
/** F3 and F5 rest on these where nothing else is said; kruskal and dfs share wall layouts with the training mazes. */
const OUT_OF_DISTRIBUTION: readonly GeneratorName[] = ['drunkard', 'searchformer', 'free'];

interface Rule {
  readonly id: FindingId;
  readonly statement: (setting: Setting) => string;
  readonly conditions: readonly Condition[];
  readonly test: (seeds: number, setting: Setting) => string;
  /** Evidence from the runs of the conditions, in order of `seeds`; null when there is nothing to count. */
  readonly weigh: (runs: readonly (readonly JudgedRun[])[], setting: Setting) => Evidence | null;
}

interface Setting extends Required<Omit<FindingOptions, 'rl' | 'lengths'>> {
  /** Those of out_of_distribution that some run has completions of, which alone a claim can be about; all of them where there are none. */
  readonly tested: readonly GeneratorName[];
}

const RULES: readonly Rule[] = [
  {
    id: 'F1a',
    statement: () => 'Traces help: correct above solution-only in distribution',
    conditions: ['solution-only', 'correct'],
    test: (seeds, { problems }) =>
      seeds > 1
        ? `exact sign-flip test over ${problems} and t test over seeds, the larger p`
        : 'exact McNemar, two-sided',
    weigh: ([baseline, correct], { in_distribution, problems }) =>
      weighHelp(compare(baseline, correct, in_distribution), problems),
  },
  {
    id: 'F1b',
    statement: () => 'Correct still writes invalid traces beside valid plans (strict and paper, above 1 %)',
    conditions: ['correct'],
    test: (seeds) =>
      `share against 1 % at both levels: ${seeds > 1 ? 'score test over mazes and t test over seeds' : 'score test and exact binomial test'}, the larger p of each`,
    weigh: ([correct], { in_distribution }) => weighInvalidTraces(correct, in_distribution),
  },
  {
    id: 'F2',
    statement: () => 'Swapped does about as well as correct in distribution (within 10 points, or above)',
    conditions: ['correct', 'swapped'],
    test: (seeds) =>
      `one-sided score tests at -10 and +10 points (Tango)${seeds > 1 ? ' and t tests over seeds, the larger p' : ''}; the lower one decides, as above is allowed`,
    weigh: ([correct, swapped], setting) =>
      weighEquivalence(compare(correct, swapped, setting.in_distribution), setting.problems),
  },
  {
    id: 'F3',
    statement: ({ tested }) => `Swapped generalises better: above correct on ${either(tested)}, below on none`,
    conditions: ['correct', 'swapped'],
    test: (seeds, { problems }) =>
      `${seeds > 1 ? `exact sign-flip test over ${problems} and t test over seeds, the larger p` : 'exact McNemar, two-sided'}; Holm over the distributions`,
    weigh: ([correct, swapped], setting) => weighGeneralisation(correct, swapped, setting),
  },
];

const F4_STATEMENT =
  'Reinforcement learning raises plan validity in distribution and does not raise trace validity (strict) by 5 points';
const F5_STATEMENT =
  'Trace length is not problem complexity: out of distribution the partial correlation of generated with A* events is below 0.5';

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
 * Decides the findings: F1a to F3 always, F4 and F5 where their runs are given. A finding is `undertrained` when any run that it would use
 * is: choosing seeds afterwards would be choosing results. `undecided` also covers a condition that the study does not have. Never throws
 * on empty data; throws TracelabError FINDINGS_UNPAIRED when runs were judged on different mazes.
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
    const detail = seeds.length > 1 ? evidence.detail : `${evidence.detail}; one seed: says nothing about other seeds`;
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
        ? `not in this study: ${absent.join(', ')}`
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
    test: `plans: ${overSeeds ? `exact sign-flip test over ${problems} and t test over seeds, the larger p` : 'exact McNemar, two-sided'}; traces: one-sided score test at +5 points (Tango)${overSeeds ? ' and t test over seeds' : ''}`,
    mazes: used[0]?.after[in_distribution]?.length ?? 0,
    missing:
      used.length === 0
        ? `not in this study: reinforcement learning from ${RL_CONDITIONS.join(' or ')}`
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
    test: `Fisher's z of the partial correlation given plan length against 0.5${seeds.length > 1 ? `, over ${problems} and by t over seeds` : ''}, with truncated completions and without, the larger p of each distribution`,
    mazes: used[0]?.rows[in_distribution]?.length ?? 0,
    missing: used.length === 0 ? 'not in this study: correct' : 'no correlation is defined out of distribution',
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

/** F1a: the difference is above 0. */
function weighHelp(comparison: PairedComparison | null, problems: string): Evidence | null {
  if (comparison === null) return null;
  const { n, difference, p } = comparison;
  return {
    n,
    effect: points(difference),
    interval: inPoints(comparison.interval),
    direction: difference > 0 ? 'for' : 'against',
    p,
    detail: describe('correct minus solution-only', comparison, problems),
  };
}

/** F1b: the lower bound of the share of invalid traces among valid plans is above 1 % at both levels. */
function weighInvalidTraces(correct: readonly JudgedRun[], distribution: GeneratorName): Evidence | null {
  const levels = (['strict', 'paper'] as const).map((level) => {
    const counts = correct.map((run) => {
      const valid = (run.rows[distribution] ?? []).filter(({ verdict }) => verdict.plan.valid);
      return { count: valid.filter(({ verdict }) => !verdict[level].valid).length, n: valid.length };
    });
    return { level, comparison: compareShare(counts, INVALID_SHARE) };
  });
  const counted = levels.flatMap(({ level, comparison }) => (comparison === null ? [] : [{ level, comparison }]));
  if (counted.length < levels.length) return null;
  const adjusted = holm(counted.map(({ comparison }) => comparison.p));
  const rows = counted.map(({ level, comparison }, i) => shareRow(level, comparison, adjusted[i]));
  const below = counted.filter(({ comparison }) => comparison.share <= INVALID_SHARE);
  const direction = below.length === 0 ? 'for' : 'against';
  // For: both levels must hold, so the larger p (intersection-union). Against: either would do, so Bonferroni over the two.
  const decisive =
    direction === 'for'
      ? counted.reduce((a, b) => (b.comparison.p > a.comparison.p ? b : a))
      : below.reduce((a, b) => (b.comparison.p < a.comparison.p ? b : a));
  const { n, share, interval } = decisive.comparison;
  return {
    n,
    effect: { value: 100 * share, unit: '%' },
    interval: inPoints(interval),
    direction,
    rows,
    p: direction === 'for' ? decisive.comparison.p : Math.min(1, 2 * decisive.comparison.p),
    combined: combinedWords(direction, counted.length),
    detail: `invalid traces among valid plans: ${counted.map(({ level, comparison }) => `${level} ${comparison.count}/${comparison.n}`).join(', ')}; shown: ${decisive.level}`,
  };
}

/** F2: within the margin or above it, which together is "above minus the margin"; the upper test only tells which of the two. */
function weighEquivalence(comparison: PairedComparison | null, problems: string): Evidence | null {
  if (comparison === null) return null;
  const { n, difference } = comparison;
  const direction = difference > -EQUIVALENCE_MARGIN ? 'for' : 'against';
  const low = comparison.above(-EQUIVALENCE_MARGIN);
  return {
    n,
    effect: points(difference),
    interval: inPoints(comparison.interval),
    direction,
    p: direction === 'for' ? low : comparison.below(-EQUIVALENCE_MARGIN),
    detail: `${describe('swapped minus correct', comparison, problems)}; before Holm ${shortP(low)} for above -10 points, ${shortP(comparison.below(EQUIVALENCE_MARGIN))} for below +10 points`,
  };
}

/** F3: above 0 on at least one distribution, below 0 on none; each after Holm over the distributions. */
function weighGeneralisation(
  correct: readonly JudgedRun[],
  swapped: readonly JudgedRun[],
  { alpha, out_of_distribution }: Setting,
): Evidence | null {
  const compared = out_of_distribution.flatMap((name) => {
    const comparison = compare(correct, swapped, name);
    return comparison === null ? [] : [{ name, comparison }];
  });
  if (compared.length === 0) return null;
  const untested = out_of_distribution.filter((name) => !compared.some((each) => each.name === name));
  const adjusted = holm(compared.map(({ comparison }) => comparison.p));
  const rows = compared.map(({ name, comparison }, i): FindingRow => ({
    label: name,
    n: comparison.n,
    effect: points(comparison.difference),
    interval: inPoints(comparison.interval),
    p: comparison.p,
    p_holm: adjusted[i],
  }));
  const above = rows.filter(({ effect }) => effect.value > 0);
  const below = rows.filter(({ effect }) => effect.value < 0);
  const smallest = (some: readonly FindingRow[]): FindingRow => some.reduce((a, b) => (b.p_holm < a.p_holm ? b : a));
  // One distribution clearly below is enough to break the rule, whatever the others show.
  const broken = below.some(({ p_holm }) => p_holm < alpha);
  const direction = broken || above.length === 0 ? 'against' : 'for';
  const decisive = smallest(direction === 'for' ? above : below.length > 0 ? below : rows);
  const told = rows
    .map(({ label, effect, p_holm }) => `${label} ${signed(effect.value)} (Holm ${shortP(p_holm)})`)
    .join(', ');
  return {
    n: decisive.n,
    effect: decisive.effect,
    interval: decisive.interval,
    direction,
    p: decisive.p_holm,
    rows,
    detail: `swapped minus correct, points: ${told}${untested.length > 0 ? `; not tested on ${untested.join(', ')}` : ''}; shown: ${decisive.label}`,
  };
}

/** Second minus first on one distribution; null when a run has no completions there. */
function compare(
  first: readonly JudgedRun[],
  second: readonly JudgedRun[],
  distribution: GeneratorName,
): PairedComparison | null {
  const pairs = first.map((run, i): SeedPair => ({
    seed: run.seed,
    first: run.rows[distribution] ?? [],
    second: second[i].rows[distribution] ?? [],
  }));
  return pairs.every((pair) => pair.first.length === 0 && pair.second.length === 0) ? null : comparePlans(pairs);
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

function shareRow(level: string, comparison: ShareComparison, p_holm: number): FindingRow {
  return {
    label: level,
    n: comparison.n,
    effect: { value: 100 * comparison.share, unit: '%' },
    interval: inPoints(comparison.interval),
    p: comparison.p,
    p_holm,
  };
}

/** `a, b or c`. */
function either(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names[names.length - 1]}`;
}
