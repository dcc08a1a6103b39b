// The benchmark from start to end: load of the machine, peaks, then the chosen groups, one after the other, nothing
// else running.
import { loadCore } from '../src/core/module.ts';
import { measureAttention } from './attention.ts';
import { measureDecode } from './decode.ts';
import { measureGemm } from './gemm.ts';
import { measureGenerator } from './generator.ts';
import { GROUPS, type Group } from './groups.ts';
import type { Bench, MeasuredKernel } from './kernel.ts';
import { sampleLoad } from '../src/host/load.ts';
import { loadWarnings } from './load.ts';
import { measureLoss } from './loss.ts';
import { describeMachine } from './machine.ts';
import { measureMemory } from './memory.ts';
import { measureNorm } from './norm.ts';
import { measureOptimizer } from './optimizer.ts';
import { measurePeaks, updatePeaks } from './peaks.ts';
import { measurePolicyLoss } from './policy-loss.ts';
import { flopsPerToken, PEER_PRESETS, type Preset, quickStudy } from './presets.ts';
import type { BenchResults, Peaks, ScalingRow, TrainingRow } from './results.ts';
import { measureRope } from './rope.ts';
import { Stage } from './stage.ts';
import { measureSwiglu } from './swiglu.ts';
import { scalingOf } from './threads.ts';
import { FULL_EFFORT, QUICK_EFFORT } from './timing.ts';
import { batchFor, checkTrainingStep, measureTrainingStep, type StepBudget } from './training-step.ts';
import { measureValidator } from './validator.ts';

export interface BenchOptions {
  readonly groups: readonly Group[];
  /** Fewer and shorter rounds. */
  readonly quick: boolean;
  /** Most threads of training and decoding; one is always measured. */
  readonly threads: number;
  readonly version: string;
  readonly now: () => Date;
}

/** Sizes of the work, small for a first look. */
interface Scale {
  readonly loadSeconds: number;
  readonly stageBytes: number;
  readonly triadFloats: number;
  readonly step: StepBudget;
  readonly decodeRounds: number;
  readonly mazes: number;
  /** How many presets, the smallest first. */
  readonly presets: number;
}

const FULL_SCALE: Scale = {
  loadSeconds: 1,
  stageBytes: 416 << 20,
  triadFloats: 32 << 20,
  step: { flops: 1.2e11, warmUp: 1, steps: 3 },
  decodeRounds: 3,
  mazes: 64,
  presets: 4,
};
const QUICK_SCALE: Scale = {
  loadSeconds: 0.3,
  stageBytes: 160 << 20,
  triadFloats: 12 << 20,
  step: { flops: 2e10, warmUp: 1, steps: 1 },
  decodeRounds: 1,
  mazes: 16,
  presets: 2,
};

type KernelGroup = Exclude<Group, 'training-step' | 'decode' | 'validator' | 'generator' | 'memory'>;
const KERNELS: Readonly<Record<KernelGroup, (bench: Bench) => MeasuredKernel[]>> = {
  gemm: measureGemm,
  attention: measureAttention,
  norm: measureNorm,
  rope: measureRope,
  swiglu: measureSwiglu,
  loss: measureLoss,
  'policy-loss': measurePolicyLoss,
  optimizer: measureOptimizer,
};

/**
 * @param onGroup called with the next group
 * @throws TracelabError BENCH_CHECK (a bug) when a result is not that of scalar f64: nothing is timed that is wrong
 */
export async function runBench(
  { groups, quick, threads, version, now }: BenchOptions,
  onGroup: (name: Group | 'peaks') => void,
): Promise<BenchResults> {
  const [effort, scale] = quick ? [QUICK_EFFORT, QUICK_SCALE] : [FULL_EFFORT, FULL_SCALE];
  const started = now(),
    begun = performance.now();
  const load = await sampleLoad(scale.loadSeconds);
  const core = loadCore();
  const { preset, size } = await quickStudy();
  const presets = [preset, ...PEER_PRESETS].slice(0, scale.presets);
  const isChosen = (group: Group): boolean => groups.includes(group);

  onGroup('peaks');
  const stage = new Stage(core, scale.stageBytes);
  let peaks = measurePeaks(stage, effort, scale.triadFloats);
  const bench: Bench = { stage, presets, effort };
  const kernels: MeasuredKernel[] = [],
    training: Omit<TrainingRow, 'share_of_peak'>[] = [],
    scaling: ScalingRow[] = [];
  const results = {
    decode: [] as BenchResults['decode'][number][],
    rates: [] as BenchResults['rates'][number][],
    memory: null as BenchResults['memory'],
  };
  for (const group of GROUPS.filter(isChosen)) {
    onGroup(group);
    peaks = updatePeaks(peaks, stage, effort);
    switch (group) {
      case 'training-step':
        for (const each of presets) {
          peaks = updatePeaks(peaks, stage, effort);
          const rows = await measureStep(each, threads, scale.step);
          training.push(...rows);
          scaling.push(...scalingOf(rows));
        }
        break;
      case 'decode':
        for (const count of threads > 1 ? [1, threads] : [1])
          results.decode.push(await measureDecode(preset, size, count, scale.decodeRounds));
        break;
      case 'validator':
        results.rates.push(...measureValidator(bench, scale.mazes));
        break;
      case 'generator':
        results.rates.push(measureGenerator(effort, 2 * scale.mazes));
        break;
      case 'memory':
        results.memory = measureMemory(presets, threads);
        break;
      default:
        kernels.push(...KERNELS[group](bench));
    }
  }
  peaks = updatePeaks(peaks, stage, effort);
  const { fma_gflops } = peaks;
  return {
    format: 1,
    version,
    started: started.toISOString(),
    seconds: (performance.now() - begun) / 1000,
    quick,
    machine: describeMachine(core),
    load,
    warnings: [...loadWarnings(load), ...driftWarnings(peaks)],
    peaks,
    kernels: kernels.map((row) => ({ ...row, share_of_peak: row.gflops / fma_gflops })),
    training: training.map((row) => ({ ...row, share_of_peak: row.gflops / (row.threads * fma_gflops) })),
    scaling,
    ...results,
  };
}

/** Said when the best and the worst peak of the run differ by more than an idle machine's do. */
function driftWarnings({ fma_gflops, fma_gflops_lowest }: Peaks): string[] {
  if (fma_gflops_lowest >= 0.9 * fma_gflops) return [];
  return [
    `the multiply-add peak itself moved between ${fma_gflops_lowest.toFixed(1)} and ${fma_gflops.toFixed(1)} ` +
      'GFLOP/s: the host is shared or the processor changes its clock, and shares of the peak are too low',
  ];
}

/** One thread, then all that the preset can use, on the same batches. */
async function measureStep(
  preset: Preset,
  threads: number,
  budget: StepBudget,
): Promise<Omit<TrainingRow, 'share_of_peak'>[]> {
  await checkTrainingStep(preset);
  const batch = batchFor(preset, budget);
  const most = Math.min(threads, preset.accumulators, batch);
  // A step that is far above the budget even so is long enough to be timed twice only.
  const steps =
    batch * preset.sequence * flopsPerToken(preset) > 2 * budget.flops ? Math.min(2, budget.steps) : budget.steps;
  const rows: Omit<TrainingRow, 'share_of_peak'>[] = [];
  for (const count of most > 1 ? [1, most] : [1])
    rows.push(await measureTrainingStep({ preset, threads: count, batch, warmUp: budget.warmUp, steps }));
  return rows;
}
