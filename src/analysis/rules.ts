// The claims F1a, F1b and F2, in distribution: which conditions each compares, and by which test. F3 is
// generalisation.ts, F4 after-rl.ts, F5 length-finding.ts.
import { holm } from '../base/statistics.ts';
import { comparePlans, compareShare, mean } from './comparison.ts';
import type { JudgedRow, PairedComparison, SeedPair, ShareComparison } from './comparison.ts';
import { combinedWords, describe, doubled, inPoints, largestP, leadOf, shortP, smallestP } from './evidence.ts';
import type { Evidence, FindingRow } from './evidence.ts';
import type { Claim, Setting } from './finding.ts';
import type { DevRows, JudgedRun } from './judged-run.ts';
import { claimOf } from './runs.ts';

/** F1a: trainings whose tokens differ by less have equal tokens; the last batch of each is full or not. */
const EQUAL_TOKENS = 0.01;
/** F1b: share of invalid traces next to valid plans that must be exceeded. */
const INVALID_SHARE = 0.01;
/** F1b: valid plans on dev from which on two models are of one competence. */
const COMPETENT = 0.5;
/** F2: largest difference that counts as "about as well". */
const EQUIVALENCE_MARGIN = 0.1;
/** Why there is no evidence where a distribution has no completions. */
export const NOTHING = 'nothing to count';
/** What the levels are called in words. */
const LEVEL_WORDS = { strict: 'strict', paper: 'lenient' } as const;

/** F1a: correct above solution-only at equal training tokens. */
export function helpClaim(runs: readonly JudgedRun[], setting: Setting): Claim {
  return claimOf(runs, setting, {
    id: 'F1a',
    statement: 'Traces help: correct above solution-only in distribution, at equal training tokens',
    conditions: ['solution-only', 'correct'],
    test: twoSidedWords(setting),
    weigh: ([baseline, correct]) => weighHelp(baseline, correct, setting),
  });
}

/** F1b: correct writes invalid traces next to valid plans, early and late. */
export function invalidTracesClaim(runs: readonly JudgedRun[], setting: Setting): Claim {
  return claimOf(runs, setting, {
    id: 'F1b',
    statement:
      'Correct writes invalid traces next to valid plans (strict and lenient level, above 1 %), at the first ' +
      'checkpoint with 50 % valid plans on dev and at the last',
    conditions: ['correct'],
    test: (seeds) =>
      'share against 1 %: ' +
      `${seeds > 1 ? 'score test over mazes and t test over seeds' : 'score test and exact binomial test'}, the ` +
      'larger p of each',
    weigh: ([correct]) => weighInvalidTraces(correct, setting),
  });
}

/** F2: swapped minus correct above -10 points. */
export function equivalenceClaim(runs: readonly JudgedRun[], setting: Setting): Claim {
  return claimOf(runs, setting, {
    id: 'F2',
    statement: 'Swapped does about as well as correct in distribution (within 10 points, or above)',
    conditions: ['correct', 'swapped'],
    test: (seeds) =>
      `score test at -10 points (Tango)${seeds > 1 ? ' and t test over seeds, the larger p' : ''}; doubled, as its ` +
      'side is read off the data',
    weigh: ([correct, swapped]) => weighEquivalence(compare(correct, swapped, setting.in_distribution)),
  });
}

/** How a difference is tested against 0. */
export function twoSidedWords({ problems }: Pick<Setting, 'problems'>): (seeds: number) => string {
  return (seeds) =>
    seeds > 1
      ? `exact sign-flip test over ${problems} and t test over seeds, the larger p`
      : 'exact McNemar, two-sided';
}

function weighHelp(
  baseline: readonly JudgedRun[],
  correct: readonly JudgedRun[],
  { in_distribution }: Setting,
): Evidence | string {
  const comparison = compare(baseline, correct, in_distribution);
  if (comparison === null) return NOTHING;
  const isEqual = baseline.every(
    ({ tokens }, i) => Math.abs(tokens - correct[i].tokens) <= EQUAL_TOKENS * correct[i].tokens,
  );
  const atEqualEpochs = isEqual ? compareAtEqualEpochs(baseline, correct) : comparison;
  const rows = [
    ...(isEqual ? [row('equal tokens', comparison, comparison.p)] : []),
    ...(atEqualEpochs === null ? [] : [row(isEqual ? 'equal epochs, on dev' : 'equal epochs', atEqualEpochs, null)]),
  ];
  return {
    ...leadOf(comparison),
    direction: comparison.difference > 0 ? 'for' : 'against',
    p: comparison.p,
    ...(!isEqual && {
      open:
        'the trainings had equal epochs and different tokens; train.tokens in the place of train.epochs makes them ' +
        'equal',
    }),
    ...(rows.length > 1 && { rows }),
    detail: () => {
      const tokens = [baseline, correct].map((some) => (mean(some.map((run) => run.tokens)) / 1e6).toFixed(1));
      const lead = describe('correct minus solution-only', comparison);
      return `${lead}; ${tokens[0]} M and ${tokens[1]} M training tokens`;
    },
  };
}

/** On dev, at the checkpoint of the baseline that is nearest to as many epochs as correct has; null without one. */
function compareAtEqualEpochs(baseline: readonly JudgedRun[], correct: readonly JudgedRun[]): PairedComparison | null {
  const pairs = baseline.flatMap((run, i): SeedPair[] => {
    const { equal_epochs_tokens: wanted } = run;
    const last = correct[i].dev.at(-1);
    if (wanted === undefined || last === undefined || run.dev.length === 0) return [];
    const away = ({ tokens }: DevRows): number => Math.abs(tokens - wanted);
    const nearest = run.dev.reduce((a, b) => (away(b) < away(a) ? b : a));
    return [{ seed: run.seed, first: nearest.rows, second: last.rows }];
  });
  return pairs.length < baseline.length || pairs.every(({ first }) => first.length === 0) ? null : comparePlans(pairs);
}

/** Two checkpoints, two levels: the share of invalid traces among valid plans is above 1 % at all four. */
function weighInvalidTraces(correct: readonly JudgedRun[], { in_distribution }: Setting): Evidence | string {
  const competent = correct.map(({ dev }) => dev.find(({ rows }) => isCompetent(rows)));
  const without = correct.filter((_, i) => competent[i] === undefined).map(({ seed }) => seed);
  if (without.length > 0)
    return `no checkpoint has 50 % valid plans on dev (seed ${without.join(', ')}), so competence is not matched`;
  const stages = [
    { stage: 'first checkpoint', rows: competent.map((point) => point?.rows ?? []) },
    { stage: 'last', rows: correct.map((run) => run.rows[in_distribution] ?? []) },
  ];
  const parts = stages.flatMap(({ stage, rows }) =>
    (['strict', 'paper'] as const).map((level) => {
      const comparison = compareShare(
        rows.map((some) => invalidAmongValid(some, level)),
        INVALID_SHARE,
      );
      return { label: `${stage}, ${LEVEL_WORDS[level]}`, comparison };
    }),
  );
  const counted = parts.flatMap(({ label, comparison }) =>
    comparison === null ? [] : [{ label, comparison, p: comparison.p }],
  );
  if (counted.length < parts.length) return NOTHING;
  const below = counted.filter(({ comparison }) => comparison.share <= INVALID_SHARE);
  const direction = below.length === 0 ? 'for' : 'against';
  const decisive = direction === 'for' ? largestP(counted) : smallestP(below);
  const adjusted = holm(counted.map(({ p }) => p));
  const { n, share, interval } = decisive.comparison;
  return {
    n,
    effect: { value: 100 * share, unit: '%' },
    interval: inPoints(interval),
    direction,
    rows: counted.map(({ label, comparison }, i) => shareRow(label, comparison, adjusted[i])),
    p: direction === 'for' ? decisive.p : Math.min(1, counted.length * decisive.p),
    combined: combinedWords(direction, counted.length),
    detail: () =>
      'invalid traces among valid plans: ' +
      `${counted.map(({ label, comparison: { count, n } }) => `${label} ${count}/${n}`).join('; ')}; first ` +
      `checkpoints are of step ${competent.map((point) => point?.step).join(', ')} and judged on dev; ` +
      `shown: ${decisive.label}`,
  };
}

function isCompetent(rows: readonly JudgedRow[]): boolean {
  return rows.length > 0 && rows.filter(({ verdict }) => verdict.plan.valid).length >= COMPETENT * rows.length;
}

/** Invalid traces among valid plans, the quantity of F1b. */
export function invalidAmongValid(
  rows: readonly JudgedRow[],
  level: 'strict' | 'paper',
): { readonly count: number; readonly n: number } {
  const valid = rows.filter(({ verdict }) => verdict.plan.valid);
  return { count: valid.filter(({ verdict }) => !verdict[level].valid).length, n: valid.length };
}

/** Within the margin or above it, which together is "above minus the margin". */
function weighEquivalence(comparison: PairedComparison | null): Evidence | string {
  if (comparison === null) return NOTHING;
  const direction = comparison.difference > -EQUIVALENCE_MARGIN ? 'for' : 'against';
  const low = comparison.above(-EQUIVALENCE_MARGIN);
  return {
    ...leadOf(comparison),
    direction,
    p: doubled(direction === 'for' ? low : comparison.below(-EQUIVALENCE_MARGIN)),
    detail: () =>
      `${describe('swapped minus correct', comparison)}; one-sided, before Holm: ${shortP(low)} for above -10 ` +
      `points, ${shortP(comparison.below(EQUIVALENCE_MARGIN))} for below +10 points`,
  };
}

/** Second minus first on one distribution; null when a run has no completions there. */
export function compare(
  first: readonly JudgedRun[],
  second: readonly JudgedRun[],
  distribution: string,
): PairedComparison | null {
  const pairs = first.map((run, i): SeedPair => ({
    seed: run.seed,
    first: run.rows[distribution] ?? [],
    second: second[i].rows[distribution] ?? [],
  }));
  return pairs.every((pair) => pair.first.length === 0 && pair.second.length === 0) ? null : comparePlans(pairs);
}

/** A difference as a row; `p` null: it decides nothing. */
function row(label: string, comparison: PairedComparison, p: number | null): FindingRow {
  return { label, ...leadOf(comparison), p, p_holm: p };
}

function shareRow(label: string, { n, share, interval, p }: ShareComparison, p_holm: number): FindingRow {
  return { label, n, effect: { value: 100 * share, unit: '%' }, interval: inPoints(interval), p, p_holm };
}
