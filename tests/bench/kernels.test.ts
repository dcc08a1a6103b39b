// Every kernel's file: a right core gives rows, a core with one wrong kernel is found out before anything is timed,
// with exit code 70.
import { describe, expect, it } from 'vitest';
import { measureAttention } from '../../bench/attention.ts';
import { measureGemm, type Product } from '../../bench/gemm.ts';
import type { Bench, MeasuredKernel } from '../../bench/kernel.ts';
import { measureLoss } from '../../bench/loss.ts';
import { measureNorm } from '../../bench/norm.ts';
import { measureOptimizer } from '../../bench/optimizer.ts';
import { measurePolicyLoss } from '../../bench/policy-loss.ts';
import { measurePeaks, updatePeaks } from '../../bench/peaks.ts';
import type { Preset } from '../../bench/presets.ts';
import { measureRope } from '../../bench/rope.ts';
import { Stage } from '../../bench/stage.ts';
import { measureSwiglu } from '../../bench/swiglu.ts';
import { measureValidator } from '../../bench/validator.ts';
import { measureGenerator } from '../../bench/generator.ts';
import type { CoreExports } from '../../src/core/exports.ts';
import { loadCore } from '../../src/core/module.ts';

const EFFORT = { warmUpCalls: 1, leastWarmUpCalls: 1, warmUpSeconds: 0, rounds: 1, roundSeconds: 0 };
const TINY: Preset = {
  name: 'small',
  vocab: 21,
  sequence: 50,
  lengths: [50, 50],
  accumulators: 2,
  model: {
    d_model: 32,
    n_layer: 1,
    n_head: 4,
    n_kv_head: 2,
    d_ff: 40,
    context: 51,
    rope_base: 10_000,
    rms_norm_eps: 1e-6,
  },
};

const stage = new Stage(loadCore(), 64 << 20);
const bench: Bench = { stage, presets: [TINY], effort: EFFORT };

/** The same bench over a core in which one function does something else. */
function broken(changes: Partial<CoreExports>): Bench {
  const core = { ...(stage.core as CoreExports & Record<string, unknown>), ...changes };
  return { ...bench, stage: Object.assign(Object.create(stage) as Stage, { core }) };
}

const doNothing = (): void => undefined;
const refusal = (where: string) => expect.objectContaining({ code: 'BENCH_CHECK', exitCode: 70, where }) as unknown;

/** A matrix product whose entry 0 is off by a thousandth. */
function gemmOffByLittle(...args: Parameters<CoreExports['gemm']>): void {
  stage.core.gemm(...args);
  stage.view(args[9], 1)[0] += 1e-3;
}

const MEASURES: readonly (readonly [
  name: string,
  measure: (bench: Bench) => MeasuredKernel[],
  kernels: readonly string[],
  faults: readonly Partial<CoreExports>[],
])[] = [
  [
    'attention',
    measureAttention,
    ['attention forward', 'attention backward'],
    [{ attention_forward: doNothing }, { attention_backward: doNothing }],
  ],
  [
    'norm',
    measureNorm,
    ['rmsnorm forward', 'rmsnorm backward'],
    [{ rmsnorm_forward: doNothing }, { rmsnorm_input_gradient: doNothing }, { rmsnorm_weight_gradient: doNothing }],
  ],
  ['rope', measureRope, ['rope'], [{ rope: doNothing }]],
  [
    'swiglu',
    measureSwiglu,
    ['swiglu forward', 'swiglu backward'],
    [{ swiglu_forward: doNothing }, { swiglu_backward: doNothing }],
  ],
  ['loss', measureLoss, ['cross-entropy'], [{ cross_entropy: doNothing }]],
  ['policy-loss', measurePolicyLoss, ['policy loss'], [{ policy_loss: doNothing }]],
  ['optimizer', measureOptimizer, ['gradient sum', 'adamw'], [{ reduce_gradients: () => 0 }, { adamw: doNothing }]],
];

describe.each(MEASURES)('%s', (name, measure, kernels, faults) => {
  it('gives a row a kernel, with speeds that follow from its numbers', () => {
    const rows = measure(bench);
    expect(rows.map(({ kernel }) => kernel)).toEqual(kernels);
    for (const {
      preset,
      flops,
      bytes,
      timing: { fastest },
      gflops,
      gigabytes_per_second,
    } of rows) {
      expect(preset).toBe('small');
      expect(gflops).toBeCloseTo(flops / fastest / 1e9, 9);
      expect(gigabytes_per_second).toBeCloseTo(bytes / fastest / 1e9, 9);
    }
  });

  it('refuses to time a wrong result', () => {
    for (const fault of faults)
      expect(() => measure(broken(fault)), Object.keys(fault)[0]).toThrow(refusal(`bench ${name}`));
  });
});

describe('gemm', () => {
  const product: Product = { preset: 'small', what: 'small', orientation: 'NN', M: 13, N: 17, K: 33 };

  it.each(['NN', 'NT', 'TN'] as const)('%s is checked and counted', async (orientation) => {
    const { measureProduct } = await import('../../bench/gemm.ts');
    expect(measureProduct(bench, { ...product, orientation })).toMatchObject({
      kernel: `gemm ${orientation}`,
      shape: '13x17x33',
      flops: 2 * 13 * 17 * 33,
      bytes: 4 * (13 * 33 + 33 * 17 + 13 * 17),
    });
    expect(() => measureProduct(broken({ gemm: gemmOffByLittle }), { ...product, orientation })).toThrow(
      refusal('bench gemm'),
    );
  });

  it('stops at the first wrong product', () => {
    expect(() => measureGemm(broken({ gemm: doNothing }))).toThrow(refusal('bench gemm'));
  });
});

describe('peaks', () => {
  it('are positive and checked', () => {
    const { fma_gflops, gigabytes_per_second } = measurePeaks(stage, EFFORT, 1 << 16);
    expect(fma_gflops).toBeGreaterThan(0);
    expect(gigabytes_per_second).toBeGreaterThan(0);
    for (const fault of [{ peak_fma_wide: doNothing }, { peak_fma_narrow: doNothing }, { peak_triad: doNothing }]) {
      expect(() => measurePeaks(broken(fault).stage, EFFORT, 1 << 16), Object.keys(fault)[0]).toThrow(
        refusal('bench peaks'),
      );
    }
  });
});

describe('updatePeaks', () => {
  const timing = { median: 1, fastest: 1, slowest: 1, calls: 1, samples: [1] };

  it('keeps the best and the worst of the run', () => {
    const before = { fma_gflops: 1e-9, fma_gflops_lowest: 1e-9, fma: timing, gigabytes_per_second: 10, triad: timing };
    const faster = updatePeaks(before, stage, EFFORT);
    expect(faster.fma_gflops).toBeGreaterThan(1e-9);
    expect(faster.fma_gflops_lowest).toBe(1e-9);
    const slower = updatePeaks({ ...before, fma_gflops: 1e9, fma_gflops_lowest: 1e9 }, stage, EFFORT);
    expect([slower.fma_gflops, slower.fma]).toEqual([1e9, timing]);
    expect(slower.fma_gflops_lowest).toBeLessThan(1e9);
  });
});

describe('rates', () => {
  it('the validator counts events, and is held to the readable reference', () => {
    for (const row of measureValidator(bench, 2)) {
      expect(row).toMatchObject({ name: 'validator', unit: 'events' });
      expect(row.count).toBeGreaterThan(50);
      expect(row.per_second).toBeCloseTo(row.count / row.timing.fastest, 3);
    }
    expect(() => measureValidator(broken({ validator_judge: doNothing }), 2)).toThrow(refusal('bench validator'));
  });

  it('the generator counts mazes', () => {
    expect(measureGenerator(EFFORT, 3)).toMatchObject({ name: 'generator', unit: 'mazes', count: 3 });
  });
});
