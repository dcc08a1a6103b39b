// Tables of scaling, of lanes and of what was skipped.
import { integer } from '../src/tables/format.ts';
import type { BenchResults, LaneRow, Rates, ScalingRow } from './results.ts';
import type { BenchTable } from './table.ts';

const WORKLOADS: Readonly<Record<ScalingRow['workload'], string>> = {
  step: 'training step',
  decode: 'greedy decoding',
  tasks: 'small tasks',
};

/** The name of a workload in tables and figures. */
export function workloadName({ workload, preset }: Pick<ScalingRow, 'workload' | 'preset'>): string {
  return `${WORKLOADS[workload]}, ${preset}`;
}

/** The small table: one line a workload, one column a number of threads. */
export function efficiencyTable({ scaling }: Pick<BenchResults, 'scaling'>): BenchTable {
  const counts = [...new Set(scaling.map(({ threads }) => threads))].sort((a, b) => a - b);
  const workloads = [...Map.groupBy(scaling, workloadName)];
  return {
    title: 'Efficiency of threads, %',
    note:
      'Training step and decoding: speed with T threads over the summed speed of T single-thread runs side by side. ' +
      'Small tasks: summed speed of T single-thread trainings over T times one alone.',
    texts: 1,
    head: ['threads', ...counts.map(String)],
    rows: workloads.map(([name, rows]) => [
      name,
      ...counts.map((count) => {
        const row = rows.find(({ threads }) => threads === count);
        return row === undefined ? '-' : (100 * row.efficiency).toFixed(1);
      }),
    ]),
  };
}

/** All numbers behind the efficiency. */
export function scalingTable({ scaling }: Pick<BenchResults, 'scaling'>): BenchTable {
  return {
    title: 'Scaling over threads',
    note:
      'Tokens a second, measured in turns with the reference; best of the rounds, with the median and the slowest. ' +
      'Used: threads that shorten the step. The same bits with every number of threads.',
    texts: 1,
    head: ['workload', 'threads', 'used', 'tokens/s', 'median', 'slowest', 'reference', 'efficiency, %', 'rounds, %'],
    rows: scaling.map((row) => [
      workloadName(row),
      String(row.threads),
      String(row.used_threads),
      ...speeds(row.speed, integer),
      integer(row.reference.best),
      (100 * row.efficiency).toFixed(1),
      `${(100 * row.lowest).toFixed(1)} to ${(100 * row.highest).toFixed(1)}`,
    ]),
  };
}

/** Both kernel paths and their ratio. */
export function laneTable({ lanes }: Pick<BenchResults, 'lanes'>): BenchTable {
  const digits = (unit: LaneRow['unit']) => (rate: number) => (unit === 'GFLOP/s' ? rate.toFixed(1) : integer(rate));
  return {
    title: '128-bit against 256-bit lanes, one thread',
    note: 'Two processes, measured in turns after a proof of equal bits; best of the rounds, with the median.',
    texts: 5,
    head: ['kernel', 'preset', 'call', 'shape', 'unit', '128 bits', 'median', '256 bits', 'median', 'ratio'],
    rows: lanes.map(({ kernel, preset, what, shape, unit, narrow, wide, ratio }) => [
      kernel,
      preset,
      what,
      shape,
      unit,
      ...speeds(narrow, digits(unit)).slice(0, 2),
      ...speeds(wide, digits(unit)).slice(0, 2),
      ratio.toFixed(2),
    ]),
  };
}

/** What was not measured. */
export function skippedTable({ skipped }: Pick<BenchResults, 'skipped'>): BenchTable {
  return {
    title: 'Not measured',
    note: '',
    texts: 2,
    head: ['what', 'reason'],
    rows: skipped.map(({ what, reason }) => [what, reason]),
  };
}

function speeds({ best, median, slowest }: Rates, text: (rate: number) => string): string[] {
  return [best, median, slowest].map(text);
}
