// The finished tasks of a study by id, each with the type of its kind's summary: what results are folded from.
import { canonicalJson, sha256 } from '../base/hash.ts';
import type { DatasetManifest } from '../data/manifest.ts';
import type { CurveSummary } from '../tasks/curve.ts';
import type { InformationSummary } from '../tasks/information.ts';
import type { InterventionsSummary } from '../tasks/interventions.ts';
import type { LengthsSummary } from '../tasks/lengths.ts';
import type { RlCurveSummary } from '../tasks/rl-curve.ts';
import type { RlRunSummary } from '../tasks/rl.ts';
import type { TestSummary } from '../tasks/test.ts';
import type { TrainingSummary } from '../tasks/train.ts';
import type { Finished, Graph } from '../work/task.ts';

interface Summaries {
  readonly data: DatasetManifest;
  readonly train: TrainingSummary;
  readonly curve: CurveSummary;
  readonly test: TestSummary;
  readonly lengths: LengthsSummary;
  readonly rl: RlRunSummary;
  readonly rlCurve: RlCurveSummary;
  readonly interventions: InterventionsSummary;
  readonly information: InformationSummary;
}

/** The records of the finished tasks of a study, with the type of each kind's summary. */
export class FinishedTasks {
  private readonly finished: ReadonlyMap<string, Finished>;

  constructor(finished: ReadonlyMap<string, Finished>) {
    this.finished = finished;
  }

  /** @param _kind says what the task is, for the type of its summary */
  of<K extends keyof Summaries>(_kind: K, id: string): Finished<Summaries[K]> {
    const found = this.finished.get(id);
    if (!found) throw new Error(`task ${id} is not finished`);
    return found as Finished<Summaries[K]>;
  }

  /** Working time of all of them. */
  seconds(): number {
    return [...this.finished.values()].reduce((sum, { seconds }) => sum + seconds, 0);
  }
}

/**
 * SHA-256 over the results of all tasks, in the graph's order; undefined while one is missing. No names, times or
 * thread counts.
 */
export function resultHash({ tasks }: Graph, finished: ReadonlyMap<string, Finished>): string | undefined {
  const results = tasks.map(({ id }) => finished.get(id)?.result);
  return results.includes(undefined) ? undefined : sha256(canonicalJson(results));
}
