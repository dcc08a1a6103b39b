// What changes more than one row: graphs that are added, cells that are committed or set aside, tasks that become
// ready. Each function runs inside a transaction that holds the one lock of the books, so that no two of them overlap.
import { randomUUID } from 'node:crypto';
import { TracelabError } from '../../base/errors.ts';
import { canonicalJson } from '../../base/hash.ts';
import type { CellRecord } from '../../work/cell-record.ts';
import type { TaskFailure } from '../../work/executor.ts';
import { hashOf, keyOf } from '../../work/key.ts';
import type { Kinds } from '../../work/kind.ts';
import type { Finished, Json } from '../../work/task.ts';
import type { Claim, FleetIdentity, QueuedTask, Submission } from '../engine.ts';
import type { Database, Sql } from './database.ts';
import { SCHEMA } from './schema.ts';

/** What a job of pg-boss says: all that a worker needs to know of a cell. */
export type CellJob = Omit<Claim, 'attempt' | 'state'>;

/** Rows of one statement. */
const BATCH = 5000;

/** Graphs, tasks and their cells in the database. */
export class Books {
  readonly #database: Database;
  readonly #kinds: Kinds;

  constructor(database: Database, kinds: Kinds) {
    this.#database = database;
    this.#kinds = kinds;
  }

  /** Runs changes of the books, one at a time over all processes. */
  async change<T>(run: (sql: Sql) => Promise<T>): Promise<T> {
    return this.#database.transaction(async (sql) => {
      await sql.executeSql(`select pg_advisory_xact_lock(hashtext('${SCHEMA}.books'))`);
      return run(sql);
    });
  }

  /** As Engine.submit(). */
  async submit(sql: Sql, submission: Submission, queue: string): Promise<void> {
    const { name, config_hash, replace, identity, tasks } = submission;
    const before = await firstOf(sql, `select graph, config_hash, queue from ${SCHEMA}.graph where name = $1`, [name]);
    const isOther = before !== undefined && before.config_hash !== config_hash;
    if (isOther && !replace) throw otherSweep(name, String(before.config_hash), config_hash);
    // Other code makes other keys, too: nothing of what is known of its tasks holds.
    if (before && (isOther || before.queue !== queue)) {
      const hashes = await rowsOf(sql, `select hash from ${SCHEMA}.task where graph = $1 and state = 'ready'`, [
        before.graph,
      ]);
      await sql.executeSql(`delete from ${SCHEMA}.graph where graph = $1`, [before.graph]);
      await this.#dropJobs(
        sql,
        hashes.map(({ hash }) => String(hash)),
      );
    }
    const [{ graph }] = await rowsOf(
      sql,
      `insert into ${SCHEMA}.graph (name, config_hash, identity, queue) values ($1, $2, $3, $4)
       on conflict (name) do update set cancelled = false returning graph`,
      [name, config_hash, JSON.stringify(identity), queue],
    );
    await this.#addTasks(sql, Number(graph), tasks);
    await sql.executeSql(
      `delete from ${SCHEMA}.unfinished u using ${SCHEMA}.task t
       where t.graph = $1 and t.state in ('set_aside', 'blocked', 'cancelled') and u.hash = t.hash and u.queue = $2
         and u.job is null and u.mark is null`,
      [graph, queue],
    );
    const again = await rowsOf(
      sql,
      `update ${SCHEMA}.task set state = 'waiting', failure = null, changed = nextval('${SCHEMA}.change')
       where graph = $1 and state in ('set_aside', 'blocked', 'cancelled') returning ordinal`,
      [graph],
    );
    // What was finished meanwhile was not counted down.
    if (again.length > 0)
      await sql.executeSql(
        `update ${SCHEMA}.task t set open = d.open
       from (select w.ordinal, count(o.ordinal) as open from ${SCHEMA}.task w
             left join ${SCHEMA}.need n on n.graph = w.graph and n.ordinal = w.ordinal
             left join ${SCHEMA}.task o on o.graph = n.graph and o.ordinal = n.needed and o.state <> 'finished'
             where w.graph = $1 and w.state = 'waiting' group by w.ordinal) d
       where t.graph = $1 and t.ordinal = d.ordinal`,
        [graph],
      );
    const open = await rowsOf(
      sql,
      `select ordinal from ${SCHEMA}.task where graph = $1 and state = 'waiting' and open = 0 order by ordinal`,
      [graph],
    );
    await this.#makeReady(
      sql,
      Number(graph),
      open.map(({ ordinal }) => Number(ordinal)),
    );
  }

  async #addTasks(sql: Sql, graph: number, tasks: readonly QueuedTask[]): Promise<void> {
    const known = await rowsOf(sql, `select id, ordinal, state from ${SCHEMA}.task where graph = $1`, [graph]);
    const finished = new Set(known.filter(({ state }) => state === 'finished').map(({ id }) => String(id)));
    const ordinals = new Map(known.map(({ id, ordinal }) => [String(id), Number(ordinal)]));
    let next = Math.max(-1, ...ordinals.values()) + 1;
    const added = tasks.filter(({ id }) => !ordinals.has(id));
    for (const { id } of added) ordinals.set(id, next++);
    const rows = added.map(({ id, kind, config, needs, priority, seconds, bytes }) => ({
      ordinal: ordinals.get(id),
      id,
      kind,
      config: canonicalJson(config),
      needs: Object.fromEntries(Object.entries(needs).map(([role, need]) => [role, ordinals.get(need)])),
      open: new Set(Object.values(needs).filter((need) => !finished.has(need))).size,
      priority: Math.round(Math.min(priority, 2 ** 31 - 1)),
      seconds,
      bytes,
    }));
    for (let at = 0; at < rows.length; at += BATCH) {
      const part = JSON.stringify(rows.slice(at, at + BATCH));
      await sql.executeSql(
        `insert into ${SCHEMA}.task (graph, ordinal, id, kind, config, needs, open, priority, seconds, bytes, state)
         select $1, ordinal, id, kind, config, needs, open, priority, seconds, bytes, 'waiting'
         from json_to_recordset($2::json) as t (ordinal int, id text, kind text, config text, needs jsonb,
           open int, priority int, seconds double precision, bytes double precision)`,
        [graph, part],
      );
      await sql.executeSql(
        `insert into ${SCHEMA}.need (graph, needed, ordinal)
         select distinct $1::bigint, (n.value)::int, t.ordinal
         from json_to_recordset($2::json) as t (ordinal int, needs jsonb), jsonb_each_text(t.needs) as n`,
        [graph, part],
      );
    }
    // Without these numbers the planner takes a large graph for a small one.
    if (added.length > 0) await sql.executeSql(`analyze ${SCHEMA}.task, ${SCHEMA}.need`);
  }

  /** Tasks whose needs are all finished get their keys; what is finished under a key already is finished at once. */
  async #makeReady(sql: Sql, graph: number, ordinals: readonly number[]): Promise<void> {
    let left = ordinals;
    while (left.length > 0) {
      const finished: number[] = [];
      for (let at = 0; at < left.length; at += BATCH)
        finished.push(...(await this.#ready(sql, graph, left.slice(at, at + BATCH))));
      left = await this.#release(sql, graph, finished);
    }
  }

  /** @returns those that are finished already */
  async #ready(sql: Sql, graph: number, ordinals: readonly number[]): Promise<number[]> {
    const [{ identity: stated, queue }] = await rowsOf(
      sql,
      `select identity, queue from ${SCHEMA}.graph where graph = $1`,
      [graph],
    );
    const { core } = stated as FleetIdentity;
    const tasks = await rowsOf(
      sql,
      `select ordinal, id, kind, config, needs, priority, seconds, bytes from ${SCHEMA}.task
       where graph = $1 and ordinal = any($2)`,
      [graph, ordinals],
    );
    const needed = new Set(tasks.flatMap(({ needs }) => Object.values(needs as Record<string, number>)));
    const records = await rowsOf(
      sql,
      `select t.ordinal, c.record from ${SCHEMA}.task t join ${SCHEMA}.cell c on c.hash = t.hash
       where t.graph = $1 and t.ordinal = any($2)`,
      [graph, [...needed]],
    );
    const finished = new Map(records.map(({ ordinal, record }) => [Number(ordinal), finishedOf(String(record))]));
    const cells = tasks.map((row) => {
      const needs = Object.fromEntries(
        Object.entries(row.needs as Record<string, number>).map(([role, need]) => {
          const found = finished.get(need);
          if (!found) throw new Error(`task ${String(row.id)} needs ${need}, which is not finished`);
          return [role, found];
        }),
      );
      const [id, name] = [String(row.id), String(row.kind)];
      const kind = this.#kinds.get(name);
      if (!kind) throw new Error(`no kind ${name}`);
      const config = JSON.parse(String(row.config)) as Json;
      const key = keyOf({ id, kind: name, config, needs: {} }, kind, needs, core);
      const hashes = Object.fromEntries(Object.entries(needs).map(([role, { hash }]) => [role, hash]));
      const [seconds, bytes, priority] = [Number(row.seconds), Number(row.bytes), Number(row.priority)];
      const job: CellJob = { hash: hashOf(key), id, kind: name, config, key, needs: hashes, seconds, bytes };
      return { ordinal: Number(row.ordinal), job, priority };
    });
    const hashes = cells.map(({ job }) => job.hash);
    const done = new Set(
      (await rowsOf(sql, `select hash from ${SCHEMA}.cell where hash = any($1)`, [hashes])).map(({ hash }) => hash),
    );
    const queued = new Set(
      (
        await rowsOf(
          sql,
          `select hash from ${SCHEMA}.unfinished where hash = any($1) and queue = $2 and job is not null`,
          [hashes, queue],
        )
      ).map(({ hash }) => hash),
    );
    const jobs = new Map<string, { readonly id: string; readonly job: CellJob; readonly priority: number }>();
    for (const { job, priority } of cells)
      if (!done.has(job.hash) && !queued.has(job.hash) && !jobs.has(job.hash))
        jobs.set(job.hash, { id: randomUUID(), job, priority });
    await sql.executeSql(
      `update ${SCHEMA}.task t set hash = r.hash, state = r.state, changed = nextval('${SCHEMA}.change')
       from json_to_recordset($2::json) as r (ordinal int, hash text, state text)
       where t.graph = $1 and t.ordinal = r.ordinal`,
      [
        graph,
        JSON.stringify(
          cells.map(({ ordinal, job: { hash } }) => ({ ordinal, hash, state: done.has(hash) ? 'finished' : 'ready' })),
        ),
      ],
    );
    if (jobs.size > 0) {
      await sql.executeSql(
        `insert into ${SCHEMA}.unfinished (hash, job, queue)
         select r.hash, r.id, $2 from json_to_recordset($1::json) as r (hash text, id uuid)
         on conflict (hash, queue) do update set job = excluded.job`,
        [JSON.stringify([...jobs].map(([hash, { id }]) => ({ hash, id }))), queue],
      );
      await this.#database.boss.insert(
        String(queue),
        [...jobs].map(([hash, { id, job, priority }]) => ({ id, data: job, priority, singletonKey: hash })),
        { db: sql },
      );
    }
    return cells.filter(({ job }) => done.has(job.hash)).map(({ ordinal }) => ordinal);
  }

  /** @returns tasks of which the last need has just been finished */
  async #release(sql: Sql, graph: number, finished: readonly number[]): Promise<number[]> {
    if (finished.length === 0) return [];
    const rows = await rowsOf(
      sql,
      `update ${SCHEMA}.task t set open = t.open - d.count
       from (select ordinal, count(*) as count from ${SCHEMA}.need
             where graph = $1 and needed = any($2) group by ordinal) d
       where t.graph = $1 and t.ordinal = d.ordinal and t.state = 'waiting'
       returning t.ordinal, t.open`,
      [graph, finished],
    );
    return rows.filter(({ open }) => open === 0).map(({ ordinal }) => Number(ordinal));
  }

  /** Marks the tasks of a finished key in all graphs, and makes ready what needs them. */
  async finish(sql: Sql, hash: string): Promise<void> {
    const rows = await rowsOf(
      sql,
      `update ${SCHEMA}.task set state = 'finished', failure = null, changed = nextval('${SCHEMA}.change')
       where hash = $1 and state <> 'finished' returning graph, ordinal`,
      [hash],
    );
    // Workers with a job of this key need not continue.
    const jobs = await rowsOf(sql, `delete from ${SCHEMA}.unfinished where hash = $1 returning queue, job`, [hash]);
    for (const { queue, job } of jobs)
      if (typeof job === 'string')
        await this.#database.boss.complete(String(queue), job, null, { db: sql, includeQueued: true });
    await sql.executeSql(`delete from ${SCHEMA}.running where hash = $1`, [hash]);
    for (const graph of new Set(rows.map((row) => Number(row.graph)))) {
      const own = rows.filter((row) => Number(row.graph) === graph).map(({ ordinal }) => Number(ordinal));
      const [{ cancelled }] = await rowsOf(sql, `select cancelled from ${SCHEMA}.graph where graph = $1`, [graph]);
      const open = await this.#release(sql, graph, own);
      if (cancelled !== true) await this.#makeReady(sql, graph, open);
    }
  }

  /** Gives up the tasks of a key in all graphs; what needs them is blocked. */
  async setAside(sql: Sql, hash: string, queue: string, failure: TaskFailure): Promise<void> {
    const rows = await rowsOf(
      sql,
      `update ${SCHEMA}.task t set state = 'set_aside', failure = $3, changed = nextval('${SCHEMA}.change')
       from ${SCHEMA}.graph g where g.graph = t.graph and g.queue = $2 and t.hash = $1 and t.state = 'ready'
       returning t.graph, t.ordinal`,
      [hash, queue, JSON.stringify(failure)],
    );
    await sql.executeSql(`update ${SCHEMA}.unfinished set job = null, tries = 0 where hash = $1 and queue = $2`, [
      hash,
      queue,
    ]);
    for (const { graph, ordinal } of rows)
      await sql.executeSql(
        `with recursive behind as (
           select ordinal from ${SCHEMA}.need where graph = $1 and needed = $2
           union select n.ordinal from ${SCHEMA}.need n join behind b on n.graph = $1 and n.needed = b.ordinal)
         update ${SCHEMA}.task set state = 'blocked', changed = nextval('${SCHEMA}.change')
         where graph = $1 and state = 'waiting' and ordinal in (select ordinal from behind)`,
        [graph, ordinal],
      );
  }

  /** @param drain whether running tasks continue */
  async cancel(sql: Sql, name: string, drain: boolean): Promise<void> {
    const graph = await graphOf(sql, name);
    await sql.executeSql(`update ${SCHEMA}.graph set cancelled = true where graph = $1`, [graph]);
    const rows = await rowsOf(
      sql,
      `update ${SCHEMA}.task set state = 'cancelled', changed = nextval('${SCHEMA}.change')
       where graph = $1 and (state = 'waiting' or state = 'ready'
         and not ($2 and exists (select from ${SCHEMA}.running r where r.hash = task.hash)))
       returning hash`,
      [graph, drain],
    );
    await this.#dropJobs(
      sql,
      rows.flatMap(({ hash }) => (typeof hash === 'string' ? [hash] : [])),
    );
  }

  /** Ends the jobs of keys that no graph of their queue waits for any more; whoever has one stops. */
  async #dropJobs(sql: Sql, hashes: readonly string[]): Promise<void> {
    const jobs = await rowsOf(
      sql,
      `update ${SCHEMA}.unfinished u set job = null from ${SCHEMA}.unfinished b
       where b.hash = u.hash and b.queue = u.queue and u.hash = any($1) and u.job is not null
         and not exists (select from ${SCHEMA}.task t join ${SCHEMA}.graph g on g.graph = t.graph
           where t.hash = u.hash and t.state = 'ready' and g.queue = u.queue)
       returning b.job, u.queue`,
      [hashes],
    );
    for (const queue of new Set(jobs.map((row) => String(row.queue)))) {
      const ids = jobs.filter((row) => row.queue === queue).map(({ job }) => String(job));
      await this.#database.boss.cancel(queue, ids, { db: sql });
    }
    await sql.executeSql(`delete from ${SCHEMA}.running where job = any($1)`, [jobs.map(({ job }) => job)]);
  }
}

/** @throws TracelabError SWEEP_UNKNOWN (refused input) */
export async function graphOf(sql: Sql, name: string): Promise<number> {
  const found = await firstOf(sql, `select graph from ${SCHEMA}.graph where name = $1`, [name]);
  if (found) return Number(found.graph);
  const known = await rowsOf(sql, `select name from ${SCHEMA}.graph order by submitted desc limit 5`);
  throw new TracelabError({
    code: 'SWEEP_UNKNOWN',
    kind: 'refused_input',
    where: name,
    what: 'no sweep of this name was submitted to the engine',
    expected: known.length === 0 ? 'a sweep that was submitted' : `one of ${known.map((row) => row.name).join(', ')}`,
    got: name,
    hint: 'tracelab sweep status lists them',
  });
}

async function rowsOf(sql: Sql, text: string, values: readonly unknown[] = []): Promise<Record<string, unknown>[]> {
  return (await sql.executeSql(text, [...values])).rows;
}

async function firstOf(
  sql: Sql,
  text: string,
  values: readonly unknown[],
): Promise<Record<string, unknown> | undefined> {
  return (await rowsOf(sql, text, values)).at(0);
}

/** Of its record; its files are where a worker brings them. */
function finishedOf(record: string): Finished {
  const { hash, result, seconds, outputs, summary } = JSON.parse(record) as CellRecord;
  return { hash, result, seconds, outputs, summary, directory: '' };
}

function otherSweep(name: string, before: string, hash: string): TracelabError {
  return new TracelabError({
    code: 'STUDY_OTHER',
    kind: 'refused_input',
    where: name,
    what: 'the engine has a sweep of this name with another configuration',
    expected: before.slice(0, 12),
    got: hash.slice(0, 12),
    hint: 'give the sweep another name',
  });
}
