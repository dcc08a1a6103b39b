// Simulated studies in the form that the rules of the findings read, from worlds in which the truth of every claim is
// known. Binomial over mazes, normal over seeds.
import type { FindingId, FindingOptions, JudgedRow, JudgedRun } from '../src/analysis/findings.ts';
import type { RlRun } from '../src/analysis/judged-run.ts';
import type { LengthRow, LengthRun } from '../src/analysis/lengths.ts';
import { bisect, normalQuantile } from '../src/base/probability.ts';
import type { RandomSequence } from '../src/base/random.ts';

/** Mazes of each distribution. */
const MAZES = 300;
/** Standard deviations in log odds: of models over seeds, of what reinforcement learning adds to one, of mazes. */
const SPREAD = { seed: 0.3, learning: 0.1, maze: 1 } as const;
/** Standard deviation over seeds of Fisher's z of the partial correlation. */
const RHO_SPREAD = 0.1;
/** Share of mazes on which a model draws the same luck before and after reinforcement learning. */
const SAME_LUCK = 0.7;

const FAR = ['drunkard', 'searchformer', 'free', 'drunkard-matched'] as const;
type Far = (typeof FAR)[number];

/** The true values of a world, all in [0, 1]: means over seeds and mazes. */
export interface World {
  readonly name: string;
  /** In distribution, valid plans. */
  readonly wilson: { readonly solutionOnly: number; readonly correct: number; readonly swapped: number };
  /** Of the model trained on correct traces: share of invalid traces, whatever the plan. */
  readonly invalid: { readonly strict: number; readonly paper: number };
  /** Valid plans out of distribution: swapped minus correct, which has FAR_CORRECT. */
  readonly lead: Readonly<Record<Far, number>>;
  /** Rise by reinforcement learning. */
  readonly rise: { readonly plans: number; readonly traces: number };
  /** Partial correlation of generated with A*'s events, plan length held fixed. */
  readonly rho: Readonly<Record<Far, number>>;
  /** Verdicts that would be false. */
  readonly wrong: Readonly<Record<FindingId, readonly ('supported' | 'contradicted')[]>>;
}

/** Valid plans of `correct` out of distribution. */
const FAR_CORRECT = 0.45;
/** Before reinforcement learning: valid plans of both starts, strictly valid traces of `correct`. */
const BEFORE = { plans: 0.6, traces: 0.55 } as const;

const BOTH = ['supported', 'contradicted'] as const;
const TRUE_WORLD: World = {
  name: 'true',
  wilson: { solutionOnly: 0.5, correct: 0.7, swapped: 0.7 },
  invalid: { strict: 0.15, paper: 0.1 },
  lead: { drunkard: 0.25, searchformer: 0.15, free: 0.25, 'drunkard-matched': 0.2 },
  rise: { plans: 0.12, traces: 0 },
  rho: everywhere(0.1),
  wrong: allWrong(['contradicted']),
};

/** What a world does not name is as in `true`. */
const WORLDS: readonly World[] = [
  {
    name: 'boundary',
    wilson: { solutionOnly: 0.7, correct: 0.7, swapped: 0.6 },
    invalid: { strict: 0.1, paper: 0.01 },
    lead: everywhere(0),
    rise: { plans: 0, traces: 0 },
    rho: everywhere(0.5),
    wrong: allWrong(BOTH),
  },
  TRUE_WORLD,
  {
    name: 'false',
    wilson: { solutionOnly: 0.85, correct: 0.7, swapped: 0.45 },
    invalid: { strict: 0.002, paper: 0.002 },
    lead: everywhere(-0.25),
    rise: { plans: 0.12, traces: 0.15 },
    rho: everywhere(0.9),
    wrong: allWrong(['supported']),
  },
  {
    ...TRUE_WORLD,
    name: 'margin',
    lead: everywhere(-0.02),
    rise: { plans: 0.08, traces: 0.05 },
    rho: { ...everywhere(0.1), 'drunkard-matched': 0.5 },
    wrong: { ...TRUE_WORLD.wrong, F3: BOTH, F4: BOTH, F5: BOTH },
  },
  {
    ...TRUE_WORLD,
    name: 'positions',
    lead: { drunkard: 0.25, searchformer: 0, free: 0.25, 'drunkard-matched': 0 },
    wrong: { ...TRUE_WORLD.wrong, F3: BOTH },
  },
];

function everywhere(value: number): Record<Far, number> {
  return { drunkard: value, searchformer: value, free: value, 'drunkard-matched': value };
}

function allWrong<Verdicts>(verdicts: Verdicts): Record<FindingId, Verdicts> {
  return { F1a: verdicts, F1b: verdicts, F2: verdicts, F3: verdicts, F4: verdicts, F5: verdicts };
}

/** @param name throws RangeError for a world that there is not */
export function worldOf(name: string): World {
  const world = WORLDS.find((each) => each.name === name);
  if (world === undefined) throw new RangeError(`no world ${name}`);
  return world;
}

export interface SimulatedStudy {
  readonly runs: readonly JudgedRun[];
  readonly options: FindingOptions;
}

/** A study of `seeds` seeds in this world; what it draws is a function of `random` alone. */
export function simulateStudy(world: World, seeds: number, random: RandomSequence): SimulatedStudy {
  const mazes = { wilson: normals(random), far: FAR.map(() => normals(random)) };
  // Invalid traces gather on their own mazes, so that their share among valid plans is that among all.
  const traces = normals(random);
  const learning = { plans: normals(random), traces: normals(random) };
  const lengths = FAR.map(() => ({ plan: normals(random), astar: normals(random), shared: normals(random) }));
  const runs: JudgedRun[] = [];
  const rl: RlRun[] = [];
  const lengthRuns: LengthRun[] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    const trace = { effect: SPREAD.seed * normal(random), difficulty: traces, ...world.invalid };
    for (const condition of ['solution-only', 'correct', 'swapped'] as const) {
      const { solutionOnly, correct, swapped } = world.wilson;
      const mean = { 'solution-only': solutionOnly, correct, swapped }[condition];
      const effect = SPREAD.seed * normal(random);
      const wilson = judged(random, successes(random, mean, effect, mazes.wilson), trace);
      const far = FAR.map((name, i) => {
        const lead = condition === 'swapped' ? world.lead[name] : 0;
        const plans = successes(random, FAR_CORRECT + lead, effect, mazes.far[i]);
        return [name, Array.from(plans, (valid, maze) => rowOf(maze, valid === 1, false, false))] as const;
      });
      const dev = [{ step: 1000, tokens: 27e6, rows: wilson }];
      const rows = { wilson, ...Object.fromEntries(far) };
      runs.push({ condition, seed, undertrained: false, tokens: 27e6, rows, dev });
    }
    for (const condition of ['correct', 'swapped'] as const) {
      const plans = beforeAndAfter(random, BEFORE.plans, world.rise.plans, learning.plans);
      const strict =
        condition === 'correct' ? beforeAndAfter(random, BEFORE.traces, world.rise.traces, learning.traces) : null;
      const [before, after] = [0, 1].map((time) => ({
        wilson: Array.from(plans[time], (valid, maze): JudgedRow => {
          const isStrict = strict?.[time][maze] === 1;
          return rowOf(maze, valid === 1, isStrict, isStrict);
        }),
      }));
      rl.push({ condition, seed, undertrained: false, start: 'last', before, after });
    }
    const z = RHO_SPREAD * normal(random);
    const rows = FAR.map((name, i) => {
      const rho = Math.tanh(Math.atanh(world.rho[name]) + z);
      return [name, lengthRows(random, rho, lengths[i])] as const;
    });
    lengthRuns.push({ condition: 'correct', seed, undertrained: false, rows: Object.fromEntries(rows) });
  }
  return { runs, options: { rl, lengths: lengthRuns } };
}

/** Whether the trace of each maze is valid is drawn once: what is invalid at the lenient level is so at the strict. */
function judged(
  random: RandomSequence,
  plans: Uint8Array,
  trace: { effect: number; difficulty: Float64Array; strict: number; paper: number },
): JudgedRow[] {
  const [strict, paper] = [trace.strict, trace.paper].map((mean) => interceptOf(mean, SPREAD.seed));
  return Array.from(plans, (valid, maze) => {
    const luck = random.uniform();
    const shift = trace.effect + SPREAD.maze * trace.difficulty[maze];
    return rowOf(maze, valid === 1, luck >= logistic(strict + shift), luck >= logistic(paper + shift));
  });
}

function successes(random: RandomSequence, mean: number, effect: number, difficulty: Float64Array): Uint8Array {
  const intercept = interceptOf(mean, SPREAD.seed);
  return Uint8Array.from(difficulty, (maze) =>
    Number(random.uniform() < logistic(intercept + effect + SPREAD.maze * maze)),
  );
}

/** One model twice: it keeps its seed's effect, and its luck on some mazes. */
function beforeAndAfter(
  random: RandomSequence,
  mean: number,
  rise: number,
  difficulty: Float64Array,
): [before: Uint8Array, after: Uint8Array] {
  const effect = SPREAD.seed * normal(random);
  const first = interceptOf(mean, SPREAD.seed) + effect;
  const second =
    interceptOf(mean + rise, Math.hypot(SPREAD.seed, SPREAD.learning)) + effect + SPREAD.learning * normal(random);
  const [before, after] = [new Uint8Array(MAZES), new Uint8Array(MAZES)];
  for (let i = 0; i < MAZES; i++) {
    const luck = random.uniform();
    const isSame = random.uniform() < SAME_LUCK;
    const maze = SPREAD.maze * difficulty[i];
    before[i] = Number(luck < logistic(first + maze));
    after[i] = Number((isSame ? luck : random.uniform()) < logistic(second + maze));
  }
  return [before, after];
}

/** What is left of a length beside plan length and A*'s events is half of the maze, half of the run. */
function lengthRows(
  random: RandomSequence,
  rho: number,
  { plan, astar, shared }: Readonly<Record<'plan' | 'astar' | 'shared', Float64Array>>,
): LengthRow[] {
  const rest = Math.sqrt((1 - rho * rho) / 2);
  return Array.from(plan, (length, i) => ({
    id: String(i),
    generated: 60 + 15 * length + 10 * (rho * astar[i] + rest * (shared[i] + normal(random))),
    astar: 60 + 15 * length + 10 * astar[i],
    plan: 12 + 3 * length,
    manhattan: 0,
    truncated: false,
    solved: true,
    distance: null,
  }));
}

/** Rows are made once for each maze and verdict. */
const ROWS = [0, 1, 2, 3, 4, 5, 6, 7].map((bits) =>
  Array.from({ length: MAZES }, (_, maze): JudgedRow => {
    const [plan, strict, paper] = [1, 2, 4].map((bit) => (bits & bit) !== 0);
    return {
      id: String(maze),
      verdict: {
        format: true,
        records: 1,
        exact: false,
        paper: { valid: paper },
        strict: { valid: strict },
        plan: { valid: plan, optimal: plan },
      },
    };
  }),
);

function rowOf(maze: number, plan: boolean, strict: boolean, paper: boolean): JudgedRow {
  return ROWS[Number(plan) + 2 * Number(strict) + 4 * Number(paper)][maze];
}

/** Quantiles of the middles of equal shares: bisection would take most of the time. */
const QUANTILES = Float64Array.from({ length: 1 << 14 }, (_, i) => normalQuantile((i + 0.5) / (1 << 14)));

function normal(random: RandomSequence): number {
  return QUANTILES[random.below(QUANTILES.length)];
}

function normals(random: RandomSequence): Float64Array {
  return Float64Array.from({ length: MAZES }, () => normal(random));
}

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

const intercepts = new Map<string, number>();

/** Log odds of a typical model on a typical maze with which the mean over seeds and mazes is this one. */
function interceptOf(mean: number, spreadOverSeeds: number): number {
  const key = `${mean} ${spreadOverSeeds}`;
  const known = intercepts.get(key);
  if (known !== undefined) return known;
  const spread = Math.hypot(spreadOverSeeds, SPREAD.maze);
  const intercept = bisect(-30, 30, (a) => meanLogistic(a, spread) - mean);
  intercepts.set(key, intercept);
  return intercept;
}

/** Mean of logistic(a + spread Z), Z standard normal, by the trapezoid rule, which is exact to rounding here. */
function meanLogistic(a: number, spread: number): number {
  const [reach, step] = [9, 1 / 32];
  let sum = 0;
  for (let z = -reach; z <= reach; z += step) sum += Math.exp(-0.5 * z * z) * logistic(a + spread * z);
  return (sum * step) / Math.sqrt(2 * Math.PI);
}
