// A comparison of two documents as facts of both runs and one table, and a document as one row of docs/speed.md.
import { dateText, integer } from '../src/tables/format.ts';
import type { Comparison } from './compare.ts';
import { PRESET_NAMES, type PresetName } from './groups.ts';
import { loadText } from './load.ts';
import type { BenchResults, DecodeRow } from './results.ts';
import type { BenchTable } from './table.ts';
import { pathName } from './tables.ts';

/** Machine, versions and noise of both runs. */
export function comparisonFacts({ a, b, noise, only_a, only_b }: Comparison): [name: string, value: string][] {
  const run = ({ machine, version, started, quick }: Comparison['a']): string =>
    `${machine.cpu}, ${machine.cores} cores; tracelab ${version}, Node ${machine.node}, V8 ${machine.v8}; ` +
    `${pathName(machine)}, module ${machine.module_sha256.slice(0, 12)}; ${dateText(started)}${quick ? ', quick' : ''}`;
  const load = ({ noise: own }: Comparison['a']): string =>
    `${loadText(own.during)}; peak drift ${(100 * own.peak_drift).toFixed(1)} %`;
  return [
    ['A', run(a)],
    ['load of A', load(a)],
    ['B', run(b)],
    ['load of B', load(b)],
    ['noise', `a difference needs more than ${(100 * noise).toFixed(1)} % and no overlap of the rounds`],
    ['rows of one only', `A ${only_a}, B ${only_b}`],
  ];
}

/** One line for each common row. */
export function comparisonTable({ rows }: Comparison): BenchTable {
  return {
    title: 'B against A',
    note: 'Best of the rounds; ratio of B to A. Among a hundred equal rows, about one is called different by chance.',
    texts: 2,
    head: ['measurement', 'unit', 'A', 'B', 'ratio', 'verdict'],
    rows: rows.map(({ name, unit, a, b, ratio, verdict }) => [
      name,
      unit,
      numberText(a),
      numberText(b),
      ratio.toFixed(2),
      verdict,
    ]),
  };
}

function numberText(value: number): string {
  return value >= 1000 ? integer(value) : value.toPrecision(3);
}

/** Head of the table of machines in docs/speed.md. */
export const MACHINE_HEAD: readonly string[] = [
  'machine',
  'measured',
  'peak of a thread, GFLOP/s',
  'training step, one thread: quick, nano, small, base, tokens/s (% of peak)',
  'all threads',
  'greedy decoding, one thread, all',
  'efficiency of all threads, %',
  'noise',
];

/** A document as one Markdown row under MACHINE_HEAD; a dash is a number that was not measured. */
export function machineRow(results: BenchResults): string {
  const { machine, version, started, quick, peaks, training, decode, scaling, noise } = results;
  const most = Math.max(0, ...training.map(({ threads }) => threads), ...decode.map(({ threads }) => threads));
  const step = (isIn: (threads: number) => boolean, share: boolean) => (preset: PresetName) => {
    const row = training.find((each) => each.preset === preset && isIn(each.threads));
    if (row === undefined) return '-';
    const percent = share ? ` (${(100 * row.share_of_peak).toFixed(0)} %)` : ` x${row.threads}`;
    return `${integer(row.tokens_per_second)}${percent}`;
  };
  const decoded = (isIn: (row: DecodeRow) => boolean): string => {
    const row = decode.find(isIn);
    return row === undefined ? '-' : integer(row.decode_tokens_per_second);
  };
  const efficiency = scaling
    .filter(({ threads }) => threads === Math.max(...scaling.map((row) => row.threads)))
    .map((row) => `${row.workload} ${row.preset} ${(100 * row.efficiency).toFixed(0)}`);
  return markdownRow([
    `${machine.cpu}, ${machine.cores} cores`,
    `${dateText(started).slice(0, 10)}, tracelab ${version}, Node ${machine.node}${quick ? ', quick' : ''}`,
    `${peaks.fma_gflops.toFixed(1)}, ${pathName(machine)}`,
    PRESET_NAMES.map(step((threads) => threads === 1, true)).join(', '),
    PRESET_NAMES.map(step((threads) => threads > 1, false)).join(', '),
    `${decoded(({ threads }) => threads === 1)}, ${most > 1 ? decoded(({ threads }) => threads === most) : '-'}`,
    efficiency.length === 0 ? '-' : efficiency.join(', '),
    `${loadText(noise.during)}; peak drift ${(100 * noise.peak_drift).toFixed(1)} %`,
  ]);
}

/** Cells of a Markdown table; text of a machine cannot end a cell. */
export function markdownRow(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ')).join(' | ')} |`;
}
