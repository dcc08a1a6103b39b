// The engine on PostgreSQL: pg-boss shares out ready cells and notices silent workers, the books say what is ready.
import { TracelabError } from '../../base/errors.ts';
import { nearest } from '../../base/nearest.ts';
import type { TaskFailure } from '../../work/executor.ts';
import type { Kinds, TaskProgress } from '../../work/kind.ts';
import type { Json } from '../../work/task.ts';
import { MOST_TRIES } from '../engine.ts';
import type {
  Changes,
  Claim,
  Engine,
  FleetIdentity,
  FleetStatus,
  GraphReader,
  GraphStatus,
  LogLine,
  OtherRecord,
  QueuedTask,
  SavedState,
  Submission,
  TaskState,
  WorkerIdentity,
} from '../engine.ts';
import { Books, graphOf } from './bookkeeping.ts';
import type { CellJob } from './bookkeeping.ts';
import type { Database, Sql } from './database.ts';
import { SCHEMA } from './schema.ts';

/** Rows of one look at a graph. */
const MOST_CHANGES = 20_000;
/** Characters of a log entry. */
const MOST_LOG = 20_000;

/** Id of a job and the number of its attempt, as pg-boss fences them. */
interface JobAttempt {
  readonly id: string;
  readonly retryCount: number;
}

/** What pg-boss answers to commands; its types leave it open. */
interface Answer {
  readonly affected: number;
}

/** Engine on one database; all methods are those of the interface. */
export class PostgresEngine implements Engine, GraphReader {
  readonly #database: Database;
  readonly #books: Books;

  constructor(database: Database, kinds: Kinds) {
    this.#database = database;
    this.#books = new Books(database, kinds);
  }

  /** As the interface says. */
  async submit(submission: Submission): Promise<void> {
    const queue = await this.#database.queue(submission.identity);
    await this.#books.change(async (sql) => this.#books.submit(sql, submission, queue));
  }

  /** As the interface says. */
  async greet({ id, host, pid, threads, jobs, identity }: WorkerIdentity): Promise<void> {
    await this.#database.queue(identity);
    await this.#database.rows(
      `insert into ${SCHEMA}.worker (worker, host, pid, threads, jobs, identity) values ($1, $2, $3, $4, $5, $6)
       on conflict (worker) do update set seen = now()`,
      [id, host, pid, threads, jobs, JSON.stringify(identity)],
    );
  }

  /** As the interface says. */
  async claim(worker: WorkerIdentity): Promise<Claim | undefined> {
    const queue = await this.#database.queue(worker.identity);
    const jobs = await this.#database.asked(async () =>
      this.#database.boss.fetch<CellJob>(queue, { batchSize: 1, includeMetadata: true }),
    );
    const job = jobs.at(0);
    if (!job) return undefined;
    const { data } = job;
    const [found] = await this.#database.rows(
      `with r as (insert into ${SCHEMA}.running (job, hash, worker, threads) values ($1, $2, $3, $4)
         on conflict (job) do update set worker = excluded.worker, progress = null, since = now() returning hash)
       select u.mark, u.files from r left join ${SCHEMA}.unfinished u on u.hash = r.hash and u.queue = $5`,
      [job.id, data.hash, worker.id, worker.threads, queue],
    );
    const state = found.files ? { mark: String(found.mark), files: found.files as SavedState['files'] } : null;
    return { attempt: `${job.id} ${job.retryCount}`, ...data, state };
  }

  /** As the interface says. */
  async renew(worker: WorkerIdentity, attempts: readonly string[]): Promise<readonly string[]> {
    await this.greet(worker);
    if (attempts.length === 0) return [];
    const queue = await this.#database.queue(worker.identity);
    const touched = async (some: readonly string[]): Promise<number> => {
      const jobs = some.map(attemptOf);
      const answer = await this.#database.asked(async () => this.#database.boss.touch(queue, jobs));
      return (answer as Answer).affected;
    };
    if ((await touched(attempts)) === attempts.length) return [];
    const lost: string[] = [];
    for (const attempt of attempts) if ((await touched([attempt])) === 0) lost.push(attempt);
    return lost;
  }

  /** As the interface says. */
  async report({ attempt }: Claim, threads: number, progress: TaskProgress | null): Promise<void> {
    await this.#database.rows(`update ${SCHEMA}.running set threads = $2, progress = $3 where job = $1`, [
      attemptOf(attempt).id,
      threads,
      JSON.stringify(progress),
    ]);
  }

  /** As the interface says. */
  async saveState(claim: Claim, { mark, files }: SavedState): Promise<boolean> {
    return this.#books.change(async (sql) => {
      if ((await this.#holds(sql, claim)) === undefined) return false;
      await sql.executeSql(`update ${SCHEMA}.unfinished set mark = $2, files = $3, tries = 0 where job = $1`, [
        attemptOf(claim.attempt).id,
        mark,
        JSON.stringify(files),
      ]);
      return true;
    });
  }

  /** The queue of a claim that is still its worker's, which keeps it for another term; undefined when it is lost. */
  async #holds(sql: Sql, { attempt }: Claim): Promise<string | undefined> {
    const job = attemptOf(attempt);
    const { rows } = await sql.executeSql(`select queue from ${SCHEMA}.unfinished where job = $1`, [job.id]);
    if (rows.length === 0) return undefined;
    const queue = String(rows[0].queue);
    const answer = await this.#database.boss.touch(queue, [job], { db: sql });
    return (answer as Answer).affected === 1 ? queue : undefined;
  }

  /** As the interface says. */
  async commit(
    worker: WorkerIdentity,
    { hash, id }: Claim,
    record: string,
    result: string,
  ): Promise<OtherRecord | undefined> {
    return this.#books.change(async (sql) => {
      await sql.executeSql(
        `insert into ${SCHEMA}.cell (hash, result, record, worker) values ($1, $2, $3, $4) on conflict do nothing`,
        [hash, result, record, worker.id],
      );
      const { rows } = await sql.executeSql(`select result, worker from ${SCHEMA}.cell where hash = $1`, [hash]);
      await this.#books.finish(sql, hash);
      const other = { worker: String(rows[0]?.worker), result: String(rows[0]?.result) };
      if (other.result === result) return undefined;
      const text =
        `${id} (${hash.slice(0, 16)}) has the result ${other.result.slice(0, 16)} on ${other.worker}, ` +
        `and ${result.slice(0, 16)} on ${worker.id}`;
      await sql.executeSql(`insert into ${SCHEMA}.alarm (hash, text) values ($1, $2)`, [hash, text]);
      return other;
    });
  }

  /** As the interface says. */
  async giveBack(claim: Claim): Promise<void> {
    await this.#books.change(async (sql) => {
      const queue = await this.#holds(sql, claim);
      if (queue === undefined) return;
      const job = attemptOf(claim.attempt);
      await this.#database.boss.fail(queue, job, { reason: 'handed back' }, { db: sql });
      await sql.executeSql(`delete from ${SCHEMA}.running where job = $1`, [job.id]);
    });
  }

  /** As the interface says. */
  async fail(
    worker: WorkerIdentity,
    claim: Claim,
    failure: TaskFailure,
    { final, headway, log }: { readonly final: boolean; readonly headway: boolean; readonly log: string },
  ): Promise<boolean> {
    return this.#books.change(async (sql) => {
      const queue = await this.#holds(sql, claim);
      if (queue === undefined) return false;
      const { hash } = claim;
      const job = attemptOf(claim.attempt);
      await sql.executeSql(`insert into ${SCHEMA}.log (hash, worker, text) values ($1, $2, $3)`, [
        hash,
        worker.id,
        log.slice(0, MOST_LOG).replaceAll('\0', ''),
      ]);
      await sql.executeSql(`delete from ${SCHEMA}.running where job = $1`, [job.id]);
      const { rows } = await sql.executeSql(
        `update ${SCHEMA}.unfinished set tries = case when $2 then 0 else tries + 1 end where job = $1 returning tries`,
        [job.id, headway && !final],
      );
      const isGivenUp = final || Number(rows[0]?.tries) >= MOST_TRIES;
      if (isGivenUp) {
        await this.#database.boss.complete(queue, job, null, { db: sql });
        await this.#books.setAside(sql, hash, queue, failure);
      } else await this.#database.boss.fail(queue, job, { reason: failure.code }, { db: sql });
      return isGivenUp;
    });
  }

  /** As the interface says. */
  async record(hash: string): Promise<string | undefined> {
    const found = (await this.#database.rows(`select record from ${SCHEMA}.cell where hash = $1`, [hash])).at(0);
    return found && String(found.record);
  }

  /** As the interface says. */
  async changes(name: string, after: string): Promise<Changes> {
    const sql: Sql = { executeSql: async (text, values) => ({ rows: await this.#database.rows(text, values) }) };
    const graph = await graphOf(sql, name);
    const changed = await this.#database.rows(
      `select id, state, hash, failure, changed from ${SCHEMA}.task where graph = $1 and changed > $2
       order by changed limit ${MOST_CHANGES}`,
      [graph, after === '' ? 0 : after],
    );
    const running = await this.#database.rows(
      `select t.id, r.worker, w.host, r.threads, r.progress from ${SCHEMA}.running r
       join ${SCHEMA}.task t on t.hash = r.hash and t.graph = $1 and t.state = 'ready'
       left join ${SCHEMA}.worker w on w.worker = r.worker`,
      [graph],
    );
    const [{ cancelled }] = await this.#database.rows(`select cancelled from ${SCHEMA}.graph where graph = $1`, [
      graph,
    ]);
    const alarms = await this.#database.rows(
      `select distinct a.text from ${SCHEMA}.alarm a join ${SCHEMA}.task t on t.hash = a.hash where t.graph = $1`,
      [graph],
    );
    return {
      changed: changed.map(({ id, state, hash, failure }) => ({
        id: String(id),
        state: state as TaskState,
        hash: typeof hash === 'string' ? hash : null,
        failure: failure as TaskFailure | null,
      })),
      running: running.map(({ id, worker, host, threads, progress }) => ({
        id: String(id),
        worker: String(worker),
        host: String(host),
        threads: Number(threads),
        progress: progress as TaskProgress | null,
      })),
      next: changed.length === 0 ? after : String(changed.at(-1)?.changed),
      cancelled: cancelled === true,
      alarms: alarms.map(({ text }) => String(text)),
    };
  }

  /** As the interface says. */
  async tasks(name: string): Promise<Pick<QueuedTask, 'id' | 'kind' | 'config' | 'needs'>[]> {
    const sql: Sql = { executeSql: async (text, values) => ({ rows: await this.#database.rows(text, values) }) };
    const rows = await this.#database.rows(
      `select ordinal, id, kind, config, needs from ${SCHEMA}.task where graph = $1 order by ordinal`,
      [await graphOf(sql, name)],
    );
    const ids = new Map(rows.map(({ ordinal, id }) => [Number(ordinal), String(id)]));
    return rows.map(({ id, kind, config, needs }) => ({
      id: String(id),
      kind: String(kind),
      config: JSON.parse(String(config)) as Json,
      needs: Object.fromEntries(
        Object.entries(needs as Record<string, number>).map(([role, need]) => [role, ids.get(need) ?? '']),
      ),
    }));
  }

  /** As the interface says. */
  async status(): Promise<FleetStatus> {
    const graphs = await this.#database.rows(
      `select g.name, g.identity, g.cancelled, g.submitted, s.states, s.seconds, s.finished, coalesce(r.running, 0) as running
       from ${SCHEMA}.graph g
       left join (select graph, json_object_agg(state, count) as states, sum(seconds) as seconds,
           sum(seconds) filter (where state = 'finished') as finished
         from (select graph, state, count(*) as count, sum(seconds) as seconds from ${SCHEMA}.task group by graph, state) c
         group by graph) s on s.graph = g.graph
       left join (select t.graph, count(*) as running from ${SCHEMA}.running r
         join ${SCHEMA}.task t on t.hash = r.hash and t.state = 'ready' group by t.graph) r on r.graph = g.graph
       order by g.submitted desc`,
    );
    const workers = await this.#database.rows(
      `select w.*, extract(epoch from now() - w.seen) as silent,
         (select coalesce(json_agg(distinct t.id), '[]') from ${SCHEMA}.running r
          join ${SCHEMA}.task t on t.hash = r.hash and t.state = 'ready' where r.worker = w.worker) as tasks
       from ${SCHEMA}.worker w where w.seen > now() - interval '1 day' order by w.seen desc limit 1000`,
    );
    const alarms = await this.#database.rows(`select text from ${SCHEMA}.alarm order by at`);
    return {
      graphs: graphs.map(graphStatus),
      workers: workers.map((row) => ({
        id: String(row.worker),
        host: String(row.host),
        pid: Number(row.pid),
        threads: Number(row.threads),
        jobs: Number(row.jobs),
        identity: row.identity as FleetIdentity,
        silent: Number(row.silent),
        tasks: row.tasks as string[],
      })),
      alarms: alarms.map(({ text }) => String(text)),
    };
  }

  /** As the interface says. */
  async logs(name: string, id: string): Promise<readonly LogLine[]> {
    const sql: Sql = { executeSql: async (text, values) => ({ rows: await this.#database.rows(text, values) }) };
    const graph = await graphOf(sql, name);
    const found = await this.#database.rows(`select hash from ${SCHEMA}.task where graph = $1 and id = $2`, [
      graph,
      id,
    ]);
    const task = found.at(0);
    if (!task) throw await this.#unknownTask(graph, name, id);
    const rows = await this.#database.rows(`select at, worker, text from ${SCHEMA}.log where hash = $1 order by at`, [
      task.hash,
    ]);
    return rows.map(({ at, worker, text }) => ({ at: at as Date, worker: String(worker), text: String(text) }));
  }

  async #unknownTask(graph: number, name: string, id: string): Promise<TracelabError> {
    const ids = await this.#database.rows(`select id from ${SCHEMA}.task where graph = $1`, [graph]);
    const near = nearest(
      id,
      ids.map((row) => String(row.id)),
    );
    return new TracelabError({
      code: 'TASK_UNKNOWN',
      kind: 'refused_input',
      where: name,
      what: `no task ${id}`,
      expected: 'the id of a task of this sweep',
      got: id,
      hint: near === undefined ? `for example ${String(ids[0]?.id)}` : `did you mean ${near}?`,
    });
  }

  /** As the interface says. */
  async cancel(name: string, drain: boolean): Promise<void> {
    await this.#books.change(async (sql) => this.#books.cancel(sql, name, drain));
  }

  /** As the interface says. */
  async close(): Promise<void> {
    await this.#database.close();
  }
}

function attemptOf(attempt: string): JobAttempt {
  const [id, retryCount] = attempt.split(' ');
  return { id, retryCount: Number(retryCount) };
}

function graphStatus(row: Record<string, unknown>): GraphStatus {
  const counts = (row.states ?? {}) as Partial<Record<TaskState, number>>;
  const states: Record<TaskState, number> = {
    waiting: 0,
    ready: 0,
    finished: 0,
    set_aside: 0,
    blocked: 0,
    cancelled: 0,
    ...counts,
  };
  return {
    name: String(row.name),
    identity: row.identity as FleetIdentity,
    cancelled: row.cancelled === true,
    submitted: row.submitted as Date,
    states,
    running: Number(row.running),
    seconds: { all: Number(row.seconds ?? 0), finished: Number(row.finished ?? 0) },
  };
}
