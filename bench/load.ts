// What else the machine is doing while nothing is measured yet: a number from a busy machine says little, and the reader must know.
import { readFile } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Load {
  /** Processes that ran or waited, mean of the last minute. */
  readonly average: number;
  readonly cores: number;
  /** Shares of all cores' time during the sample: used by others here, and taken by the host of a virtual machine. Null where the system does not tell. */
  readonly others: number | null;
  readonly steal: number | null;
}

/** Ticks of /proc/stat since the start of the system. */
interface Ticks {
  readonly all: number;
  readonly idle: number;
  readonly steal: number;
}

/** The first line of /proc/stat: user nice system idle iowait irq softirq steal; null when it is no such line. */
export function readTicks(stat: string): Ticks | null {
  const found = /^cpu +(\d[\d ]*)$/m.exec(stat);
  if (found === null) return null;
  const fields = found[1].trim().split(/ +/).slice(0, 8).map(Number);
  return fields.length < 8
    ? null
    : { all: fields.reduce((sum, ticks) => sum + ticks, 0), idle: fields[3] + fields[4], steal: fields[7] };
}

/** @param own seconds of processor time that this process used in between @param seconds between the two readings, times the cores */
export function shares(
  before: Ticks | null,
  after: Ticks | null,
  own: number,
  seconds: number,
): Pick<Load, 'others' | 'steal'> {
  const all = after === null || before === null ? 0 : after.all - before.all;
  if (after === null || before === null || all <= 0) return { others: null, steal: null };
  const steal = (after.steal - before.steal) / all;
  const idle = (after.idle - before.idle) / all;
  return { others: Math.max(0, 1 - idle - steal - own / seconds), steal };
}

/** Watches for some seconds without working. */
export async function sampleLoad(seconds: number): Promise<Load> {
  const cores = availableParallelism();
  const stat = (): Promise<string> => readFile('/proc/stat', 'utf8').catch(() => '');
  const [before, usage, started] = [readTicks(await stat()), process.cpuUsage(), performance.now()];
  await sleep(1000 * seconds);
  const after = readTicks(await stat());
  const { user, system } = process.cpuUsage(usage);
  const passed = (performance.now() - started) / 1000;
  return { average: loadavg()[0], cores, ...shares(before, after, (user + system) / 1e6, passed * cores) };
}

/** One line for everything that makes the numbers doubtful. */
export function loadWarnings({ average, cores, others, steal }: Load): string[] {
  const warnings: string[] = [];
  if (others !== null && others > 0.05)
    warnings.push(
      `other programs use ${percent(others)} of the cores' time: numbers are too low, and scaling over threads is worth nothing`,
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
