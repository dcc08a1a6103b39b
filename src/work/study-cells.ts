// Temporary.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, writeFileAtomic } from '../base/files.ts';
export interface StudyCells {
  readonly format: 1;
  readonly study: string;
  readonly config_hash: string;
  readonly cells: Readonly<Record<string, string>>;
}
export async function readStudyCells(root: string, study: string): Promise<StudyCells | undefined> {
  const file = join(root, study, 'cells.json');
  return existsSync(file) ? ((await readJson(file)) as StudyCells) : undefined;
}
export async function writeStudyCells(root: string, cells: StudyCells): Promise<void> {
  await writeFileAtomic(join(root, cells.study, 'cells.json'), JSON.stringify(cells));
}
