// Two documents of `tracelab bench --json` row by row: ratio of speeds, and whether it exceeds the noise of both runs.
import type { BenchResults, Rates } from './results.ts';
import { ratesOf } from './timing.ts';

/** One measured speed of a document. */
export interface SpeedRow {
  /** Equal in two documents for the same measurement. */
  readonly name: string;
  readonly unit: string;
  readonly rates: Rates;
}

/** `unclear`: a run has too few rounds for any verdict. */
export type Verdict = 'faster' | 'slower' | 'within noise' | 'unclear';

export interface ComparedRow {
  readonly name: string;
  readonly unit: string;
  /** Best speeds. */
  readonly a: number;
  readonly b: number;
  /** b over a. */
  readonly ratio: number;
  /** Of b against a. */
  readonly verdict: Verdict;
}

export interface Comparison {
  readonly a: RunFacts;
  readonly b: RunFacts;
  /** Smallest relative difference that is called one: the larger peak drift of the two runs. */
  readonly noise: number;
  readonly rows: readonly ComparedRow[];
  /** Rows that only one document has. */
  readonly only_a: number;
  readonly only_b: number;
}

type RunFacts = Pick<BenchResults, 'version' | 'started' | 'quick' | 'machine' | 'noise'>;

/**
 * Fewest rounds of a run: with four against four, complete separation has probability 2/70 if both runs are equally
 * fast.
 */
const LEAST_ROUNDS = 4;

/** Every row that both documents have, in the order of the first. */
export function compareResults(a: BenchResults, b: BenchResults): Comparison {
  const noise = Math.max(a.noise.peak_drift, b.noise.peak_drift);
  const [ofA, ofB] = [speedRows(a), speedRows(b)];
  const other = new Map(ofB.map((row) => [row.name, row]));
  const rows = ofA.flatMap(({ name, unit, rates }): ComparedRow[] => {
    const against = other.get(name);
    if (against === undefined) return [];
    return [
      {
        name,
        unit,
        a: rates.best,
        b: against.rates.best,
        ratio: against.rates.best / rates.best,
        verdict: verdictOf(rates, against.rates, noise),
      },
    ];
  });
  return {
    a: factsOf(a),
    b: factsOf(b),
    noise,
    rows,
    only_a: ofA.length - rows.length,
    only_b: ofB.length - rows.length,
  };
}

/**
 * A difference exceeds the noise if every round of one run is faster than every round of the other, and if the best
 * rounds differ by more than the peak of the machine itself moved.
 */
export function verdictOf(a: Rates, b: Rates, noise: number): Verdict {
  if (Math.min(a.samples.length, b.samples.length) < LEAST_ROUNDS) return 'unclear';
  if (b.slowest > a.best && b.best > (1 + noise) * a.best) return 'faster';
  if (b.best < a.slowest && a.best > (1 + noise) * b.best) return 'slower';
  return 'within noise';
}

/** Every speed of a document by a name that does not depend on the machine. */
export function speedRows({ peaks, kernels, training, decode, scaling, lanes, rates }: BenchResults): SpeedRow[] {
  const { fma, triad } = peaks;
  return [
    {
      name: 'multiply-add peak',
      unit: 'GFLOP/s',
      rates: ratesOf(fma, peaks.fma_gflops * fma.fastest),
    },
    {
      name: 'memory triad',
      unit: 'GB/s',
      rates: ratesOf(triad, peaks.gigabytes_per_second * triad.fastest),
    },
    ...kernels.map(({ kernel, preset, what, shape, timing, flops }) => ({
      name: `${kernel}, ${preset}, ${what}, ${shape}`,
      unit: 'GFLOP/s',
      rates: ratesOf(timing, flops / 1e9),
    })),
    ...training.map(({ preset, threads, tokens, timing }) => ({
      name: `training step, ${preset}, ${threadsText(threads)}`,
      unit: 'tokens/s',
      rates: ratesOf(timing, tokens),
    })),
    ...decode.map(({ threads, new_tokens, timing }) => ({
      name: `greedy decoding, ${threadsText(threads)}`,
      unit: 'tokens/s',
      rates: ratesOf(timing, new_tokens),
    })),
    ...lanes.flatMap(({ kernel, preset, what, shape, unit, narrow, wide }) =>
      (
        [
          ['128-bit', narrow],
          ['256-bit', wide],
        ] as const
      ).map(([width, own]) => ({
        name: [`${width} lanes: ${kernel}`, preset, what, shape].filter((part) => part !== '').join(', '),
        unit,
        rates: own,
      })),
    ),
    ...scaling.map(({ workload, preset, threads, speed }) => ({
      name: `scaling: ${workload}, ${preset}, ${threadsText(threads)}`,
      unit: 'tokens/s',
      rates: speed,
    })),
    ...rates.map(({ name, what, unit, timing, count }) => ({
      name: `${name}, ${what}`,
      unit: `${unit}/s`,
      rates: ratesOf(timing, count),
    })),
  ];
}

function factsOf({ version, started, quick, machine, noise }: BenchResults): RunFacts {
  return { version, started, quick, machine, noise };
}

function threadsText(threads: number): string {
  return threads === 1 ? '1 thread' : `${threads} threads`;
}
