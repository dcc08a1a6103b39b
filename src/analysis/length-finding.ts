// F5: trace length is not problem complexity. Out of distribution the partial correlation of generated with A* events,
// plan length held fixed, has an upper bound below 0.5; decided as findings.ts decides the others.
import { bootstrapCorrelation } from '../base/correlation.ts';
import { holm } from '../base/statistics.ts';
import type { GeneratorName } from '../domain/types.ts';
import { combinedWords, type Evidence, type FindingRow, shortP } from './evidence.ts';
import { column, correlateLengths, finishedRows } from './lengths.ts';
import type { LengthRow, LengthRun } from './lengths.ts';
import { correlationOverSeeds, sidesOverSeeds } from './seed-correlation.ts';
import type { SeedCorrelation, SidesOf } from './seed-correlation.ts';

/** Correlation that the upper bound must stay below. */
const COMPLEXITY = 0.5;
/**
 * Finished completions that a distribution needs in every seed to count without its truncated ones: a handful decides
 * nothing and would veto all.
 */
const LEAST_FINISHED = 30;

/** Given plan length, over the seeds; sides of COMPLEXITY. */
type WeighedCorrelation = SeedCorrelation & SidesOf;

/** One distribution: with truncated completions and, where enough others are left (LEAST_FINISHED), without. */
interface Variants {
  readonly name: GeneratorName;
  readonly all: WeighedCorrelation;
  readonly finished: WeighedCorrelation | null;
  /** Fewest finished completions of a seed. */
  readonly fewest: number;
}

/**
 * Supported when the interval lies below 0.5 on every distribution given, with truncated completions and, where every
 * seed has 30 others, without them: all must hold, so the largest p decides. Against it one distribution whose
 * intervals lie above 0.5 is enough: the smallest p times their number (Bonferroni). Several seeds: over mazes and over
 * seeds (t over Fisher's z), the larger p. Distributions without a defined correlation (every length the same) are
 * named and left out; null when none is left.
 */
export function weighLengths(
  runs: readonly LengthRun[],
  inDistribution: GeneratorName,
  outOfDistribution: readonly GeneratorName[],
): Evidence | null {
  const far = outOfDistribution.filter((name) => name !== inDistribution);
  const names = far.filter((name) => runs.some((run) => (run.rows[name]?.length ?? 0) > 0));
  const found = names.flatMap((name) => variantsOf(runs, name));
  if (found.length === 0) return null;
  const direction = found.every(({ all }) => all.estimate < COMPLEXITY) ? 'for' : 'against';
  const side = direction === 'for' ? 'below' : 'above';
  // The variant that shows less: a claim must hold with truncated completions and without.
  const weaker = found.map(({ name, all, finished }) => {
    const isFinished = finished !== null && finished[side] > all[side];
    return { name, isFinished, shown: isFinished ? finished : all };
  });
  const adjusted = holm(weaker.map(({ shown }) => shown[side]));
  const rows = weaker.map(({ name, shown }, i): FindingRow => ({
    label: name,
    n: shown.n,
    effect: { value: shown.estimate, unit: 'r' },
    interval: [shown.low, shown.high],
    p: shown[side],
    p_holm: adjusted[i],
  }));
  const decisive = rows.reduce((a, b) => ((direction === 'for' ? b.p > a.p : b.p < a.p) ? b : a));
  const undefinedOn = names.filter((name) => !found.some((each) => each.name === name));
  const untested = far.filter((name) => !names.includes(name));
  return {
    n: decisive.n,
    effect: decisive.effect,
    interval: decisive.interval,
    direction,
    rows,
    p: direction === 'for' ? decisive.p : Math.min(1, found.length * decisive.p),
    combined: combinedWords(direction, found.length),
    detail: [
      `generated with A* events given plan length, against 0.5: ${found.map(wordsOf).join(', ')}`,
      ...(undefinedOn.length > 0 ? [`not defined on ${undefinedOn.join(', ')}`] : []),
      ...(untested.length > 0 ? [`not tested on ${untested.join(', ')}`] : []),
      `in distribution ${inWords(runs, inDistribution)}`,
      `shown: ${decisive.label}${bootstrapWords(
        runs,
        decisive.label,
        weaker.some(({ name, isFinished }) => isFinished && name === decisive.label),
      )}`,
    ].join('; '),
  };
}

function variantsOf(runs: readonly LengthRun[], name: GeneratorName): Variants[] {
  const all = overSeeds(runs.map((run) => run.rows[name] ?? []));
  const ended = runs.map((run) => finishedRows(run.rows[name] ?? []));
  const fewest = Math.min(...ended.map(({ length }) => length));
  return all === null ? [] : [{ name, all, finished: fewest < LEAST_FINISHED ? null : overSeeds(ended), fewest }];
}

function overSeeds(rows: readonly (readonly LengthRow[])[]): WeighedCorrelation | null {
  const correlations = rows.map((some) => correlateLengths(some).given_plan);
  const [over, sides] = [correlationOverSeeds(correlations), sidesOverSeeds(correlations, COMPLEXITY)];
  return over === null || sides === null ? null : { ...over, ...sides };
}

function wordsOf({ name, all, finished, fewest }: Variants): string {
  const without =
    finished === null
      ? `, with truncated ones only (${fewest} others)`
      : finished.n === all.n
        ? ''
        : `, without truncated ones ${twoDigits(finished.estimate)}`;
  return (
    `${name} ${withInterval(all)}${without} ` +
    `(${all.below <= all.above ? `below: ${shortP(all.below)}` : `above: ${shortP(all.above)}`})`
  );
}

function inWords(runs: readonly LengthRun[], name: GeneratorName): string {
  const correlation = overSeeds(runs.map((run) => run.rows[name] ?? []));
  return correlation === null ? 'not defined' : withInterval(correlation);
}

/**
 * Lengths are not normal, which Fisher's interval takes them for: the first seed's bootstrap beside it, over the same
 * completions.
 */
function bootstrapWords(runs: readonly LengthRun[], name: GeneratorName, isFinished: boolean): string {
  const [
    {
      seed,
      rows: { [name]: all = [] },
    },
  ] = runs;
  const rows = isFinished ? finishedRows(all) : all;
  const [low, high] = bootstrapCorrelation(column(rows, 'generated'), column(rows, 'astar'), [column(rows, 'plan')], 0);
  return (
    `${isFinished ? ' without truncated ones' : ''}, bootstrap over ` +
    `mazes${runs.length > 1 ? ` of seed ${seed}` : ''} ${twoDigits(low)} to ${twoDigits(high)}`
  );
}

function withInterval({ estimate, low, high }: SeedCorrelation): string {
  return `${twoDigits(estimate)} [${twoDigits(low)}, ${twoDigits(high)}]`;
}

function twoDigits(value: number): string {
  return value.toFixed(2).replace(/^-(0\.00)$/, '$1');
}
