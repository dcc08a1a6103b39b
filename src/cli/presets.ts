// `study quick`: a name of a packaged configuration, or a path.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nearest } from '../base/nearest.ts';
import { TracelabError } from '../base/errors.ts';
import { packageRoot } from '../base/package-root.ts';
import type { Domain } from '../domain/domain.ts';

/** configs/ of the package. */
const FOLDER = join(packageRoot(), 'configs');

/** Names of the packaged configurations. */
export function presetNames(): string[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => name.slice(0, -'.yaml'.length))
    .sort();
}

/** What a preset is for: the first sentence of its file. */
export function presetPurpose(name: string): string {
  const comments = readFileSync(join(FOLDER, `${name}.yaml`), 'utf8').match(/^(?:#.*\n)+/)?.[0] ?? '';
  const text = comments
    .split('\n')
    .filter((line) => !line.includes('yaml-language-server'))
    .map((line) => line.replace(/^#\s*/, ''))
    .join(' ');
  return /^.*?[.?!](?=\s|$)/.exec(text)?.[0] ?? text.trim();
}

/**
 * A configuration for the data of a domain that has no preset: some problems of its smallest size. Its model is never
 * trained.
 * @returns JSON, which is YAML, too
 */
export function dataConfig(domain: Domain): string {
  return JSON.stringify({
    study: 'data',
    data: { domain: domain.name, size: domain.sizes.least, train: 1000, dev: 100, test: 100 },
    model: { d_model: 64, n_layer: 1, n_head: 1, d_ff: 64 },
    train: { epochs: 1, batch_tokens: 4096, lr: 1e-3 },
  });
}

/**
 * The file of a preset name or of a path; whatever has a slash, a backslash or an extension is a path. Throws
 * TracelabError CONFIG_PRESET.
 */
export function resolveConfig(name: string): string {
  if (/[/\\]|\.(ya?ml|json)$/i.test(name)) return name;
  const presets = presetNames();
  if (presets.includes(name)) return join(FOLDER, `${name}.yaml`);
  const near = nearest(name, presets);
  const file = existsSync(name) ? `./${name}` : undefined;
  throw new TracelabError({
    code: 'CONFIG_PRESET',
    kind: 'refused_input',
    where: name,
    what: 'no such preset',
    expected: `one of ${presets.join(', ')}, or the path of a YAML file`,
    got: name,
    hint: file ? `for the file write ${file}` : near ? `did you mean ${near}?` : 'check the path',
  });
}
