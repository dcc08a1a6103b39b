// What a sweep on Slurm shows: what its folder shows, and its jobs.
import { join } from 'node:path';
import type { FleetStatus } from '../engine.ts';
import { SharedOverview } from '../shared/overview.ts';
import type { Kinds } from '../../work/kind.ts';
import { cancelJobs, queuedJobs } from './commands.ts';
import { readJobs } from './jobs-file.ts';

/** Asks a runs directory, and Slurm. */
export class SlurmOverview extends SharedOverview {
  readonly #runs: string;

  /** @param root the runs directory; absolute */
  constructor(root: string, kinds: Kinds) {
    super(root, kinds);
    this.#runs = root;
  }

  /** @throws TracelabError SLURM_GONE (environment) */
  override async status(): Promise<FleetStatus> {
    const status = await super.status();
    const jobs = await Promise.all(status.graphs.map(async ({ name }) => readJobs(join(this.#runs, name))));
    const ids = jobs.flat().map(({ id }) => id);
    const queued = new Set(ids.length === 0 ? [] : await queuedJobs(ids));
    const graphs = status.graphs.map((graph, i) => ({
      ...graph,
      jobs: jobs[i].flatMap(({ id }) => (queued.has(id) ? [id] : [])),
    }));
    return { ...status, graphs };
  }

  /**
   * Begins no task any more, and ends the jobs: running tasks save their state, or end.
   * @throws TracelabError SWEEP_UNKNOWN (refused input), SLURM_GONE (environment)
   */
  override async cancel(name: string, drain: boolean): Promise<void> {
    await super.cancel(name, false);
    const jobs = await readJobs(join(this.#runs, name));
    await cancelJobs(
      jobs.map(({ id }) => id),
      drain,
    );
  }
}
