// The open database: pg-boss and its pool, statements, transactions, and the queues of cells.
import { PgBoss } from 'pg-boss';
import { TracelabError } from '../../base/errors.ts';
import { canonicalJson, sha256 } from '../../base/hash.ts';
import type { FleetIdentity } from '../engine.ts';
import { asked } from './connection.ts';
import type { Connection } from './connection.ts';
import { QUEUE_SCHEMA, SCHEMA, SCHEMA_FORMAT, TABLES } from './schema.ts';

/** Seconds without a sign of life after which a cell is another worker's. */
const HEARTBEAT_SECONDS = 30;
/** pg-boss ends what runs longer; the cell is then taken up again from its newest state. */
const LONGEST_SECONDS = 24 * 3600;
/** The most that pg-boss keeps a job that waits. */
const KEPT_SECONDS = 365 * 24 * 3600;
/** A settled job is of no more use; its cell has a record. */
const SETTLED_SECONDS = 3600;
/** Tries are counted in our own tables: a lost worker is none. */
const NO_LIMIT = 1_000_000;

/** Runs statements of one transaction, or single ones. */
export interface Sql {
  executeSql(text: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[] }>;
}

export interface DatabaseOptions {
  /** Whether this process also looks for jobs whose worker is silent. */
  readonly supervise: boolean;
  /** For tests; at least 10. */
  readonly heartbeatSeconds?: number;
  /** Connections at most. */
  readonly connections?: number;
}

/** An open database. */
export class Database {
  readonly boss: PgBoss;
  readonly shown: string;
  readonly #heartbeat: number;
  readonly #queues = new Set<string>();

  private constructor(boss: PgBoss, shown: string, heartbeat: number) {
    this.boss = boss;
    this.shown = shown;
    this.#heartbeat = heartbeat;
  }

  /**
   * Connects, and makes the tables where they are missing.
   * @throws TracelabError ENGINE_GONE (environment), ENGINE_DENIED, ENGINE_FORMAT (refused input)
   */
  static async open(connection: Connection, options: DatabaseOptions): Promise<Database> {
    const { connectionString, ssl, shown } = connection;
    const { heartbeatSeconds = HEARTBEAT_SECONDS } = options;
    const boss = new PgBoss({
      connectionString,
      ssl,
      schema: QUEUE_SCHEMA,
      application_name: 'tracelab',
      max: options.connections ?? 4,
      schedule: false,
      registerInstance: false,
      supervise: options.supervise,
      // A silent worker is noticed after its heartbeat and at most this.
      superviseIntervalSeconds: 5,
      monitorIntervalSeconds: 5,
      reindex: false,
      monitorVacuum: false,
    });
    // What it does in the background fails while the server is away, and is repeated.
    boss.on('error', () => undefined);
    boss.on('warning', () => undefined);
    await asked(shown, async () => boss.start());
    const database = new Database(boss, shown, heartbeatSeconds);
    try {
      await database.#makeTables();
    } catch (error) {
      await database.close();
      throw error;
    }
    return database;
  }

  async #makeTables(): Promise<void> {
    await this.transaction(async (sql) => {
      // Several processes may come first.
      await sql.executeSql(`select pg_advisory_xact_lock(hashtext('${SCHEMA}.tables'))`);
      const found = await sql.executeSql(`select to_regclass('${SCHEMA}.format') is not null as found`);
      if (found.rows.at(0)?.found !== true) await sql.executeSql(TABLES);
      const { rows } = await sql.executeSql(`select version from ${SCHEMA}.format`);
      const version = rows.at(0)?.version;
      if (version !== SCHEMA_FORMAT)
        throw new TracelabError({
          code: 'ENGINE_FORMAT',
          kind: 'refused_input',
          where: this.shown,
          what: 'the tables of this database are those of another version of tracelab',
          expected: `format ${SCHEMA_FORMAT}`,
          got: `format ${String(version)}`,
          hint: 'use the version of tracelab that made them, or another database',
        });
    });
  }

  /**
   * Decides where files are kept, if nobody did before.
   * @throws TracelabError ENGINE_ARTEFACTS (refused input) when they are kept elsewhere
   */
  async keepArtefactsIn(place: 'database' | 'folder'): Promise<void> {
    await this.rows(`update ${SCHEMA}.format set artefacts = $1 where artefacts is null`, [place]);
    const found = (await this.rows(`select artefacts from ${SCHEMA}.format`)).at(0);
    if (found?.artefacts === place) return;
    throw new TracelabError({
      code: 'ENGINE_ARTEFACTS',
      kind: 'refused_input',
      where: this.shown,
      what: place === 'folder' ? 'keeps files in the database' : 'keeps files in a folder that all workers share',
      expected: place === 'folder' ? 'no --artefacts' : '--artefacts FOLDER',
      got: place === 'folder' ? '--artefacts' : 'none',
      hint: 'all workers and sweeps of an engine keep files in the same place',
    });
  }

  /**
   * Runs one statement.
   * @returns its rows
   */
  async rows(text: string, values: readonly unknown[] = []): Promise<Record<string, unknown>[]> {
    return this.asked(async () => (await this.boss.getDb().executeSql(text, [...values])).rows as never);
  }

  /** All of it, or nothing; repeated when another transaction was in its way. */
  async transaction<T>(run: (sql: Sql) => Promise<T>): Promise<T> {
    return this.asked(async () => {
      const transaction = await this.boss.getDb().beginTransaction?.();
      if (!transaction) throw new Error('the database of pg-boss has no transactions');
      try {
        const result = await run(transaction.db);
        await transaction.commit();
        return result;
      } catch (error) {
        await transaction.rollback();
        throw error;
      }
    });
  }

  /** As asked() of connection.ts, with the address of this database. */
  async asked<T>(call: () => Promise<T>): Promise<T> {
    return asked(this.shown, call);
  }

  /** The queue of the cells of one identity, which is made when missing. */
  async queue(identity: FleetIdentity): Promise<string> {
    const name = queueOf(identity);
    if (this.#queues.has(name)) return name;
    await this.asked(async () => {
      if (await this.boss.getQueue(name)) return;
      await this.boss.createQueue(name, {
        // One job for each key that is queued or active.
        policy: 'exclusive',
        expireInSeconds: LONGEST_SECONDS,
        retentionSeconds: KEPT_SECONDS,
        deleteAfterSeconds: SETTLED_SECONDS,
        retryLimit: NO_LIMIT,
        retryDelay: 0,
        heartbeatSeconds: this.#heartbeat,
      });
    });
    this.#queues.add(name);
    return name;
  }

  /** Ends its connections. */
  async close(): Promise<void> {
    // Without waiting for anything: nothing of pg-boss works here.
    await this.boss.stop({ graceful: false, close: true }).catch(() => undefined);
  }
}

/** Workers of another code or core see another queue. */
function queueOf(identity: FleetIdentity): string {
  return `cells-${sha256(canonicalJson(identity)).slice(0, 16)}`;
}
