// Trace length against problem complexity: generated events against A*'s events on the same maze, per run and
// distribution, with the gold traces as the baseline, and by distance from the training distribution. Rows in, one
// plain value out; no files.
import { type Correlation, partialCorrelation, pearson, spearman } from '../base/correlation.ts';
import { proportion } from '../base/statistics.ts';
import type { Proportion } from '../base/statistics.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import { DOMAINS, domainOf } from '../domain/domains.ts';
import type { GeneratorName, Verdict } from '../domain/types.ts';
import type { RunState } from './judged-run.ts';

/** What is read of a judged completion. */
export interface LengthSource {
  readonly id: string;
  /** Absent = maze. */
  readonly domain?: string;
  readonly generator: GeneratorName;
  readonly size: number;
  readonly prompt: string;
  /** The cap was reached before the completion ended: its length is the cap's, not the model's choice. */
  readonly truncated: boolean;
  readonly completion: string;
  readonly verdict: Verdict;
}

/** The lengths of one maze. */
export interface LengthRow {
  readonly id: string;
  /**
   * Well-formed create and close events before the plan, right or wrong; of a truncated completion those that are
   * there. Stray words and broken records are none.
   */
  readonly generated: number;
  /** Events of the deterministic A* trace. */
  readonly astar: number;
  /** Cells of a shortest plan. */
  readonly plan: number;
  /** Distance from start to goal without walls; in another domain its own distance, 0 where it has none. */
  readonly manhattan: number;
  readonly truncated: boolean;
  /** The plan is valid. */
  readonly solved: boolean;
  /**
   * Distance from the training distribution: the model's own mean loss per token on the gold completion, nats; null
   * when not measured.
   */
  readonly distance: number | null;
}

/** The lengths of one model on its test mazes. */
export interface LengthRun extends RunState {
  readonly rows: Readonly<Partial<Record<GeneratorName, readonly LengthRow[]>>>;
}

/** Null where a correlation is not defined: fewer than 4 mazes beyond the controls, or lengths that do not vary. */
export interface LengthCorrelations {
  readonly n: number;
  /** Generated with A* events. */
  readonly pearson: Correlation | null;
  readonly spearman: Correlation | null;
  /** Generated with A* events, the plan's length held fixed; then the Manhattan distance, too. */
  readonly given_plan: Correlation | null;
  readonly given_plan_manhattan: Correlation | null;
  /** Generated with the plan's length and with the Manhattan distance (Pearson): what a model needs no search for. */
  readonly with_plan: Correlation | null;
  readonly with_manhattan: Correlation | null;
}

export interface LengthGroup {
  readonly condition: Condition;
  readonly seed: number;
  readonly distribution: GeneratorName;
  readonly n: number;
  readonly solved: Proportion;
  readonly truncated: Proportion;
  readonly mean_generated: number;
  readonly mean_astar: number;
  /** Nats per token; null when not measured. */
  readonly mean_distance: number | null;
  readonly all: LengthCorrelations;
  /** Without truncated completions. */
  readonly finished: LengthCorrelations;
}

/** What the gold traces themselves show: their generated events are A*'s, so only the baselines say something. */
export interface GoldBaseline {
  readonly distribution: GeneratorName;
  readonly n: number;
  readonly mean_astar: number;
  /**
   * A* events with the plan's length, with the Manhattan distance, and with the plan's length given the Manhattan
   * distance.
   */
  readonly with_plan: Correlation | null;
  readonly with_plan_spearman: Correlation | null;
  readonly with_manhattan: Correlation | null;
  readonly with_manhattan_spearman: Correlation | null;
  readonly with_plan_given_manhattan: Correlation | null;
}

/** Mazes of all distributions of one run whose distance is in [low, high]. */
export interface DistanceBin {
  readonly condition: Condition;
  readonly seed: number;
  /** Nats per token. */
  readonly low: number;
  readonly high: number;
  readonly n: number;
  /** Mazes by distribution. */
  readonly from: Readonly<Partial<Record<GeneratorName, number>>>;
  readonly solved: Proportion;
  readonly truncated: Proportion;
  readonly mean_generated: number;
  readonly mean_astar: number;
  /** Also between distributions, whose mean lengths differ. */
  readonly all: LengthCorrelations;
  /**
   * Generated with A* events within distributions: which one a maze is from is held fixed; then the plan's length, too.
   */
  readonly given_distribution: Correlation | null;
  readonly given_distribution_plan: Correlation | null;
}

export interface LengthAnalysis {
  readonly groups: readonly LengthGroup[];
  readonly gold: readonly GoldBaseline[];
  /** Fifths of each run's mazes by distance; empty where it was not measured. */
  readonly bins: readonly DistanceBin[];
}

const BINS = 5;

/**
 * Solves the maze again for its gold lengths.
 * @param distance see LengthRow; throws TracelabError PROMPT_SYNTAX for a prompt that breaks the grammar
 */
export function lengthRow(
  { id, domain: name, prompt, size, truncated, completion, verdict }: LengthSource,
  distance: number | null,
): LengthRow {
  const domain = domainOf(name);
  const problem = domain.parse(prompt, size, `prompt of ${id}`);
  const reference = domain.lengths(domain.solve(problem).completion);
  return {
    id,
    generated: domain.lengths(completion).events,
    astar: reference.events,
    plan: reference.planCells,
    manhattan: domain.distance?.(problem) ?? 0,
    truncated,
    solved: verdict.plan.valid,
    distance,
  };
}

/**
 * All numbers of one study or evaluation. Conditions whose models write no trace belong to nobody's question: leave
 * them out.
 */
export function analyseLengths(runs: readonly LengthRun[]): LengthAnalysis {
  const groups = runs.flatMap((run) => distributionsOf(run).map((distribution) => groupOf(run, distribution)));
  const gold = distributionNames().flatMap((distribution) => {
    const rows = runs.map((run) => run.rows[distribution] ?? []).find(({ length }) => length > 0);
    return rows === undefined ? [] : [goldOf(distribution, rows)];
  });
  return { groups, gold, bins: runs.flatMap(binsOf) };
}

/** Correlations of one set of mazes. */
export function correlateLengths(rows: readonly LengthRow[]): LengthCorrelations {
  const [generated, astar, plan, manhattan] = (['generated', 'astar', 'plan', 'manhattan'] as const).map((name) =>
    column(rows, name),
  );
  return {
    n: rows.length,
    pearson: pearson(generated, astar),
    spearman: spearman(generated, astar),
    given_plan: partialCorrelation(generated, astar, [plan]),
    given_plan_manhattan: partialCorrelation(generated, astar, [plan, manhattan]),
    with_plan: pearson(generated, plan),
    with_manhattan: pearson(generated, manhattan),
  };
}

/** One length of all mazes. */
export function column(rows: readonly LengthRow[], name: 'generated' | 'astar' | 'plan' | 'manhattan'): Float64Array {
  return Float64Array.from(rows, (row) => row[name]);
}

export function finishedRows(rows: readonly LengthRow[]): LengthRow[] {
  return rows.filter(({ truncated }) => !truncated);
}

/** Of all domains, in the order of tables. */
export function distributionNames(): GeneratorName[] {
  return DOMAINS.flatMap(({ distributions }) => distributions.map(({ name }) => name));
}

function distributionsOf(run: LengthRun): GeneratorName[] {
  return distributionNames().filter((name) => (run.rows[name]?.length ?? 0) > 0);
}

function groupOf({ condition, seed, rows: byDistribution }: LengthRun, distribution: GeneratorName): LengthGroup {
  const rows = byDistribution[distribution] ?? [];
  const distances = rows.flatMap(({ distance }) => (distance === null ? [] : [distance]));
  return {
    condition,
    seed,
    distribution,
    ...countsOf(rows),
    mean_distance: distances.length === rows.length ? mean(distances) : null,
    all: correlateLengths(rows),
    finished: correlateLengths(finishedRows(rows)),
  };
}

function countsOf(rows: readonly LengthRow[]) {
  const n = rows.length;
  return {
    n,
    solved: proportion(rows.filter(({ solved }) => solved).length, n),
    truncated: proportion(n - finishedRows(rows).length, n),
    mean_generated: mean(column(rows, 'generated')),
    mean_astar: mean(column(rows, 'astar')),
  };
}

function goldOf(distribution: GeneratorName, rows: readonly LengthRow[]): GoldBaseline {
  const [astar, plan, manhattan] = (['astar', 'plan', 'manhattan'] as const).map((name) => column(rows, name));
  return {
    distribution,
    n: rows.length,
    mean_astar: mean(astar),
    with_plan: pearson(astar, plan),
    with_plan_spearman: spearman(astar, plan),
    with_manhattan: pearson(astar, manhattan),
    with_manhattan_spearman: spearman(astar, manhattan),
    with_plan_given_manhattan: partialCorrelation(astar, plan, [manhattan]),
  };
}

/** Equal numbers of mazes a bin, nearest first; mazes of one distance may fall on both sides of an edge. */
function binsOf(run: LengthRun): DistanceBin[] {
  const mazes = distributionsOf(run).flatMap((distribution) =>
    (run.rows[distribution] ?? []).flatMap((row) =>
      row.distance === null ? [] : [{ distribution, row, distance: row.distance }],
    ),
  );
  mazes.sort((a, b) => a.distance - b.distance);
  const edges = Array.from({ length: BINS + 1 }, (_, i) => Math.round((i * mazes.length) / BINS));
  return edges.slice(0, -1).flatMap((from, i): DistanceBin[] => {
    const members = mazes.slice(from, edges[i + 1]);
    if (members.length === 0) return [];
    const rows = members.map(({ row }) => row);
    const counts: Partial<Record<GeneratorName, number>> = {};
    for (const { distribution } of members) counts[distribution] = (counts[distribution] ?? 0) + 1;
    const [generated, astar, plan] = (['generated', 'astar', 'plan'] as const).map((name) => column(rows, name));
    // One column of 0 and 1 a distribution; the last repeats the others, and partialCorrelation lets it count for
    // nothing.
    const within = Object.keys(counts).map((name) =>
      Float64Array.from(members, ({ distribution }) => Number(distribution === name)),
    );
    return [
      {
        condition: run.condition,
        seed: run.seed,
        low: members[0].distance,
        high: members[members.length - 1].distance,
        from: counts,
        ...countsOf(rows),
        all: correlateLengths(rows),
        given_distribution: partialCorrelation(generated, astar, within),
        given_distribution_plan: partialCorrelation(generated, astar, [...within, plan]),
      },
    ];
  });
}

function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return values.length === 0 ? 0 : sum / values.length;
}
