// What training and reinforcement learning do around their threads: rows of metrics, checkpoints and states to resume
// from are written behind each other while the threads work. A signal, or a full disk, ends the run after the step in
// hand, or drops that step when it takes too long.
import { SYSTEM_CLOCK } from '../base/clock.ts';
import type { WrittenFile } from '../base/written-files.ts';
import type { StepClaim } from '../core/step-claim.ts';
import { namedTensors } from './named-tensors.ts';
import { checkpointDirectory, noteCheckpoint } from './kept-checkpoints.ts';
import { type NotFiniteMessage, type NotFiniteRow, notFiniteText } from './not-finite.ts';
import type { UpdateMemory } from './parallel-update.ts';
import type { Resumed } from './resumed-state.ts';
import { copyState, type MetricsMark, type StateBlocks } from './run-state.ts';
import type { NamedTensor } from './tensor-file.ts';

export { checkpointDirectory } from './kept-checkpoints.ts';

/** When a run saves, and how long it takes to stop. */
export interface RunTiming {
  /** Between two states: what a crash loses at most. */
  readonly stateSeconds: number;
  /** From the signal until the step in hand is dropped. */
  readonly dropSeconds: number;
  /** From the signal until threads that still work are ended by force. */
  readonly abandonSeconds: number;
}

/** A stop takes less than 5 seconds: the last one is for the disk. */
export const RUN_TIMING: RunTiming = { stateSeconds: 60, dropSeconds: 3, abandonSeconds: 4 };

/** What the leading thread posts. */
export type RunMessage<Row> =
  | { readonly kind: 'step'; readonly row: Row }
  | NotFiniteMessage
  | { readonly kind: 'weights'; readonly step: number; readonly parameters: ArrayBuffer }
  | { readonly kind: 'state'; readonly step: number; readonly blocks: StateBlocks };

/** metrics.jsonl of the run. */
interface RowFile<Row> {
  append(row: Row): void;
  /** Of all rows so far, on the disk or not. */
  mark(): MetricsMark;
  /** All rows so far are on the disk when it resolves. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

export interface ResumableRun<Row extends { readonly step: number }> {
  readonly runDir: string;
  /** Names the run: settings, data, core. */
  readonly key: string;
  readonly resumed: Pick<Resumed<unknown>, 'state' | 'states'>;
  /** Shared by the threads, and where parameters and moments are in it. */
  readonly memory: WebAssembly.Memory;
  readonly update: UpdateMemory;
  readonly metrics: RowFile<Row | NotFiniteRow>;
  /** One word; threads end after the step in which it is no longer 0. */
  readonly stopFlag: Int32Array;
  readonly claim: StepClaim;
  readonly signal?: AbortSignal;
  readonly timing: RunTiming;
  readonly say: (text: string) => void;
  /**
   * Runs all threads to their end.
   * @param abandon ends them in the middle; what they throw then is ignored
   */
  readonly run: (onMessage: (message: RunMessage<Row>) => void, abandon: AbortSignal) => Promise<void>;
  /** Called with every row before it is written. */
  readonly onStep: (row: Row) => void;
  /** Id of an example that a batch was made from, by its index. */
  readonly exampleId: (index: number) => string;
  /**
   * @param directory of the step's checkpoint
   * @returns what was written, paths relative to the directory
   */
  readonly writeCheckpoint: (
    directory: string,
    weights: readonly NamedTensor[],
    step: number,
  ) => Promise<readonly WrittenFile[]>;
}

/**
 * @returns the last step that the same call resumes after, or the last one of all; the wall time over all pieces of
 * the run; and the steps of this piece whose update was skipped
 */
export async function runResumable<Row extends { readonly step: number }>(
  options: ResumableRun<Row>,
): Promise<{ readonly step: number; readonly seconds: number; readonly skipped: number }> {
  const { runDir, key, resumed, memory, update, metrics, stopFlag, claim, signal, timing, say, run, onStep } = options;
  const { layout } = update;
  const started = SYSTEM_CLOCK.seconds();
  const secondsNow = (): number => (resumed.state?.seconds ?? 0) + SYSTEM_CLOCK.seconds() - started;
  let skipped = 0;
  let step = resumed.state?.step ?? 0,
    // A new run begins from its seed: there is nothing to save before its first step.
    saved = step;
  const timers: NodeJS.Timeout[] = [];
  const after = (seconds: number, act: () => void): void => {
    timers.push(setTimeout(act, 1000 * seconds));
  };
  const abandon = new AbortController();
  const stop = (): void => {
    Atomics.store(stopFlag, 0, 1);
    if (timers.length > 0) return;
    after(timing.dropSeconds, drop);
    after(timing.abandonSeconds, () => {
      abandon.abort();
    });
  };
  let writes = Promise.resolve();
  const later = (write: () => Promise<void>): void => {
    writes = writes.then(write);
    writes.catch(stop);
  };
  const save = (blocks: StateBlocks, at: number): void => {
    if (at === saved) return;
    saved = at;
    const [seconds, mark] = [secondsNow(), metrics.mark()];
    later(async () => {
      await metrics.flush();
      await resumed.states.write(layout, blocks, { key, step: at, seconds }, mark);
    });
  };
  /** Set while the row of the last step before a dropped one is on its way here. */
  let dropped: { readonly step: number; readonly blocks: StateBlocks } | undefined;
  const saveDropped = (): void => {
    if (dropped === undefined || step !== dropped.step) return;
    save(dropped.blocks, step);
    dropped = undefined;
  };
  function drop(): void {
    const done = claim.drop();
    if (done === null) return;
    say(`step ${done + 1} takes too long: it is dropped, and repeated when the run resumes`);
    dropped = { step: done, blocks: copyState(memory, update) };
    saveDropped();
  }
  let isOver = false;
  const onMessage = (message: RunMessage<Row>): void => {
    // Of threads that were ended by force.
    if (isOver) return;
    if (message.kind === 'step') {
      onStep(message.row);
      metrics.append(message.row);
      step = message.row.step;
      saveDropped();
    } else if (message.kind === 'not-finite') {
      const { row, examples } = message;
      metrics.append({ ...row, examples: examples.map(options.exampleId) });
      if (row.update === 'stopped') return;
      say(`step ${row.step}: the update is skipped, because ${notFiniteText(row.not_finite)}`);
      skipped += 1;
      step = row.step;
      saveDropped();
    } else if (message.kind === 'weights') {
      later(async () => {
        const directory = checkpointDirectory(runDir, message.step);
        const weights = namedTensors(message.parameters, layout);
        await noteCheckpoint(runDir, message.step, await options.writeCheckpoint(directory, weights, message.step));
      });
    } else save(message.blocks, message.step);
  };
  signal?.addEventListener('abort', stop);
  if (signal?.aborted === true) stop();
  try {
    await run(onMessage, abandon.signal).catch(async (error: unknown) => {
      if (!abandon.signal.aborted) {
        // What was posted before the failure still gets to the disk.
        await writes.catch(() => undefined);
        throw error;
      }
      // Rows after the last state are cut when the run resumes.
      step = saved;
    });
    isOver = true;
    await writes;
    await metrics.flush();
  } finally {
    isOver = true;
    for (const timer of timers) clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
    await metrics.close();
  }
  return { step, seconds: secondsNow(), skipped };
}

/** Speed over the last few steps. */
export class SpeedWindow {
  private readonly length: number;
  private readonly steps: { readonly tokens: number; readonly seconds: number }[] = [];

  /** @param length steps */
  constructor(length: number) {
    this.length = length;
  }

  /** Adds a step and returns the speed over the last steps. */
  add(tokens: number, seconds: number): { readonly tokens_per_second: number; readonly seconds_per_step: number } {
    const { steps } = this;
    steps.push({ tokens, seconds });
    if (steps.length > this.length) steps.shift();
    const sum = steps.reduce((a, b) => ({ tokens: a.tokens + b.tokens, seconds: a.seconds + b.seconds }));
    return { tokens_per_second: sum.tokens / sum.seconds, seconds_per_step: sum.seconds / steps.length };
  }
}
