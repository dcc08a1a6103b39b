// The roof: multiply-adds in registers and a stream through memory, one thread, on the active kernel path.
import { checkNear, spread } from './check.ts';
import type { Peaks, Timing } from './results.ts';
import type { Stage } from './stage.ts';
import { type Effort, timeCalls } from './timing.ts';

const LANES = 4;
/** Vectors of assembly/peak.ts, and multiply-adds that it does with each in a round. */
const VECTORS = { wide: 24, narrow: 12 } as const;
const MADDS = { wide: 1, narrow: 4 } as const;
/** Long enough that the call itself does not count. */
const ROUNDS = { wide: 40_000, narrow: 20_000 } as const;

/** @param triadFloats length of each of the triad's three arrays: together well beyond the caches */
export function measurePeaks(stage: Stage, effort: Effort, triadFloats: number): Peaks {
  const fma = measureFma(stage, effort);
  const triad = measureTriad(stage, effort, triadFloats);
  return {
    fma_gflops: fma.gflops,
    fma_gflops_lowest: fma.gflops,
    fma: fma.timing,
    gigabytes_per_second: (12 * triadFloats) / triad.fastest / 1e9,
    triad,
  };
}

/** The multiply-add peak again: a shared host or a hot processor changes its speed while others measure. */
export function updatePeaks(peaks: Peaks, stage: Stage, effort: Effort): Peaks {
  const { gflops, timing } = measureFma(stage, { ...effort, rounds: 3 });
  const best = gflops > peaks.fma_gflops ? { fma_gflops: gflops, fma: timing } : {};
  return { ...peaks, ...best, fma_gflops_lowest: Math.min(peaks.fma_gflops_lowest, gflops) };
}

interface FmaSpeed {
  readonly gflops: number;
  readonly timing: Timing;
}

/** More accumulators than registers would measure the stack: the better of two counts is the peak. */
export function measureFma(stage: Stage, effort: Effort): FmaSpeed {
  const [wide, narrow] = [measureWidth(stage, effort, 'wide'), measureWidth(stage, effort, 'narrow')];
  return wide.gflops >= narrow.gflops ? wide : narrow;
}

function measureWidth(stage: Stage, effort: Effort, width: keyof typeof VECTORS): FmaSpeed {
  stage.clear();
  const floats = LANES * VECTORS[width];
  const at = stage.random(LANES * VECTORS.wide + 2, 1);
  const values = stage.view(at, LANES * VECTORS.wide + 2);
  // x = x / 2 + 1 goes to 2 and stays there: no value grows, vanishes or slows the unit down.
  values.set([0.5, 1], LANES * VECTORS.wide);
  const run = (rounds: number): void => {
    if (width === 'wide') stage.core.peak_fma_wide(at, rounds);
    else stage.core.peak_fma_narrow(at, rounds);
  };
  const before = values.slice(0, floats);
  run(4 / MADDS[width]);
  for (const [i, x] of before.entries())
    checkNear('bench peaks', `multiply-add, lane ${i}`, values[i], x / 16 + 1.875, 1e-6);
  const timing = timeCalls(() => run(ROUNDS[width]), effort);
  return { gflops: (2 * MADDS[width] * floats * ROUNDS[width]) / timing.fastest / 1e9, timing };
}

function measureTriad(stage: Stage, effort: Effort, n: number): Timing {
  stage.clear();
  const [a, b, c] = [stage.floats(n), stage.random(n, 1), stage.random(n, 2)];
  const call = (): void => {
    stage.core.peak_triad(a, b, c, 0.5, n);
  };
  call();
  const [x, y, z] = [a, b, c].map((at) => stage.view(at, n));
  for (const i of spread(n, 500)) checkNear('bench peaks', `triad, entry ${i}`, x[i], y[i] + 0.5 * z[i], 1e-6);
  return timeCalls(call, { ...effort, warmUpCalls: effort.leastWarmUpCalls });
}
