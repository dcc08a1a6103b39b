// What the load of the machine means for measured numbers: a number from a busy machine says little, and the reader
// must know.
import type { Load } from '../src/host/load.ts';

/** One line for everything that makes the numbers doubtful. */
export function loadWarnings({ average, cores, others, steal }: Load): string[] {
  const warnings: string[] = [];
  if (others !== null && others > 0.05)
    warnings.push(
      `other programs use ${percent(others)} of the cores' time: numbers are too low, and scaling over threads ` +
        'is worth nothing',
    );
  if (steal !== null && steal > 0.01)
    warnings.push(`the host of this virtual machine takes ${percent(steal)} of the cores' time`);
  if ((others === null || others <= 0.05) && average > 0.75 * cores)
    warnings.push(
      `load average of the last minute is ${average.toFixed(1)} on ${cores} cores: other programs may come back`,
    );
  return warnings;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}
