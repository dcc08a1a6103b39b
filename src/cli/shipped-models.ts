// Trained models that are part of the package: models/NAME is a checkpoint folder, models/README.md its card. A command
// takes the name where it takes a checkpoint.
import { join } from 'node:path';
import { existsSync, isFolderSync, readdirSync } from '../base/disk.ts';
import { packageRoot } from '../base/package-root.ts';

/** models/ of the package. */
const FOLDER = join(packageRoot(), 'models');

/** File with what was measured with each model. */
export function measuredModels(): string {
  return join(FOLDER, 'measured.json');
}

/** Names of the models of the package; none in a clone without them. */
export function shippedModels(): string[] {
  if (!existsSync(FOLDER)) return [];
  return readdirSync(FOLDER)
    .filter((name) => isFolderSync(join(FOLDER, name)))
    .sort();
}

/** The checkpoint folder of a name; undefined for any other text. */
export function shippedModel(name: string): string | undefined {
  return shippedModels().includes(name) ? join(FOLDER, name) : undefined;
}
