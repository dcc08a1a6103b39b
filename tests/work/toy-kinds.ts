// Kinds of tasks for tests: they count in steps, save after each, and get into the trouble that their settings name.
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TracelabError } from '../../src/base/errors.ts';
import { sha256 } from '../../src/base/hash.ts';
import type { Estimate, Kind, Kinds, Work } from '../../src/work/kind.ts';
import type { Graph, Task } from '../../src/work/task.ts';

export interface CountConfig {
  readonly name: string;
  readonly steps: number;
  /** Slept in each step, or spent at work if busy. */
  readonly milliseconds?: number;
  readonly busy?: boolean;
  readonly trouble?: {
    readonly what: 'exit' | 'abort' | 'throw' | 'refuse' | 'spin' | 'deaf' | 'go' | 'bloat';
    /** In the first so many tries. */
    readonly tries: number;
    /** Before the step of each try with this number, counted from where the try began; 0: before newer state. */
    readonly after: number;
    /** Where tries are counted. */
    readonly scratch: string;
  };
}

interface State {
  readonly step: number;
  readonly value: string;
}

const hoard: Uint8Array[] = [];

async function count(work: Work<CountConfig>): Promise<{ value: string } | null> {
  const { name, steps, milliseconds = 0, busy = false, trouble } = work.config;
  const file = join(work.directory, 'state.json');
  let state: State = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as State)
    : { step: 0, value: [name, ...['a', 'b'].map((role) => work.needIfAny(role)?.result ?? '')].join() };
  if (state.step > 0) work.say(`resumes at step ${state.step}`);
  const first = state.step;
  const tries = trouble ? countTry(join(trouble.scratch, `${name}.tries`)) : 0;
  while (state.step < steps) {
    if (trouble && tries <= trouble.tries && state.step - first === trouble.after) await getInto(trouble.what, work);
    if (work.signal.aborted) return null;
    if (busy) for (const end = performance.now() + milliseconds; performance.now() < end;);
    else await sleep(milliseconds);
    state = { step: state.step + 1, value: sha256(state.value) };
    writeFileSync(`${file}.tmp`, JSON.stringify(state));
    renameSync(`${file}.tmp`, file);
    work.progress({
      share: state.step / steps,
      tokens_per_second: null,
      seconds_left: null,
      words: `step ${state.step}`,
      detail: { pid: process.pid, threads: work.threads },
    });
  }
  writeFileSync(join(work.directory, 'value.txt'), state.value);
  return { value: state.value };
}

function countTry(file: string): number {
  appendFileSync(file, `${process.pid}\n`);
  return readFileSync(file, 'utf8').trim().split('\n').length;
}

async function getInto(what: NonNullable<CountConfig['trouble']>['what'], work: Work<CountConfig>): Promise<void> {
  const { name } = work.config;
  switch (what) {
    case 'exit':
      process.stderr.write(`${name} leaves\n`);
      return process.exit(7);
    case 'abort':
      return process.abort();
    case 'throw':
      throw new Error(`${name} is broken\nsecond line`);
    case 'refuse':
      throw new TracelabError({
        code: 'TOY_REFUSED',
        kind: 'refused_input',
        where: name,
        what: 'is refused',
        expected: 'a good toy',
        got: 'a bad one',
        hint: 'take another',
      });
    case 'spin':
      for (;;);
    case 'deaf':
      return new Promise(() => setInterval(() => undefined, 1000));
    case 'go':
      // Told to stop, it ends a moment later, without its task.
      work.signal.addEventListener('abort', () => setTimeout(() => process.exit(0), 100));
      work.say(String(process.pid));
      return new Promise(() => setInterval(() => undefined, 1000));
    case 'bloat':
      hoard.push(new Uint8Array(64 * 2 ** 20).fill(1));
  }
}

export const countKind: Kind<CountConfig> = {
  name: 'count',
  version: 1,
  usesCore: false,
  unit: 'problems',
  outputs: [{ pattern: /^value\.txt$/, exact: true }],
  state: [/^state\.json$/],
  inputs: (_, needs) => Object.fromEntries(Object.entries(needs).map(([role, { result }]) => [role, result])),
  keyed: ({ name, steps }) => ({ name, steps }),
  estimate: () => toyEstimate(1),
  run: count,
};

export const TOY_KINDS: Kinds = new Map([['count', countKind]]);

export const TOY_CORE = { module_sha256: '0'.repeat(64), kernel_path: 'portable' } as const;

/** @param bytes per thread */
export function toyEstimate(seconds: number, threads: readonly number[] = [1], bytes = 1): Estimate {
  return { tokens: 0, flops: 0, seconds, threads, bytes: (used) => used * bytes };
}

export function toyTask(id: string, config: Partial<CountConfig> = {}, needs: Task['needs'] = {}): Task {
  return { id, kind: 'count', config: { name: id, steps: 3, ...config }, needs };
}

export function toyGraph(...tasks: readonly Task[]): Graph {
  return { format: 1, tasks, given: {} };
}
