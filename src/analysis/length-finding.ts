// F5: trace length is not problem complexity. The partial correlation of generated with A* events, plan length held
// fixed, has an upper bound below 0.5: on the solved mazes of each far distribution, so that all models compared are of
// one competence, and on the far distribution whose prompts are as long as in training.
import { bootstrapCorrelation } from '../base/correlation.ts';
import { holm } from '../base/statistics.ts';
import type { GeneratorName } from '../domain/types.ts';
import { combinedWords, largestP, shortP, smallestP } from './evidence.ts';
import type { Evidence, FindingRow } from './evidence.ts';
import type { Claim, Setting } from './finding.ts';
import { column, correlateLengths, finishedRows } from './lengths.ts';
import type { LengthRow, LengthRun } from './lengths.ts';
import { seedsOf } from './runs.ts';
import { correlationOverSeeds, sidesOverSeeds } from './seed-correlation.ts';
import type { SeedCorrelation, SidesOf } from './seed-correlation.ts';

/** Correlation that the upper bound must stay below. */
const COMPLEXITY = 0.5;
/** Mazes that a set needs in every seed to count: a handful decides nothing and would veto all. */
const LEAST_MAZES = 30;

/** @param search the domain's: `A*` */
export function lengthsStatement(search: string): string {
  return (
    'Trace length is not problem complexity: out of distribution, at matched competence, the partial correlation of ' +
    `generated with ${search} events is below 0.5`
  );
}

/** One set of mazes of a distribution. */
interface MazeSet {
  readonly label: string;
  /** Of each seed. */
  readonly sets: readonly (readonly LengthRow[])[];
}

/** With its correlation given plan length, over the seeds; sides of COMPLEXITY. */
interface Weighed extends MazeSet, SeedCorrelation, SidesOf {}

/** F5 over the runs of correct: the partial correlation of generated with A*'s events, given plan length. */
export function lengthsClaim(lengths: readonly LengthRun[], setting: Setting): Claim {
  const used = lengths.filter(({ condition }) => condition === 'correct');
  const seeds = seedsOf(used);
  return {
    id: 'F5',
    statement: lengthsStatement(setting.search),
    used,
    seeds,
    test:
      `Fisher's z of the partial correlation given plan length against ` +
      `0.5${seeds.length > 1 ? `, over ${setting.problems} and by t over seeds, the larger p` : ''}; doubled, as its ` +
      'side is read off the data',
    mazes: used[0]?.rows[setting.in_distribution]?.length ?? 0,
    weigh: (some) =>
      used.length === 0
        ? 'no model of this study was trained on correct'
        : weighLengths(
            used.filter(({ seed }) => some.includes(seed)),
            setting,
          ),
  };
}

/**
 * Supported when the interval is below 0.5 on every set of mazes: all must hold, so the largest p decides. Contradicted
 * when it is above 0.5 on one set: the smallest p times the number of sets (Bonferroni). Several seeds: over
 * mazes and over seeds (t over Fisher's z), the larger p. Sets with fewer than 30 mazes in some seed, and sets without
 * a defined correlation (every length the same), are named and left out.
 */
function weighLengths(
  runs: readonly LengthRun[],
  { in_distribution, out_of_distribution, matched, search }: Setting,
): Evidence | string {
  const rowsOf = (name: GeneratorName): (readonly LengthRow[])[] => runs.map((run) => run.rows[name] ?? []);
  const isThere = (name: GeneratorName): boolean => rowsOf(name).some(({ length }) => length > 0);
  const far = out_of_distribution.filter(isThere);
  const untested = out_of_distribution.filter((name) => !isThere(name));
  const sets = [
    ...far.map((name): MazeSet => ({
      label: `${name}, solved`,
      sets: rowsOf(name).map((rows) => rows.filter(({ solved }) => solved)),
    })),
    ...(matched === null || !isThere(matched.matched) ? [] : matchedSets(matched.matched, rowsOf(matched.matched))),
  ];
  const few = sets.filter((set) => fewest(set) < LEAST_MAZES);
  const enough = sets.filter((set) => fewest(set) >= LEAST_MAZES);
  const found = enough.flatMap(overSeeds);
  const undefinedOn = enough.filter(({ label }) => !found.some((each) => each.label === label));
  const leftOut = [
    ...few.map((set) => `${set.label}: only ${fewest(set)} mazes`),
    ...undefinedOn.map(({ label }) => `not defined on ${label}`),
    ...(untested.length > 0 ? [`not tested on ${untested.join(', ')}`] : []),
  ];
  if (found.length === 0) return ['no correlation is defined out of distribution', ...leftOut].join('; ');
  const direction = found.every(({ estimate }) => estimate < COMPLEXITY) ? 'for' : 'against';
  const side = direction === 'for' ? 'below' : 'above';
  const weighed = found.map((each) => ({ ...each, p: each[side] }));
  const adjusted = holm(weighed.map(({ p }) => p));
  const decisive = direction === 'for' ? largestP(weighed) : smallestP(weighed);
  return {
    n: decisive.n,
    effect: { value: decisive.estimate, unit: 'r' },
    interval: [decisive.low, decisive.high],
    direction,
    rows: weighed.map(({ label, n, estimate, low, high, p }, i): FindingRow => ({
      label,
      n,
      effect: { value: estimate, unit: 'r' },
      interval: [low, high],
      p,
      p_holm: adjusted[i],
    })),
    p: direction === 'for' ? decisive.p : Math.min(1, found.length * decisive.p),
    combined: combinedWords(direction, found.length),
    detail: () =>
      [
        `generated with ${search} events given plan length, against 0.5: ${found.map(wordsOf).join(', ')}`,
        ...leftOut,
        `in distribution ${inWords({ label: in_distribution, sets: rowsOf(in_distribution) })}`,
        `shown: ${decisive.label}, ${bootstrapWords(decisive, runs)}`,
      ].join('; '),
  };
}

/** All mazes, and those whose completion was not cut off: a claim must hold with truncated completions and without. */
function matchedSets(name: GeneratorName, rows: readonly (readonly LengthRow[])[]): MazeSet[] {
  const finished = rows.map(finishedRows);
  const isAll = finished.every(({ length }, i) => length === rows[i].length);
  return [{ label: name, sets: rows }, ...(isAll ? [] : [{ label: `${name}, not cut off`, sets: finished }])];
}

function fewest({ sets }: MazeSet): number {
  return Math.min(...sets.map(({ length }) => length));
}

function overSeeds(set: MazeSet): Weighed[] {
  const correlations = set.sets.map((some) => correlateLengths(some).given_plan);
  const [over, sides] = [correlationOverSeeds(correlations), sidesOverSeeds(correlations, COMPLEXITY)];
  return over === null || sides === null ? [] : [{ ...set, ...over, ...sides }];
}

function wordsOf(weighed: Weighed): string {
  const { label, below, above } = weighed;
  const side = below <= above ? `below: ${shortP(below)}` : `above: ${shortP(above)}`;
  return `${label} ${withInterval(weighed)} (${side})`;
}

function inWords(set: MazeSet): string {
  const correlation = overSeeds(set).at(0);
  return correlation === undefined ? 'not defined' : withInterval(correlation);
}

/**
 * The bootstrap interval of the first seed, for comparison: Fisher's interval assumes normal lengths, and they are not.
 */
function bootstrapWords({ sets: [rows] }: MazeSet, [{ seed }, ...others]: readonly LengthRun[]): string {
  const [low, high] = bootstrapCorrelation(column(rows, 'generated'), column(rows, 'astar'), [column(rows, 'plan')], 0);
  const which = others.length > 0 ? ` of seed ${seed}` : '';
  return `bootstrap over mazes${which} ${twoDigits(low)} to ${twoDigits(high)}`;
}

function withInterval({ estimate, low, high }: SeedCorrelation): string {
  return `${twoDigits(estimate)} [${twoDigits(low)}, ${twoDigits(high)}]`;
}

function twoDigits(value: number): string {
  return value.toFixed(2).replace(/^-(0\.00)$/, '$1');
}
