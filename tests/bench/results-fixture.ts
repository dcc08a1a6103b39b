// Results of a benchmark that never ran: every table has rows, the kernels are spread over both sides of the roof's
// bend.
import type { BenchResults, KernelRow } from '../../bench/results.ts';

const timing = (median: number) => ({
  median,
  fastest: 0.8 * median,
  slowest: 1.25 * median,
  calls: 4,
  samples: [1.25, 1, 0.8, 1, 1.1].map((times) => times * median),
});

const rates = (best: number) => ({
  best,
  median: 0.9 * best,
  slowest: 0.8 * best,
  samples: [0.8, 0.85, 1, 0.9, 0.95].map((times) => times * best),
});

const HASH = 'ab'.repeat(32);
const IDLE = { average: 0.1, cores: 2, others: 0.01, steal: 0 };

function row(kernel: string, preset: KernelRow['preset'], intensity: number, gflops: number, what = 'call'): KernelRow {
  const flops = 1e9,
    bytes = flops / intensity,
    median = flops / gflops / 1e9 / 0.8;
  return {
    kernel,
    preset,
    what,
    shape: '8x8',
    flops,
    bytes,
    timing: timing(median),
    gflops,
    gigabytes_per_second: bytes / (0.8 * median) / 1e9,
    share_of_peak: gflops / 100,
  };
}

export const RESULTS: BenchResults = {
  format: 2,
  version: '0.0.0',
  started: '2026-01-02T03:04:05.000Z',
  seconds: 100,
  quick: false,
  machine: {
    cpu: 'CPU <b>',
    cores: 2,
    threads_per_core: 2,
    caches: { l1_data: 48 << 10, l2: 2 << 20, l3: null },
    platform: 'linux x64',
    node: '26.0.0',
    v8: '14.0',
    kernel_path: 'fused',
    revectorized: true,
    tile: '6x16',
    why: 'checked',
    module_sha256: '0123456789abcdef',
  },
  noise: { before: IDLE, during: { ...IDLE, average: 2, others: 0.25 }, peak_drift: 0.05 },
  warnings: ['other programs use 25 % of the cores'],
  peaks: { fma_gflops: 100, fma_gflops_lowest: 95, gigabytes_per_second: 10, fma: timing(1), triad: timing(1) },
  kernels: [
    row('gemm NT', 'quick', 20, 50),
    row('gemm NT', 'small', 40, 80),
    row('gemm NT', 'small', 30, 70, 'smaller call'),
    row('gemm NT', 'large', 90, 90),
    row('rope', 'small', 0.4, 3),
    row('adamw', 'small', 0.5, 4),
    row('rmsnorm forward', 'small', 0.5, 5),
    row('softmax', 'base', 12, 30),
  ],
  training: [1, 2].map((threads) => ({
    preset: 'nano' as const,
    threads,
    parameters: 861_824,
    tokens: 8192,
    flops_per_token: 6e6,
    timing: timing(1.25 / threads),
    tokens_per_second: 8192 * threads,
    gflops: 49 * threads,
    share_of_peak: 0.49,
    times_one_thread: threads === 1 ? null : 1.875,
    parameters_sha256: HASH,
  })),
  decode: [
    {
      threads: 1,
      prompts: 64,
      prompt_tokens: 66,
      new_tokens: 6144,
      timing: timing(0.2),
      tokens_per_second: 38_400,
      decode_tokens_per_second: 40_000,
    },
  ],
  scaling: (
    [
      ['step', 'nano', 1, 1],
      ['step', 'nano', 2, 0.95],
      ['step', 'quick', 2, 0.9],
      ['tasks', 'quick', 2, 0.8],
      ['decode', 'quick', 2, 0.97],
    ] as const
  ).map(([workload, preset, threads, efficiency]) => ({
    workload,
    preset,
    threads,
    used_threads: threads,
    speed: rates(efficiency * threads * 10_000),
    reference: rates(threads * 10_000),
    efficiency,
    lowest: 0.9 * efficiency,
    highest: 1.1 * efficiency,
    sha256: HASH,
  })),
  lanes: [
    {
      kernel: 'gemm NT',
      preset: 'small',
      what: 'gate and up',
      shape: '8x8',
      unit: 'GFLOP/s',
      narrow: rates(40),
      wide: rates(70),
      ratio: 1.75,
    },
  ],
  rates: [
    { name: 'validator', what: 'gold traces', unit: 'events', count: 1000, timing: timing(1e-4), per_second: 1.25e7 },
  ],
  skipped: [{ what: 'scaling: base, 16 threads', reason: 'no memory' }],
  memory: {
    peak_resident_bytes: 600 << 20,
    plans: [
      {
        preset: 'nano',
        threads: 2,
        bytes: 100 << 20,
        parts: [
          { name: 'parameters', bytes: 4 << 20 },
          { name: 'activations', bytes: 96 << 20 },
        ],
      },
    ],
  },
};
