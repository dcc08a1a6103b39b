// Temporary.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { readJson, writeFileAtomic } from '../base/files.ts';
import { canonicalJson, hashFile, sha256 } from '../base/hash.ts';
import type { CellKey } from './key.ts';
import { folderOf, hashOf } from './key.ts';
import { takeLease } from './lease.ts';
import type { OutputPattern } from './kind.ts';
import type { CellLease, Store } from './store.ts';
import type { Finished } from './task.ts';

export class FolderStore implements Store {
  readonly root: string;
  constructor(root: string) {
    this.root = resolve(root);
  }
  path(key: CellKey): string {
    return join(this.root, 'cells', folderOf(key));
  }
  async finished<S>(key: CellKey): Promise<Finished<S> | undefined> {
    const file = join(this.path(key), 'done.json');
    if (!existsSync(file)) return undefined;
    return { ...((await readJson(file)) as Finished<S>), directory: this.path(key) };
  }
  async state(key: CellKey): Promise<string | null> {
    const d = this.path(key);
    if (!existsSync(d)) return null;
    return JSON.stringify(
      readdirSync(d, { recursive: true })
        .map(String)
        .sort()
        .filter((n) => n.includes('resume') || n.includes('.key'))
        .map((n) => [n, statSync(join(d, n)).mtimeMs]),
    );
  }
  async lease(key: CellKey): Promise<CellLease> {
    const directory = this.path(key);
    await mkdir(directory, { recursive: true });
    const lease = await takeLease(directory);
    const hash = hashOf(key);
    const cell = join(directory, 'cell.json');
    const before = existsSync(cell) ? ((await readJson(cell)) as { seconds: number }).seconds : 0;
    await writeFileAtomic(cell, JSON.stringify({ hash, key, seconds: before }));
    return {
      directory,
      secondsBefore: before,
      stop: async (seconds) => writeFileAtomic(cell, JSON.stringify({ hash, key, seconds: before + seconds })),
      commit: async <S>(patterns: readonly OutputPattern[], state: readonly RegExp[], summary: S, seconds: number) => {
        const names = (await readdir(directory, { recursive: true, withFileTypes: true }))
          .filter((e) => e.isFile())
          .map((e) => join(e.parentPath, e.name).slice(directory.length + 1));
        const outputs: Record<string, string> = {};
        const exact: [string, string][] = [];
        for (const name of names.sort()) {
          if (state.some((s) => s.test(name))) {
            await rm(join(directory, name));
            continue;
          }
          const pattern = patterns.find((p) => p.pattern.test(name));
          if (!pattern) {
            if (!/^(cell.json|written.jsonl|\.lease.*)$/.test(name)) throw new Error(`fits nothing: ${name}`);
            continue;
          }
          outputs[name] = await hashFile(join(directory, name));
          if (pattern.exact) exact.push([name, outputs[name]]);
        }
        const record = { hash, result: sha256(canonicalJson(exact)), seconds: before + seconds, outputs, summary };
        await writeFileAtomic(join(directory, 'done.json'), JSON.stringify(record));
        return { ...record, directory };
      },
      release: () => {
        lease.release();
      },
    };
  }
}
export class SingleStore extends FolderStore {
  override path(): string {
    return this.root;
  }
}
