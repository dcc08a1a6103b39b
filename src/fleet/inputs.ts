// Finished cells that tasks of a worker need, brought into its store: each once, however many tasks need it.
import type { FolderStore } from '../work/folder-store.ts';
import type { CellKey } from '../work/key.ts';
import type { Finished } from '../work/task.ts';
import { bringCell } from './artefacts.ts';
import type { Artefacts } from './artefacts.ts';
import type { Engine } from './engine.ts';
import { persist } from './persist.ts';

/** Brings inputs, and knows the records that it has seen. */
export class Inputs {
  readonly #engine: Engine;
  readonly #artefacts: Artefacts;
  readonly #store: FolderStore;
  /** Texts of records by hash: they never change. */
  readonly #records = new Map<string, string>();
  readonly #bringing = new Map<string, Promise<void>>();

  constructor(engine: Engine, artefacts: Artefacts, store: FolderStore) {
    this.#engine = engine;
    this.#artefacts = artefacts;
    this.#store = store;
  }

  /** Remembers the record of a cell that was computed here. */
  know(hash: string, text: string): void {
    this.#records.set(hash, text);
  }

  /**
   * A finished cell, with its files here.
   * @param hash of its key
   * @throws TracelabError ENGINE_GONE after the signal; ARTEFACT_MISSING, ARTEFACT_DAMAGED, FILE_WRITE
   */
  async finished(hash: string, signal: AbortSignal): Promise<Finished> {
    const text = this.#records.get(hash) ?? (await persist(async () => this.#engine.record(hash), signal));
    if (text === undefined) throw new Error(`no record of ${hash}`);
    this.#records.set(hash, text);
    const before = this.#bringing.get(hash);
    if (before) await before.catch(() => undefined);
    const bringing = persist(async () => bringCell(this.#artefacts, this.#store, text, signal), signal);
    this.#bringing.set(hash, bringing);
    try {
      await bringing;
    } finally {
      this.#bringing.delete(hash);
    }
    const { key } = JSON.parse(text) as { key: CellKey };
    const found = await this.#store.finished(key);
    if (!found) throw new Error(`${hash} is not in the store`);
    return found;
  }
}
