// The throughput of each worker at earlier looks, for the small curves of the dashboard.
import type { Clock } from '../base/clock.ts';
import type { Worker } from './protocol.ts';

/** Seconds between two remembered rates, and how many of them are kept: ten minutes. */
const EVERY_SECONDS = 10;
const KEPT = 60;

/** Remembers rates as long as a worker is there. */
export class WorkerRates {
  private readonly clock: Clock;
  private readonly kept = new Map<string, number[]>();
  private latest = -Infinity;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** The workers with their earlier rates; those of others are forgotten. */
  withRates(workers: readonly Omit<Worker, 'rates'>[]): Worker[] {
    const now = this.clock.seconds();
    const isTime = now - this.latest >= EVERY_SECONDS;
    if (isTime) this.latest = now;
    for (const id of this.kept.keys()) if (!workers.some((worker) => worker.id === id)) this.kept.delete(id);
    return workers.map((worker) => {
      const before = this.kept.get(worker.id) ?? [];
      const rates = isTime ? [...before, worker.rate ?? 0].slice(-KEPT) : before;
      this.kept.set(worker.id, rates);
      return { ...worker, rates };
    });
  }
}
