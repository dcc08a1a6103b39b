// What training and reinforcement learning do around their threads: rows of metrics, checkpoints and the state to go on from are written behind
// each other while the threads work; a signal, or a disk that is full, stops them after the step in hand.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SYSTEM_CLOCK } from '../base/clock.ts';
import { TracelabError } from '../base/errors.ts';
import { namedTensors } from './checkpoint.ts';
import type { ModelLayout } from './layout.ts';
import { readState, type RunState, STATE_FILE, type StateBlocks, writeState } from './run-state.ts';
import type { NamedTensor } from './safetensors.ts';

/** Seconds between two states: what a crash loses at most. */
export const STATE_SECONDS = 60;

/** What the leading thread posts. */
export type RunMessage<Row> =
  | { readonly kind: 'step'; readonly row: Row }
  | { readonly kind: 'weights'; readonly step: number; readonly parameters: ArrayBuffer }
  | { readonly kind: 'state'; readonly step: number; readonly blocks: StateBlocks };

/** metrics.jsonl of the run. */
interface RowFile<Row> {
  append(row: Row): void;
  /** All rows so far are on the disk when it resolves. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

export interface ResumableRun<Row extends { readonly step: number }> {
  readonly runDir: string;
  /** Names the run: settings, data, core. */
  readonly key: string;
  readonly resumed: RunState | null;
  readonly layout: ModelLayout;
  readonly metrics: RowFile<Row>;
  /** One word; threads end after the step in which it is no longer 0. */
  readonly stopFlag: Int32Array;
  readonly signal?: AbortSignal;
  /** Runs all threads to their end. */
  readonly run: (onMessage: (message: RunMessage<Row>) => void) => Promise<void>;
  /** Told every row before it is written. */
  readonly onStep: (row: Row) => void;
  /** @param directory of the step's checkpoint */
  readonly writeCheckpoint: (directory: string, weights: readonly NamedTensor[], step: number) => Promise<void>;
}

/** Made anew from where the run is now: it may have moved since a checkpoint was written. */
export function checkpointDirectory(runDir: string, step: number): string {
  return join(runDir, 'checkpoints', `step-${step}`);
}

/** The state to go on from, or null. @param kept steps with a checkpoint @throws as readState; TracelabError CHECKPOINT_MISSING when one behind the state is gone, which only a new start makes again: hours are not thrown away without a word */
export async function resumableState(runDir: string, key: string, kept: readonly number[]): Promise<RunState | null> {
  const state = await readState(join(runDir, STATE_FILE), key);
  const pathOf = (step: number): string => join(checkpointDirectory(runDir, step), 'model.safetensors');
  const gone = kept.find((step) => state !== null && step <= state.step && !existsSync(pathOf(step)));
  if (gone === undefined) return state;
  throw new TracelabError({
    code: 'CHECKPOINT_MISSING',
    kind: 'damaged_artifact',
    where: pathOf(gone),
    what: 'a checkpoint that this run had kept is gone',
    hint: `put it back, or delete ${runDir} to begin anew`,
  });
}

/** @returns the last step done, and the wall time over all pieces of the run */
export async function runResumable<Row extends { readonly step: number }>(
  options: ResumableRun<Row>,
): Promise<{ readonly step: number; readonly seconds: number }> {
  const { runDir, key, resumed, layout, metrics, stopFlag, signal, run, onStep, writeCheckpoint } = options;
  const started = SYSTEM_CLOCK.seconds();
  const secondsNow = (): number => (resumed?.seconds ?? 0) + SYSTEM_CLOCK.seconds() - started;
  let step = resumed?.step ?? 0;
  const stop = (): void => {
    Atomics.store(stopFlag, 0, 1);
  };
  let writes = Promise.resolve();
  const later = (write: () => Promise<void>): void => {
    writes = writes.then(write);
    writes.catch(stop);
  };
  signal?.addEventListener('abort', stop);
  if (signal?.aborted === true) stop();
  try {
    await run((message) => {
      if (message.kind === 'step') {
        onStep(message.row);
        metrics.append(message.row);
        step = message.row.step;
      } else if (message.kind === 'weights') {
        later(() =>
          writeCheckpoint(
            checkpointDirectory(runDir, message.step),
            namedTensors(message.parameters, layout),
            message.step,
          ),
        );
      } else {
        const seconds = secondsNow();
        later(async () => {
          await metrics.flush();
          await writeState(join(runDir, STATE_FILE), layout, message.blocks, key, message.step, seconds);
        });
      }
    });
    await writes;
    await metrics.flush();
  } finally {
    signal?.removeEventListener('abort', stop);
    await metrics.close();
  }
  return { step, seconds: secondsNow() };
}

/** Speed over the last few steps. */
export class SpeedWindow {
  private readonly length: number;
  private readonly steps: { readonly tokens: number; readonly seconds: number }[] = [];

  /** @param length steps */
  constructor(length: number) {
    this.length = length;
  }

  add(tokens: number, seconds: number): { readonly tokens_per_second: number; readonly seconds_per_step: number } {
    const { steps } = this;
    steps.push({ tokens, seconds });
    if (steps.length > this.length) steps.shift();
    const sum = steps.reduce((a, b) => ({ tokens: a.tokens + b.tokens, seconds: a.seconds + b.seconds }));
    return { tokens_per_second: sum.tokens / sum.seconds, seconds_per_step: sum.seconds / steps.length };
  }
}
