// How much of a study's schedule is left in the middle of its run: what is left of its tasks, simulated on its slots. A
// chain of tasks takes its time there, however few threads it keeps busy.
import type { HalfDone, SimulationStart } from '../work/simulate.ts';

/** Ids of tasks by what became of them. */
export interface Midway {
  /** They took this run no time: reused, set aside, blocked. */
  readonly dropped: ReadonlySet<string>;
  readonly done: ReadonlySet<string>;
  readonly running: readonly HalfDone[];
}

/** Seconds of the schedule, by the estimates of the plan. */
export interface ScheduleLeft {
  /** Of the whole plan. */
  readonly planned: number;
  /** That the run has behind it, without what was dropped. */
  readonly done: number;
  readonly left: number;
}

/**
 * @param planned seconds of the whole plan
 * @param secondsOf simulates the rest of the same schedule
 */
export function scheduleLeft(
  planned: number,
  secondsOf: (start: SimulationStart) => number,
): (midway: Midway) => ScheduleLeft {
  let dropped = 0;
  let undropped = planned;
  return (midway) => {
    if (midway.dropped.size !== dropped) {
      dropped = midway.dropped.size;
      undropped = secondsOf({ finished: midway.dropped });
    }
    const left = secondsOf({ finished: [...midway.dropped, ...midway.done], running: midway.running });
    return { planned, done: Math.max(0, undropped - left), left };
  };
}
