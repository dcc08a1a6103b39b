// Artefacts in a folder that all workers share: NFS, EFS, a mounted bucket. Each file is named by its SHA-256.
import { join } from 'node:path';
import { copyFile, existsSync, remove } from '../base/disk.ts';
import { writeAtomically } from '../base/files.ts';
import { hashFile } from '../base/hash.ts';
import { artefactFault } from './artefacts.ts';
import type { Artefacts } from './artefacts.ts';

/** Files in a folder, two levels deep. */
export class FolderArtefacts implements Artefacts {
  readonly #folder: string;

  /** @param folder absolute path; made when missing */
  constructor(folder: string) {
    this.#folder = folder;
  }

  #pathOf(sha256: string): string {
    return join(this.#folder, sha256.slice(0, 2), sha256);
  }

  /** As the interface says. */
  async missing(hashes: readonly string[]): Promise<readonly string[]> {
    return Promise.resolve(hashes.filter((hash) => !existsSync(this.#pathOf(hash))));
  }

  /** As the interface says. */
  async put(sha256: string, path: string): Promise<void> {
    const kept = this.#pathOf(sha256);
    if (existsSync(kept)) return;
    await writeAtomically(kept, async (temporary) => {
      await copyFile(path, temporary);
      const got = await hashFile(temporary);
      if (got !== sha256) throw artefactFault('ARTEFACT_DAMAGED', sha256, `another content of ${path}`);
    });
  }

  /** As the interface says. */
  async get(sha256: string, path: string): Promise<void> {
    const kept = this.#pathOf(sha256);
    if (!existsSync(kept)) throw artefactFault('ARTEFACT_MISSING', sha256, 'nothing');
    await writeAtomically(path, async (temporary) => {
      await copyFile(kept, temporary);
      const got = await hashFile(temporary);
      if (got !== sha256) throw artefactFault('ARTEFACT_DAMAGED', sha256, `sha256 ${got.slice(0, 16)}`);
    });
  }

  /** As the interface says. */
  async remove(hashes: readonly string[]): Promise<void> {
    for (const hash of hashes) await remove(this.#pathOf(hash));
  }
}
