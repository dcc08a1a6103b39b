// The results as tables of text, the same ones for the terminal and for the HTML page.
import { dateText, duration, integer, magnitude } from '../src/tables/format.ts';
import type { BenchResults } from './results.ts';
import type { Timing } from './timing.ts';

export interface BenchTable {
  readonly title: string;
  /** What the columns mean, one sentence or two. */
  readonly note: string;
  /** Columns that hold text; the others hold numbers. */
  readonly texts: number;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Tables that have rows, in the order of measuring. */
export function benchTables(results: BenchResults): BenchTable[] {
  return [
    kernelTable(results),
    trainingTable(results),
    decodeTable(results),
    rateTable(results),
    memoryTable(results),
  ].filter(({ rows }) => rows.length > 0);
}

function kernelTable({ kernels, peaks, machine }: BenchResults): BenchTable {
  return {
    title: 'Kernels, one thread',
    note:
      'Median speed with the slowest and the fastest round; share of the multiply-add peak of ' +
      `${peaks.fma_gflops.toFixed(1)} GFLOP/s; bytes are inputs read once and outputs written once, so what fits ` +
      `the cache passes the ${peaks.gigabytes_per_second.toFixed(1)} GB/s of memory. Path ${pathName(machine)}, ` +
      `tile ${machine.tile}.`,
    texts: 4,
    head: ['kernel', 'preset', 'call', 'shape', 'GFLOP/s', 'slowest to fastest', '% of peak', 'GB/s', 'time'],
    rows: kernels.map(({ kernel, preset, what, shape, timing, flops, gflops, share_of_peak, gigabytes_per_second }) => [
      kernel,
      preset,
      what,
      shape,
      gflops.toFixed(1),
      range(timing, flops / 1e9, 1),
      percent(share_of_peak),
      gigabytes_per_second.toFixed(1),
      shortTime(timing.median),
    ]),
  };
}

function trainingTable({ training, scaling, peaks }: BenchResults): BenchTable {
  return {
    title: 'Training step',
    note:
      'Forward, backward and update on random tokens; 6 operations a parameter and token and causal attention ' +
      `counted half; share of threads times ${peaks.fma_gflops.toFixed(1)} GFLOP/s. The same bits with every ` +
      'number of threads.',
    texts: 1,
    head: [
      'preset',
      'threads',
      'parameters',
      'tokens a step',
      'tokens/s',
      'slowest to fastest',
      'GFLOP/s',
      '% of peak',
      'against one thread',
    ],
    rows: training.map(({ preset, threads, parameters, tokens, timing, tokens_per_second, gflops, share_of_peak }) => {
      const ratio = scaling.find((row) => row.preset === preset && row.threads === threads)?.ratio;
      return [
        preset,
        String(threads),
        magnitude(parameters),
        integer(tokens),
        integer(tokens_per_second),
        range(timing, tokens, 0),
        gflops.toFixed(1),
        percent(share_of_peak),
        ratio === undefined ? '-' : `${ratio.toFixed(2)} times`,
      ];
    }),
  };
}

function decodeTable({ decode }: BenchResults): BenchTable {
  return {
    title: 'Greedy decoding, quick model',
    note: 'New tokens a second: of the whole call, threads started and prompts read; and of the decoding alone.',
    texts: 0,
    head: [
      'threads',
      'prompts',
      'prompt tokens',
      'new tokens',
      'whole call, tokens/s',
      'slowest to fastest',
      'decoding alone, tokens/s',
    ],
    rows: decode.map(
      ({ threads, prompts, prompt_tokens, new_tokens, timing, tokens_per_second, decode_tokens_per_second }) => [
        String(threads),
        String(prompts),
        String(prompt_tokens),
        integer(new_tokens),
        integer(tokens_per_second),
        range(timing, new_tokens, 0),
        integer(decode_tokens_per_second),
      ],
    ),
  };
}

function rateTable({ rates }: BenchResults): BenchTable {
  return {
    title: 'Validator and generator, one thread',
    note: 'Events of traces judged, mazes made, a second.',
    texts: 3,
    head: ['part', 'work', 'unit', 'a second', 'slowest to fastest', 'time of a call'],
    rows: rates.map(({ name, what, unit, count, timing, per_second }) => [
      name,
      what,
      unit,
      integer(per_second),
      range(timing, count, 0),
      shortTime(timing.median),
    ]),
  };
}

function memoryTable({ memory }: BenchResults): BenchTable {
  return {
    title: 'Memory of training, full batch',
    note:
      memory === null
        ? ''
        : `Plans, largest part first. This benchmark itself held at most ${mebibytes(memory.peak_resident_bytes)}.`,
    texts: 2,
    head: ['preset', 'largest parts', 'threads', 'plan'],
    rows: (memory?.plans ?? []).map(({ preset, threads, bytes, parts }) => [
      preset,
      [...parts]
        .sort((a, b) => b.bytes - a.bytes)
        .slice(0, 3)
        .map((part) => `${part.name} ${mebibytes(part.bytes)}`)
        .join(', '),
      String(threads),
      mebibytes(bytes),
    ]),
  };
}

/** Machine, versions, path, load and peaks as pairs. */
export function benchFacts({
  machine,
  load,
  peaks,
  version,
  started,
  seconds,
  quick,
}: BenchResults): [name: string, value: string][] {
  return [
    ['cpu', `${machine.cpu}, ${machine.cores} cores, ${machine.platform}`],
    ['software', `tracelab ${version}, Node ${machine.node}, V8 ${machine.v8}`],
    ['path', `${pathName(machine)}, tile ${machine.tile}, module ${machine.module_sha256.slice(0, 12)}`],
    ['why', machine.why],
    [
      'load',
      [
        `average ${load.average.toFixed(2)}`,
        ...(load.others === null ? [] : [`other programs ${percent(load.others)} %`]),
        ...(load.steal === null ? [] : [`host ${percent(load.steal)} %`]),
      ].join(', '),
    ],
    [
      'peak',
      `${peaks.fma_gflops.toFixed(1)} GFLOP/s multiply-add, ${peaks.gigabytes_per_second.toFixed(1)} GB/s ` +
        'triad, one ' +
        `thread${
          peaks.fma_gflops_lowest < 0.97 * peaks.fma_gflops
            ? ` (at times ${peaks.fma_gflops_lowest.toFixed(1)} GFLOP/s)`
            : ''
        }`,
    ],
    [
      'measured',
      `${dateText(started)}, ${duration(seconds)}${quick ? ', quick: a first look, few and short rounds' : ''}`,
    ],
  ];
}

function pathName({ kernel_path, revectorized }: BenchResults['machine']): string {
  return revectorized ? `${kernel_path} + revectorised (256-bit)` : `${kernel_path} (128-bit)`;
}

/** Amounts a second from the slowest and the fastest round. */
function range({ slowest, fastest }: Timing, amount: number, digits: number): string {
  const [low, high] = [amount / slowest, amount / fastest];
  return digits === 0 ? `${integer(low)} to ${integer(high)}` : `${low.toFixed(digits)} to ${high.toFixed(digits)}`;
}

function percent(share: number): string {
  return (100 * share).toFixed(1);
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}

/** 0.0123 -> `12.3 ms`, 4.2e-5 -> `42.0 us`. */
function shortTime(seconds: number): string {
  return seconds >= 1
    ? `${seconds.toFixed(2)} s`
    : seconds >= 1e-3
      ? `${(1e3 * seconds).toFixed(2)} ms`
      : `${(1e6 * seconds).toFixed(1)} us`;
}
