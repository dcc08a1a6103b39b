// The results as tables of text, the same ones for the terminal and for the HTML page.
import { dateText, duration, integer, magnitude } from '../src/tables/format.ts';
import { loadText, noiseLine } from './load.ts';
import type { BenchResults, Timing } from './results.ts';
import { efficiencyTable, laneTable, scalingTable, skippedTable } from './scaling-tables.ts';
import type { BenchTable } from './table.ts';
import { ratesOf } from './timing.ts';

/** Tables that have rows, in the order of measuring. Each has the load line in its note. */
export function benchTables(results: BenchResults): BenchTable[] {
  return [
    kernelTable(results),
    trainingTable(results),
    decodeTable(results),
    laneTable(results),
    efficiencyTable(results),
    scalingTable(results),
    rateTable(results),
    memoryTable(results),
    skippedTable(results),
  ]
    .filter(({ rows }) => rows.length > 0)
    .map((table) => ({ ...table, note: `${table.note} ${noiseLine(results)}`.trim() }));
}

function kernelTable({ kernels, peaks, machine }: BenchResults): BenchTable {
  return {
    title: 'Kernels, one thread',
    note:
      'Best of the rounds, with the median and the slowest; share of the multiply-add peak of ' +
      `${peaks.fma_gflops.toFixed(1)} GFLOP/s; bytes are inputs read once and outputs written once, so what fits ` +
      `the cache passes the ${peaks.gigabytes_per_second.toFixed(1)} GB/s of memory. Path ${pathName(machine)}, ` +
      `tile ${machine.tile}.`,
    texts: 4,
    head: ['kernel', 'preset', 'call', 'shape', 'GFLOP/s', 'median', 'slowest', '% of peak', 'GB/s', 'time'],
    rows: kernels.map(({ kernel, preset, what, shape, timing, flops, gflops, share_of_peak, gigabytes_per_second }) => [
      kernel,
      preset,
      what,
      shape,
      gflops.toFixed(1),
      ...lower(timing, flops / 1e9, 1),
      percent(share_of_peak),
      gigabytes_per_second.toFixed(1),
      shortTime(timing.fastest),
    ]),
  };
}

function trainingTable({ training, peaks }: BenchResults): BenchTable {
  return {
    title: 'Training step',
    note:
      'Forward, backward and update on full batches of random tokens, best step; 6 operations a parameter and token ' +
      `and causal attention counted half; share of threads times ${peaks.fma_gflops.toFixed(1)} GFLOP/s. The same ` +
      'bits with every number of threads.',
    texts: 1,
    head: [
      'preset',
      'threads',
      'parameters',
      'tokens a step',
      'tokens/s',
      'median',
      'slowest',
      'GFLOP/s',
      '% of peak',
      'against one thread',
    ],
    rows: training.map((row) => [
      row.preset,
      String(row.threads),
      magnitude(row.parameters),
      integer(row.tokens),
      integer(row.tokens_per_second),
      ...lower(row.timing, row.tokens, 0),
      row.gflops.toFixed(1),
      percent(row.share_of_peak),
      row.times_one_thread === null ? '-' : `${row.times_one_thread.toFixed(2)} times`,
    ]),
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
      'median',
      'slowest',
      'decoding alone, tokens/s',
    ],
    rows: decode.map(
      ({ threads, prompts, prompt_tokens, new_tokens, timing, tokens_per_second, decode_tokens_per_second }) => [
        String(threads),
        String(prompts),
        String(prompt_tokens),
        integer(new_tokens),
        integer(tokens_per_second),
        ...lower(timing, new_tokens, 0),
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
    head: ['part', 'work', 'unit', 'a second', 'median', 'slowest', 'time of a call'],
    rows: rates.map(({ name, what, unit, count, timing, per_second }) => [
      name,
      what,
      unit,
      integer(per_second),
      ...lower(timing, count, 0),
      shortTime(timing.fastest),
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
  noise,
  peaks,
  version,
  started,
  seconds,
  quick,
}: BenchResults): [name: string, value: string][] {
  return [
    ['cpu', `${machine.cpu}, ${machine.cores} cores, ${machine.platform}`],
    ...cacheFact(machine),
    ['software', `tracelab ${version}, Node ${machine.node}, V8 ${machine.v8}`],
    ['path', `${pathName(machine)}, tile ${machine.tile}, module ${machine.module_sha256.slice(0, 12)}`],
    ['why', machine.why],
    ['load', loadText(noise.before)],
    ['while measuring', loadText(noise.during)],
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

/** The kernel path with its width. */
export function pathName({
  kernel_path,
  revectorized,
}: Pick<BenchResults['machine'], 'kernel_path' | 'revectorized'>): string {
  return revectorized ? `${kernel_path} + revectorised (256-bit)` : `${kernel_path} (128-bit)`;
}

/** Caches and threads of a core, where the system reports them. */
function cacheFact({ caches, threads_per_core }: BenchResults['machine']): [name: string, value: string][] {
  const sizes = [
    ['L1', caches.l1_data],
    ['L2', caches.l2],
    ['L3', caches.l3],
  ] as const;
  const known = [
    ...sizes.flatMap(([name, bytes]) => (bytes === null ? [] : [`${name} ${integer(bytes / 2 ** 10)} KiB`])),
    ...(threads_per_core === null
      ? []
      : [`${threads_per_core} ${threads_per_core === 1 ? 'thread' : 'threads'} a core`]),
  ];
  return known.length === 0 ? [] : [['caches', known.join(', ')]];
}

/** Amounts a second of the median and of the slowest round. */
function lower(timing: Timing, amount: number, digits: number): string[] {
  const { median, slowest } = ratesOf(timing, amount);
  return [median, slowest].map((rate) => (digits === 0 ? integer(rate) : rate.toFixed(digits)));
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
