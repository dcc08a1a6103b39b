// Whether a child that sends nothing is to blame. An endless loop uses processor time; a child that waits for a
// processor, on a machine with far more to do than it can, does not.
import { readTextFile } from '../base/cgroup.ts';

/** What a second counts in which the child had no processor time: it may be blocked for ever, too. */
const LEAST = 0.1;

/** Seconds of silence of one child. */
export class Silence {
  /** Seconds in which nothing came. */
  seconds = 0;
  private weight = 0;
  private used: number | null = null;

  /** The child has sent something. */
  heard(): void {
    this.seconds = 0;
    this.weight = 0;
  }

  /**
   * Counts a second. It weighs as much of it as the child had a processor, and at least a tenth of it.
   * @param used seconds of processor time of the child so far; null where the system does not say: it weighs a second
   * @param limit seconds
   * @returns whether the silence has lasted for so long
   */
  tick(used: number | null, limit: number): boolean {
    const had = used === null ? 1 : this.used === null ? LEAST : used - this.used;
    this.used = used;
    this.seconds += 1;
    this.weight += Math.min(1, Math.max(LEAST, had));
    return this.weight > limit - 1e-9;
  }
}

/** Ticks of /proc in a second, on every Linux that Node runs on. */
const HERTZ = 100;

/** Seconds of processor time that a process has had; null where the system does not say. */
export function processorSeconds(pid: number | undefined): number | null {
  const text = readTextFile(`/proc/${pid}/stat`);
  if (text === undefined) return null;
  // The name of the program, in brackets, may have blanks.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  return Number.isFinite(ticks) ? ticks / HERTZ : null;
}
