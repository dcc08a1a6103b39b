// Rows of a test file that an earlier call computed. A second file contains their key (everything that decides them)
// and their hash, so that neither a stop between the two writes nor an edited row is accepted as a result.
import { readTextIfThere, stat } from '../base/disk.ts';
import { readJsonl, writeFileAtomic, writeJsonl } from '../base/files.ts';
import { canonicalJson, hashFile, sha256 } from '../base/hash.ts';

/** Suffix of the file with the key and hash of the finished rows. */
const KEY_SUFFIX = '.key';

/**
 * @param key names all that decides the rows
 * @returns null when there are none of this key. Rows that cannot be read are not missing: computed again, they would
 * be outputs of another task
 * @throws TracelabError JSONL_SYNTAX; the system's error
 */
export async function keptRows<T>(path: string, key: string): Promise<T[] | null> {
  const kept = await readTextIfThere(keyPath(path));
  if (kept === undefined || (await stat(path)) === undefined || kept !== (await keyAndRows(path, key))) return null;
  const rows: T[] = [];
  for await (const row of readJsonl(path, (value) => value as T)) rows.push(row);
  return rows;
}

/**
 * Writes the rows as JSON lines, then what they are.
 * @throws TracelabError as writeJsonl
 */
export async function keepRows(path: string, key: string, rows: readonly unknown[]): Promise<void> {
  await writeJsonl(path, rows);
  await writeFileAtomic(keyPath(path), await keyAndRows(path, key));
}

function keyPath(path: string): string {
  return `${path}${KEY_SUFFIX}`;
}

async function keyAndRows(path: string, key: string): Promise<string> {
  return sha256(canonicalJson({ key, rows: await hashFile(path) }));
}
