// What is installed with this package: exact versions with hashes, and no script that runs at installation but node's.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

interface Locked {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly hasInstallScript?: boolean;
  readonly link?: boolean;
}

const root = join(import.meta.dirname, '../..');
const read = (path: string): unknown => JSON.parse(readFileSync(join(root, path), 'utf8'));
const { packages } = read('package-lock.json') as { packages: Readonly<Record<string, Locked>> };
const installed = Object.entries(packages).filter(([path]) => path !== '');

it('no dependency has an install script but node', () => {
  expect(installed.length).toBeGreaterThan(100);
  const scripted = installed.filter(([, { hasInstallScript }]) => hasInstallScript === true).map(([path]) => path);
  const { allowScripts } = read('package.json') as { allowScripts: Readonly<Record<string, boolean>> };
  expect(scripted.filter((path) => !allowScripts[path.replace('node_modules/', '')])).toEqual([]);
  expect(Object.keys(allowScripts)).toEqual(['node']);
});

it('every dependency is locked to one version with its hash, from the registry', () => {
  const loose = installed.filter(
    ([, { version, integrity, resolved, link }]) =>
      link === true ||
      version === undefined ||
      integrity?.startsWith('sha512-') !== true ||
      (resolved !== undefined && !resolved.startsWith('https://registry.npmjs.org/')),
  );
  expect(loose.map(([path]) => path)).toEqual([]);
});

it('what is installed beside the published package is named by exact versions', () => {
  const { dependencies, devDependencies } = read('package.json') as Readonly<
    Record<'dependencies' | 'devDependencies', Readonly<Record<string, string>>>
  >;
  const ranges = Object.entries({ ...dependencies, ...devDependencies }).filter(
    ([, version]) => !/^\d+\.\d+\.\d+$/.test(version),
  );
  expect(ranges).toEqual([]);
});
