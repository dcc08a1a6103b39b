// Which saved state a run resumes from: the newest one that is whole, with its rows of metrics and with every
// checkpoint kept before it. What is damaged is named; an older state takes the place of a newer one; with none left
// the run is refused.
import { TracelabError } from '../base/errors.ts';
import { damagedCheckpoint } from './kept-checkpoints.ts';
import { type MetricsMark, type RunState, RunStates, STATE_LINES, type StateLine } from './run-state.ts';

export interface ResumeRequest<Rows> {
  readonly runDir: string;
  /** Names the run: settings, data, core. */
  readonly key: string;
  /** Steps with a checkpoint, ascending. */
  readonly kept: readonly number[];
  /** Of the whole run. */
  readonly steps: number;
  /**
   * Reads the rows of a state.
   * @throws TracelabError of a damaged artefact when they are not those of the mark
   */
  readonly readRows: (mark: MetricsMark) => Promise<Rows>;
  readonly say: (text: string) => void;
}

export interface Resumed<Rows> {
  /** Null for a run that begins. */
  readonly state: RunState | null;
  readonly rows: Rows | null;
  /** For the states to come. */
  readonly states: RunStates;
}

/**
 * Changes nothing before a state is found.
 * @throws TracelabError RUN_MISMATCH (refused input) when the directory holds another run
 * @throws TracelabError CHECKPOINT_DAMAGED, CHECKPOINT_MISSING, METRICS_DAMAGED (damaged artefact) when no state can be
 * used: hours of work are never discarded silently
 */
export async function resumedState<Rows>(request: ResumeRequest<Rows>): Promise<Resumed<Rows>> {
  const { runDir, steps, say } = request;
  const states = await RunStates.open(runDir);
  if (states.candidates.length === 0) {
    // One is left by a process that died before it committed its first state.
    if (states.files.length > 1) throw refusal(runDir, `${STATE_LINES}, the list of saved states, is empty or missing`);
    if (states.files.length > 0) say(`${STATE_LINES} names no saved state; begins anew`);
    await states.resumeFrom(null);
    return { state: null, rows: null, states };
  }
  const bad = await damagedCheckpoint(
    runDir,
    request.kept.filter((step) => step <= Math.max(...states.candidates.map((line) => line?.step ?? 0))),
  );
  const faults: Fault[] = [];
  for (const line of states.candidates) {
    const found = await tryState(request, states, line, bad);
    if ('error' in found) {
      faults.push(found);
      continue;
    }
    for (const { text } of faults) say(`${text}; resumes at step ${found.state.step}`);
    await states.resumeFrom(line);
    say(`resumes at step ${thousands(found.state.step)} of ${thousands(steps)}`);
    return { ...found, states };
  }
  const [{ error }] = faults;
  if (faults.length === 1) throw error;
  throw new TracelabError({ ...error.details, what: faults.map(({ text }) => text).join(', and ') });
}

interface Fault {
  /** `state of step 400 is damaged`. */
  readonly text: string;
  readonly error: TracelabError;
}

async function tryState<Rows>(
  { runDir, key, readRows }: ResumeRequest<Rows>,
  states: RunStates,
  line: StateLine | null,
  bad: Awaited<ReturnType<typeof damagedCheckpoint>>,
): Promise<{ readonly state: RunState; readonly rows: Rows } | Fault> {
  if (line === null)
    return {
      text: `a line of ${STATE_LINES} is damaged`,
      error: refusal(runDir, `a line of ${STATE_LINES} is damaged`),
    };
  let text = `state of step ${line.step} is damaged`;
  try {
    const state = await states.read(line, key);
    text = `metrics up to step ${line.step} are damaged`;
    const rows = await readRows(line.metrics);
    if (bad === null || bad.step > state.step) return { state, rows };
    const how = bad.error.code === 'CHECKPOINT_MISSING' ? 'missing' : 'damaged';
    return { text: `checkpoint of step ${bad.step} is ${how}`, error: bad.error };
  } catch (error) {
    if (error instanceof TracelabError && error.kind === 'damaged_artifact') return { text, error };
    throw error;
  }
}

function refusal(runDir: string, what: string): TracelabError {
  return new TracelabError({
    code: 'CHECKPOINT_DAMAGED',
    kind: 'damaged_artifact',
    where: runDir,
    what,
    expected: 'a state as it was written',
    got: 'another, or none',
    hint: `delete ${runDir} to begin anew`,
  });
}

function thousands(count: number): string {
  return count.toLocaleString('en-US');
}
