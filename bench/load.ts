// What the load of the machine means for measured numbers: a number from a busy machine says little, and the reader
// must know.
import type { Load } from '../src/host/load.ts';
import type { BenchResults } from './results.ts';

/** One line for everything that makes the numbers doubtful, before the first measurement or while measuring. */
export function loadWarnings({ before, during }: Pick<BenchResults['noise'], 'before' | 'during'>): string[] {
  const warnings: string[] = [];
  const others = most(before.others, during.others),
    steal = most(before.steal, during.steal);
  if (others !== null && others > 0.05)
    warnings.push(
      `other programs use ${percent(others)} of the cores' time: numbers are too low, and scaling over threads ` +
        'is worth nothing',
    );
  if (steal !== null && steal > 0.01)
    warnings.push(`the host of this virtual machine takes ${percent(steal)} of the cores' time`);
  const { average, cores } = before;
  if ((others === null || others <= 0.05) && average > 0.75 * cores)
    warnings.push(
      `load average of the last minute is ${average.toFixed(1)} on ${cores} cores: other programs may come back`,
    );
  return warnings;
}

/** The load of one watch: `average 0.10, other programs 1.0 %, host 0.0 %`. */
export function loadText({ average, others, steal }: Load): string {
  return [
    `average ${average.toFixed(2)}`,
    ...(others === null ? [] : [`other programs ${(100 * others).toFixed(1)} %`]),
    ...(steal === null ? [] : [`host ${(100 * steal).toFixed(1)} %`]),
  ].join(', ');
}

/** The load line of every table. */
export function noiseLine({ noise: { before, during, peak_drift } }: Pick<BenchResults, 'noise'>): string {
  return (
    `Load before: ${loadText(before)}; while measuring: ${loadText(during)}; peak drift ` +
    `${(100 * peak_drift).toFixed(1)} %.`
  );
}

function most(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}
