// The rules of the findings F1a, F1b, F2 and F3, fixed before any run: which conditions each compares, by which test,
// and what it finds before Holm. F4 is after-rl.ts, F5 length-finding.ts.
import { holm } from '../base/statistics.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import type { GeneratorName } from '../domain/types.ts';
import { comparePlans, compareShare } from './comparison.ts';
import type { PairedComparison, SeedPair, ShareComparison } from './comparison.ts';
import { combinedWords, describe, inPoints, points, shortP, signed } from './evidence.ts';
import type { Evidence, FindingRow } from './evidence.ts';
import type { FindingId, JudgedRun, Setting } from './finding.ts';

/** F2: largest difference that counts as "about as well". */
const EQUIVALENCE_MARGIN = 0.1;
/** F1b: share of invalid traces next to valid plans that must be exceeded. */
const INVALID_SHARE = 0.01;
/** What the levels are called in words. */
const LEVEL_WORDS = { strict: 'strict', paper: 'lenient' } as const;

export interface Rule {
  readonly id: FindingId;
  readonly statement: (setting: Setting) => string;
  readonly conditions: readonly Condition[];
  readonly test: (seeds: number, setting: Setting) => string;
  /** Evidence from the runs of the conditions, in order of `seeds`; null when there is nothing to count. */
  readonly weigh: (runs: readonly (readonly JudgedRun[])[], setting: Setting) => Evidence | null;
}

export const RULES: readonly Rule[] = [
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
    statement: () => 'Correct still writes invalid traces next to valid plans (strict and lenient level, above 1 %)',
    conditions: ['correct'],
    test: (seeds) =>
      'share against 1 % at both levels: ' +
      `${seeds > 1 ? 'score test over mazes and t test over seeds' : 'score test and exact binomial test'}, the ` +
      'larger p of each',
    weigh: ([correct], { in_distribution }) => weighInvalidTraces(correct, in_distribution),
  },
  {
    id: 'F2',
    statement: () => 'Swapped does about as well as correct in distribution (within 10 points, or above)',
    conditions: ['correct', 'swapped'],
    test: (seeds) =>
      'one-sided score tests at -10 and +10 points ' +
      `(Tango)${seeds > 1 ? ' and t tests over seeds, the larger p' : ''}; the lower one decides, as above is ` +
      'allowed',
    weigh: ([correct, swapped], setting) =>
      weighEquivalence(compare(correct, swapped, setting.in_distribution), setting.problems),
  },
  {
    id: 'F3',
    statement: ({ tested }) => `Swapped generalises better: above correct on ${either(tested)}, below on none`,
    conditions: ['correct', 'swapped'],
    test: (seeds, { problems }) =>
      `${
        seeds > 1
          ? `exact sign-flip test over ${problems} and t test over seeds, the larger p`
          : 'exact McNemar, two-sided'
      }; ` + 'Holm over the distributions',
    weigh: ([correct, swapped], setting) => weighGeneralisation(correct, swapped, setting),
  },
];

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
  // For: both levels must hold, so the larger p (intersection-union). Against: either would do, so Bonferroni over the
  // two.
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
    detail:
      'invalid traces among valid plans: ' +
      `${counted
        .map(({ level, comparison: { count, n } }) => `${LEVEL_WORDS[level]} ${count}/${n}`)
        .join(', ')}; shown: ${LEVEL_WORDS[decisive.level]}`,
  };
}

/**
 * F2: within the margin or above it, which together is "above minus the margin"; the upper test only tells which of the
 * two.
 */
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
    detail:
      `${describe('swapped minus correct', comparison, problems)}; before Holm ${shortP(low)} for above -10 ` +
      `points, ${shortP(comparison.below(EQUIVALENCE_MARGIN))} for below +10 points`,
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
    detail:
      'swapped minus correct, points: ' +
      `${told}${untested.length > 0 ? `; not tested on ${untested.join(', ')}` : ''}; shown: ${decisive.label}`,
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
