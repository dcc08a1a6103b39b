// Independent runs side by side, each with its own thread and memory: what a machine can do at most with as many
// threads. Their rates are summed over the time in which all of them run.

/** Times at which the steps of each run ended, in seconds. */
export type StepEnds = readonly (readonly number[])[];

/**
 * Starts all runs together and lets each work until every run has done its steps in the common time, so that none
 * works on an emptier machine.
 * @param count runs
 * @param warmUp steps of each run before the common time begins, at least 1
 * @param steps steps that every run ends in the common time, at least 1
 * @param run one run; it calls `ended` after each step and ends when that returns true
 * @param now seconds, never going back
 */
export async function sideBySide(
  count: number,
  warmUp: number,
  steps: number,
  run: (index: number, ended: () => boolean) => Promise<void>,
  now: () => number = () => performance.now() / 1000,
): Promise<StepEnds> {
  const ends = Array.from({ length: count }, (): number[] => []);
  const isEnough = (): boolean => {
    if (ends.some((own) => own.length < warmUp)) return false;
    const from = commonStart(ends, warmUp);
    return ends.every((own) => own.filter((end) => end > from).length >= steps);
  };
  let enough = false;
  await Promise.all(
    ends.map((own, i) =>
      run(i, () => {
        own.push(now());
        enough ||= isEnough();
        return enough;
      }),
    ),
  );
  return ends;
}

/**
 * Summed speed of all runs in equal parts of their common time. A step that begins or ends outside of a part counts by
 * its share of time inside.
 * @param amounts units of a step of each run
 * @param parts samples to return
 * @returns units a second of each part
 * @throws RangeError when the runs have no common time
 */
export function summedRates(ends: StepEnds, amounts: readonly number[], warmUp: number, parts: number): number[] {
  const from = commonStart(ends, warmUp);
  const to = Math.min(...ends.map((own) => own[own.length - 1]));
  if (!(to > from)) throw new RangeError(`summedRates: expected runs with a common time, got ${from} to ${to}`);
  const length = (to - from) / parts;
  return Array.from({ length: parts }, (_, part) => {
    const [begin, end] = [from + part * length, from + (part + 1) * length];
    return ends.reduce((sum, own, i) => sum + (amounts[i] * (stepsBy(own, end) - stepsBy(own, begin))) / length, 0);
  });
}

/** When the last run has ended its warm-up. */
function commonStart(ends: StepEnds, warmUp: number): number {
  return Math.max(...ends.map((own) => own[warmUp - 1]));
}

/** Steps done by a time between the first and the last end, with the fraction of the one in progress. */
function stepsBy(ends: readonly number[], time: number): number {
  const next = ends.findIndex((end) => end >= time);
  if (next <= 0) return next === 0 ? 1 : ends.length;
  return next + (time - ends[next - 1]) / (ends[next] - ends[next - 1]);
}
