// The version of the package, for --version, manifests and results.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** From package.json, two folders above in src/ and in dist/. */
export function packageVersion(): string {
  return (JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as { version: string }).version;
}
