// What a part of a training leaves to the next one: the state after its last step, the rows of metrics up to it, and
// the checkpoints that the whole training keeps. Nothing here decides a number: a training that begins with a part
// ends with the same bits as one that began with its seed.
import { dirname, join } from 'node:path';
import { copyFile, existsSync, mkdirs, stat } from '../base/disk.ts';
import { TracelabError } from '../base/errors.ts';
import { readJson, writeFileAtomic } from '../base/files.ts';
import { noteWritten } from '../base/written-files.ts';
import { METRICS_FILE } from '../model/metrics-file.ts';
import { RunStates, STATE_LINES, stateLine } from '../model/run-state.ts';
import type { StateLine } from '../model/run-state.ts';
import type { Finished } from '../work/task.ts';

const STATE_FILE = 'state.safetensors';
const LINE_FILE = 'state.json';

/** Of a finished part. */
export interface HandedOver {
  /** Steps of its checkpoints that the whole training keeps. */
  readonly kept: readonly number[];
}

/**
 * Makes outputs of the newest state of a run directory.
 * @param step that it must be of
 */
export async function handOver(directory: string, step: number): Promise<void> {
  const states = await RunStates.open(directory);
  const line = states.candidates.find((each) => each?.step === step);
  if (!line) throw new Error(`${directory} has no state of step ${step}`);
  await copyFile(states.pathOf(line), join(directory, STATE_FILE));
  await writeFileAtomic(join(directory, LINE_FILE), `${JSON.stringify(line)}\n`);
}

/**
 * Begins a run directory where a part ended, unless it has a state of its own. The state counts once its line is
 * written, after all else.
 * @throws TracelabError STATE_FILE (damaged artefact)
 */
export async function beginWith(part: Finished, directory: string): Promise<void> {
  if (existsSync(join(directory, STATE_LINES))) return;
  const { kept } = part.summary as HandedOver;
  const line = await lineOf(part);
  const checkpoints = Object.keys(part.outputs).filter((path) =>
    kept.some((step) => path.startsWith(`checkpoints/step-${step}/`)),
  );
  for (const path of [...checkpoints, METRICS_FILE]) {
    const to = join(directory, path);
    await mkdirs(dirname(to));
    await copyFile(join(part.directory, path), to);
    // The rows grow; the hash of their beginning is in the line.
    const bytes = Number((await stat(to))?.size ?? 0);
    if (path !== METRICS_FILE) await noteWritten(directory, { path, bytes, sha256: part.outputs[path] });
  }
  await RunStates.begin(directory, join(part.directory, STATE_FILE), line);
}

async function lineOf({ directory }: Finished): Promise<StateLine> {
  const path = join(directory, LINE_FILE);
  const line = stateLine(await readJson(path));
  if (line !== undefined) return line;
  throw new TracelabError({
    code: 'STATE_FILE',
    kind: 'damaged_artifact',
    where: path,
    what: 'is not the line of a saved state',
    expected: 'what a part of a training writes',
    got: 'another content',
    hint: 'run `tracelab runs verify --repair` and the sweep again',
  });
}
