// The meaning of an engine in plain data, without a database: what the contract and the simulation compare real engines
// and workers with.
import { SYSTEM_CLOCK } from '../../src/base/clock.ts';
import { TracelabError } from '../../src/base/errors.ts';
import { readFile } from '../../src/base/disk.ts';
import { writeFileAtomic } from '../../src/base/files.ts';
import { sha256 } from '../../src/base/hash.ts';
import { artefactFault, type Artefacts } from '../../src/fleet/artefacts.ts';
import {
  describeIdentity,
  MOST_TRIES,
  type Changes,
  type Claim,
  type Engine,
  type FleetStatus,
  type LogLine,
  type OtherRecord,
  type QueuedTask,
  type SavedState,
  type Submission,
  type TaskState,
  type WorkerIdentity,
} from '../../src/fleet/engine.ts';
import type { CellRecord } from '../../src/work/cell-record.ts';
import type { TaskFailure } from '../../src/work/executor.ts';
import { hashOf, keyOf } from '../../src/work/key.ts';
import type { Kinds, TaskProgress } from '../../src/work/kind.ts';
import type { Finished } from '../../src/work/task.ts';

interface Task {
  readonly task: QueuedTask;
  state: TaskState;
  hash: string | null;
  failure: TaskFailure | null;
  changed: number;
}

interface Graph {
  readonly submission: Submission;
  readonly tasks: Map<string, Task>;
  readonly submitted: Date;
  cancelled: boolean;
}

/** A cell that is queued or held. */
interface Job {
  readonly claim: Omit<Claim, 'attempt' | 'state'>;
  readonly identity: string;
  readonly priority: number;
  readonly order: number;
  holder:
    { readonly worker: string; readonly attempt: string; renewed: number; progress: TaskProgress | null } | undefined;
}

/** Seconds without a sign of life after which a cell is another worker's. */
const HEARTBEAT_SECONDS = 30;

export class MemoryEngine implements Engine {
  readonly #kinds: Kinds;
  readonly #now: () => number;
  readonly #graphs = new Map<string, Graph>();
  readonly #cells = new Map<string, { readonly record: string; readonly result: string; readonly worker: string }>();
  readonly #jobs = new Map<string, Job>();
  readonly #unfinished = new Map<string, { tries: number; state: SavedState | null }>();
  readonly #workers = new Map<string, { readonly worker: WorkerIdentity; seen: number }>();
  readonly #logs = new Map<string, LogLine[]>();
  readonly #alarms: { readonly hash: string; readonly text: string }[] = [];
  #count = 0;

  /** @param now seconds of the engine's own clock */
  constructor(kinds: Kinds, now: () => number) {
    this.#kinds = kinds;
    this.#now = now;
  }

  async submit(submission: Submission): Promise<void> {
    const { name, config_hash, replace, identity, tasks } = submission;
    let graph = this.#graphs.get(name);
    const isOther = graph !== undefined && graph.submission.config_hash !== config_hash;
    if (isOther && !replace) throw fault('STUDY_OTHER', name);
    if (isOther || (graph && describeIdentity(graph.submission.identity) !== describeIdentity(identity)))
      graph = undefined;
    graph ??= { submission, tasks: new Map(), submitted: SYSTEM_CLOCK.now(), cancelled: false };
    this.#graphs.set(name, graph);
    this.#dropJobs();
    graph.cancelled = false;
    for (const task of tasks)
      if (!graph.tasks.has(task.id))
        graph.tasks.set(task.id, { task, state: 'waiting', hash: null, failure: null, changed: 0 });
    for (const each of graph.tasks.values()) {
      if (!['set_aside', 'blocked', 'cancelled'].includes(each.state)) continue;
      const key = `${each.hash} ${describeIdentity(identity)}`;
      if (!this.#jobs.has(key) && !this.#unfinished.get(key)?.state) this.#unfinished.delete(key);
      this.#change(each, 'waiting');
      each.failure = null;
    }
    this.#makeReady(graph);
    return Promise.resolve();
  }

  #change(task: Task, state: TaskState): void {
    task.state = state;
    task.changed = this.#count += 1;
  }

  #makeReady(graph: Graph): void {
    for (let again = true; again;) {
      again = false;
      for (const each of graph.tasks.values()) {
        const needs = Object.entries(each.task.needs);
        if (each.state !== 'waiting' || needs.some(([, id]) => graph.tasks.get(id)?.state !== 'finished')) continue;
        const records = needs.map(([role, id]) => [role, this.#finished(graph.tasks.get(id)?.hash ?? '')] as const);
        const found = Object.fromEntries(records);
        const { id, kind: name, config, seconds, bytes, priority } = each.task;
        const kind = this.#kinds.get(name);
        if (!kind) throw new Error(`no kind ${name}`);
        const { core } = graph.submission.identity;
        const key = keyOf({ id, kind: name, config, needs: {} }, kind, found, core);
        const hash = hashOf(key);
        each.hash = hash;
        if (this.#cells.has(hash)) {
          this.#change(each, 'finished');
          again = true;
          continue;
        }
        this.#change(each, 'ready');
        const own = describeIdentity(graph.submission.identity);
        if (this.#jobs.has(`${hash} ${own}`)) continue;
        const hashes = Object.fromEntries(records.map(([role, record]) => [role, record.hash]));
        this.#unfinished.set(`${hash} ${own}`, this.#unfinished.get(`${hash} ${own}`) ?? { tries: 0, state: null });
        this.#jobs.set(`${hash} ${own}`, {
          claim: { hash, id, kind: name, config, key, needs: hashes, seconds, bytes },
          identity: own,
          priority: Math.round(priority),
          order: (this.#count += 1),
          holder: undefined,
        });
      }
    }
  }

  #finished(hash: string): Finished {
    const cell = this.#cells.get(hash);
    if (!cell) throw new Error(`no cell ${hash}`);
    const { result, seconds, outputs, summary } = JSON.parse(cell.record) as CellRecord;
    return { hash, result, seconds, outputs, summary, directory: '' };
  }

  async greet(worker: WorkerIdentity): Promise<void> {
    this.#workers.set(worker.id, { worker, seen: this.#now() });
    return Promise.resolve();
  }

  #expire(): void {
    for (const job of this.#jobs.values())
      if (job.holder && this.#now() - job.holder.renewed > HEARTBEAT_SECONDS) job.holder = undefined;
  }

  async claim(worker: WorkerIdentity): Promise<Claim | undefined> {
    this.#expire();
    const identity = describeIdentity(worker.identity);
    const job = [...this.#jobs.values()]
      .filter((each) => !each.holder && each.identity === identity)
      .sort((a, b) => b.priority - a.priority || a.order - b.order)
      .at(0);
    if (job === undefined) return Promise.resolve(undefined);
    const attempt = `attempt-${(this.#count += 1)}`;
    job.holder = { worker: worker.id, attempt, renewed: this.#now(), progress: null };
    return Promise.resolve({ ...job.claim, attempt, state: this.#unfinished.get(keyOfJob(job))?.state ?? null });
  }

  /** The job of a claim that is still held. */
  #held(attempt: string): Job | undefined {
    this.#expire();
    const job = [...this.#jobs.values()].find(({ holder }) => holder?.attempt === attempt);
    if (job?.holder) job.holder.renewed = this.#now();
    return job;
  }

  async renew(worker: WorkerIdentity, attempts: readonly string[]): Promise<readonly string[]> {
    await this.greet(worker);
    return attempts.filter((attempt) => !this.#held(attempt));
  }

  async report({ attempt }: Claim, _: number, progress: TaskProgress | null): Promise<void> {
    const job = this.#held(attempt);
    if (job?.holder) job.holder.progress = progress;
    return Promise.resolve();
  }

  async saveState({ attempt }: Claim, state: SavedState): Promise<boolean> {
    const job = this.#held(attempt);
    if (!job) return Promise.resolve(false);
    this.#unfinished.set(keyOfJob(job), { tries: 0, state });
    return Promise.resolve(true);
  }

  async commit(
    worker: WorkerIdentity,
    { hash, id }: Claim,
    record: string,
    result: string,
  ): Promise<OtherRecord | undefined> {
    const before = this.#cells.get(hash);
    if (!before) this.#cells.set(hash, { record, result, worker: worker.id });
    for (const key of [...this.#unfinished.keys()].filter((each) => each.startsWith(hash))) {
      this.#jobs.delete(key);
      this.#unfinished.delete(key);
    }
    for (const graph of this.#graphs.values()) {
      for (const each of graph.tasks.values())
        if (each.hash === hash && each.state !== 'finished') {
          this.#change(each, 'finished');
          each.failure = null;
        }
      if (!graph.cancelled) this.#makeReady(graph);
    }
    if (!before || before.result === result) return Promise.resolve(undefined);
    const text = `${id} (${hash.slice(0, 16)}) has the result ${before.result.slice(0, 16)} on ${before.worker}, and ${result.slice(0, 16)} on ${worker.id}`;
    this.#alarms.push({ hash, text });
    return Promise.resolve({ worker: before.worker, result: before.result });
  }

  async giveBack({ attempt }: Claim): Promise<void> {
    const job = this.#held(attempt);
    if (job) job.holder = undefined;
    return Promise.resolve();
  }

  async fail(
    worker: WorkerIdentity,
    { attempt, hash }: Claim,
    failure: TaskFailure,
    { final, headway, log }: { readonly final: boolean; readonly headway: boolean; readonly log: string },
  ): Promise<boolean> {
    const job = this.#held(attempt);
    if (!job) return Promise.resolve(false);
    job.holder = undefined;
    const lines = this.#logs.get(hash) ?? [];
    this.#logs.set(hash, [...lines, { at: SYSTEM_CLOCK.now(), worker: worker.id, text: log }]);
    const unfinished = this.#unfinished.get(keyOfJob(job)) ?? { tries: 0, state: null };
    this.#unfinished.set(keyOfJob(job), unfinished);
    unfinished.tries = headway && !final ? 0 : unfinished.tries + 1;
    if (!final && unfinished.tries < MOST_TRIES) return Promise.resolve(false);
    this.#jobs.delete(keyOfJob(job));
    unfinished.tries = 0;
    for (const { tasks, submission } of this.#graphs.values())
      for (const each of tasks.values()) {
        if (each.hash !== hash || each.state !== 'ready' || describeIdentity(submission.identity) !== job.identity)
          continue;
        this.#change(each, 'set_aside');
        each.failure = failure;
        for (const blocked of behind(tasks, each.task.id))
          if (blocked.state === 'waiting') this.#change(blocked, 'blocked');
      }
    return Promise.resolve(true);
  }

  async record(hash: string): Promise<string | undefined> {
    return Promise.resolve(this.#cells.get(hash)?.record);
  }

  #graph(name: string): Graph {
    const graph = this.#graphs.get(name);
    if (!graph) throw fault('SWEEP_UNKNOWN', name);
    return graph;
  }

  async changes(name: string, after: string): Promise<Changes> {
    this.#expire();
    const { tasks, cancelled } = this.#graph(name);
    const changed = [...tasks.values()]
      .filter((each) => each.changed > Number(after))
      .sort((a, b) => a.changed - b.changed);
    const running = [...tasks.values()].flatMap(({ task: { id }, hash, state }) => {
      const holder = state === 'ready' ? this.#holderOf(hash) : undefined;
      if (!holder) return [];
      const { worker, progress } = holder;
      return [{ id, worker, host: this.#workers.get(worker)?.worker.host ?? '', threads: 1, progress }];
    });
    const hashes = new Set([...tasks.values()].map(({ hash }) => hash));
    return Promise.resolve({
      changed: changed.map(({ task: { id }, state, hash, failure }) => ({ id, state, hash, failure })),
      running,
      next: String(changed.at(-1)?.changed ?? after),
      cancelled,
      alarms: this.#alarms.filter(({ hash }) => hashes.has(hash)).map(({ text }) => text),
    });
  }

  async status(): Promise<FleetStatus> {
    this.#expire();
    const holders = [...this.#jobs.values()].flatMap(({ holder, claim }) =>
      holder ? [{ ...holder, id: claim.id }] : [],
    );
    return Promise.resolve({
      graphs: [...this.#graphs.values()].map(({ submission, tasks, cancelled, submitted }) => {
        const count = (state: TaskState): number => [...tasks.values()].filter((each) => each.state === state).length;
        const seconds = (some: readonly Task[]): number => some.reduce((sum, { task }) => sum + task.seconds, 0);
        const all = [...tasks.values()];
        return {
          name: submission.name,
          identity: submission.identity,
          cancelled,
          submitted,
          states: {
            waiting: count('waiting'),
            ready: count('ready'),
            finished: count('finished'),
            set_aside: count('set_aside'),
            blocked: count('blocked'),
            cancelled: count('cancelled'),
          },
          running: all.filter(({ state, hash }) => state === 'ready' && this.#holderOf(hash)).length,
          seconds: { all: seconds(all), finished: seconds(all.filter(({ state }) => state === 'finished')) },
        };
      }),
      workers: [...this.#workers.values()].map(({ worker, seen }) => ({
        ...worker,
        silent: this.#now() - seen,
        tasks: holders.filter((each) => each.worker === worker.id).map(({ id }) => id),
      })),
      alarms: this.#alarms.map(({ text }) => text),
    });
  }

  async logs(name: string, id: string): Promise<readonly LogLine[]> {
    const task = this.#graph(name).tasks.get(id);
    if (!task) throw fault('TASK_UNKNOWN', id);
    return Promise.resolve(this.#logs.get(task.hash ?? '') ?? []);
  }

  async cancel(name: string, drain: boolean): Promise<void> {
    this.#expire();
    const graph = this.#graph(name);
    graph.cancelled = true;
    for (const each of graph.tasks.values()) {
      const runs = this.#holderOf(each.hash) !== undefined;
      if (each.state !== 'waiting' && !(each.state === 'ready' && !(drain && runs))) continue;
      this.#change(each, 'cancelled');
    }
    this.#dropJobs();
    return Promise.resolve();
  }

  /** Ends the jobs of keys that no graph of their identity waits for. */
  #dropJobs(): void {
    const wanted = new Set(
      [...this.#graphs.values()].flatMap(({ tasks, submission }) =>
        [...tasks.values()]
          .filter(({ state }) => state === 'ready')
          .map(({ hash }) => `${hash} ${describeIdentity(submission.identity)}`),
      ),
    );
    for (const key of [...this.#jobs.keys()]) if (!wanted.has(key)) this.#jobs.delete(key);
  }

  #holderOf(hash: string | null): Job['holder'] {
    return [...this.#jobs.values()].find(({ claim, holder }) => claim.hash === hash && holder)?.holder;
  }

  async close(): Promise<void> {
    return Promise.resolve();
  }
}

function keyOfJob({ claim, identity }: Job): string {
  return `${claim.hash} ${identity}`;
}

function behind(tasks: ReadonlyMap<string, Task>, id: string): Task[] {
  const found = new Set([id]);
  for (const { task } of tasks.values())
    if (Object.values(task.needs).some((need) => found.has(need))) found.add(task.id);
  found.delete(id);
  return [...found].flatMap((each) => tasks.get(each) ?? []);
}

function fault(code: string, got: string): TracelabError {
  return new TracelabError({
    code,
    kind: 'refused_input',
    where: got,
    what: 'is refused',
    expected: 'another',
    got,
    hint: 'none',
  });
}

export class MemoryArtefacts implements Artefacts {
  readonly #files = new Map<string, Uint8Array>();

  async missing(hashes: readonly string[]): Promise<readonly string[]> {
    return Promise.resolve(hashes.filter((hash) => !this.#files.has(hash)));
  }

  async put(hash: string, path: string): Promise<void> {
    const bytes = await readFile(path);
    if (sha256(bytes) !== hash) throw artefactFault('ARTEFACT_DAMAGED', hash, `another content of ${path}`);
    this.#files.set(hash, bytes);
  }

  async get(hash: string, path: string): Promise<void> {
    const bytes = this.#files.get(hash);
    if (!bytes) throw artefactFault('ARTEFACT_MISSING', hash, 'nothing');
    await writeFileAtomic(path, bytes);
  }

  async remove(hashes: readonly string[]): Promise<void> {
    for (const hash of hashes) this.#files.delete(hash);
    return Promise.resolve();
  }
}
