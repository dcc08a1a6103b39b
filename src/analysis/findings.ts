// F1a, F1b, F2 and F3 decided from judged completions by rules that were fixed before any run (alpha 0.05, Holm over the findings).
import { holm } from '../base/statistics.ts';
import type { Interval } from '../base/statistics.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import type { GeneratorName } from '../domain/types.ts';
import { comparePlans, compareShare } from './comparison.ts';
import type { JudgedRow, PairedComparison, SeedPair, ShareComparison } from './comparison.ts';

export { judgeTraining } from './training-verdict.ts';
export type { TrainingVerdict } from './training-verdict.ts';
export type { JudgedRow } from './comparison.ts';

export type FindingId = 'F1a' | 'F1b' | 'F2' | 'F3';
export type FindingVerdict = 'supported' | 'contradicted' | 'undecided' | 'undertrained';

/** `points` are percentage points of plan validity, `%` a share. */
export interface Effect {
  readonly value: number;
  readonly unit: 'points' | '%';
}

/** A part of a finding: one distribution (F2's and F3's paired difference) or one trace level (F1b's share). */
export interface FindingRow {
  readonly label: string;
  readonly n: number;
  readonly effect: Effect;
  /** 95 %, in the unit of the effect. */
  readonly interval: Interval;
  readonly p: number;
  /** Holm over the rows of the finding. */
  readonly p_holm: number;
}

export interface Finding {
  readonly id: FindingId;
  readonly statement: string;
  readonly verdict: FindingVerdict;
  readonly test: string;
  /** Mazes paired; for F1b valid plans looked at (all seeds together). */
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
  /** What generalisation (F3) rests on; the training distribution among them is left out. */
  readonly out_of_distribution?: readonly GeneratorName[];
  /** The domain's word: `mazes`. */
  readonly problems?: string;
}

/** F2: largest difference that counts as "about as well". */
const EQUIVALENCE_MARGIN = 0.1;
/** F1b: share of invalid traces beside valid plans that must be exceeded. */
const INVALID_SHARE = 0.01;
/** F3 rests on these where nothing else is said; kruskal and dfs share wall layouts with the training mazes. */
const OUT_OF_DISTRIBUTION: readonly GeneratorName[] = ['drunkard', 'searchformer', 'free'];

/** What a rule found before Holm: the direction that the data point to, and the p of that direction. */
interface Evidence {
  readonly n: number;
  readonly effect: Effect;
  readonly interval: Interval;
  readonly direction: 'for' | 'against';
  readonly p: number;
  readonly detail: string;
  readonly rows?: readonly FindingRow[];
}

interface Rule {
  readonly id: FindingId;
  readonly statement: (setting: Setting) => string;
  readonly conditions: readonly Condition[];
  readonly test: (seeds: number, setting: Setting) => string;
  /** Evidence from the runs of the conditions, in order of `seeds`; null when there is nothing to count. */
  readonly weigh: (runs: readonly (readonly JudgedRun[])[], setting: Setting) => Evidence | null;
}

type Setting = Required<FindingOptions>;

const RULES: readonly Rule[] = [
  {
    id: 'F1a', statement: () => 'Traces help: correct above solution-only in distribution', conditions: ['solution-only', 'correct'],
    test: (seeds, { problems }) => (seeds > 1 ? `exact sign-flip test over ${problems} and t test over seeds, the larger p` : 'exact McNemar, two-sided'),
    weigh: ([baseline, correct], { in_distribution, problems }) => weighHelp(compare(baseline, correct, in_distribution), problems),
  },
  {
    id: 'F1b', statement: () => 'Correct still writes invalid traces beside valid plans (strict and paper, above 1 %)', conditions: ['correct'],
    test: (seeds) => `score test of the share against 1 % at both levels${seeds > 1 ? ' and t test over seeds' : ''}, the larger p`,
    weigh: ([correct], { in_distribution }) => weighInvalidTraces(correct, in_distribution),
  },
  {
    id: 'F2', statement: () => 'Swapped does about as well as correct in distribution (within 10 points, or above)', conditions: ['correct', 'swapped'],
    test: (seeds) => `one-sided score tests at -10 and +10 points (Tango)${seeds > 1 ? ' and t tests over seeds, the larger p' : ''}; the lower one decides, as above is allowed`,
    weigh: ([correct, swapped], setting) => weighEquivalence(compare(correct, swapped, setting.in_distribution), setting),
  },
  {
    id: 'F3', statement: ({ out_of_distribution }) => `Swapped generalises better: above correct on ${either(out_of_distribution)}, below on none`, conditions: ['correct', 'swapped'],
    test: (seeds, { problems }) => `${seeds > 1 ? `exact sign-flip test over ${problems} and t test over seeds, the larger p` : 'exact McNemar, two-sided'}; Holm over the distributions`,
    weigh: ([correct, swapped], setting) => weighGeneralisation(correct, swapped, setting),
  },
];

/**
 * Decides the findings. A finding is `undertrained` when any run that it would use is: choosing seeds afterwards would be choosing
 * results. `undecided` also covers a condition that the study does not have. Never throws on empty data; throws TracelabError
 * FINDINGS_UNPAIRED when runs were judged on different mazes.
 */
export function decideFindings(runs: readonly JudgedRun[], options: FindingOptions = {}): Finding[] {
  const { alpha = 0.05, in_distribution = 'wilson', out_of_distribution = OUT_OF_DISTRIBUTION, problems = 'mazes' } = options;
  const setting: Setting = { alpha, in_distribution, out_of_distribution: out_of_distribution.filter((name) => name !== in_distribution), problems };
  const weighed = RULES.map((rule) => {
    const seeds = sharedSeeds(runs, rule.conditions);
    const used = rule.conditions.map((condition) => seeds.map((seed) => findRun(runs, condition, seed)));
    const undertrained = used.flat().filter((run) => run.undertrained).map(({ condition, seed }) => `${condition} (seed ${seed})`);
    const evidence = seeds.length === 0 || undertrained.length > 0 ? null : rule.weigh(used, setting);
    return { rule, seeds, used, undertrained, evidence };
  });
  const tested = weighed.flatMap(({ evidence }) => (evidence === null ? [] : [evidence]));
  const adjusted = new Map(tested.map((evidence, i) => [evidence, holm(tested.map(({ p }) => p))[i]]));

  return weighed.map(({ rule, seeds, used, undertrained, evidence }): Finding => {
    const head = { id: rule.id, statement: rule.statement(setting), test: rule.test(seeds.length, setting), seeds };
    if (evidence === null) {
      const mazes = used[0]?.[0]?.rows[in_distribution]?.length ?? 0;
      const missing = rule.conditions.filter((condition) => !runs.some((run) => run.condition === condition));
      const detail = undertrained.length > 0 ? `undertrained: ${undertrained.join(', ')}; a run on its plateau proves nothing`
        : missing.length > 0 ? `not in this study: ${missing.join(', ')}`
          : seeds.length === 0 ? `no seed was run with both ${rule.conditions.join(' and ')}` : 'nothing to count';
      return { ...head, verdict: undertrained.length > 0 ? 'undertrained' : 'undecided', n: mazes, effect: null, interval: null, p: null, p_holm: null, detail };
    }
    const p_holm = adjusted.get(evidence) ?? 1;
    const decided = evidence.direction === 'for' ? 'supported' : 'contradicted';
    const { n, effect, interval, p, rows } = evidence;
    const detail = seeds.length > 1 ? evidence.detail : `${evidence.detail}; one seed: says nothing about other seeds`;
    return { ...head, verdict: p_holm < alpha ? decided : 'undecided', n, effect, interval, p, p_holm, detail, ...(rows ? { rows } : {}) };
  });
}

/** F1a: the difference is above 0. */
function weighHelp(comparison: PairedComparison | null, problems: string): Evidence | null {
  if (comparison === null) return null;
  const { n, difference, p } = comparison;
  return {
    n, effect: points(difference), interval: inPoints(comparison.interval), direction: difference > 0 ? 'for' : 'against', p,
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
  const decisive = direction === 'for'
    ? counted.reduce((a, b) => (b.comparison.p > a.comparison.p ? b : a))
    : below.reduce((a, b) => (b.comparison.p < a.comparison.p ? b : a));
  const { n, share, interval } = decisive.comparison;
  return {
    n, effect: { value: 100 * share, unit: '%' }, interval: inPoints(interval), direction, rows,
    p: direction === 'for' ? decisive.comparison.p : Math.min(1, 2 * decisive.comparison.p),
    detail: `invalid traces among valid plans: ${counted.map(({ level, comparison }) => `${level} ${comparison.count}/${comparison.n}`).join(', ')}; shown: ${decisive.level}`,
  };
}

/** F2: within the margin or above it, which together is "above minus the margin"; the upper test only tells which of the two. */
function weighEquivalence(comparison: PairedComparison | null, { alpha, problems }: Setting): Evidence | null {
  if (comparison === null) return null;
  const { n, difference } = comparison;
  const direction = difference > -EQUIVALENCE_MARGIN ? 'for' : 'against';
  const low = comparison.above(-EQUIVALENCE_MARGIN);
  const high = comparison.below(EQUIVALENCE_MARGIN);
  return {
    n, effect: points(difference), interval: inPoints(comparison.interval), direction,
    p: direction === 'for' ? low : comparison.below(-EQUIVALENCE_MARGIN),
    detail: `${describe('swapped minus correct', comparison, problems)}; ${shortP(low)} against -10 points, ${shortP(high)} against +10 points: ${nameEquivalence(comparison, alpha)}`,
  };
}

function nameEquivalence(comparison: PairedComparison, alpha: number): string {
  const notBelow = comparison.above(-EQUIVALENCE_MARGIN) < alpha;
  if (notBelow && comparison.below(EQUIVALENCE_MARGIN) < alpha) return 'equivalent within 10 points';
  if (comparison.above(EQUIVALENCE_MARGIN) < alpha) return 'more than 10 points above';
  return notBelow ? 'not 10 points below; equivalent or above' : 'not shown to be within 10 points or above';
}

/** F3: above 0 on at least one distribution, below 0 on none; each after Holm over the distributions. */
function weighGeneralisation(correct: readonly JudgedRun[], swapped: readonly JudgedRun[], { alpha, out_of_distribution }: Setting): Evidence | null {
  const compared = out_of_distribution.flatMap((name) => {
    const comparison = compare(correct, swapped, name);
    return comparison === null ? [] : [{ name, comparison }];
  });
  if (compared.length === 0) return null;
  const adjusted = holm(compared.map(({ comparison }) => comparison.p));
  const rows = compared.map(({ name, comparison }, i): FindingRow => ({
    label: name, n: comparison.n, effect: points(comparison.difference), interval: inPoints(comparison.interval), p: comparison.p, p_holm: adjusted[i],
  }));
  const above = rows.filter(({ effect }) => effect.value > 0);
  const below = rows.filter(({ effect }) => effect.value < 0);
  const smallest = (some: readonly FindingRow[]): FindingRow => some.reduce((a, b) => (b.p_holm < a.p_holm ? b : a));
  // One distribution clearly below is enough to break the rule, whatever the others show.
  const broken = below.some(({ p_holm }) => p_holm < alpha);
  const direction = broken || above.length === 0 ? 'against' : 'for';
  const decisive = smallest(direction === 'for' ? above : below.length > 0 ? below : rows);
  const told = rows.map(({ label, effect, p_holm }) => `${label} ${signed(effect.value)} (Holm ${shortP(p_holm)})`).join(', ');
  return {
    n: decisive.n, effect: decisive.effect, interval: decisive.interval, direction, p: decisive.p_holm, rows,
    detail: `swapped minus correct, points: ${told}; shown: ${decisive.label}`,
  };
}

/** Second minus first on one distribution; null when a run has no completions there. */
function compare(first: readonly JudgedRun[], second: readonly JudgedRun[], distribution: GeneratorName): PairedComparison | null {
  const pairs = first.map((run, i): SeedPair => ({ seed: run.seed, first: run.rows[distribution] ?? [], second: second[i].rows[distribution] ?? [] }));
  return pairs.every((pair) => pair.first.length === 0 && pair.second.length === 0) ? null : comparePlans(pairs);
}

function sharedSeeds(runs: readonly JudgedRun[], conditions: readonly Condition[]): number[] {
  const seedsOf = (condition: Condition): number[] => runs.filter((run) => run.condition === condition).map(({ seed }) => seed);
  return seedsOf(conditions[0]).filter((seed) => conditions.every((condition) => seedsOf(condition).includes(seed))).sort((a, b) => a - b);
}

function findRun(runs: readonly JudgedRun[], condition: Condition, seed: number): JudgedRun {
  const run = runs.find((candidate) => candidate.condition === condition && candidate.seed === seed);
  if (run === undefined) throw new Error(`no run ${condition} of seed ${seed}`);
  return run;
}

function shareRow(level: string, comparison: ShareComparison, p_holm: number): FindingRow {
  return { label: level, n: comparison.n, effect: { value: 100 * comparison.share, unit: '%' }, interval: inPoints(comparison.interval), p: comparison.p, p_holm };
}

function describe(what: string, comparison: PairedComparison, problems: string): string {
  const [low, high] = comparison.bootstrap();
  const seeds = comparison.per_seed.length > 1 ? `, by seed ${comparison.per_seed.map((difference) => signed(100 * difference)).join(', ')}` : '';
  return `${what} ${signed(100 * comparison.difference)} points${seeds}; paired bootstrap over ${problems} ${signed(100 * low)} to ${signed(100 * high)}`;
}

/** `a, b or c`. */
function either(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names[names.length - 1]}`;
}

function points(share: number): Effect {
  return { value: 100 * share, unit: 'points' };
}

function inPoints([low, high]: Interval): Interval {
  return [100 * low, 100 * high];
}

function signed(value: number): string {
  return `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(1)}`;
}

function shortP(p: number): string {
  return p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(3)}`;
}
