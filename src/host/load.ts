// What else the machine is doing while this process does nothing: processor time of other programs, and time that the
// host of a virtual machine takes.
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { SYSTEM_CLOCK } from '../base/clock.ts';
import { readTextFile } from '../base/cgroup.ts';
import { allowedCores, usableCores } from './machine.ts';

export interface Load {
  /** Processes that ran or waited, mean of the last minute. */
  readonly average: number;
  /** Cores that were watched: those that the scheduler gives this process. */
  readonly cores: number;
  /**
   * Shares of these cores' time during the sample: used by others here, and taken by the host of a virtual machine.
   * Null if the system does not report them.
   */
  readonly others: number | null;
  readonly steal: number | null;
}

/** Ticks of /proc/stat since the start of the system. */
interface Ticks {
  readonly all: number;
  readonly idle: number;
  readonly steal: number;
}

/**
 * Lines of /proc/stat: cpu user nice system idle iowait irq softirq steal. Null when there is no such line.
 * @param cores numbers of the cores to add up; without it, the line over all cores
 */
export function readTicks(stat: string, cores?: readonly number[]): Ticks | null {
  const sum = { all: 0, idle: 0, steal: 0 };
  for (const name of cores ?? ['']) {
    const line = new RegExp(`^cpu${name} +(\\d[\\d ]*)$`, 'm').exec(stat)?.[1] ?? '';
    const fields = line.trim().split(/ +/).slice(0, 8).map(Number);
    if (fields.length < 8) return null;
    sum.all += fields.reduce((total, ticks) => total + ticks, 0);
    sum.idle += fields[3] + fields[4];
    sum.steal += fields[7];
  }
  return sum;
}

/**
 * @param own seconds of processor time that this process used in between
 * @param seconds between the two readings, times the cores
 */
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

/**
 * Begins to watch the cores. The processor time of this process itself is not counted as that of others.
 * @returns a function that ends the watch; its argument is processor time of own children in seconds
 */
export function watchLoad(): (childSeconds?: number) => Load {
  const read = (): string => readTextFile('/proc/stat') ?? '';
  const allowed = allowedCores();
  // A container may renumber its cores in /proc/stat: then the line over all cores is used.
  const watched = allowed && readTicks(read(), allowed) ? allowed : undefined;
  const count = watched?.length ?? usableCores().count;
  const ticks = (): Ticks | null => readTicks(read(), watched);
  const [before, usage, started] = [ticks(), process.cpuUsage(), SYSTEM_CLOCK.seconds()];
  return (childSeconds = 0) => {
    const after = ticks();
    const { user, system } = process.cpuUsage(usage);
    const passed = SYSTEM_CLOCK.seconds() - started;
    return {
      average: loadavg()[0],
      cores: count,
      ...shares(before, after, (user + system) / 1e6 + childSeconds, passed * count),
    };
  };
}

/** Watches for some seconds without working. */
export async function sampleLoad(seconds: number): Promise<Load> {
  const end = watchLoad();
  await sleep(1000 * seconds);
  return end();
}

export interface OtherLoad {
  /**
   * Cores' worth of time that other programs and the host of a virtual machine take, on the cores that this process may
   * be scheduled on.
   */
  readonly used: number;
  /** How many cores those are. A quota may allow fewer of them to be busy. */
  readonly of: number;
}

/**
 * How busy other programs keep the cores of this process right now; null if the system does not report it.
 * @param seconds how long to watch; nothing of this process may work meanwhile
 */
export async function otherLoad(seconds = 0.3): Promise<OtherLoad | null> {
  const { cores, others, steal } = await sampleLoad(seconds);
  return others === null ? null : { used: (others + (steal ?? 0)) * cores, of: cores };
}
