// What the folder of one cell shows of its task: whether it is finished, who works on it, and how far it is. A look at
// an unfinished cell reads its lease and the end of its metrics; a finished cell is not read again.
import { join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { readdir, stat } from '../../base/disk.ts';
import { METRICS_FILE } from '../../model/metrics-file.ts';
import { DONE_FILE } from '../../work/cell-record.ts';
import { judge } from '../../work/lease-owner.ts';
import { newestLease } from '../../work/lease-file.ts';
import { MetricsTail } from '../metrics.ts';
import type { Point } from '../protocol.ts';

/** An owner elsewhere that has given no sign of life for so long is not at work (docs/design.md). */
const PERIOD_SECONDS = 60;

/** Who works on a cell. */
export interface CellOwner {
  readonly host: string;
  readonly pid: number;
  /** Seconds since its last sign of life. */
  readonly silent: number;
}

export interface CellLook {
  /** When it was finished, ns since 1970 on the file system's clock; null before. */
  readonly finished: bigint | null;
  readonly owner: CellOwner | null;
  readonly point: Point | null;
  /** Distributions that are done, of a test. */
  readonly parts: number;
}

/** Looks at one cell again and again. */
export class CellWatch {
  readonly directory: string;
  private readonly clock: Clock;
  private readonly tail: MetricsTail;
  /** The lease as it was, and since when. */
  private lease = { text: '', since: 0 };
  private done: CellLook | undefined;

  constructor(directory: string, clock: Clock) {
    this.directory = directory;
    this.clock = clock;
    this.tail = new MetricsTail(join(directory, METRICS_FILE));
  }

  /** A finished cell is not looked at again, unless `again`: it may have been deleted. */
  async look(again: boolean): Promise<CellLook> {
    if (this.done !== undefined && !again) return this.done;
    const record = await stat(join(this.directory, DONE_FILE));
    this.done = record && { finished: record.mtimeNs, owner: null, point: null, parts: 0 };
    if (this.done !== undefined) return this.done;
    const owner = await this.owner();
    if (owner === null) return { finished: null, owner, point: null, parts: 0 };
    return { finished: null, owner, point: await this.tail.look(), parts: await this.parts() };
  }

  private async owner(): Promise<CellOwner | null> {
    const newest = await newestLease(this.directory);
    if (newest === undefined || newest.free || newest.owner === undefined) return null;
    const now = this.clock.seconds();
    if (newest.text !== this.lease.text) this.lease = { text: newest.text, since: now };
    const silent = now - this.lease.since;
    const judgement = judge(newest.owner);
    if (judgement === 'dead' || (judgement === 'watch' && silent > PERIOD_SECONDS)) return null;
    const { host, pid } = newest.owner;
    return { host, pid, silent };
  }

  private async parts(): Promise<number> {
    const names = await readdir(this.directory).catch(() => []);
    return names.filter((name) => /^completions-.*\.key$/.test(name)).length;
  }
}
