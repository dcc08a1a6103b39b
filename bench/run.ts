// The benchmark from start to end: load of the machine, peaks, then the chosen groups, one after the other, nothing
// else running.
import { setImmediate } from 'node:timers/promises';
import { loadCore } from '../src/core/module.ts';
import { sampleLoad, watchLoad } from '../src/host/load.ts';
import { measureDecode } from './decode.ts';
import { measureLargeProducts } from './gemm.ts';
import { measureGenerator } from './generator.ts';
import { type Group, GROUPS, type PresetName } from './groups.ts';
import type { Bench, MeasuredKernel } from './kernel.ts';
import { KERNELS } from './kernels.ts';
import { measureLanes } from './lanes.ts';
import { loadWarnings } from './load.ts';
import { describeMachine } from './machine.ts';
import { measureMemory } from './memory.ts';
import { measurePeaks, updatePeaks } from './peaks.ts';
import { flopsPerToken, PEER_PRESETS, type Preset, quickStudy, tokensOf, usefulThreads } from './presets.ts';
import { BENCH_FORMAT, type BenchResults, type Peaks, STOPPED, type TrainingRow } from './results.ts';
import { measureDecodeScaling, measureStepScaling, threadCounts } from './scaling.ts';
import { Stage } from './stage.ts';
import { FULL_EFFORT, QUICK_EFFORT, turnsOf } from './timing.ts';
import { checkTrainingStep, type MeasuredStep, measureTrainingSteps } from './training-step.ts';
import { measureValidator } from './validator.ts';

export interface BenchOptions {
  readonly groups: readonly Group[];
  /** Models that are measured. */
  readonly presets: readonly PresetName[];
  /** Fewer and shorter rounds. */
  readonly quick: boolean;
  /** Most threads of training and decoding; one is always measured. */
  readonly threads: number;
  /** Numbers of threads of `scaling`; default 1, 2, 4, ... and `threads`. */
  readonly counts?: readonly number[];
  readonly version: string;
  readonly now: () => Date;
}

/** Sizes of the work, small for a first look. */
interface Scale {
  readonly loadSeconds: number;
  readonly stageBytes: number;
  readonly triadFloats: number;
  /** Samples of training, decoding, lanes and scaling. */
  readonly rounds: number;
  readonly mazes: number;
  /** How many of the chosen presets, the smallest first. */
  readonly presets: number;
}

const FULL_SCALE: Scale = {
  loadSeconds: 1,
  stageBytes: 416 << 20,
  triadFloats: 32 << 20,
  rounds: 5,
  mazes: 64,
  presets: 4,
};
const QUICK_SCALE: Scale = {
  loadSeconds: 0.3,
  stageBytes: 160 << 20,
  triadFloats: 12 << 20,
  rounds: 3,
  mazes: 16,
  presets: 2,
};

type Measured = { readonly kernels: MeasuredKernel[]; readonly training: MeasuredStep[] } & {
  readonly [Key in 'decode' | 'scaling' | 'lanes' | 'rates' | 'skipped']: BenchResults[Key][number][];
} & { memory: BenchResults['memory'] };

/** A part of a group between two safe points. */
interface Part {
  /** As `skipped` names it. */
  readonly what: string;
  readonly measure: () => Promise<void> | void;
  /** Ends at the signal by itself, with what it measured until then. */
  readonly endsItself?: true;
}

/**
 * @param onGroup called with the next group, and within scaling with what is measured next
 * @param signal ends the run: what was not measured until then is skipped. Threads that were measuring may still run
 * @throws TracelabError BENCH_CHECK (a bug) when a result is not that of scalar f64, or when bits depend on threads or
 * lanes: nothing is timed that is wrong
 */
export async function runBench(
  { groups, presets: names, quick, threads, counts = threadCounts(threads), version, now }: BenchOptions,
  onGroup: (name: string) => void,
  signal: AbortSignal,
): Promise<BenchResults> {
  const [effort, scale] = quick ? [QUICK_EFFORT, QUICK_SCALE] : [FULL_EFFORT, FULL_SCALE];
  const started = now(),
    begun = performance.now();
  const before = await sampleLoad(scale.loadSeconds);
  const endWatch = watchLoad();
  const core = loadCore();
  const { preset: quickPreset, size } = await quickStudy();
  const presets = [quickPreset, ...PEER_PRESETS].filter(({ name }) => names.includes(name)).slice(0, scale.presets);
  const { rounds } = scale;

  onGroup('peaks');
  const stage = new Stage(core, scale.stageBytes);
  let peaks = measurePeaks(stage, effort, scale.triadFloats);
  const bench: Bench = { stage, presets, effort };
  const turns = (preset: Preset): number[] => turnsOf(stepSeconds(preset, peaks), rounds);
  let childSeconds = 0;
  const measured: Measured = {
    kernels: [],
    training: [],
    decode: [],
    scaling: [],
    lanes: [],
    rates: [],
    memory: null,
    skipped: [],
  };
  const partsOf = (group: Group): Part[] => {
    const eachPreset = (measure: (preset: Preset) => Promise<void> | void): Part[] =>
      presets.map((preset) => ({ what: `${group}: ${preset.name}`, measure: () => measure(preset) }));
    const whole = (measure: Part['measure']): Part[] => [{ what: group, measure }];
    switch (group) {
      case 'training-step':
        return eachPreset(async (preset) => {
          peaks = updatePeaks(peaks, stage, effort);
          await checkTrainingStep(preset);
          const used = [...new Set([1, usefulThreads(preset, threads)])];
          measured.training.push(...(await measureTrainingSteps(preset, used, turns(preset))));
        });
      case 'decode':
        return [...new Set([1, threads])].map((count) => ({
          what: `decode: ${count} threads`,
          measure: async () => {
            measured.decode.push(await measureDecode(quickPreset, size, count, rounds));
          },
        }));
      case 'lanes': {
        const measure = async (): Promise<void> => {
          const names = presets.map(({ name }) => name);
          const { rows, skipped, seconds } = await measureLanes(names, rounds, signal);
          measured.lanes.push(...rows);
          measured.skipped.push(...skipped);
          childSeconds += seconds;
        };
        return [{ what: group, measure, endsItself: true }];
      }
      case 'scaling': {
        const { scaling: rows, skipped } = measured;
        const steps = eachPreset(async (preset) => {
          peaks = updatePeaks(peaks, stage, effort);
          await checkTrainingStep(preset);
          await measureStepScaling(preset, counts, turns(preset), { rows, skipped }, (count) => {
            onGroup(`scaling: ${preset.name}, ${count} threads`);
          });
        });
        const decoding = async (): Promise<void> => {
          onGroup('scaling: decoding');
          await measureDecodeScaling(quickPreset, size, counts, turnsOf(0, rounds), rows);
        };
        return [...steps, { what: 'scaling: decoding', measure: decoding }];
      }
      case 'validator':
        return whole(() => {
          measured.rates.push(...measureValidator(bench, scale.mazes));
        });
      case 'generator':
        return whole(() => {
          measured.rates.push(measureGenerator(effort, 2 * scale.mazes));
        });
      case 'memory':
        return whole(() => {
          measured.memory = measureMemory(presets, threads);
        });
      default: {
        const own = eachPreset((preset) => {
          measured.kernels.push(...KERNELS[group]({ ...bench, presets: [preset] }));
        });
        if (group !== 'gemm') return own;
        const large = (): void => {
          measured.kernels.push(...measureLargeProducts(bench));
        };
        return [...own, { what: 'gemm: large', measure: large }];
      }
    }
  };
  for (const group of GROUPS.filter((each) => groups.includes(each))) {
    if (!signal.aborted) {
      onGroup(group);
      peaks = updatePeaks(peaks, stage, effort);
    }
    for (const part of partsOf(group))
      if (!(await measuredUnlessStopped(part, signal))) measured.skipped.push({ what: part.what, reason: STOPPED });
  }
  if (!signal.aborted) peaks = updatePeaks(peaks, stage, effort);
  const { fma_gflops, fma_gflops_lowest } = peaks;
  const noise = { before, during: endWatch(childSeconds), peak_drift: fma_gflops / fma_gflops_lowest - 1 };
  return {
    format: BENCH_FORMAT,
    version,
    started: started.toISOString(),
    seconds: (performance.now() - begun) / 1000,
    quick,
    machine: describeMachine(core),
    noise,
    warnings: [...loadWarnings(noise), ...driftWarnings(peaks)],
    peaks,
    ...structuredClone(measured),
    kernels: measured.kernels.map((row) => ({ ...row, share_of_peak: row.gflops / fma_gflops })),
    training: measured.training.map((row) => ({
      ...row,
      share_of_peak: row.gflops / (row.threads * fma_gflops),
      times_one_thread: timesOneThread(row, measured.training),
    })),
  };
}

/**
 * Measures unless a signal comes first or during it.
 * @returns whether it was measured
 */
async function measuredUnlessStopped({ measure, endsItself }: Part, signal: AbortSignal): Promise<boolean> {
  // Signals arrive between two turns of the event loop.
  await setImmediate();
  if (signal.aborted) return false;
  if (endsItself) {
    await measure();
    return true;
  }
  const stopped = Promise.withResolvers<false>();
  const stop = (): void => {
    stopped.resolve(false);
  };
  signal.addEventListener('abort', stop);
  try {
    const measuring = Promise.resolve(measure()).then(() => true);
    // What becomes of it after the signal is of no use.
    measuring.catch(() => undefined);
    return await Promise.race([measuring, stopped.promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function timesOneThread(row: MeasuredStep, rows: readonly MeasuredStep[]): TrainingRow['times_one_thread'] {
  const one = rows.find(({ preset, threads }) => preset === row.preset && threads === 1);
  return row.threads === 1 || one === undefined ? null : row.tokens_per_second / one.tokens_per_second;
}

/** Seconds of a step with one thread, about: training reaches two thirds of the peak. */
function stepSeconds(preset: Preset, { fma_gflops }: Peaks): number {
  return (tokensOf(preset) * flopsPerToken(preset)) / (0.67e9 * fma_gflops);
}

/** Said when the best and the worst peak of the run differ by more than an idle machine's do. */
function driftWarnings({ fma_gflops, fma_gflops_lowest }: Peaks): string[] {
  if (fma_gflops_lowest >= 0.9 * fma_gflops) return [];
  return [
    `the multiply-add peak itself moved between ${fma_gflops_lowest.toFixed(1)} and ${fma_gflops.toFixed(1)} ` +
      'GFLOP/s: the host is shared or the processor changes its clock, and shares of the peak are too low',
  ];
}
