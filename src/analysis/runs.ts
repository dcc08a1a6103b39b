// The runs that a claim is about: by condition, and by the seeds that all of them have.
import type { Condition } from '../domain/conditions/condition.ts';
import type { Evidence } from './evidence.ts';
import type { Claim, FindingId, Setting } from './finding.ts';
import type { JudgedRun, RunState } from './judged-run.ts';

/** A claim about the test completions of some conditions. */
interface Rule {
  readonly id: FindingId;
  readonly statement: string;
  readonly conditions: readonly Condition[];
  readonly test: (seeds: number) => string;
  /** @param runs of the conditions, each in the order of the seeds */
  readonly weigh: (runs: readonly (readonly JudgedRun[])[]) => Evidence | string;
}

/** A claim that compares conditions with each other, over the seeds that all of them have. */
export function claimOf(runs: readonly JudgedRun[], { in_distribution }: Setting, rule: Rule): Claim {
  const { id, statement, conditions, test, weigh } = rule;
  const seeds = sharedSeeds(runs, conditions);
  const of = (some: readonly number[]): JudgedRun[][] =>
    conditions.map((condition) => some.map((seed) => findRun(runs, condition, seed)));
  const used = of(seeds);
  const absent = conditions.filter((condition) => !runs.some((run) => run.condition === condition));
  return {
    id,
    statement,
    used: used.flat(),
    seeds,
    test: test(seeds.length),
    mazes: used[0]?.[0]?.rows[in_distribution]?.length ?? 0,
    weigh: (some) => {
      if (absent.length > 0) return `no model of this study was trained on ${absent.join(' or ')}`;
      if (seeds.length === 0) return `no seed was run with both ${conditions.join(' and ')}`;
      return weigh(of(some));
    },
  };
}

/** The different seeds of some runs, ascending. */
export function seedsOf(runs: readonly { readonly seed: number }[]): number[] {
  return [...new Set(runs.map(({ seed }) => seed))].sort((a, b) => a - b);
}

/** `correct (seed 2)`, `swapped (seeds 1, 3)`: each condition once. */
export function namesOf(runs: readonly RunState[]): string[] {
  const conditions = [...new Set(runs.map(({ condition }) => condition))];
  return conditions.map((condition) => {
    const seeds = seedsOf(runs.filter((run) => run.condition === condition));
    return `${condition} (${seeds.length === 1 ? 'seed' : 'seeds'} ${seeds.join(', ')})`;
  });
}

function sharedSeeds(runs: readonly JudgedRun[], conditions: readonly Condition[]): number[] {
  const of = (condition: Condition): number[] =>
    runs.filter((run) => run.condition === condition).map(({ seed }) => seed);
  return of(conditions[0])
    .filter((seed) => conditions.every((condition) => of(condition).includes(seed)))
    .sort((a, b) => a - b);
}

function findRun(runs: readonly JudgedRun[], condition: Condition, seed: number): JudgedRun {
  const run = runs.find((candidate) => candidate.condition === condition && candidate.seed === seed);
  if (run === undefined) throw new Error(`no run ${condition} of seed ${seed}`);
  return run;
}
