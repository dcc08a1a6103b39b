// Artefacts in the database, in pieces: one address is all that a fleet needs.
import { createHash } from 'node:crypto';
import { openFile, readPieces } from '../../base/disk.ts';
import { writeAtomically } from '../../base/files.ts';
import { artefactFault } from '../artefacts.ts';
import type { Artefacts } from '../artefacts.ts';
import type { Database } from './database.ts';
import { SCHEMA } from './schema.ts';

/** Bytes of a piece. */
const PIECE = 1 << 20;

/** Files in the database. */
export class DatabaseArtefacts implements Artefacts {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** As the interface says. */
  async missing(hashes: readonly string[]): Promise<readonly string[]> {
    if (hashes.length === 0) return [];
    const rows = await this.#database.rows(`select sha256 from ${SCHEMA}.file where sha256 = any($1)`, [hashes]);
    const kept = new Set(rows.map(({ sha256 }) => sha256));
    return hashes.filter((hash) => !kept.has(hash));
  }

  /** As the interface says, in one transaction. */
  async put(sha256: string, path: string): Promise<void> {
    await this.#database.transaction(async (sql) => {
      // Two workers may keep the same file: the second waits here, and then has nothing to do.
      await sql.executeSql('select pg_advisory_xact_lock(hashtextextended($1, 0))', [sha256]);
      const before = await sql.executeSql(`select from ${SCHEMA}.file where sha256 = $1`, [sha256]);
      if (before.rows.length > 0) return;
      const hash = createHash('sha256');
      let [bytes, number] = [0, 0];
      for await (const piece of readPieces(path, PIECE)) {
        hash.update(piece);
        bytes += piece.length;
        await sql.executeSql(`insert into ${SCHEMA}.piece (sha256, number, data) values ($1, $2, $3)`, [
          sha256,
          number++,
          piece,
        ]);
      }
      if (hash.digest('hex') !== sha256) throw artefactFault('ARTEFACT_DAMAGED', sha256, `another content of ${path}`);
      await sql.executeSql(`insert into ${SCHEMA}.file (sha256, bytes) values ($1, $2)`, [sha256, bytes]);
    });
  }

  /** As the interface says, piece by piece. */
  async get(sha256: string, path: string): Promise<void> {
    const kept = (await this.#database.rows(`select bytes from ${SCHEMA}.file where sha256 = $1`, [sha256])).at(0);
    if (kept === undefined) throw artefactFault('ARTEFACT_MISSING', sha256, 'nothing');
    const bytes = Number(kept.bytes);
    await writeAtomically(path, async (temporary) => {
      const file = await openFile(temporary, 'wx');
      const hash = createHash('sha256');
      try {
        for (let [number, done] = [0, 0]; done < bytes; number++) {
          const found = await this.#database.rows(
            `select data from ${SCHEMA}.piece where sha256 = $1 and number = $2`,
            [sha256, number],
          );
          const piece = found.at(0);
          if (piece === undefined) throw artefactFault('ARTEFACT_DAMAGED', sha256, `no piece ${number}`);
          const data = piece.data as Buffer;
          hash.update(data);
          await file.write(data);
          done += data.length;
        }
      } finally {
        await file.close();
      }
      const got = hash.digest('hex');
      if (got !== sha256) throw artefactFault('ARTEFACT_DAMAGED', sha256, `sha256 ${got.slice(0, 16)}`);
    });
  }

  /** As the interface says, in one transaction. */
  async remove(hashes: readonly string[]): Promise<void> {
    if (hashes.length === 0) return;
    await this.#database.transaction(async (sql) => {
      await sql.executeSql(`delete from ${SCHEMA}.file where sha256 = any($1)`, [hashes]);
      await sql.executeSql(`delete from ${SCHEMA}.piece where sha256 = any($1)`, [hashes]);
    });
  }
}
