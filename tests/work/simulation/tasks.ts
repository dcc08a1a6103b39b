// Tasks of the simulation: they count in steps and save after each, through the functions that real kinds use. Their
// results follow from the graph alone, so every byte that is committed can be compared.
import { join } from 'node:path';
import { TracelabError } from '../../../src/base/errors.ts';
import { readJson, readText, writeFileAtomic } from '../../../src/base/files.ts';
import { canonicalJson, sha256 } from '../../../src/base/hash.ts';
import { noteWritten } from '../../../src/base/written-files.ts';
import { RUN_TIMING } from '../../../src/model/resumable-run.ts';
import type { Estimate, Kind, Kinds, Work } from '../../../src/work/kind.ts';
import type { Graph, Task } from '../../../src/work/task.ts';
import { runningProcess, type World } from './world.ts';

const STATE_FILE = 'state.json';
const VALUE_FILE = 'value.txt';
/** Differs from try to try, as files with times do. */
const TIMES_FILE = 'times.txt';

interface StepsConfig {
  readonly name: string;
  readonly steps: number;
  /** Of each step. */
  readonly seconds: number;
  /** Its input is wrong: no try can help. */
  readonly refused: boolean;
}

interface State {
  readonly step: number;
  readonly value: string;
}

/** What may go wrong in a step. */
type Trouble = () => void;

/** @param trouble called in each step; may throw */
export function simulatedKinds(trouble: Trouble): Kinds {
  const kind: Kind<StepsConfig> = {
    name: 'steps',
    version: 1,
    usesCore: false,
    unit: 'problems',
    outputs: [
      { pattern: /^value\.txt$/, exact: true },
      { pattern: /^times\.txt$/, exact: false },
    ],
    state: [/^state\.json$/],
    inputs: (_, needs) => Object.fromEntries(Object.entries(needs).map(([role, { result }]) => [role, result])),
    keyed: ({ name, steps }) => ({ name, steps }),
    estimate: () => estimateOf(1, 1),
    run: async (work) => take(work, trouble),
  };
  return new Map([[kind.name, kind]]);
}

async function take(work: Work<StepsConfig>, trouble: Trouble): Promise<{ value: string } | null> {
  const { name, steps, seconds, refused } = work.config;
  if (refused)
    throw new TracelabError({
      code: 'INPUT_REFUSED',
      kind: 'refused_input',
      where: name,
      what: 'is refused',
      expected: 'a task',
      got: 'none',
      hint: 'none',
    });
  const path = join(work.directory, STATE_FILE);
  let state = await readState(path);
  if (!state) {
    const needs: string[] = [];
    for (const role of ['a', 'b']) {
      const need = work.needIfAny(role);
      if (need) needs.push(await readText(join(need.directory, VALUE_FILE)));
    }
    state = { step: 0, value: firstValue(name, needs) };
  }
  while (state.step < steps) {
    if (work.signal.aborted) return null;
    if (!(await tookStep(seconds / work.threads, work.signal))) return null;
    trouble();
    state = { step: state.step + 1, value: sha256(state.value) };
    await writeFileAtomic(path, JSON.stringify(state));
    const share = state.step / steps;
    work.progress({ share, tokens_per_second: null, seconds_left: null, words: `step ${state.step}`, detail: null });
  }
  if (work.signal.aborted) return null;
  const { value } = state;
  await writeFileAtomic(join(work.directory, VALUE_FILE), value);
  await writeFileAtomic(join(work.directory, TIMES_FILE), `${runningProcess()?.name} ${performance.now()}`);
  await noteWritten(work.directory, { path: VALUE_FILE, bytes: value.length, sha256: sha256(value) });
  return { value };
}

/** @returns false for a step that is dropped because it lasts too long after the signal, as real kinds do */
async function tookStep(seconds: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const timers: NodeJS.Timeout[] = [];
    const end = (isWhole: boolean): void => {
      for (const timer of timers) clearTimeout(timer);
      signal.removeEventListener('abort', heed);
      resolve(isWhole);
    };
    const heed = (): void => {
      timers.push(setTimeout(() => end(false), RUN_TIMING.dropSeconds * 1000));
    };
    timers.push(setTimeout(() => end(true), seconds * 1000));
    signal.addEventListener('abort', heed);
  });
}

async function readState(path: string): Promise<State | undefined> {
  try {
    return (await readJson(path)) as State;
  } catch (error) {
    if (error instanceof TracelabError && error.code === 'FILE_MISSING') return undefined;
    throw error;
  }
}

function firstValue(name: string, needs: readonly string[]): string {
  return [name, ...needs].join();
}

function estimateOf(seconds: number, bytes: number): Estimate {
  return { tokens: 0, flops: 0, seconds, threads: [1, 2], bytes: () => bytes };
}

export interface Expected {
  /** SHA-256 over the exact outputs; undefined for a task that cannot be finished. */
  readonly result: string | undefined;
  /** By role, ids of its needs. */
  readonly needs: readonly string[];
}

export interface SimulatedGraph {
  readonly graph: Graph;
  readonly estimates: ReadonlyMap<string, Estimate>;
  readonly expected: ReadonlyMap<string, Expected>;
}

/** Draws a graph of a few tasks. */
export function drawGraph(world: World): SimulatedGraph {
  const tasks: Task[] = [];
  const estimates = new Map<string, Estimate>();
  const expected = new Map<string, Expected>();
  const values = new Map<string, string>();
  const count = 2 + world.random.below(5);
  for (let i = 0; i < count; i++) {
    const id = `t${i}`;
    const needs = Object.fromEntries(
      ['a', 'b'].flatMap((role) => (i > 0 && world.oneIn(2) ? [[role, `t${world.random.below(i)}`]] : [])),
    );
    // Some take longer than the schedule waits before it widens a task.
    const seconds = world.oneIn(3) ? world.between(5, 25) : world.between(0.05, 2);
    const config = { name: id, steps: 1 + world.random.below(4), seconds, refused: world.oneIn(15) };
    tasks.push({ id, kind: 'steps', config, needs });
    estimates.set(id, estimateOf(config.steps * config.seconds, 1 + world.random.below(2)));
    const ids = Object.values(needs);
    if (config.refused || ids.some((need) => !values.has(need))) {
      expected.set(id, { result: undefined, needs: ids });
      continue;
    }
    let value = firstValue(
      id,
      ids.map((need) => values.get(need) ?? ''),
    );
    for (let step = 0; step < config.steps; step++) value = sha256(value);
    values.set(id, value);
    expected.set(id, { result: sha256(canonicalJson([[VALUE_FILE, sha256(value)]])), needs: ids });
  }
  return { graph: { format: 1, tasks, given: {} }, estimates, expected };
}
