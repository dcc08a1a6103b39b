// A store in a temporary folder, just good enough for tests of the executor: it trusts files and process ids.
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TracelabError } from '../../src/base/errors.ts';
import { canonicalJson, sha256 } from '../../src/base/hash.ts';
import { type CellKey, folderOf, hashOf } from '../../src/work/key.ts';
import type { CellLease, Store } from '../../src/work/store.ts';
import type { Finished } from '../../src/work/task.ts';

const RECORD = 'record.json';
const OWNER = 'owner';
const SECONDS = 'seconds';
/** Names an owner on another host, of which nobody knows whether it is alive; while it is there, its lease lasts. */
const WATCHED = 'watched';

export function toyStore(root: string): Store {
  const path = (key: CellKey): string => join(root, folderOf(key));
  const filesOf = (directory: string, patterns: readonly RegExp[]): string[] =>
    globSync('**', { cwd: directory })
      .filter((file) => patterns.some((pattern) => pattern.test(file)))
      .sort();
  const hashes = (directory: string, patterns: readonly RegExp[]): Record<string, string> =>
    Object.fromEntries(
      filesOf(directory, patterns).map((file) => [file, sha256(readFileSync(join(directory, file)))] as const),
    );

  return {
    path,
    tidy: async () => undefined,
    owner: async (key) => {
      const file = join(path(key), OWNER);
      const owner = existsSync(file) ? Number(readFileSync(file, 'utf8')) : NaN;
      return owner > 0 && alive(owner) ? `process ${owner}` : null;
    },
    survey: async () => (key) => existsSync(path(key)),
    finished: async <Summary>(key: CellKey) => {
      const record = join(path(key), RECORD);
      return existsSync(record) ? (JSON.parse(readFileSync(record, 'utf8')) as Finished<Summary>) : undefined;
    },
    state: async (key, kind) => {
      const found = existsSync(path(key)) ? hashes(path(key), kind.state) : {};
      return Object.keys(found).length > 0 ? sha256(canonicalJson(found)) : null;
    },
    lease: async (key, { signal, onWatch } = {}): Promise<CellLease> => {
      const directory = path(key);
      mkdirSync(directory, { recursive: true });
      const watched = join(directory, WATCHED);
      if (existsSync(watched)) onWatch?.(readFileSync(watched, 'utf8'));
      while (existsSync(watched)) {
        if (signal?.aborted) throw inUse(watched, readFileSync(watched, 'utf8'));
        await sleep(10);
      }
      own(join(directory, OWNER));
      const before = join(directory, SECONDS);
      const secondsBefore = existsSync(before) ? Number(readFileSync(before, 'utf8')) : 0;
      let held = true;
      return {
        directory,
        secondsBefore,
        stop: async (seconds) => writeFileSync(before, String(secondsBefore + seconds)),
        commit: async <Summary>(
          outputs: readonly { pattern: RegExp }[],
          state: readonly RegExp[],
          summary: Summary,
          seconds: number,
        ) => {
          const found = hashes(
            directory,
            outputs.map(({ pattern }) => pattern),
          );
          const result = sha256(canonicalJson({ found, summary }));
          const finished: Finished<Summary> = {
            hash: hashOf(key),
            result,
            seconds: secondsBefore + seconds,
            outputs: found,
            summary,
            directory,
          };
          writeFileSync(join(directory, 'record.tmp'), JSON.stringify(finished));
          renameSync(join(directory, 'record.tmp'), join(directory, RECORD));
          for (const file of filesOf(directory, state)) rmSync(join(directory, file));
          return finished;
        },
        release: () => {
          if (held) rmSync(join(directory, OWNER), { force: true });
          held = false;
        },
      };
    },
  };
}

function own(file: string): void {
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      return;
    } catch {
      const owner = existsSync(file) ? Number(readFileSync(file, 'utf8')) : NaN;
      if (owner > 0 && alive(owner)) {
        throw inUse(file, `process ${owner}`);
      }
      if (existsSync(file)) unlinkSync(file);
    }
  }
}

function inUse(where: string, got: string): TracelabError {
  return new TracelabError({
    code: 'CELL_IN_USE',
    kind: 'environment',
    where,
    what: 'another process has this cell',
    expected: 'a free cell',
    got,
    hint: 'wait',
  });
}

export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
